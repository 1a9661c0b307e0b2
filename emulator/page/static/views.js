/* What the page shows: each view makes its elements anew from the state. Nothing is kept in the elements. */

import { h, money, moment, pretty, shortMoment, span } from "./dom.js";

const KINDS = {
  token: "Access token asked for", "look-up": "Payment looked up", find: "Payment searched", channels: "Channels read",
  cancel: "Cancellation asked for", prepare: "Amount registered beforehand", delivery: "Delivery reported", onetime: "API payment",
  again: "API payment with a billing key", customers: "Billing key", schedule: "Scheduled payment", "cash-receipt": "Cash receipt asked for",
  request_pay: "Payment asked for by the page", widget: "Payment window opened",
  charge: "Buyer pressed Pay", pingback: "Pingback", ticket: "Cancellation ticket opened", webhook: "Webhook", return: "Buyer came back", other: "Call",
  stop: "Cancellation stopped", resend: "Webhook asked for again",
};
const PINGBACKS = {
  0: "paid", 1: "goodwill", 2: "money taken back", 200: "under review", 201: "review accepted", 202: "review declined", 203: "authorisation voided",
};
const MOST = 200; // rows: a merchant under load makes thousands, which nobody reads here
const WHO = { merchant: "Merchant", browser: "Browser", portone: "PortOne", paymentwall: "Paymentwall", operator: "Operator" };

export const chip = (text, kind) => h("span", { class: `chip ${kind || ""}` }, text);

export function ticketOf(state, payment) {
  return state.tickets.find((ticket) => ticket.imp_uid === payment.imp_uid && ticket.state === "waiting");
}

export function reviewOf(state, payment) {
  return state.charges.find((charge) => charge.imp_uid === payment.imp_uid && charge.state === "under_review");
}

const older = (all) => all.length > MOST && h("p", { class: "quiet small pad" }, `${all.length - MOST} older ones are not shown.`);

function statusChip(payment) {
  if (payment.status === "paid") return payment.cancel_amount > 0 ? chip("Partly cancelled", "blue") : chip("Paid", "good");
  if (payment.status === "cancelled") return chip("Cancelled", "blue");
  if (payment.status === "failed") return chip("Failed", "bad");
  return chip("Not paid yet");
}

function chips(state, payment) {
  return [
    statusChip(payment),
    payment.version === "V2" && chip("V2"),
    ticketOf(state, payment) && chip("Ticket waits", "warn"),
    reviewOf(state, payment) && chip("Under review", "warn"),
  ];
}

function answerChip(status, error) {
  if (status === null || status === undefined) return chip(error ? "No answer" : "Waiting", error ? "bad" : "warn");
  return chip(String(status), error ? "bad" : status < 300 ? "good" : status < 400 ? "blue" : "bad");
}

function empty(title, text, ...buttons) {
  return h("div", { class: "panel empty" }, h("h2", {}, title), typeof text === "string" ? h("p", {}, text) : text, h("div", { class: "buttons" }, buttons));
}

const panel = (title, aside, ...children) =>
  h("section", { class: "panel" }, h("div", { class: "bar" }, h("h2", {}, title), aside), children);

/* Payments: all of them, and the chosen one with everything that happened to it. */

export function payments(state, acts) {
  if (!state.payments.length) {
    return empty(
      "No payment yet",
      [h("p", {}, "PortOne and Paymentwall as your merchant meets them, on your own machine. No money moves, and no real card is needed."), h("ol", { class: "ways" },
        h("li", {}, "Pay a test purchase, as a buyer would, in the payment window."), h("li", {}, "Watch the pingback and the webhook it causes, with request and answer."),
        h("li", {}, "Cancel the payment: Paymentwall opens a ticket. Advance the clock by 3 days and see its result."))],
      h("button", { type: "button", class: "primary", onclick: acts.buy }, "Pay a test purchase"),
      h("button", { type: "button", onclick: () => acts.show("connect") }, "Connect a merchant"),
      h("a", { class: "button", href: `/demo?account=${state.code}` }, "Open the demo shop"),
    );
  }
  const chosen = state.payments.find((payment) => payment.imp_uid === state.chosen);
  const rows = state.payments.slice(-MOST).reverse().map((payment) =>
    h("li", {}, h("button", {
      type: "button", class: "row", id: `row-${payment.imp_uid}`, "aria-current": payment.imp_uid === state.chosen ? "true" : null,
      onclick: () => acts.choose(payment.imp_uid),
    },
    h("span", { class: "title" }, payment.name),
    h("span", { class: "money" }, money(payment.amount, payment.currency)),
    h("span", { class: "sub" }, `${payment.merchant_uid} · ${shortMoment(payment.started_at)}`),
    h("span", { class: "end buttons" }, chips(state, payment)))));
  return h("div", { class: `split ${chosen ? "chosen" : ""}` },
    h("div", { class: "panel all" }, h("ul", { class: "list", "aria-label": "Payments" }, rows), older(state.payments)),
    h("div", { class: "detail-holder" }, chosen
      ? payment(state, chosen, acts)
      : h("div", { class: "panel empty" }, h("p", {}, "Choose a payment to see what happened to it."))));
}

