/* What the page shows: each view makes its elements anew from the state. Nothing is kept in the elements. */

import { actButtons, curlButton } from "./acts.js";
import { endpointOf, versionOf } from "./connect.js";
import { curlOf, h, money, moment, pretty, shortMoment, span } from "./dom.js";
import { count, t, w } from "./words.js";

export const KINDS = {
  token: w("Access token asked for"), "look-up": w("Payment looked up"), find: w("Payment searched"), channels: w("Channels read"),
  cancel: w("Cancellation asked for"), prepare: w("Amount registered beforehand"), delivery: w("Delivery reported"), onetime: w("API payment"),
  again: w("API payment with a billing key"), customers: w("Billing key"), schedule: w("Scheduled payment"), "cash-receipt": w("Cash receipt asked for"),
  request_pay: w("Payment asked for by the page"), widget: w("Payment window opened"),
  stop: w("Cancellation stopped"), resend: w("Webhook asked for again"),
  sdk: w("SDK loaded"), receipt: w("Receipt opened"), charge: w("Buyer pressed Pay"), pingback: w("Pingback"), ticket: w("Cancellation ticket opened"), webhook: w("Webhook"), return: w("Buyer came back"), other: w("Call"),
};
const PINGBACKS = {
  0: w("paid"), 1: w("goodwill"), 2: w("money taken back"), 200: w("under review"), 201: w("review accepted"), 202: w("review declined"), 203: w("authorisation voided"),
};
const MOST = 200; // rows: a merchant under load makes thousands, which nobody reads here
const WHO = { merchant: w("Merchant"), browser: w("Browser"), portone: w("PortOne"), paymentwall: w("Paymentwall"), operator: w("Operator") };

export const chip = (text, kind) => h("span", { class: `chip ${kind || ""}` }, text);

export function ticketOf(state, payment) {
  return state.tickets.find((ticket) => ticket.imp_uid === payment.imp_uid && ticket.state === "waiting");
}

export function reviewOf(state, payment) {
  return state.charges.find((charge) => charge.imp_uid === payment.imp_uid && charge.state === "under_review");
}

const older = (all) => all.length > MOST && h("p", { class: "quiet small pad" }, count(all.length - MOST, w("{n} older one is not shown."), w("{n} older ones are not shown.")));

function statusChip(payment) {
  if (payment.status === "paid") return payment.cancel_amount > 0 ? chip(t("Partly cancelled"), "blue") : chip(t("Paid"), "good");
  if (payment.status === "cancelled") return chip(t("Cancelled"), "blue");
  if (payment.status === "failed") return chip(t("Failed"), "bad");
  return chip(t("Not paid yet"));
}

function chips(state, payment) {
  return [
    statusChip(payment),
    payment.version === "V2" && chip("V2"),
    ticketOf(state, payment) && chip(t("Ticket waits"), "warn"),
    reviewOf(state, payment) && chip(t("Under review"), "warn"),
  ];
}

function answerChip(status, error) {
  if (status === null || status === undefined) return chip(error ? t("No answer") : t("Waiting"), error ? "bad" : "warn");
  return chip(String(status), error ? "bad" : status < 300 ? "good" : status < 400 ? "blue" : "bad");
}

function empty(title, text, ...buttons) {
  return h("div", { class: "panel empty" }, h("h2", {}, title), typeof text === "string" ? h("p", {}, text) : text, h("div", { class: "buttons" }, buttons));
}

const panel = (title, aside, ...children) =>
  h("section", { class: "panel" }, h("div", { class: "bar" }, h("h2", {}, title), aside), children);

/* Search: whatever is written in one, as JSON writes it, by any case; all words must be there. */

function matching(all, wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length ? all.filter((one) => { const text = JSON.stringify(one).toLowerCase(); return words.every((word) => text.includes(word)); }) : all;
}

export const SEARCHED = ["payments", "tickets", "webhooks", "pingbacks", "calls"];

/** What the view of this name shows of all there are: those that were searched for. */
export function searched(state, name) {
  const all = { payments: state.payments, tickets: state.tickets, webhooks: state.webhooks, pingbacks: state.pingbacks, calls: state.entries }[name];
  return { all, found: matching(all, state.search[name] || "") };
}

const noneFound = () => h("p", { class: "quiet pad" }, t("Nothing here has what you search for."));

/* Payments: all of them, and the chosen one with everything that happened to it. */

