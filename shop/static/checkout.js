// The pay button: asks the shop for a fresh attempt, hands it to PortOne's SDK, and tells the shop that it ended.
"use strict";

const page = JSON.parse(document.getElementById("checkout").textContent);
const button = document.getElementById("pay");
const message = document.getElementById("message");

if (!sdk.begin(page)) {
  say("The payment window could not be loaded. Please reload this page.");
}

button.addEventListener("click", async () => {
  if (!sdk.isThere()) return;
  busy(true);
  say("");
  let attempt;
  try {
    const answer = await fetch(page.attempts_url, { method: "POST" });
    if (answer.status === 409) return openOrder();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    attempt = await answer.json();
  } catch (error) {
    console.warn("no attempt:", error);
    say("Payments are not available right now. Please try again in a moment.");
    return busy(false);
  }
  sdk.pay(attempt, ended);
});

// What the SDK reports decides only what the buyer reads; whether the order is paid, the shop looks up itself.
async function ended(report) {
  if (report.payment) {
    const order = await complete(report.payment);
    if (!order || !order.open || !report.failed) return openOrder();
  }
  say(`The payment did not go through. ${report.message || ""} You can try again.`.replace(/\s+/g, " "));
  busy(false);
}

async function complete(payment) {
  try {
    const answer = await fetch(page.complete_url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(payment),
    });
    return answer.ok ? await answer.json() : null;
  } catch (error) {
    console.warn("not completed:", error);
    return null; // the order's page looks again
  }
}

function openOrder() {
  window.location.assign(page.order_url);
}

function busy(is) {
  button.disabled = is;
  button.classList.toggle("busy", is);
}

function say(text) {
  message.textContent = text;
  message.hidden = !text;
}

// A buyer who comes back with the browser's own button finds the page as it was left: make it usable again.
window.addEventListener("pageshow", (event) => event.persisted && busy(false));
