/* Faults: what goes wrong with the next calls. */

import { actButtons, attempt, curlBlock, say } from "./acts.js";
import { control, curlOf, h } from "./dom.js";
import { KINDS } from "./views.js";
import { count, t, w } from "./words.js";

export const WHAT = {
  answer: w("another answer"), garbage: w("an answer that is no JSON"), delay: w("a late answer"), hold: w("an answer that is held back until it is released"),
  hang: w("no answer at all"), break: w("a broken connection"),
};
export const CALLS = [
  "token", "look-up", "find", "channels", "cancel", "prepare", "delivery", "onetime", "again", "customers", "schedule", "cash-receipt",
  "stop", "resend", "sdk", "request_pay", "widget", "charge", "return", "receipt", "ticket", "pingback", "webhook",
];

const callText = (call) => (KINDS[call] ? `${t(KINDS[call])} (${call})` : call);

/** As the control plane takes it. */
function body({ what, call, times, status, seconds }) {
  return {
    what, call, times: times === "" ? null : Number(times),
    ...(what === "answer" ? { status: Number(status) } : {}), ...(what === "delay" ? { seconds: Number(seconds) } : {}),
  };
}

export function faults(state, acts) {
  const wanted = state.fault;
  const input = (name, label, attributes) => h("div", { class: "field", id: `field-${name}` }, h("label", { for: `fault-${name}` }, label),
    h("input", { id: `fault-${name}`, name, value: wanted[name], type: "number", ...attributes }));
  const select = (name, label, options) => h("div", { class: "field" }, h("label", { for: `fault-${name}` }, label),
    h("select", { id: `fault-${name}`, name }, options.map(([value, text]) => h("option", { value, selected: value === wanted[name] }, text))));
  const curl = curlBlock(() => curlOf(acts.of("/faults"), body(wanted)));
  const form = h("form", {
    oninput: () => { Object.assign(wanted, Object.fromEntries(new FormData(form))); fitting(); curl.refresh(); },
    onsubmit: (event) => {
      event.preventDefault();
      attempt(async () => { await control(acts.of("/faults"), body(wanted)); say(t("The fault is added: {what}, {call}.", { what: t(WHAT[wanted.what]), call: wanted.call })); });
    },
  },
  h("div", { class: "pair" }, select("what", t("What goes wrong"), Object.entries(WHAT).map(([name, text]) => [name, `${name}: ${t(text)}`])), select("call", t("With which calls"), CALLS.map((call) => [call, callText(call)]))),
  h("div", { class: "pair" }, input("times", t("How many calls (empty: all)"), { min: "1" }), input("status", t("HTTP status"), { min: "200", max: "599", required: true }), input("seconds", t("Seconds late"), { min: "0", max: "3600", step: "any", required: true })),
  h("div", { class: "buttons" }, h("button", { type: "submit", id: "add-fault", class: "primary" }, t("Add the fault"))), curl.element);
  function fitting() {
    for (const [name, what] of [["status", "answer"], ["seconds", "delay"]]) {
      const part = form.querySelector(`#field-${name}`);
      part.hidden = wanted.what !== what;
      part.querySelector("input").disabled = part.hidden;
    }
  }
  fitting();
  return h("div", { class: "connect" },
    h("section", { class: "panel pad" }, h("h2", {}, t("Have calls fail")),
      h("p", { class: "quiet small" }, t("The next calls of this kind fail in this way. With bodies, paths and single payments: POST faults, described at /docs.")), form),
    h("section", { class: "panel" }, h("div", { class: "bar" }, h("h2", {}, t("Active faults")),
      state.faults.length > 0 && actButtons(acts.of, t("Remove all"), { path: "/faults", method: "DELETE", done: t("All faults are removed") }, { id: "clear-faults" })),
    state.faults.length ? h("ul", { class: "list" }, state.faults.map((one) => h("li", { class: "pad" },
      h("p", {}, h("strong", {}, t(WHAT[one.what])), " · ", one.call ? callText(one.call) : one.path),
      h("p", { class: "quiet small" }, [
        one.left === null ? t("all calls") : one.left === 0 ? t("used up") : count(one.left, w("{n} more call"), w("{n} more calls")),
        count(one.met, w("{n} call met so far"), w("{n} calls met so far")), one.waiting.length > 0 && count(one.waiting.length, w("{n} waits in it"), w("{n} wait in it")),
      ].filter(Boolean).join(" · ")),
      h("div", { class: "buttons" },
        one.waiting.length > 0 && actButtons(acts.of, t("Release"), { path: `/faults/${one.id}/release`, body: {}, done: t("Released") }, { id: `release-${one.id}` }),
        actButtons(acts.of, t("Remove"), { path: `/faults/${one.id}`, method: "DELETE", done: t("Fault {id} is removed", one) }, { id: `remove-${one.id}` })))))
      : h("p", { class: "quiet pad" }, t("No faults."))));
}
