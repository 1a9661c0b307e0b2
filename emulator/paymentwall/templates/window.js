// The payment window's behaviour: card fields that format themselves, one charge at a time, and the way back to the shop.
(() => {
  "use strict";
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const form = document.getElementById("payment");
  const alertBox = document.getElementById("alert");
  const status = document.getElementById("status");
  const card = document.getElementById("card");
  const other = document.getElementById("other");
  const payButton = form.querySelector(".pay");
  const fields = ["number", "expiry", "cvv", "holder"].map((name) => form.elements[name]);
  let busy = false;

  const chosen = () => form.querySelector("input[name=method]:checked");
  const country = () => form.elements.country.value;

  const showMethod = () => {
    const method = chosen();
    const byCard = Boolean(method) && method.value === "cc";
    card.hidden = !byCard;
    other.hidden = byCard || !method;
    other.textContent = method ? other.dataset.text.replace("{}", method.dataset.name) : "";
    payButton.hidden = !method;
  };

  const showCountry = () => {
    for (const label of form.querySelectorAll(".method")) {
      const only = label.dataset.countries.split(" ").filter(Boolean);
      const input = label.querySelector("input");
      label.hidden = only.length > 0 && !only.includes(country());
      input.disabled = label.hidden;
      if (label.hidden) input.checked = false;
    }
    const first = form.querySelector("input[name=method]:enabled");
    if (!chosen() && first) first.checked = true;
    showMethod();
  };

  const digits = (text, most) => text.replace(/\D/g, "").slice(0, most);
  // While something in the middle is edited the text stays as typed, or the cursor would jump.
  const atEnd = (input) => input.selectionStart === input.value.length;
  const format = {
    number: (text) => digits(text, 19).replace(/(\d{4})(?=\d)/g, "$1 "),
    expiry: (text) => {
      let typed = text.trim();
      if (/^[2-9]$/.test(typed) || /^\d\s*\//.test(typed)) typed = "0" + typed;
      const known = digits(typed.replace(/\/\s*20(?=\d\d$)/, "/"), 4);
      return known.length > 2 || /\//.test(typed) ? `${known.slice(0, 2)} / ${known.slice(2)}`.trim() : known;
    },
    cvv: (text) => digits(text, 4),
    holder: (text) => text,
  };

  const problem = (name, message) => {
    const input = form.elements[name];
    document.getElementById(`${name}-error`).textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const clearProblems = () => {
    alertBox.textContent = "";
    fields.forEach((input) => problem(input.name, ""));
  };
  const emptyFields = () => {
    const incomplete = { number: 12, expiry: 4, cvv: 3, holder: 1 };
    return fields.filter(({ name, value }) =>
      (name === "holder" ? value.trim() : value.replace(/\D/g, "")).length < incomplete[name]);
  };

  const work = (on) => {
    busy = on;
    form.setAttribute("aria-busy", String(on));
    payButton.setAttribute("aria-disabled", String(on));
    status.textContent = on ? texts.paying : "";
  };

  const leave = (address) => {
    if (address) location.replace(address);
    else status.textContent = texts.closed;
  };

  const pay = async () => {
    const method = chosen();
    if (busy || !method) return;
    clearProblems();
    const byCard = method.value === "cc";
    const empty = byCard ? emptyFields() : [];
    if (empty.length) {
      empty.forEach(({ name }) => problem(name, texts[name]));
      empty[0].focus();
      return;
    }
    const order = { method: method.value, country: country() };
    if (byCard) order.card = Object.fromEntries(fields.map(({ name, value }) => [name, value.trim()]));
    work(true);
    let answer;
    try {
      const response = await fetch(form.dataset.chargeUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(order),
        signal: AbortSignal.timeout(60000),
      });
      answer = await response.json();
    } catch (error) {
      answer = { result: "error", message: texts.no_answer };
    }
    work(false);
    if (answer.result === "paid" || answer.result === "review") {
      busy = true;
      document.body.classList.toggle("done", answer.result === "paid");
      status.textContent = texts[answer.result];
      leave(answer.location);
    } else if (answer.field && form.elements[answer.field] && answer.field !== "method") {
      problem(answer.field, answer.message);
      form.elements[answer.field].focus();
    } else {
      alertBox.textContent = answer.message;
    }
  };

  form.addEventListener("submit", (event) => { event.preventDefault(); pay(); });
  // Also while a payment is being processed: a buyer may walk away at any moment, and the payment still completes.
  form.querySelector(".close").addEventListener("click", () => leave(form.dataset.closeUrl));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !busy) leave(form.dataset.closeUrl);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "method") { clearProblems(); showMethod(); }
    if (event.target.name === "country") showCountry();
  });
  fields.forEach((input) => {
    input.addEventListener("input", (event) => {
      if (atEnd(input) && !/^delete/.test(event.inputType || "")) input.value = format[input.name](input.value);
      problem(input.name, "");
    });
    input.addEventListener("blur", () => { input.value = format[input.name](input.value); });
  });
  form.querySelectorAll(".fill").forEach((button) => button.addEventListener("click", () => {
    const values = { number: button.dataset.number, expiry: texts.fill_expiry, cvv: button.dataset.cvv || "123", holder: "Test Buyer" };
    fields.forEach((input) => { input.value = format[input.name](values[input.name]); });
    clearProblems();
    payButton.focus();
  }));
  showCountry();
})();
