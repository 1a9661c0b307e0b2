/* The page: keeps what the control plane tells, live, and does what the buttons say. */

import { control, h, money, moment, Refused, rememberToken, span } from "./dom.js";
import * as views from "./views.js";

const WAIT_SECONDS = 25;
const PAUSE = 100; // milliseconds between two readings, however much happens
const ENTRIES = 2000;
const TABS = [["payments", "Payments"], ["tickets", "Tickets"], ["webhooks", "Webhooks"], ["pingbacks", "Pingbacks"], ["calls", "Calls"], ["connect", "Connect"]];

const $ = (id) => document.getElementById(id);
const clock = { now: 0, speed: 0, read: 0 };
const state = {
  code: null, settings: null, accounts: [], payments: [], charges: [], tickets: [], webhooks: [], pingbacks: [], entries: [], next: 0,
  tab: "payments", chosen: null, open: new Set(), now: () => clock.now + ((performance.now() - clock.read) / 1000) * clock.speed,
};

/* Talking */

let quiet;
function say(text, bad) {
  $("said").className = bad ? "said bad" : "said";
  $("said").textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { $("said").textContent = ""; }, bad ? 9000 : 5000);
}

const of = (path) => `/accounts/${state.code}${path}`;

async function attempt(work, said) {
  try {
    const told = await work();
    const text = typeof said === "function" ? said(told) : said;
    if (text) say(text);
    return told;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message, true);
    return null;
  }
}

const acts = {
  act: (path, body, said) => attempt(() => control(of(path), body), said),
  set: (settings, said) => attempt(() => control(of(""), settings, "PATCH"), said),
  draw: () => draw(),
  show(tab) { go(tab, null); },
  open(impUid) { go("payments", impUid); },
  choose(impUid) { go("payments", impUid); },
  buy: () => buyDialog(),
  cancel: (payment) => cancelDialog(payment),
  chargeBack: (payment) => chargeBackDialog(payment),
  async copy(text, name) {
    try {
      await navigator.clipboard.writeText(text);
      say(`${name} is copied.`);
    } catch {
      say("The browser does not let this page copy; select the text by hand.", true);
    }
  },
};

/* Dialogs */

function field(name, label, attributes) {
  return h("div", { class: "field" }, h("label", { for: `d-${name}` }, label), h("input", { id: `d-${name}`, name, ...attributes }));
}

function choice(name, label, options) {
  return h("div", { class: "field" }, h("label", { for: `d-${name}` }, label),
    h("select", { id: `d-${name}`, name }, options.map(([value, text]) => h("option", { value }, text))));
}

