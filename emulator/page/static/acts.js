/* What people do on the page: each act, the curl that does the same, and in words what happened then. */

import { control, curlOf, h, money, Refused, rememberToken } from "./dom.js";
import { count, t, w } from "./words.js";

const IDLE_SECONDS = 1; // after an act: what it causes has happened by then, unless a fault holds it up

const $ = (id) => document.getElementById(id);

let quiet;
export function say(text, bad) {
  $("said").className = bad ? "said bad" : "said";
  $("said").textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { $("said").textContent = ""; }, bad ? 9000 : 6000);
}

/** What `work` returns; where the control plane refuses, its sentence is shown, and null returned. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message, true);
    return null;
  }
}

/** How far an account is: so many of each, by what happened to them. */
async function progress(of) {
  const asked = ["/payments", "/tickets", "/webhooks", "/pingbacks"].map((path) => control(of(path)));
  const [{ payments }, { tickets }, { webhooks }, { pingbacks }] = await Promise.all(asked);
  const which = (all, ...states) => all.filter((one) => states.includes(one.state)).length;
  return {
    paid: payments.filter((one) => one.paid_at).length, opened: tickets.length, completed: which(tickets, "accepted"), refused: which(tickets, "refused"),
    webhooks: webhooks.filter((one) => one.state !== "recorded").length, pingbacks: pingbacks.length,
  };
}

const HAPPENED = {
  paid: [w("{n} payment paid"), w("{n} payments paid")],
  opened: [w("{n} ticket opened"), w("{n} tickets opened")],
  completed: [w("{n} ticket completed"), w("{n} tickets completed")],
  refused: [w("{n} ticket refused"), w("{n} tickets refused")],
  webhooks: [w("{n} webhook sent"), w("{n} webhooks sent")],
};

function told(before, after) {
  const parts = Object.entries(HAPPENED).filter(([name]) => after[name] > before[name]).map(([name, words]) => count(after[name] - before[name], ...words));
  const pingbacks = after.pingbacks - before.pingbacks;
  if (!parts.length && pingbacks > 0) parts.push(count(pingbacks, w("{n} pingback sent"), w("{n} pingbacks sent")));
  return parts.join(", ");
}

/** Do `work`, and say `done` with what happened then: "Advanced 3 days: 1 ticket completed, 1 webhook sent." Raises Refused. */
export async function acted(of, work, done, nothing = "") {
  const before = await progress(of);
  const answer = await work();
  await control(of("/idle"), { timeout_seconds: IDLE_SECONDS }).catch((error) => { if (error.status !== 503) throw error; });
  const happened = told(before, await progress(of)) || nothing;
  if (answer.error) return say(answer.error, true);
  if (typeof done === "function") done = done(answer);
  say(happened ? t("{done}: {happened}.", { done, happened }) : t("{done}.", { done }));
  return answer;
}

/* Copying */

export async function copy(text, name) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("{name} is copied.", { name }));
  } catch {
    say(t("The browser does not let this page copy; select the text by hand."), true);
  }
}

/** A command to read and to copy; `make` gives it anew whenever `refresh` is called. */
export function curlBlock(make) {
  const text = h("pre", { class: "command", tabindex: "0", "aria-label": "curl" });
  const refresh = () => { text.textContent = make(); };
  refresh();
  const element = h("div", { class: "with-curl" }, text, h("button", { type: "button", class: "small", onclick: () => copy(text.textContent, "curl") }, t("Copy curl")));
  return { element, refresh };
}

/** The small button beside an act: shows the curl that does the same. `commands` are [what it does, command]. */
export function curlButton(name, commands, id) {
  return h("button", { type: "button", class: "curl", id, "aria-label": `curl: ${name}`, onclick: () => showCurl(name, commands()) }, "curl");
}

export function showCurl(name, commands) {
  const dialog = $("dialog");
  dialog.replaceChildren(h("div", {}, h("h2", { id: "dialog-title" }, name), h("p", { class: "quiet small" }, t("The same from a terminal:")),
    commands.map(([what, command]) => [commands.length > 1 && h("h3", {}, what), curlBlock(() => command).element]),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, t("Close")))));
  dialog.showModal();
}

/** A button that does an act of the control plane, with its curl beside it. `act`: path, body, method, done (said then; of the answer, if it is a function). */
export function actButtons(of, label, act, attributes = {}) {
  const { path, body, method, done, nothing } = act;
  return h("span", { class: "act" },
    h("button", { type: "button", ...attributes, onclick: () => attempt(() => acted(of, () => control(of(path), body, method), done, nothing)) }, label),
    curlButton(label, () => [[label, curlOf(of(path), body, method)]], attributes.id && `${attributes.id}-curl`));
}

/* Dialogs */

export function field(name, label, attributes) {
  return h("div", { class: "field" }, h("label", { for: `d-${name}` }, label), h("input", { id: `d-${name}`, name, ...attributes }));
}

export function choice(name, label, options, chosen) {
  return h("div", { class: "field" }, h("label", { for: `d-${name}` }, label),
    h("select", { id: `d-${name}`, name }, options.map(([value, text]) => h("option", { value, selected: value === chosen }, text))));
}