function payment(state, one, acts) {
  const ticket = ticketOf(state, one);
  const review = reviewOf(state, one);
  const act = (path, body, said) => () => acts.act(`/payments/${one.imp_uid}/${path}`, body, said);
  const facts = [
    ["imp_uid", one.imp_uid], ["merchant_uid", one.merchant_uid], ["Paymentwall ref", one.pg_tid],
    ["Paid", one.paid_at ? moment(one.paid_at) : null], ["Failed because", one.fail_reason],
    ["Cancelled so far", one.cancel_amount ? money(one.cancel_amount, one.currency) : null],
    ["Buyer", [one.buyer_name, one.buyer_email].filter(Boolean).join(", ")],
    ["Buyer's country", one.extension && one.extension.country_code], ["Device", one.channel === "mobile" ? "phone" : one.channel],
    ["Stage", one.sandbox ? "test channel" : "live channel"],
  ].filter(([, value]) => value);
  // By their beginning: a charge ends after the pingback that it caused.
  const entries = state.entries.filter((entry) => entry.imp_uid === one.imp_uid).sort((a, b) => a.began - b.began);
  return h("article", { class: "panel pad detail", "aria-labelledby": "chosen" },
    h("button", { type: "button", class: "back plain", id: "back", onclick: () => acts.choose(null) }, "← All payments"),
    h("header", {}, h("h2", { id: "chosen", tabindex: "-1" }, one.name), h("p", { class: "sum" }, money(one.amount, one.currency))),
    h("div", { class: "state" }, chips(state, one)),
    review && h("div", { class: "note" }, "Paymentwall reviews this payment for risk before it counts.", h("div", { class: "buttons" },
      h("button", { type: "button", id: "accept", onclick: act("review/accept", {}, "The review was accepted.") }, "Accept the review"),
      h("button", { type: "button", id: "decline", onclick: act("review/decline", {}, "The review was declined.") }, "Decline it"))),
    ticket && h("div", { class: "note" }, ticketText(state, ticket), ticketButtons(ticket, acts)),
    one.status === "paid" && h("div", { class: "buttons" },
      h("button", { type: "button", id: "cancel", onclick: () => acts.cancel(one) }, "Cancel …"),
      h("button", { type: "button", id: "chargeback", class: "danger", onclick: () => acts.chargeBack(one) }, "Charge back …")),
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    h("h3", {}, "What happened"),
    entries.length ? steps(state, entries, acts, "payment") : h("p", { class: "quiet" }, "The journal does not go back that far."));
}

/* Tickets */

function ticketText(state, ticket) {
  const left = ticket.due_at - state.now();
  const what = ticket.amount === null ? "the whole payment" : `${ticket.amount} of it`;
  return `Paymentwall has a ticket to give ${what} back. ${left > 0 ? `It decides in ${span(left)}, on ${moment(ticket.due_at)}.` : "It decides now."}`;
}

function ticketButtons(ticket, acts) {
  return h("div", { class: "buttons" },
    h("button", { type: "button", id: `complete-${ticket.id}`, onclick: () => acts.act(`/tickets/${ticket.id}/complete`, {}, `Ticket ${ticket.id} is complete: the money was refunded.`) }, "Complete"),
    h("button", { type: "button", class: "danger", id: `refuse-${ticket.id}`, onclick: () => acts.act(`/tickets/${ticket.id}/refuse`, {}, `Ticket ${ticket.id} was refused. No webhook is sent.`) }, "Refuse"));
}