export function payments(state, acts) {
  if (!state.payments.length) {
    return empty(
      t("No payment yet"),
      [h("p", {}, t("PortOne and Paymentwall as your merchant meets them, on your own machine. No money moves, and no real card is needed.")), h("ol", { class: "ways" },
        h("li", {}, t("Pay a test purchase, as a buyer would, in the payment window.")), h("li", {}, t("Watch the pingback and the webhook it causes, with request and answer.")),
        h("li", {}, t("Cancel the payment: Paymentwall opens a ticket. Advance the clock by 3 days and see its result.")))],
      h("button", { type: "button", class: "primary", onclick: acts.buy }, t("Pay a test purchase")),
      h("button", { type: "button", onclick: () => acts.show("connect") }, t("Connect a merchant")),
      h("a", { class: "button", href: `/demo?account=${state.code}` }, t("Open the demo shop")),
    );
  }
  const { found } = searched(state, "payments");
  const chosen = state.payments.find((payment) => payment.imp_uid === state.chosen);
  const rows = found.slice(-MOST).reverse().map((payment) =>
    h("li", {}, h("button", {
      type: "button", class: "row", id: `row-${payment.imp_uid}`, "aria-current": payment.imp_uid === state.chosen ? "true" : null,
      onclick: () => acts.choose(payment.imp_uid),
    },
    h("span", { class: "title" }, payment.name),
    h("span", { class: "money" }, money(payment.amount, payment.currency)),
    h("span", { class: "sub" }, `${payment.merchant_uid} · ${shortMoment(payment.started_at)}`),
    h("span", { class: "end buttons" }, chips(state, payment)))));
  return h("div", { class: `split ${chosen ? "chosen" : ""}` },
    h("div", { class: "panel all" }, rows.length ? h("ul", { class: "list", "aria-label": t("Payments") }, rows) : noneFound(), older(found)),
    h("div", { class: "detail-holder" }, chosen
      ? payment(state, chosen, acts)
      : h("div", { class: "panel empty" }, h("p", {}, t("Choose a payment to see what happened to it.")))));
}

function payment(state, one, acts) {
  const ticket = ticketOf(state, one);
  const review = reviewOf(state, one);
  const path = `/payments/${one.imp_uid}`;
  const dialog = (name, label, open, body, attributes) => h("span", { class: "act" },
    h("button", { type: "button", id: name, onclick: () => open(one), ...attributes }, label),
    curlButton(label, () => [[label, curlOf(acts.of(`${path}/${name}`), body)]], `${name}-curl`));
  const facts = [
    ["imp_uid", one.imp_uid], ["merchant_uid", one.merchant_uid], [t("Paymentwall ref"), one.pg_tid],
    [t("Paid"), one.paid_at ? moment(one.paid_at) : null], [t("Failed because"), one.fail_reason],
    [t("Cancelled so far"), one.cancel_amount ? money(one.cancel_amount, one.currency) : null],
    [t("Buyer"), [one.buyer_name, one.buyer_email].filter(Boolean).join(", ")],
    [t("Buyer's country"), one.extension && one.extension.country_code], [t("Device"), one.channel === "mobile" ? t("phone") : one.channel],
    [t("Stage"), one.sandbox ? t("test channel") : t("live channel")],
  ].filter(([, value]) => value);
  // By their beginning: a charge ends after the pingback that it caused.
  const entries = state.entries.filter((entry) => entry.imp_uid === one.imp_uid).sort((a, b) => a.began - b.began);
  return h("article", { class: "panel pad detail", "aria-labelledby": "chosen" },
    h("button", { type: "button", class: "back plain", id: "back", onclick: () => acts.choose(null) }, t("← All payments")),
    h("header", {}, h("h2", { id: "chosen", tabindex: "-1" }, one.name), h("p", { class: "sum" }, money(one.amount, one.currency))),
    h("div", { class: "state" }, chips(state, one)),
    review && h("div", { class: "note" }, t("Paymentwall reviews this payment for risk before it counts."), h("div", { class: "buttons" },
      actButtons(acts.of, t("Accept the review"), { path: `${path}/review/accept`, body: {}, done: t("The review was accepted") }, { id: "accept" }),
      actButtons(acts.of, t("Decline it"), { path: `${path}/review/decline`, body: {}, done: t("The review was declined") }, { id: "decline" }))),
    ticket && h("div", { class: "note" }, ticketText(state, ticket), ticketButtons(ticket, acts)),
    one.status === "paid" && h("div", { class: "buttons" },
      dialog("cancel", t("Cancel …"), acts.cancel, {}), dialog("chargeback", t("Charge back …"), acts.chargeBack, {}, { class: "danger" }),
      actButtons(acts.of, t("Refund at Paymentwall"), { path: `${path}/refund`, body: {}, done: t("Paymentwall gave the money back") }, { id: "refund" })),
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    h("h3", {}, t("What happened")),
    entries.length ? steps(state, entries, acts, "payment") : h("p", { class: "quiet" }, t("The journal does not go back that far.")));
}

