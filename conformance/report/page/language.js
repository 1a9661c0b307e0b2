// The switch of language.
const root = document.documentElement;
const buttons = document.querySelectorAll("button[data-lang]");

function speak(language) {
  root.lang = language;
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.lang === language));
}
for (const button of buttons) button.addEventListener("click", () => speak(button.dataset.lang));
