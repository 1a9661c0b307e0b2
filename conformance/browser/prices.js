// Stands in every page of a buyer who changes prices, before the SDK probe: wherever the page holds the order's price
// out of its buyer's sight (hidden and read-only inputs, data attributes, JSON, cookies), or sends it to its shop (query,
// form or JSON; by a link, a form, fetch, XMLHttpRequest or a beacon), a smaller one stands there instead, written as the
// page writes it; or another currency, where a field is called so. What a field calls a number of things, or somebody's name, is left alone.
(() => {
  const cheaper = new Map(Object.entries(__PRICES__)), currencies = new Map(Object.entries(__CURRENCIES__));
  const providers = __PROVIDERS__;
  const isProvider = (host) => providers.some((one) => host === one || host.endsWith("." + one));
  if (isProvider(location.hostname)) return;
  const NO_PRICE = /(^|[_.-])(id|uid|no|number|order|ref|reference|key|qty|quantity|count|sku|code|time|date)$|(Id|Uid|No|Ref|Qty|Count|Key)$/;
  const WRITTEN = /^([^\d-]*)(\d[\d.,\s]*?)([^\d]*)$/;
  const number = (given) => cheaper.has(String(given)) ? Number(cheaper.get(String(given))) : given;
  const plain = (given) => {
    const [, before, written, after] = WRITTEN.exec(given) ?? [];
    return cheaper.has(written) ? before + cheaper.get(written) + after : given;
  };
  const inJson = (given) => {
    const changed = JSON.stringify(value(JSON.parse(given)));
    return changed === JSON.stringify(JSON.parse(given)) ? given : changed;
  };
  const inForm = (given) => {
    const pairs = [...new URLSearchParams(given)], changed = pairs.map(([name, one]) => [name, value(one, name)]);
    return pairs.some(([, one], at) => one !== changed[at][1]) ? String(new URLSearchParams(changed)) : given;
  };
  const text = (given) => {
    try {
      if (/^\s*[[{]/.test(given)) return inJson(given);
      if (/^%(7B|5B)/i.test(given)) {
        const plainly = decodeURIComponent(given), changed = text(plainly);
        return changed === plainly ? given : encodeURIComponent(changed);
      }
    } catch { return given; }
    return /^[^\s=&]+=[^=]*(&|$)/.test(given) ? inForm(given) : plain(given);
  };
  const value = (given, name = "") => {
    if (NO_PRICE.test(name)) return given;
    if (typeof given === "number") return number(given);
    if (typeof given === "string") return /cur/i.test(name) && currencies.has(given) ? currencies.get(given) : text(given);
    if (Array.isArray(given)) return given.map((one) => value(one, name));
    if (given === null || typeof given !== "object") return given;
    return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, value(one, key)]));
  };
  const tell = (where, sent) => window.__conformance_tell?.({ type: "repriced", detail: { where, sent }, document: "" });

  // What is sent.
  const address = (given) => {
    const url = new URL(given, document.baseURI);
    if (isProvider(url.hostname) || !/^https?:$/.test(url.protocol)) return given;
    const query = url.search.slice(1), changed = query && inForm(query);
    if (query === changed) return given;
    url.search = changed;
    return url.href;
  };
  const body = (given) => {
    if (typeof given === "string") return text(given);
    if (given instanceof URLSearchParams) {
      const changed = inForm(String(given));
      return changed === String(given) ? given : new URLSearchParams(changed);
    }
    if (!(given instanceof FormData)) return given;
    const pairs = [...given], changed = pairs.map(([name, one]) => [name, typeof one === "string" ? value(one, name) : one]);
    if (pairs.every(([, one], at) => one === changed[at][1])) return given;
    const form = new FormData();
    for (const [name, one] of changed) form.append(name, one);
    return form;
  };
  const sends = (url, given) => {
    const to = new URL(url, document.baseURI);
    if (isProvider(to.hostname)) return [url, given];
    const asked = [address(url), body(given)];
    if (asked[0] !== url || asked[1] !== given) tell(`${to.pathname}`, new URL(asked[0], document.baseURI).href);
    return asked;
  };
  const fetched = window.fetch.bind(window);
  window.fetch = async (asked, given) => {
    if (!(asked instanceof Request)) {
      const [url, sent] = sends(String(asked), given?.body);
      return fetched(url, given && { ...given, body: sent });
    }
    const held = given?.body ?? (asked.body ? await asked.clone().text() : undefined);
    const [url, sent] = sends(asked.url, held);
    if (url === asked.url && sent === held) return fetched(asked, given);
    const { method, headers, credentials, mode, redirect, signal } = asked;
    return fetched(url, { method, headers, credentials, mode, redirect, signal, ...given, body: sent });
  };
  const opened = XMLHttpRequest.prototype.open, sentBy = XMLHttpRequest.prototype.send, asking = new WeakMap();
  XMLHttpRequest.prototype.open = function (method, url, ...more) {
    asking.set(this, String(url));
    return opened.call(this, method, sends(String(url))[0], ...more);
  };
  XMLHttpRequest.prototype.send = function (given) { return sentBy.call(this, sends(asking.get(this), given)[1]); };
  const beaconed = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (url, given) => beaconed(...sends(String(url), given));
  window.navigation?.addEventListener("navigate", (event) => {
    const url = event.destination.url;
    if (!event.cancelable || event.formData || event.hashChange || event.downloadRequest !== null) return;
    const [changed] = sends(url);
    if (changed === url) return;
    event.preventDefault();
    location.assign(changed);
  });

  // What is held.
  const hidden = (one) => one.type === "hidden" || one.readOnly || (one.tagName === "BUTTON" && one.name);
  const hold = (one, attribute, changed) => {
    if (changed === one.getAttribute(attribute)) return;
    one.setAttribute(attribute, changed);
    tell(`${one.tagName.toLowerCase()} ${one.getAttribute("name") ?? attribute}`);
  };
  const inInput = (one) => {
    if (!hidden(one)) return;
    const changed = value(one.value, one.name);
    if (changed === one.value) return;
    one.value = changed;
    tell(`${one.tagName.toLowerCase()} ${one.name || one.id}`, one.form?.action);
  };
  const within = (root) => {
    for (const one of [root, ...root.querySelectorAll("*")]) {
      for (const name of one.getAttributeNames()) {
        if (name.startsWith("data-")) hold(one, name, value(one.getAttribute(name), name));
      }
      if (one.tagName === "META" && one.content) hold(one, "content", value(one.content, one.name));
      if (one.tagName === "FORM" && one.hasAttribute("action")) hold(one, "action", address(one.getAttribute("action")));
      if (["INPUT", "BUTTON"].includes(one.tagName)) inInput(one);
      if (one.tagName === "SCRIPT" && /json/.test(one.type)) {
        const changed = text(one.textContent);
        if (changed !== one.textContent) { one.textContent = changed; tell(`script ${one.id || one.type}`); }
      }
    }
  };
  new MutationObserver((seen) => {
    for (const one of seen) {
      for (const node of one.addedNodes) within(node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement ?? document.head);
    }
  }).observe(document, { childList: true, subtree: true });
  const before = (form) => [...form.elements].forEach(inInput);
  addEventListener("submit", (event) => before(event.target), true);
  const submitted = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () { before(this); return submitted.call(this); };
  const cookies = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(document, "cookie", {
    configurable: true,
    get: () => cookies.get.call(document),
    set: (given) => {
      const [, name, held, rest] = /^([^=]*)=([^;]*)(.*)$/s.exec(given) ?? [, "", "", ""];
      const changed = value(held, name.trim());
      if (changed !== held) tell(`cookie ${name.trim()}`);
      cookies.set.call(document, changed === held ? given : `${name}=${changed}${rest}`);
    },
  });

  // For the SDK probe, and for what only the browser sees.
  window.__conformance_cheaper = value;
  window.__conformance_asked = (asked) => {
    const currency = asked.currency ?? "KRW", name = "totalAmount" in asked ? "totalAmount" : "amount"; // V2's, V1's
    return { ...asked, [name]: value(asked[name]), ...(currencies.has(currency) ? { currency: currencies.get(currency) } : {}) };
  };
  window.__conformance_asks_for_price = () => [...document.querySelectorAll("input, select")].some((one) =>
    one.type !== "hidden" && !one.readOnly && !one.disabled && one.checkVisibility() && value(one.value, one.name) !== one.value);
})();
