/* The page: keeps what the control plane tells, live, and draws it. What its buttons do stands in acts.js. */

import { acted, attempt, buyDialog, cancelDialog, chargeBackDialog, notPaid, PAID, resetDialog, say, showCurl, tokenDialog } from "./acts.js";
import { connect } from "./connect.js";
import { control, curlOf, h, moment, Refused, span } from "./dom.js";
import { faults } from "./faults.js";
import * as listing from "./views.js";
import { speakAsBefore, t, w, whenSwitched } from "./words.js";

const WAIT_SECONDS = 25;
const PAUSE = 100; // milliseconds between two readings, however much happens
const ENTRIES = 2000;
const TABS = [
  ["payments", w("Payments")], ["tickets", w("Tickets")], ["webhooks", w("Webhooks")], ["pingbacks", w("Pingbacks")], ["calls", w("Calls")], ["faults", w("Faults")], ["connect", w("Connect")],
];
const views = { ...listing, connect, faults };

const $ = (id) => document.getElementById(id);
const clock = { now: 0, speed: 0, read: 0 };
const state = {
  code: null, settings: null, accounts: [], payments: [], charges: [], tickets: [], webhooks: [], pingbacks: [], faults: [], entries: [], next: 0,
  tab: "payments", chosen: null, open: new Set(), search: {}, fault: { what: "answer", call: "look-up", times: "1", status: "500", seconds: "5" },
  now: () => clock.now + ((performance.now() - clock.read) / 1000) * clock.speed,
};

const of = (path) => `/accounts/${state.code}${path}`;

const acts = {
  of,
  set: (settings, said) => attempt(async () => { await control(of(""), settings, "PATCH"); say(said); }),
  draw: () => draw(),
  show(tab) { go(tab, null); },
  open(impUid) { go("payments", impUid); },
  choose(impUid) { go("payments", impUid); },
  buy: () => buyDialog(state, of, acts.open),
  cancel: (payment) => cancelDialog(payment, of),
  chargeBack: (payment) => chargeBackDialog(payment, of),
};

/* Where we are: in the address, so that Back and links work. */

function go(tab, chosen) {
  const hash = chosen ? `#payment=${chosen}` : `#${tab}`;
  if (location.hash !== hash) location.hash = hash;
  arrive(); // now: `hashchange` comes later, and what is typed meanwhile belongs to the new tab
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

/* Drawing: the view anew, with focus and half-written fields where they were; not while something is being pressed,
   which would be gone before it is let go, and its click with it. */

let drawn = "";
let pressing = false;
addEventListener("pointerdown", () => { pressing = true; }, true);
for (const end of ["pointerup", "pointercancel", "blur"]) {
  addEventListener(end, (event) => {
    if (!pressing || (end === "blur" && event.target !== window)) return;
    pressing = false;
    setTimeout(draw); // after the click
  }, true);
}

function draw() {
  if (!state.settings || pressing) return;
  drawTabs();
  drawSearch();
  const focused = document.activeElement && document.activeElement.id;
  const typing = $("content").contains(document.activeElement) && /^(INPUT|SELECT)$/.test(document.activeElement.tagName);
  if (typing && drawn === state.tab) return;
  const scrolled = new Map([...$("content").querySelectorAll("details[open] pre")].map((pre, index) => [index, pre.scrollTop]));
  $("content").replaceChildren(views[state.tab](state, acts));
  [...$("content").querySelectorAll("details[open] pre")].forEach((pre, index) => { pre.scrollTop = scrolled.get(index) || 0; });
  drawn = state.tab;
  if (focused && document.activeElement === document.body && $(focused)) $(focused).focus({ preventScroll: true });
}

function drawSearch() {
  const isSearched = listing.SEARCHED.includes(state.tab);
  const { all, found } = isSearched ? listing.searched(state, state.tab) : { all: [], found: [] };
  const wanted = state.search[state.tab] || "";
  $("searching").hidden = !isSearched || (all.length === 0 && !wanted);
  if ($("search").value !== wanted) $("search").value = wanted; // else the cursor would jump
  $("found").textContent = wanted ? t("{found} of {all}", { found: found.length, all: all.length }) : "";
}

function drawTabs() {
  const waiting = state.tickets.filter((ticket) => ticket.state === "waiting").length;
  const counts = { payments: state.payments.length, tickets: waiting, webhooks: state.webhooks.length, pingbacks: state.pingbacks.length, faults: state.faults.length };
  const focused = document.activeElement && document.activeElement.id;
  $("tabs").replaceChildren(...TABS.map(([name, text]) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(state.tab === name), "aria-controls": "content", tabindex: state.tab === name ? "0" : "-1",
    onclick: () => acts.show(name), onkeydown: (event) => moveTab(event, name),
  }, t(text), counts[name] ? h("span", { class: `count ${["tickets", "faults"].includes(name) ? "hot" : ""}` }, String(counts[name])) : null)));
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
  $("speed").textContent = clock.speed === 0 ? t("stopped") : clock.speed === 1 ? "" : t("{speed} times as fast", clock);
  $("run").textContent = clock.speed ? t("Stop") : t("Run");
  $("run").setAttribute("aria-label", clock.speed ? t("Stop the clock") : t("Let the clock run"));
}