/** A form in a dialog; `done` gets its fields and tells what is wrong, or null when the dialog may close. */
function ask(title, text, fields, button, done, danger) {
  const dialog = $("dialog");
  const problem = h("p", { class: "problem", role: "alert" });
  const form = h("form", { method: "dialog" }, h("h2", { id: "dialog-title" }, title), text && h("p", { class: "quiet small" }, text), fields, problem,
    h("div", { class: "buttons" },
      h("button", { type: "button", onclick: () => dialog.close() }, "Not now"),
      h("button", { type: "submit", class: danger ? "danger" : "primary" }, button)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      const wrong = await done(Object.fromEntries(new FormData(form)));
      if (wrong) problem.textContent = wrong;
      else dialog.close();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      problem.textContent = error.message;
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
  (form.querySelector("input, select") || form.querySelector("[type=submit]")).focus();
}

function buyDialog() {
  const channel = state.settings.channels.find((one) => one.sandbox === (state.settings.stage === "test")) || state.settings.channels[0];
  ask("Pay a test purchase", "Opens the payment window as a merchant's page would. Test cards are listed in it; no money moves.", [
    field("name", "What is bought", { value: "Handmade mug", required: true, maxlength: 40 }),
    h("div", { class: "pair" }, field("amount", "Amount", { value: "10.50", inputmode: "decimal", required: true }),
      choice("currency", "Currency", ["USD", "KRW", "EUR", "JPY"].map((code) => [code, code]))),
    choice("widget_code", "Payment window", Object.keys(state.settings.paymentwall.widgets).map((code) => [code, code === "t3_1" ? "t3_1 (Terminal3)" : code])),
  ], "To the payment window", (given) => {
    const amount = Number(given.amount.replace(",", "."));
    if (!(amount > 0)) return "The amount is a number above 0.";
    requestPay({
      channelKey: channel && channel.channel_key, merchant_uid: `page-${Date.now().toString(36)}`, name: given.name, amount, currency: given.currency,
      buyer_name: "Minji Kim", buyer_email: "minji@shop.example", m_redirect_url: `${location.origin}/?account=${state.code}`, bypass: { widget_code: given.widget_code },
    });
    return null;
  });
}

function requestPay(params) {
  if (!window.IMP) return say("The SDK did not load.", true);
  window.IMP.request_pay(params, (told) => {
    const paid = told.success ?? told.imp_success ?? !told.error_code;
    if (told.imp_uid) go("payments", told.imp_uid);
    say(paid ? "Paid. The webhook is on its way." : `Not paid: ${told.error_msg}`, !paid);
  });
}

function cancelDialog(payment) {
  const left = payment.amount - payment.cancel_amount;
  ask("Cancel in PortOne's console", `${payment.name}, ${money(left, payment.currency)} can be cancelled. Paymentwall gets a ticket and decides it later.`, [
    field("amount", "Amount (empty for all of it)", { inputmode: "decimal" }), field("reason", "Reason", { value: "Asked for by the buyer" }),
  ], "Cancel it", async (given) => {
    const body = { reason: given.reason || null, ...(given.amount ? { amount: given.amount } : {}) };
    await control(of(`/payments/${payment.imp_uid}/cancel`), body);
    say("Cancellation asked for. Advance the clock, or complete the ticket, to see its result.");
    return null;
  });
}

function chargeBackDialog(payment) {
  ask("Charge this payment back", "The buyer's bank takes the money back. The merchant is not asked; PortOne sends it a webhook.", [
    choice("reason", "Reason", [["chargeback", "Chargeback"], ["card_fraud", "Card fraud"], ["other_fraud", "Other fraud"]]),
  ], "Charge it back", async (given) => {
    await control(of(`/payments/${payment.imp_uid}/chargeback`), given);
    say("Charged back.");
    return null;
  }, true);
}

function tokenDialog() {
  return new Promise((resolve) => ask("This emulator needs its control token", "It was printed when the emulator started.", [
    field("token", "Control token", { type: "password", autocomplete: "off", required: true }),
  ], "Go on", (given) => { rememberToken(given.token); resolve(); return null; }));
}

/* Where we are: in the address, so that Back and links work. */

function go(tab, chosen) {
  const hash = chosen ? `#payment=${chosen}` : `#${tab}`;
  if (location.hash === hash) arrive();
  else location.hash = hash;
}

function arrive() {
  const hash = location.hash.slice(1);
  const before = state.chosen;
  state.chosen = hash.startsWith("payment=") ? hash.slice(8) : null;
  state.tab = state.chosen ? "payments" : TABS.some(([name]) => name === hash) ? hash : "payments";
  draw();
  if (state.chosen && before !== state.chosen && $("chosen") && matchMedia("(max-width: 900px)").matches) {
    scrollTo(0, 0);
    $("chosen").focus({ preventScroll: true });
  }
}

/* Drawing: the view anew, with focus and half-written fields where they were. */

let drawn = "";
function draw() {
  if (!state.settings) return;
  drawTabs();
  const focused = document.activeElement && document.activeElement.id;
  const typing = $("content").contains(document.activeElement) && /^(INPUT|SELECT)$/.test(document.activeElement.tagName);
  if (typing && drawn === state.tab) return;
  const scrolled = new Map([...$("content").querySelectorAll("details[open] pre")].map((pre, index) => [index, pre.scrollTop]));
  $("content").replaceChildren(views[state.tab](state, acts));
  [...$("content").querySelectorAll("details[open] pre")].forEach((pre, index) => { pre.scrollTop = scrolled.get(index) || 0; });
  drawn = state.tab;
  if (focused && document.activeElement === document.body && $(focused)) $(focused).focus({ preventScroll: true });
}

function drawTabs() {
  const waiting = state.tickets.filter((ticket) => ticket.state === "waiting").length;
  const counts = { payments: state.payments.length, tickets: waiting, webhooks: state.webhooks.length, pingbacks: state.pingbacks.length };
  const focused = document.activeElement && document.activeElement.id;
  $("tabs").replaceChildren(...TABS.map(([name, text]) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(state.tab === name), "aria-controls": "content", tabindex: state.tab === name ? "0" : "-1",
    onclick: () => acts.show(name), onkeydown: (event) => moveTab(event, name),
  }, text, counts[name] ? h("span", { class: `count ${name === "tickets" ? "hot" : ""}` }, String(counts[name])) : null)));
  if (focused && focused.startsWith("tab-") && $(focused)) $(focused).focus();
}

function moveTab(event, name) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const index = TABS.findIndex(([one]) => one === name);
  const next = TABS[(index + step + TABS.length) % TABS.length][0];
  $(`tab-${next}`).focus();
  acts.show(next);
}

function drawClock() {
  $("now").textContent = moment(state.now());
  $("now").dateTime = new Date(state.now() * 1000).toISOString();
  $("speed").textContent = clock.speed === 0 ? "stopped" : clock.speed === 1 ? "" : `${clock.speed} times as fast`;
  $("run").textContent = clock.speed ? "Stop" : "Run";
  $("run").setAttribute("aria-label", clock.speed ? "Stop the clock" : "Let the clock run");
}