/* Tickets */

const TICKETS = { waiting: [w("Waiting"), "warn"], accepted: [w("Accepted"), "good"], refused: [w("Refused"), "bad"] };

function ticketText(state, ticket) {
  const left = ticket.due_at - state.now();
  const what = ticket.amount === null ? t("Paymentwall has a ticket to give the whole payment back.") : t("Paymentwall has a ticket to give {amount} of the payment back.", ticket);
  return `${what} ${left > 0 ? t("It decides in {span}, on {moment}.", { span: span(left), moment: moment(ticket.due_at) }) : t("It decides now.")}`;
}

function ticketButtons(ticket, acts) {
  const path = `/tickets/${ticket.id}`;
  return h("div", { class: "buttons" },
    actButtons(acts.of, t("Complete"), { path: `${path}/complete`, body: {}, done: t("Ticket {id} was decided", ticket) }, { id: `complete-${ticket.id}` }),
    actButtons(acts.of, t("Refuse"), { path: `${path}/refuse`, body: {}, done: t("Ticket {id} was decided", ticket) }, { class: "danger", id: `refuse-${ticket.id}` }));
}

export function tickets(state, acts) {
  if (!state.tickets.length) return empty(t("No ticket"), t("When a merchant cancels a payment, PortOne opens a ticket at Paymentwall, which decides it later: advance the clock, or decide it here."));
  const { found } = searched(state, "tickets");
  const rows = found.slice(-MOST).reverse().map((ticket) => h("li", { class: "pad" },
    h("p", {}, h("strong", {}, t("Ticket {id}", ticket)), " ", chip(t(TICKETS[ticket.state][0]), TICKETS[ticket.state][1])),
    h("p", { class: "quiet small" }, ticket.state === "waiting" ? ticketText(state, ticket) : t("Decided on {moment}.", { moment: moment(ticket.due_at) })),
    h("p", { class: "small" }, h("button", { type: "button", class: "plain", id: `of-${ticket.id}`, onclick: () => acts.open(ticket.imp_uid) }, t("Payment {imp_uid}", ticket)), ticket.message ? `“${ticket.message}”` : ""),
    ticket.state === "waiting" && ticketButtons(ticket, acts)));
  return panel(t("Cancellation tickets at Paymentwall"), null, rows.length ? h("ul", { class: "list" }, rows) : noneFound());
}

/* What was sent: webhooks and pingbacks, with request and answer. */

const tries = (one) => (one.tries > 1 ? t("{tries} tries", one) : null);

export function webhooks(state, acts) {
  const version = versionOf(state);
  const { url } = endpointOf(state, version);
  const aside = h("div", { class: "buttons" },
    actButtons(acts.of, t("Send a test webhook"), { path: "/webhooks/test", body: version === "V2" ? { version } : {}, done: (answer) => t("The test webhook was answered with {status}", answer) }, { id: "call-test" }),
    h("button", { type: "button", id: "to-connect", onclick: () => acts.show("connect") }, url ? t("Change the address") : t("Set the address")));
  const { all, found } = searched(state, "webhooks");
  const rows = found.slice(-MOST).reverse().map((one) => sent(state, `webhook-${one.id}`, {
    at: one.sent_at, what: t("Webhook: {status}", one), way: `${one.merchant_uid} → ${one.url}`,
    chip: one.state === "recorded" ? chip(t("Not sent")) : answerChip(one.answer && one.answer.status, one.answer && one.answer.error),
    more: tries(one),
    request: one.request ? one.request.body : { imp_uid: one.imp_uid, merchant_uid: one.merchant_uid, status: one.status, cancellation_id: one.cancellation_id || undefined },
    head: `POST ${one.url}${one.request && one.request.content_type ? `\nContent-Type: ${one.request.content_type}` : ""}`,
    answer: one.answer, again: { path: `/webhooks/${one.id}/resend`, body: {}, done: (answer) => t("Sent again: answered with {status}", answer) },
    open: () => acts.open(one.imp_uid),
  }, acts));
  return panel(url ? t("Webhooks to {url}", { url }) : t("Webhooks: no address is set for this stage"), aside,
    rows.length ? h("ul", { class: "steps" }, rows) : all.length ? noneFound() : h("p", { class: "quiet pad" }, t("None yet. PortOne sends one when a payment is paid, and when a cancellation has its result.")), older(found));
}

