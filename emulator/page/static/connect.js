/* What a merchant's settings need, and where webhooks go. */

import { copy, curlBlock } from "./acts.js";
import { curlOf, h } from "./dom.js";
import { t } from "./words.js";

export function connect(state, acts) {
  const { settings } = state;
  const { stage } = settings;
  const keys = [
    [t("PortOne's API"), location.origin], ["SDK", `${location.origin}/v1/iamport.js`], ["imp_code", settings.imp_code], ["imp_key", settings.imp_key],
    ["imp_secret", settings.imp_secret], ...settings.channels.map((channel) => ["channelKey", channel.channel_key]),
    ["V2 SDK", `${location.origin}/v2/browser-sdk.js`], ["V2 storeId", settings.v2.store_id], [t("V2 API secret"), settings.v2.api_secret],
    ...settings.v2.webhook[stage].secrets.map((secret) => [t("V2 webhook secret"), secret]),
  ];
  const url = h("input", { id: "webhook-url", type: "url", value: settings.webhook[stage].url || "", placeholder: "http://127.0.0.1:8000/webhooks/portone" });
  const type = h("select", { id: "webhook-type" }, ["application/json", "application/x-www-form-urlencoded"].map((name) =>
    h("option", { value: name, selected: settings.webhook[stage].content_type === name }, name)));
  const change = () => {
    const to = url.value.trim() || null;
    return { webhook: { [stage]: { url: to, content_type: type.value } }, v2: { webhook: { [stage]: { url: to } } } };
  };
  const curl = curlBlock(() => curlOf(acts.of(""), change(), "PATCH"));
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
        h("div", { class: "field" }, h("label", { for: "webhook-url" }, t("Endpoint URL")), url),
        h("div", { class: "field" }, h("label", { for: "webhook-type" }, "Content-Type"), type),
        h("div", { class: "buttons" }, h("button", { type: "submit", id: "save-webhook", class: "primary" }, t("Save"))),
        curl.element)),
    h("section", { class: "panel pad" }, h("h2", {}, t("More")),
      h("p", {}, h("a", { href: "/docs" }, t("All calls, to read and to try")), h("br"), t("PortOne's, Paymentwall's and the control plane's.")),
      h("p", {}, h("a", { href: "/openapi.json" }, "openapi.json"), h("br"), t("The same for programs.")),
      h("p", {}, h("a", { href: `/demo?account=${state.code}` }, t("Demo shop")), h("br"), t("A checkout with the SDK, to pay by hand.")),
      h("p", { class: "quiet small" }, t("Programs can do everything on this page, and more, under /_emulator/."))));
}
