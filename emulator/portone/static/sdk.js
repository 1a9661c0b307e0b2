/* PortOne V1's browser SDK, as far as Paymentwall goes: IMP.init, IMP.agency, IMP.request_pay. Source: PortOne docs. */
(function () {
  "use strict";

  // A page that loads the script twice (a component that mounts again, two tags) keeps the first one and its account.
  var LOADED = Symbol.for("portone.v1.sdk");
  if (window[LOADED]) return;
  window[LOADED] = true;

  var SECONDS = 1000;
  var REQUEST_LIMIT = 30 * SECONDS;
  var MOBILE = /Mobi|Android|iPhone|iPad|iPod/i;

  var script = document.currentScript || document.querySelector('script[src*="iamport"]');
  var home = new URL(script && script.src ? script.src : location.href);
  // Loaded from one of PortOne's hosts the service is PortOne's; loaded from elsewhere it is where the script came from.
  var service = /(^|\.)iamport\.kr$/.test(home.hostname) ? "https://service.iamport.kr" : home.origin;

  var account = null;
  var tier = null;
  var open = false;
  // By which names the callback hears about success: as the account is set, once it is known.
  var successNames = ["success", "imp_success"];

  function start(code, tierCode, by) {
    if (account !== null) {
      console.warn("[PortOne] IMP." + by + " was called again; an account is set once per page. Still in use: " + account);
      return;
    }
    account = String(code);
    tier = tierCode ? String(tierCode) : null;
  }

  function refusal(params, code, message, impUid) {
    var told = {
      imp_uid: impUid || null,
      merchant_uid: params && params.merchant_uid !== undefined ? params.merchant_uid : null,
      error_code: code,
      error_msg: message,
    };
    successNames.forEach(function (name) { told[name] = false; });
    return told;
  }

  function answer(callback, response) {
    // From a fresh task: an error in the merchant's callback is the merchant's, and is reported as such.
    if (typeof callback === "function") setTimeout(function () { callback(response); }, 0);
  }

  // On a phone the page is left in any case, so a refusal is told where the payment would have ended, and to no callback.
  function wayBack(params, mobile) {
    if (!mobile || !params || !params.m_redirect_url) return null;
    try {
      var back = new URL(String(params.m_redirect_url), location.href);
      return /^https?:$/.test(back.protocol) ? back : null;
    } catch (error) {
      return null;
    }
  }

  function refuse(params, mobile, callback, code, message) {
    var told = refusal(params, code, message);
    var back = wayBack(params, mobile);
    if (back === null) {
      answer(callback, told);
      return;
    }
    var result = new URLSearchParams({ imp_uid: "", merchant_uid: told.merchant_uid === null ? "" : told.merchant_uid });
    if (successNames.length) result.append("imp_success", "false");
    result.append("error_code", code);
    result.append("error_msg", message);
    back.search = back.search ? back.search + "&" + result : "?" + result;
    location.href = back.href;
  }

  function ask(params, mobile) {
    var controller = new AbortController();
    var limit = setTimeout(function () { controller.abort(); }, REQUEST_LIMIT);
    return fetch(service + "/sdk/request_pay", {
      method: "POST",
      mode: "cors",
      credentials: "omit",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        imp_code: account,
        tier_code: tier,
        params: params,
        mobile: mobile,
        user_agent: navigator.userAgent,
      }),
      signal: controller.signal,
    })
      .then(function (response) { return response.json(); })
      .then(
        function (told) { clearTimeout(limit); return told; },
        function (error) { clearTimeout(limit); throw error; }
      );
  }

/* window.js */

  function requestPay(params, callback) {
    var mobile = MOBILE.test(navigator.userAgent);
    if (account === null) {
      refuse(params, mobile, callback, "F400", "IMP.init(가맹점 식별코드)을 먼저 호출해주세요.");
      return;
    }
    if (!params || typeof params !== "object") {
      answer(callback, refusal(params, "F400", "결제 파라미터가 올바르지 않습니다."));
      return;
    }
    if (open) {
      var already = "이미 결제창이 열려 있습니다.";
      // A phone is on its way to the payment window: nothing takes it away from there.
      if (wayBack(params, mobile)) console.warn("[PortOne] " + already);
      else answer(callback, refusal(params, "F400", already));
      return;
    }
    open = true;
    ask(params, mobile).then(
      function (told) {
        successNames = told.success_names || successNames;
        if (!told.widget_url) {
          open = false;
          refuse(params, mobile, callback, told.error_code, told.error_msg);
        } else if (mobile) {
          location.href = told.widget_url;
        } else {
          openWindow(
            told,
            params.bypass && params.bypass.widget_code,
            function (response) { return response.imp_uid === told.imp_uid; },
            function (why) { return refusal(params, "F500", why, told.imp_uid); },
            function (response) {
              open = false;
              answer(callback, response);
            }
          );
        }
      },
      function (error) {
        open = false;
        refuse(params, mobile, callback, "F500", "PortOne could not be reached: " + (error && error.message));
      }
    );
  }

  // A page that comes back out of the browser's cache (mobile, "back" from the widget) may pay again.
  window.addEventListener("pageshow", function (event) { if (event.persisted) open = false; });

  /* What PortOne's SDK offers beside payments, and nobody needs for Paymentwall: it answers, and does nothing. */
  function absent(name) {
    return "The emulator has no IMP." + name + ": it knows IMP.init, IMP.agency and IMP.request_pay.";
  }

  function refusing(name) {
    return function () {
      var given = Array.prototype.slice.call(arguments);
      var callback = given.filter(function (one) { return typeof one === "function"; })[0];
      var params = given.filter(function (one) { return one && typeof one === "object"; })[0];
      console.warn("[PortOne] " + absent(name));
      answer(callback, refusal(params, "F400", absent(name)));
    };
  }

  window.IMP = {
    init: function (code) { start(code, null, "init"); },
    agency: function (code, tierCode) { start(code, tierCode, "agency"); },
    request_pay: requestPay,
    certification: refusing("certification"),
    loadUI: refusing("loadUI"),
    updateLoadUIRequest: refusing("updateLoadUIRequest"),
    loadModule: function () { return Promise.reject(new Error(absent("loadModule"))); },
  };
})();
