/* What a merchant's settings need, and where webhooks go. */

import { copy, curlBlock } from "./acts.js";
import { curlOf, h } from "./dom.js";
import { t } from "./words.js";

/** The version of PortOne that the account uses: as was chosen here, else its last payment's, else that of the address that is set. */
export function versionOf({ version, payments, settings }) {
  if (version) return version;
  const last = payments.reduce((latest, one) => (latest && latest.started_at > one.started_at ? latest : one), null);
  if (last) return last.version;
  return !settings.webhook[settings.stage].url && settings.v2.webhook[settings.stage].url ? "V2" : "V1";
}

/** Where webhooks of a version go, in the stage in use. */
export function endpointOf({ settings }, version) {
  return (version === "V2" ? settings.v2 : settings).webhook[settings.stage];
}

export function connect(state, acts) {
  const { settings } = state;
  const { stage } = settings;
  const keys = [
    [t("PortOne's API"), location.origin], ["SDK", `${location.origin}/v1/iamport.js`], ["imp_code", settings.imp_code], ["imp_key", settings.imp_key],
    ["imp_secret", settings.imp_secret], ...settings.channels.map((channel) => ["channelKey", channel.channel_key]),
    ["V2 SDK", `${location.origin}/v2/browser-sdk.js`], ["V2 storeId", settings.v2.store_id], [t("V2 API secret"), settings.v2.api_secret],
    ...settings.v2.webhook[stage].secrets.map((secret) => [t("V2 webhook secret"), secret]),
  ];
  const version = h("select", { id: "webhook-version", onchange: () => choose(version.value) }, ["V1", "V2"].map((name) =>
    h("option", { value: name, selected: versionOf(state) === name }, name)));
  const url = h("input", { id: "webhook-url", type: "url", placeholder: "http://127.0.0.1:8000/webhooks/portone" });
  const type = h("select", { id: "webhook-type" }, ["application/json", "application/x-www-form-urlencoded"].map((name) => h("option", { value: name }, name)));
  const typeField = h("div", { class: "field" }, h("label", { for: "webhook-type" }, "Content-Type"), type);
  const show = (name) => {
    url.value = endpointOf(state, name).url || "";
    type.value = endpointOf(state, name).content_type;
    typeField.hidden = name === "V2"; // its webhooks are JSON
  };
  const change = () => {
    const to = url.value.trim() || null;
    if (version.value === "V2") return { v2: { webhook: { [stage]: { url: to } } } };
    return { webhook: { [stage]: { url: to, content_type: type.value } } };
  };
  show(version.value);
  const curl = curlBlock(() => curlOf(acts.of(""), change(), "PATCH"));
  const choose = (name) => {
    state.version = name; // the next drawing keeps it
    show(name);
    curl.refresh();
  };
  const save = (event) => {
    event.preventDefault();
    acts.set(change(), t("Saved: webhooks go there from now on."));
  };
  return h("div", { class: "connect" },
    h("section", { class: "panel pad" }, h("h2", {}, t("In the merchant's settings")),
      h("p", { class: "quiet small" }, t("Use the API's address in place of https://api.iamport.kr, and load the SDK from here in place of cdn.iamport.kr. Nothing else of the merchant changes.")),
      h("dl", { class: "keys" }, keys.map(([name, value], index) => h("div", {}, h("dt", {}, name), h("dd", {}, h("span", {}, value),
        h("button", { type: "button", id: `copy-${index}`, "aria-label": t("Copy {name}", { name }), onclick: () => copy(value, name) }, t("Copy"))))))),
    h("section", { class: "panel pad" }, h("h2", {}, t("Easily missed, as at PortOne")),
      h("p", {}, t("A payment through a test channel is returned by GET /payments/{imp_uid} only with ?include_sandbox=true; without it the answer is 404.", { imp_uid: "{imp_uid}" })),
      h("p", {}, t("A cancellation through the API sends a webhook only where the call said enable_webhook: true, or where the account is set to cancel_notice = always."))),
    h("section", { class: "panel pad" }, h("h2", {}, stage === "test" ? t("Where webhooks go (test stage)") : t("Where webhooks go (live stage)")),
      h("p", { class: "quiet small" }, t("As saved in PortOne's console. A payment's notice_url takes its place for that payment.")),
      h("form", { onsubmit: save, oninput: curl.refresh },
        h("div", { class: "field" }, h("label", { for: "webhook-version" }, t("PortOne version")), version),
        h("div", { class: "field" }, h("label", { for: "webhook-url" }, t("Endpoint URL")), url),
        typeField,
        h("div", { class: "buttons" }, h("button", { type: "submit", id: "save-webhook", class: "primary" }, t("Save"))),
        curl.element)),
    h("section", { class: "panel pad" }, h("h2", {}, t("More")),
      h("p", {}, h("a", { href: "/docs" }, t("All calls, to read and to try")), h("br"), t("PortOne's, Paymentwall's and the control plane's.")),
      h("p", {}, h("a", { href: "/openapi.json" }, "openapi.json"), h("br"), t("The same for programs.")),
      h("p", {}, h("a", { href: `/demo?account=${state.code}` }, t("Demo shop")), h("br"), t("A checkout with the SDK, to pay by hand.")),
      h("p", { class: "quiet small" }, t("Programs can do everything on this page, and more, under /_emulator/."))));
}