export function tickets(state, acts) {
  if (!state.tickets.length) return empty("No ticket", "When a merchant cancels a payment, PortOne opens a ticket at Paymentwall, which decides it later: advance the clock, or decide it here.");
  const rows = state.tickets.slice(-MOST).reverse().map((ticket) => h("li", { class: "pad" },
    h("p", {}, h("strong", {}, `Ticket ${ticket.id}`), " ", chip({ waiting: "Waiting", accepted: "Accepted", refused: "Refused" }[ticket.state], { waiting: "warn", accepted: "good", refused: "bad" }[ticket.state])),
    h("p", { class: "quiet small" }, ticket.state === "waiting" ? ticketText(state, ticket) : `Decided on ${moment(ticket.due_at)}.`),
    h("p", { class: "small" }, h("button", { type: "button", class: "plain", id: `of-${ticket.id}`, onclick: () => acts.open(ticket.imp_uid) }, `Payment ${ticket.imp_uid}`), ticket.message ? `“${ticket.message}”` : ""),
    ticket.state === "waiting" && ticketButtons(ticket, acts)));
  return panel("Cancellation tickets at Paymentwall", null, h("ul", { class: "list" }, rows));
}

/* What was sent: webhooks and pingbacks, with request and answer. */

export function webhooks(state, acts) {
  const url = state.settings.webhook[state.settings.stage].url;
  const aside = h("div", { class: "buttons" },
    h("button", { type: "button", id: "call-test", onclick: () => acts.act("/webhooks/test", {}, (told) => told.error || `The test webhook was answered with ${told.status}.`) }, "Send a test webhook"),
    h("button", { type: "button", id: "to-connect", onclick: () => acts.show("connect") }, url ? "Change the address" : "Set the address"));
  const rows = state.webhooks.slice(-MOST).reverse().map((one) => sent(state, `webhook-${one.id}`, {
    at: one.sent_at, what: `Webhook: ${one.status}`, way: `${one.merchant_uid} → ${one.url}`,
    chip: one.state === "recorded" ? chip("Not sent") : answerChip(one.answer && one.answer.status, one.answer && one.answer.error),
    more: one.tries > 1 ? `${one.tries} tries` : null,
    request: one.request ? one.request.body : { imp_uid: one.imp_uid, merchant_uid: one.merchant_uid, status: one.status, cancellation_id: one.cancellation_id || undefined },
    head: `POST ${one.url}${one.request && one.request.content_type ? `\nContent-Type: ${one.request.content_type}` : ""}`,
    answer: one.answer, again: () => acts.act(`/webhooks/${one.id}/resend`, {}, (told) => told.error || `Sent again: answered with ${told.status}.`),
    open: () => acts.open(one.imp_uid),
  }, acts));
  return panel(url ? `Webhooks to ${url}` : "Webhooks: no address is set for this stage", aside,
    rows.length ? h("ul", { class: "steps" }, rows) : h("p", { class: "quiet pad" }, "None yet. PortOne sends one when a payment is paid, and when a cancellation has its result."));
}

export function pingbacks(state, acts) {
  const rows = state.pingbacks.slice(-MOST).reverse().map((one) => sent(state, `pingback-${one.id}`, {
    at: one.sent_at, what: `Pingback: ${PINGBACKS[one.type] || one.type}`, way: `${one.ref} → PortOne`,
    chip: one.state === "given_up" ? chip("Given up", "bad") : one.state === "waiting" ? chip("Is repeated", "warn") : answerChip(one.answer ? one.answer.status : 200, one.answer && one.answer.error),
    more: one.tries > 1 ? `${one.tries} tries` : null, request: one.query, head: "GET, signed", answer: one.answer,
    again: () => acts.act(`/pingbacks/${one.id}/resend`, {}, "The pingback was sent again."), open: () => acts.open(one.imp_uid),
  }, acts));
  return panel("Pingbacks from Paymentwall to PortOne", null,
    rows.length ? h("ul", { class: "steps" }, rows) : h("p", { class: "quiet pad" }, "None yet. Paymentwall sends one for each result: paid, money taken back, reviews."));
}

function sent(state, id, one, acts) {
  return step(state, id, one.at ? shortMoment(one.at) : "", one.what, [one.way, one.more].filter(Boolean).join(" · "), one.chip, () => [
    part("Request", `${one.head}\n\n${pretty(one.request)}`),
    part("Answer", one.answer ? one.answer.error || pretty(one.answer.body) : "(none yet)"),
    h("div", { class: "buttons" },
      h("button", { type: "button", id: `${id}-again`, onclick: one.again }, "Send again"),
      h("button", { type: "button", class: "plain", id: `${id}-open`, onclick: one.open }, "Show the payment")),
  ], acts);
}

/* Calls: the journal. */

export function calls(state, acts) {
  const entries = state.entries.slice(-MOST);
  return panel(entries.length < state.entries.length ? `The last ${MOST} calls` : "All calls", null, entries.length ? steps(state, [...entries].reverse(), acts, "all") : h("p", { class: "quiet pad" }, "Nothing has happened yet."));
}

