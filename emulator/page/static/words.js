/* The pages' two languages. Every sentence is said in English here; korean.json has its Korean. */

const KOREAN = await (await fetch("/_emulator/page/korean.json")).json();
const KEPT = "emulator-language";
let language = localStorage.getItem(KEPT) || (navigator.language.startsWith("ko") ? "ko" : "en");

/** A sentence that is said later, by `t`: so that whoever looks for sentences finds it. */
export const w = (sentence) => sentence;

/** The sentence in the page's language, with these facts in place of the names in braces. */
export function t(sentence, facts = {}) {
  const said = language === "ko" ? KOREAN[sentence] || sentence : sentence;
  return said.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}

/** So many of something: `one` and `several` have the number as {n}. */
export const count = (n, one, several) => t(n === 1 ? one : several, { n });

export const spoken = () => language;

/** Have the page speak `wanted`: what stands in its HTML, at once. What scripts made, they make anew. */
export function speak(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
  for (const button of document.querySelectorAll("button[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === wanted));
}

/** In the language that was chosen last, else the browser's. */
export const speakAsBefore = () => speak(language);

/** The switch: `redraw` makes anew what scripts made. */
export function whenSwitched(redraw) {
  for (const button of document.querySelectorAll("button[data-lang]")) {
    button.addEventListener("click", () => {
      localStorage.setItem(KEPT, button.dataset.lang);
      speak(button.dataset.lang);
      redraw();
    });
  }
}
