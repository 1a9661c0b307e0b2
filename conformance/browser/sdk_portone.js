// V2: PortOne.requestPayment, whose result comes by a promise; it is reported in its own words.
const attemptOf = (request) => "__ATTEMPT__" || request.paymentId;
const forged = (request) => ({ transactionType: "PAYMENT", txId: "__IMP_UID__", paymentId: attemptOf(request) });
const denied = (request) => ({ ...forged(request), code: "PGProviderError", message: "", pgMessage: "" });
const known = (result) => Object.fromEntries(Object.entries(result).filter(([, fact]) => fact !== null));
// What the page hears, and when: at once, never, or once it is released.
const heard = (result) => new Promise((hear) => {
  toldAt = performance.now();
  if (behaviour === "hold" || behaviour === "deny") {
    window.__conformance_release = (changed) => putOff(() => {
      toldAt = performance.now();
      hear(known({ ...result, ...changed }));
    });
  } else if (behaviour !== "lose") hear(result);
  putOff(() => tell("callback", result)); // afterwards: what the page asked for at once is then under way already
});
const rerouted = (urls) => urls.map((url) => "__REROUTE_TO__?to=" + encodeURIComponent(url));
let stores = [];
const requestPayment = (portone) => async (request, ...more) => {
  if (behaviour === "cheapen") request = { ...request, totalAmount: Math.floor(request.totalAmount / 2) };
  if (behaviour === "reprice") request = window.__conformance_asked(request);
  if (behaviour === "divert") request = { ...request, channelKey: "__CHANNEL_KEY__" };
  const store = request && request.storeId;
  if (!stores.includes(store)) { // there is no other call that says whose page it is
    stores.push(store);
    tell("init", store);
  }
  const written = tell("request_pay", request, { callback: true });
  const only = "__ONLY_BY__";
  if (only) request = { ...request,
    bypass: { ...request.bypass, paymentwall: { ...(request.bypass || {}).paymentwall, ps: only } } };
  if (request && Array.isArray(request.noticeUrls) && "__REROUTE_TO__") {
    request = { ...request, noticeUrls: rerouted(request.noticeUrls) };
  }
  const answers = { forge: forged, deny: denied }[behaviour];
  if (answers) return heard(answers(request));
  if ("__AWAITED__") await written;
  return heard(await portone.requestPayment(request, ...more));
};
const wrapped = (portone) => new Proxy(portone, {
  get: (target, name) => name === "requestPayment" && typeof target[name] === "function" ? requestPayment(target) : target[name],
});
let portone;
Object.defineProperty(window, "PortOne", {
  configurable: true, enumerable: true,
  get: () => portone,
  set: (value) => { portone = value && typeof value === "object" ? wrapped(value) : value; },
});