export function pingbacks(state, acts) {
  const { all, found } = searched(state, "pingbacks");
  const rows = found.slice(-MOST).reverse().map((one) => sent(state, `pingback-${one.id}`, {
    at: one.sent_at, what: pingbackTitle(one.type), way: `${one.ref} → PortOne`,
    chip: one.state === "given_up" ? chip(t("Given up"), "bad") : one.state === "waiting" ? chip(t("Is repeated"), "warn") : answerChip(one.answer ? one.answer.status : 200, one.answer && one.answer.error),
    more: tries(one), request: one.query, head: t("GET, signed"), answer: one.answer,
    again: { path: `/pingbacks/${one.id}/resend`, body: {}, done: t("The pingback was sent again") }, open: () => acts.open(one.imp_uid),
  }, acts));
  return panel(t("Pingbacks from Paymentwall to PortOne"), null,
    rows.length ? h("ul", { class: "steps" }, rows) : all.length ? noneFound() : h("p", { class: "quiet pad" }, t("None yet. Paymentwall sends one for each result: paid, money taken back, reviews.")), older(found));
}

const pingbackTitle = (type) => t("Pingback: {what}", { what: PINGBACKS[type] ? t(PINGBACKS[type]) : type });

function sent(state, id, one, acts) {
  return step(state, id, one.at ? shortMoment(one.at) : "", one.what, [one.way, one.more].filter(Boolean).join(" · "), one.chip, () => [
    part(t("Request"), `${one.head}\n\n${pretty(one.request)}`),
    part(t("Answer"), one.answer ? one.answer.error || pretty(one.answer.body) : t("(none yet)")),
    h("div", { class: "buttons" },
      actButtons(acts.of, t("Send again"), one.again, { id: `${id}-again` }),
      h("button", { type: "button", class: "plain", id: `${id}-open`, onclick: one.open }, t("Show the payment"))),
  ], acts);
}

/* Calls: the journal. */

export function calls(state, acts) {
  const { all, found } = searched(state, "calls");
  const entries = found.slice(-MOST).reverse();
  return panel(t("Calls"), null, entries.length ? steps(state, entries, acts, "all") : all.length ? noneFound() : h("p", { class: "quiet pad" }, t("Nothing has happened yet.")), older(found));
}

function title(entry) {
  const body = entry.request.body || {};
  if (entry.kind === "pingback") return pingbackTitle(body.type);
  if (entry.kind === "webhook") return t("Webhook: {status}", { status: body.status || body.type });
  const kind = KINDS[entry.kind] ? t(KINDS[entry.kind]) : entry.kind;
  const says = entry.response && entry.response.message && (entry.kind === "charge" || entry.response.code);
  return says ? `${kind}: ${entry.response.message}` : kind;
}

function steps(state, entries, acts, where) {
  return h("ol", { class: "steps" }, entries.map((entry) =>
    step(state, `${where}-${entry.seq}`, shortMoment(entry.clock), title(entry), `${t(WHO[entry.source])} → ${t(WHO[entry.target])}`, answerChip(entry.status, entry.error), () => [
      part(t("Request"), `${entry.method} ${entry.url}\n\n${entry.request.body === null ? "" : pretty(entry.request.body)}`.trim()),
      part(t("Answer"), entry.response === null ? entry.error || "" : pretty(entry.response)),
      entry.error && entry.response !== null ? part(t("Why"), entry.error) : null,
    ], acts)));
}

const part = (name, text) => h("div", {}, h("h4", {}, name), h("pre", { tabindex: "0", "aria-label": name }, text));

function step(state, id, at, what, way, mark, inside, acts) {
  const open = state.open.has(id);
  const element = h("details", { class: "step", open, id },
    h("summary", { id: `${id}-summary` }, h("span", { class: "at" }, at), h("span", { class: "what" }, what, h("span", { class: "way" }, way)), mark),
    open && h("div", { class: "exchange" }, inside()));
  element.addEventListener("toggle", () => {
    if (element.open === state.open.has(id)) return;
    if (element.open) state.open.add(id);
    else state.open.delete(id);
    acts.draw();
  });
  return h("li", {}, element);
}