/** A form in a dialog; `done` gets its fields and tells what is wrong, or null when the dialog may close. `curl` makes its command. */
function ask(title, text, fields, button, done, { danger, curl } = {}) {
  const dialog = $("dialog");
  const problem = h("p", { class: "problem", role: "alert" });
  const given = () => Object.fromEntries(new FormData(form));
  const form = h("form", { method: "dialog" }, h("h2", { id: "dialog-title" }, title), text && h("p", { class: "quiet small" }, text), fields, problem);
  const command = curl && curlBlock(() => curl(given()));
  form.append(h("div", { class: "buttons" },
    h("button", { type: "button", onclick: () => dialog.close() }, t("Not now")),
    h("button", { type: "submit", class: danger ? "danger" : "primary" }, button)));
  if (command) form.append(command.element);
  form.addEventListener("input", () => command && command.refresh());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      const wrong = await done(given());
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

export function buyDialog(state, of, opened) {
  const channel = state.settings.channels.find((one) => one.sandbox === (state.settings.stage === "test")) || state.settings.channels[0];
  const order = `page-${Date.now().toString(36)}`;
  const amountOf = (given) => given.amount.replace(",", ".");
  ask(t("Pay a test purchase"), t("Opens the payment window as a merchant's page would. Test cards are listed in it; no money moves."), [
    field("name", t("What is bought"), { value: t("Handmade mug"), required: true, maxlength: 40 }),
    h("div", { class: "pair" }, field("amount", t("Amount"), { value: "10.50", inputmode: "decimal", required: true }),
      choice("currency", t("Currency"), ["USD", "KRW", "EUR", "JPY"].map((code) => [code, code]))),
    choice("widget_code", t("Payment window"), Object.keys(state.settings.paymentwall.widgets).map((code) => [code, code === "t3_1" ? "t3_1 (Terminal3)" : code])),
  ], t("To the payment window"), (given) => {
    if (!(Number(amountOf(given)) > 0)) return t("Enter an amount above 0.");
    requestPay({
      channelKey: channel && channel.channel_key, merchant_uid: order, name: given.name, amount: Number(amountOf(given)), currency: given.currency,
      buyer_name: "Minji Kim", buyer_email: "minji@shop.example", m_redirect_url: `${location.origin}/?account=${state.code}`, bypass: { widget_code: given.widget_code },
    }, opened);
    return null;
  }, { curl: (given) => curlOf(of("/payments"), { merchant_uid: order, name: given.name, amount: amountOf(given), currency: given.currency }) });
}

export const PAID = w("Paid. The webhook is on its way.");
export const notPaid = (reason) => t("Not paid: {reason}", { reason });

function requestPay(params, opened) {
  if (!window.IMP) return say(t("The SDK did not load."), true);
  window.IMP.request_pay(params, (answer) => {
    const paid = answer.success ?? answer.imp_success ?? !answer.error_code;
    if (answer.imp_uid) opened(answer.imp_uid);
    say(paid ? t(PAID) : notPaid(answer.error_msg), !paid);
  });
}

export function cancelDialog(payment, of) {
  const path = of(`/payments/${payment.imp_uid}/cancel`);
  const body = (given) => ({ reason: given.reason || null, ...(given.amount ? { amount: given.amount } : {}) });
  const left = money(payment.amount - payment.cancel_amount, payment.currency);
  ask(t("Cancel in PortOne's console"), t("{name}: {left} can be cancelled. Paymentwall gets a ticket and decides it later.", { name: payment.name, left }), [
    field("amount", t("Amount (empty for all of it)"), { inputmode: "decimal" }), field("reason", t("Reason"), { value: t("Requested by the buyer") }),
  ], t("Cancel it"), async (given) => {
    await acted(of, () => control(path, body(given)), t("Cancellation requested"));
    return null;
  }, { curl: (given) => curlOf(path, body(given)) });
}

export function chargeBackDialog(payment, of) {
  const path = of(`/payments/${payment.imp_uid}/chargeback`);
  ask(t("Charge this payment back"), t("The buyer's bank takes the money back. The merchant is not asked; PortOne sends it a webhook."), [
    choice("reason", t("Reason"), [["chargeback", t("Chargeback")], ["card_fraud", t("Card fraud")], ["other_fraud", t("Other fraud")]]),
  ], t("Charge it back"), async (given) => {
    await acted(of, () => control(path, given), t("Charged back"));
    return null;
  }, { danger: true, curl: (given) => curlOf(path, given) });
}

export function resetDialog(of, forgotten) {
  ask(t("Reset this account"), t("Payments, tickets, webhooks, pingbacks, calls and faults are removed. The settings go back to their first state."), [], t("Reset it"), async () => {
    await control(of("/reset"), {});
    forgotten();
    say(t("The account is in its first state."));
    return null;
  }, { danger: true, curl: () => curlOf(of("/reset"), {}) });
}

export function tokenDialog() {
  return new Promise((resolve) => ask(t("This emulator needs its control token"), t("It was printed when the emulator started."), [
    field("token", t("Control token"), { type: "password", autocomplete: "off", required: true }),
  ], t("Continue"), (given) => { rememberToken(given.token); resolve(); return null; }));
}