function live(kind, text) {
  if ($("live").textContent === text) return;
  $("live").className = `live ${kind}`;
  $("live").replaceChildren(h("span", { class: "live-text" }, text));
}

/* Reading */

async function read() {
  const asked = ["", "/payments", "/charges", "/tickets", "/webhooks", "/pingbacks", "/clock", `/journal?after=${state.next}`];
  const [settings, payments, charges, tickets, webhooks, pingbacks, time, journal] = await Promise.all(asked.map((path) => control(of(path))));
  Object.assign(state, { settings, ...payments, ...charges, ...tickets, ...webhooks, ...pingbacks, next: journal.next });
  // After a reset the payments are gone, and what was told of them.
  const there = new Set(state.payments.map((payment) => payment.imp_uid));
  const gone = (entry) => entry.imp_uid && entry.imp_uid.startsWith("imp_") && !there.has(entry.imp_uid) && entry.kind !== "webhook";
  state.entries = [...state.entries, ...journal.entries].filter((entry) => !gone(entry)).slice(-ENTRIES);
  Object.assign(clock, { now: time.now, speed: time.speed, read: performance.now() });
  drawClock();
  draw();
}

async function follow() {
  let changes = 0;
  let wait = 0;
  for (;;) {
    try {
      ({ changes } = await control(of(`/changes?after=${changes}&wait_seconds=${wait}`)));
      await read();
      live("on", "Live");
      wait = WAIT_SECONDS;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) await tokenDialog();
      else if (error.status === 404) return begin();
      else live("off", error.status ? error.message : "The emulator does not answer; trying again");
      changes = 0;
      wait = 0;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

async function begin() {
  for (;;) {
    try {
      state.accounts = (await control("/accounts")).accounts;
      break;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) await tokenDialog();
      else live("off", error.status ? error.message : "The emulator does not answer; trying again");
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  if (!state.accounts.length) {
    $("content").replaceChildren(h("div", { class: "panel empty" }, h("h2", {}, "No account yet"), h("p", {}, "Create one to pay."),
      h("button", { type: "button", class: "primary", onclick: () => attempt(() => control("/accounts", {})).then(begin) }, "Create an account")));
    live("on", "Live");
    return null;
  }
  const query = new URLSearchParams(location.search);
  const asked = query.get("account");
  const account = state.accounts.find((one) => one.imp_code === asked) || state.accounts[0];
  state.code = account.imp_code;
  state.settings = account;
  if (window.IMP) window.IMP.init(state.code);
  if (query.get("imp_uid")) { // back from the payment window on a phone
    history.replaceState(null, "", `/?account=${state.code}#payment=${query.get("imp_uid")}`);
    say(query.get("imp_success") === "true" || !query.get("error_msg") ? "Paid. The webhook is on its way." : `Not paid: ${query.get("error_msg")}`);
  }
  const choose = h("select", { id: "account", "aria-label": "Account", onchange: () => { location.href = `/?account=${choose.value}`; } },
    state.accounts.map((one) => h("option", { value: one.imp_code, selected: one.imp_code === state.code }, `Account ${one.imp_code}`)));
  if (!$("account")) $("account-line").append(state.accounts.length > 1 ? choose : h("span", { id: "account" }, `Account ${state.code}`));
  arrive();
  return follow();
}

/** Advance the clock, and say in words what became due on the way. */
async function advance(seconds) {
  const read = () => Promise.all([control(of("/tickets")), control(of("/webhooks"))]);
  const decided = (tickets) => tickets.filter((one) => one.state !== "waiting").length;
  const sent = (webhooks) => webhooks.filter((one) => one.state !== "recorded").length;
  const [before, told, after] = [await read(), await control(of("/clock/advance"), { seconds }), await read()];
  const counts = [
    [decided(after[0].tickets) - decided(before[0].tickets), "ticket", "completed"],
    [sent(after[1].webhooks) - sent(before[1].webhooks), "webhook", "sent"],
  ];
  const said = counts.filter(([count]) => count > 0).map(([count, one, done]) => `${count} ${one}${count > 1 ? "s" : ""} ${done}`);
  return said.join(", ") || (told.events === 0 ? "nothing was due" : `${told.events} event${told.events > 1 ? "s" : ""}`);
}

document.querySelectorAll("[data-advance]").forEach((button) => button.addEventListener("click", async () => {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  const seconds = Number(button.dataset.advance);
  await attempt(() => advance(seconds), (what) => `Advanced ${span(seconds)}: ${what}.`);
  button.removeAttribute("aria-disabled");
}));
$("run").addEventListener("click", () => (clock.speed ? acts.act("/clock/stop", {}, "The clock is stopped.") : acts.act("/clock/run", { speed: 1 }, "The clock runs.")));
$("buy").addEventListener("click", buyDialog);
addEventListener("hashchange", arrive);
setInterval(() => { if (clock.read && clock.speed) drawClock(); }, 500);
begin();