function title(entry) {
  const body = entry.request.body || {};
  if (entry.kind === "pingback") return `Pingback: ${PINGBACKS[body.type] || body.type}`;
  if (entry.kind === "webhook") return `Webhook: ${body.status || body.type}`;
  if (entry.kind === "charge" && entry.response && entry.response.message) return `${KINDS.charge}: ${entry.response.message}`;
  if (entry.response && entry.response.code && entry.response.message) return `${KINDS[entry.kind]}: ${entry.response.message}`;
  return KINDS[entry.kind] || entry.kind;
}

function steps(state, entries, acts, where) {
  return h("ol", { class: "steps" }, entries.map((entry) =>
    step(state, `${where}-${entry.seq}`, shortMoment(entry.clock), title(entry), `${WHO[entry.source]} → ${WHO[entry.target]}`, answerChip(entry.status, entry.error), () => [
      part("Request", `${entry.method} ${entry.url}\n\n${entry.request.body === null ? "" : pretty(entry.request.body)}`.trim()),
      part("Answer", entry.response === null ? entry.error || "" : pretty(entry.response)),
      entry.error && entry.response !== null ? part("Why", entry.error) : null,
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

/* Connect: what a merchant's settings need. */

export function connect(state, acts) {
  const { settings } = state;
  const keys = [
    ["PortOne API", location.origin], ["SDK", `${location.origin}/v1/iamport.js`], ["imp_code", settings.imp_code], ["imp_key", settings.imp_key],
    ["imp_secret", settings.imp_secret], ...settings.channels.map((channel) => ["channelKey", channel.channel_key]),
  ];
  const { v2 } = settings;
  keys.push(["V2 SDK", `${location.origin}/v2/browser-sdk.js`], ["V2 storeId", v2.store_id], ["V2 API secret", v2.api_secret],
    ...v2.webhook[settings.stage].secrets.map((secret) => ["V2 webhook secret", secret]));
  const url = h("input", { id: "webhook-url", type: "url", value: settings.webhook[settings.stage].url || "", placeholder: "http://127.0.0.1:8000/webhooks/portone" });
  const type = h("select", { id: "webhook-type" }, ["application/json", "application/x-www-form-urlencoded"].map((name) =>
    h("option", { value: name, selected: settings.webhook[settings.stage].content_type === name }, name)));
  const save = (event) => {
    event.preventDefault();
    const to = url.value.trim() || null;
    acts.set({ webhook: { [settings.stage]: { url: to, content_type: type.value } }, v2: { webhook: { [settings.stage]: { url: to } } } }, "Saved: webhooks go there from now on.");
  };
  return h("div", { class: "connect" },
    h("section", { class: "panel pad" }, h("h2", {}, "In the merchant's settings"),
      h("p", { class: "quiet small" }, "Put the API's address in place of https://api.iamport.kr, and load the SDK from here in place of cdn.iamport.kr. Nothing else of the merchant changes."),
      h("dl", { class: "keys" }, keys.map(([name, value], index) => h("div", {}, h("dt", {}, name), h("dd", {}, value),
        h("button", { type: "button", id: `copy-${index}`, "aria-label": `Copy ${name}`, onclick: () => acts.copy(value, name) }, "Copy"))))),
    h("section", { class: "panel pad" }, h("h2", {}, "Easily missed, as at PortOne"),
      h("p", {}, "A payment through a test channel is returned by GET /payments/{imp_uid} only with ?include_sandbox=true; without it the answer is 404."),
      h("p", {}, "A cancellation through the API is notified only where the call said enable_webhook: true, or where the account is set to cancel_notice = always.")),
    h("section", { class: "panel pad" }, h("h2", {}, `Where webhooks go (${settings.stage} stage)`),
      h("p", { class: "quiet small" }, "As saved in PortOne's console. A notice_url of a payment takes its place for that payment."),
      h("form", { onsubmit: save },
        h("div", { class: "field" }, h("label", { for: "webhook-url" }, "Endpoint URL"), url),
        h("div", { class: "field" }, h("label", { for: "webhook-type" }, "Content-Type"), type),
        h("div", { class: "buttons" }, h("button", { type: "submit", id: "save-webhook", class: "primary" }, "Save")))),
    h("section", { class: "panel pad" }, h("h2", {}, "More"),
      h("p", {}, h("a", { href: `/demo?account=${state.code}` }, "Demo shop"), ": a checkout with the SDK, to pay by hand."),
      h("p", {}, h("a", { href: "/openapi.json" }, "OpenAPI description"), " of PortOne's, Paymentwall's and the control plane's calls."),
      h("p", { class: "quiet small" }, "Everything on this page, and faults, snapshots and more, can be done by programs under /_emulator/.")));
}
