/* The demo shop's checkout. A real merchant makes the order on its server, and believes a look-up, never this page. */

import { control, h, Refused } from "./dom.js";
import { speakAsBefore, t, whenSwitched } from "./words.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
let account = null;

function outcome(told) {
  // Old pages get `success`, some `imp_success`, the shortest answer has neither but says what went wrong.
  const paid = told.success ?? (told.imp_success === undefined ? !told.error_code : String(told.imp_success) === "true");
  $("result").replaceChildren(h("div", { class: paid ? "outcome" : "outcome bad" },
    h("p", {}, h("strong", {}, paid ? t("Thank you. The payment succeeded.") : t("The payment did not succeed."))),
    paid ? h("p", { class: "small" }, t("This is what the browser says. The merchant's server must wait for the webhook and look the payment up."))
      : h("p", {}, told.error_msg || t("The payment window was closed.")),
    told.imp_uid && h("p", {}, h("a", { href: `/?account=${account.imp_code}#payment=${told.imp_uid}`, id: "see" }, t("See what happened to it")))));
  $("result").scrollIntoView({ block: "nearest" });
}

function pay(event) {
  event.preventDefault();
  $("result").replaceChildren();
  const channel = account.channels.find((one) => one.sandbox === (account.stage === "test")) || account.channels[0];
  window.IMP.request_pay({
    channelKey: channel && channel.channel_key,
    merchant_uid: `demo-${Date.now().toString(36)}`,
    name: t("Handmade mug"),
    amount: 10.5,
    currency: "USD",
    buyer_name: $("buyer").value,
    buyer_email: $("email").value,
    m_redirect_url: `${location.origin}/demo?account=${account.imp_code}`,
    bypass: { widget_code: $("widget").value },
  }, outcome);
}

async function begin() {
  try {
    const { accounts } = await control("/accounts");
    account = accounts.find((one) => one.imp_code === query.get("account")) || accounts[0];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    $("problem").textContent = t("{message} Open the emulator's page first.", error);
    return;
  }
  if (!account) {
    $("problem").textContent = t("There is no account yet: create one on the emulator's page.");
    return;
  }
  $("console").href = `/?account=${account.imp_code}`;
  $("widget").replaceChildren(...Object.keys(account.paymentwall.widgets).map((code) =>
    h("option", { value: code }, code === "t3_1" ? "t3_1 (Terminal3)" : code)));
  window.IMP.init(account.imp_code);
  $("checkout").addEventListener("submit", pay);
  $("pay").disabled = false; // pressed before, the form would be sent as forms are, and nothing would come of it
  if (query.get("imp_uid")) { // back from the payment window on a phone
    outcome(Object.fromEntries(query));
    history.replaceState(null, "", `/demo?account=${account.imp_code}`);
  }
}

whenSwitched(() => $("result").replaceChildren());
speakAsBefore();
begin();