function live(kind, text) {
  if ($("live").textContent === text) return;
  $("live").className = `live ${kind}`;
  $("live").replaceChildren(h("span", { class: "live-text" }, text));
}

/* Reading */

async function read() {
  const asked = ["", "/payments", "/charges", "/tickets", "/webhooks", "/pingbacks", "/faults", "/clock", `/journal?after=${state.next}`];
  const [settings, payments, charges, tickets, webhooks, pingbacks, faulty, time, journal] = await Promise.all(asked.map((path) => control(of(path))));
  Object.assign(state, { settings, ...payments, ...charges, ...tickets, ...webhooks, ...pingbacks, ...faulty, next: journal.next });
  // After a reset the payments are gone, and what was told about them.
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
      live("on", t("Live"));
      wait = WAIT_SECONDS;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) await tokenDialog();
      else if (error.status === 404) return begin();
      else live("off", error.status ? error.message : t("The emulator does not answer; trying again"));
      changes = 0;
      wait = 0;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** Which account this is; a choice where there are several. */
function nameAccount() {
  const choose = h("select", { id: "account", "aria-label": t("Account"), onchange: () => { location.href = `/?account=${choose.value}`; } },
    state.accounts.map((one) => h("option", { value: one.imp_code, selected: one.imp_code === state.code }, t("Account {imp_code}", one))));
  if (!$("account")) $("account-line").append(state.accounts.length > 1 ? choose : h("span", { id: "account" }, t("Account {imp_code}", { imp_code: state.code })));
}

async function begin() {
  for (;;) {
    try {
      state.accounts = (await control("/accounts")).accounts;
      break;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401) await tokenDialog();
      else live("off", error.status ? error.message : t("The emulator does not answer; trying again"));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  if (!state.accounts.length) {
    $("content").replaceChildren(h("div", { class: "panel empty" }, h("h2", {}, t("No account yet")), h("p", {}, t("Create one to pay.")),
      h("button", { type: "button", class: "primary", onclick: () => attempt(() => control("/accounts", {})).then(begin) }, t("Create an account"))));
    live("on", t("Live"));
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
    say(query.get("imp_success") === "true" || !query.get("error_msg") ? t(PAID) : notPaid(query.get("error_msg")));
  }
  nameAccount();
  arrive();
  return follow();
}

/* The header's buttons */

document.querySelectorAll("[data-advance]").forEach((button) => button.addEventListener("click", async () => {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  const seconds = Number(button.dataset.advance);
  const advance = () => control(of("/clock/advance"), { seconds });
  await attempt(() => acted(of, advance, t("Advanced {span}", { span: span(seconds) }), t("nothing was due")));
  button.removeAttribute("aria-disabled");
}));
$("run").addEventListener("click", () => attempt(async () => {
  await (clock.speed ? control(of("/clock/stop"), {}) : control(of("/clock/run"), { speed: 1 }));
  say(clock.speed ? t("The clock is stopped.") : t("The clock runs."));
}));
$("clock-curl").addEventListener("click", () => showCurl(t("The emulator's clock"), [
  ...[3600, 86400, 259200].map((seconds) => [t("Advance by {span}", { span: span(seconds) }), curlOf(of("/clock/advance"), { seconds })]),
  [t("Let the clock run"), curlOf(of("/clock/run"), { speed: 1 })], [t("Stop the clock"), curlOf(of("/clock/stop"), {})],
]));
$("buy").addEventListener("click", acts.buy);
$("reset").addEventListener("click", () => resetDialog(of, () => { state.entries = []; state.open.clear(); go("payments", null); }));
$("search").addEventListener("input", () => { state.search[state.tab] = $("search").value; draw(); });
addEventListener("hashchange", arrive);
setInterval(() => { if (clock.read && clock.speed) drawClock(); }, 500);
whenSwitched(() => {
  $("account-line").querySelector("#account")?.remove();
  if (state.settings) nameAccount();
  live("on", t("Live"));
  drawClock();
  draw();
});
speakAsBefore();
begin();
