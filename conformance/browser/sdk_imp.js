// V1: IMP.init and IMP.request_pay, whose result comes to a callback.
const successNames = "__SUCCESS_NAMES__".split(" ").filter(Boolean);
const forged = (params) => {
  const uids = { imp_uid: "__IMP_UID__", merchant_uid: params.merchant_uid };
  return successNames.length === 0 ? uids : {
    ...Object.fromEntries(successNames.map((name) => [name, true])), ...uids, status: "paid",
    paid_amount: params.amount, currency: params.currency, pay_method: "card", pg_provider: "paymentwall",
    error_code: null, error_msg: null,
  };
};
const denied = (params) => ({
  success: false, imp_success: false, imp_uid: "__IMP_UID__", merchant_uid: params.merchant_uid, status: "failed",
});
const isCallback = (given) => typeof given === "function";
const heard = (callback) => !isCallback(callback) ? callback : function (result) {
  const given = arguments;
  toldAt = performance.now();
  try {
    if (behaviour === "lose") return undefined;
    if (behaviour === "hold" || behaviour === "deny") {
      window.__conformance_release = (changed) => putOff(() => {
        toldAt = performance.now();
        callback.call(this, { ...given[0], ...changed });
      });
    }
    else return callback.apply(this, given);
  } finally {
    tell("callback", result); // afterwards: what the page asked for at once is then under way already
  }
};
const rerouted = (given) => Array.isArray(given) ? given.map(rerouted)
  : "__REROUTE_TO__?to=" + encodeURIComponent(given);
const wrappers = {
  init: (imp) => (...given) => { tell("init", given[0]); return imp.init(...given); },
  agency: (imp) => (...given) => { tell("init", given[0]); return imp.agency(...given); },
  request_pay: (imp) => (params, ...callbacks) => {
    if (behaviour === "cheapen") params = { ...params, amount: Math.floor(params.amount / 2) };
    if (behaviour === "reprice") params = window.__conformance_asked(params);
    if (behaviour === "divert") params = { ...params, pg: undefined, channelKey: "__CHANNEL_KEY__" };
    const hears = callbacks.map(heard);
    const written = tell("request_pay", params, { callback: hears.some(isCallback) });
    const only = "__ONLY_BY__";
    if (only) params = { ...params, use_test_method: only === "test" || params.use_test_method,
      bypass: { ...params.bypass, ps: only } };
    if (params && params.notice_url && "__REROUTE_TO__") params = { ...params, notice_url: rerouted(params.notice_url) };
    const answers = { forge: forged, deny: denied }[behaviour];
    if (answers) return hears.filter(isCallback).map((hear) => hear(answers(params)))[0];
    if (!"__AWAITED__") return imp.request_pay(params, ...hears);
    written.then(() => imp.request_pay(params, ...hears), () => undefined);
  },
};
const wrapped = (imp) => new Proxy(imp, {
  get: (target, name) => (name in wrappers && typeof target[name] === "function" ? wrappers[name](target) : target[name]),
});
let imp;
Object.defineProperty(window, "IMP", {
  configurable: true, enumerable: true,
  get: () => imp,
  set: (value) => { imp = value && typeof value === "object" ? wrapped(value) : value; },
});
