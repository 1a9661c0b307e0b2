/* Small tools of the pages: elements, words for amounts and times, calls to the control plane and their curl. */

import { count, spoken, t, w } from "./words.js";

/** An element: `h("p", {class: "quiet"}, "text", child, [more])`; `onclick` and other functions become listeners. */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const formats = new Map();

/** One formatter for each wish and language, made once. */
function formatter(Kind, wish, language = spoken()) {
  const key = `${Kind.name} ${language} ${JSON.stringify(wish)}`;
  if (!formats.has(key)) formats.set(key, new Kind(language, wish));
  return formats.get(key);
}

export function money(amount, currency) {
  try {
    return formatter(Intl.NumberFormat, { style: "currency", currency, currencyDisplay: "code" }).format(amount);
  } catch {
    return `${amount} ${currency}`;
  }
}

const DAY = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
const SHORT_DAY = { day: "numeric", month: "short" };
const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short" };
// The hour in figures in both languages: 14:50:08 GMT+9.
const written = (seconds, day) =>
  `${formatter(Intl.DateTimeFormat, day).format(seconds * 1000)}, ${formatter(Intl.DateTimeFormat, TIME, "en").format(seconds * 1000)}`;

/** A moment in unix seconds: with its day, which matters where the clock jumps by days, and with the time zone. */
export const moment = (seconds) => written(seconds, DAY);
export const shortMoment = (seconds) => written(seconds, SHORT_DAY);

const UNITS = [
  [86400, w("{n} day"), w("{n} days")], [3600, w("{n} hour"), w("{n} hours")], [60, w("{n} minute"), w("{n} minutes")], [1, w("{n} second"), w("{n} seconds")],
];

export function span(seconds) {
  const [size, one, several] = UNITS.find(([least]) => seconds >= least) || UNITS[3];
  return count(Math.round(seconds / size), one, several);
}

export function pretty(value) {
  if (value === null || value === undefined || value === "") return t("(empty)");
  if (typeof value !== "string") return JSON.stringify(value, null, 2);
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

const TOKEN = "emulator-control-token";
if (location.hash.startsWith("#token=")) {
  sessionStorage.setItem(TOKEN, decodeURIComponent(location.hash.slice(7)));
  history.replaceState(null, "", location.pathname + location.search);
}

/** What the control plane refused; `status` is 0 where the emulator does not answer at all. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

export async function control(path, body, method) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.Authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(`/_emulator${path}`, {
      method: method || (body === undefined ? "GET" : "POST"),
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, t("The emulator does not answer."));
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told.error || `HTTP ${answer.status}`);
  return told;
}

export const rememberToken = (token) => sessionStorage.setItem(TOKEN, token);
export const tokenKept = () => sessionStorage.getItem(TOKEN);

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The command that does what `control` does with the same arguments, for a POSIX shell. */
export function curlOf(path, body, method = "POST") {
  const token = tokenKept();
  const said = [`curl -X ${method} ${quoted(`${location.origin}/_emulator${path}`)}`];
  if (token) said.push(`-H ${quoted(`Authorization: Bearer ${token}`)}`);
  if (body !== undefined) said.push(`-H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`);
  return said.join(" ");
}
