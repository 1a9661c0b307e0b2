/* PortOne V1's browser SDK, as far as Paymentwall goes: IMP.init, IMP.agency, IMP.request_pay. Source: PortOne docs. */
(function () {
  "use strict";

  // A page that loads the script twice (a component that mounts again, two tags) keeps the first one and its account.
  var LOADED = Symbol.for("portone.v1.sdk");
  if (window[LOADED]) return;
  window[LOADED] = true;

  var SECONDS = 1000;
  var REQUEST_LIMIT = 30 * SECONDS;
  var LEAVE_LIMIT = 10 * SECONDS;
  var MOBILE = /Mobi|Android|iPhone|iPad|iPod/i;
  // What the widgets need to show themselves without scrolling, in CSS pixels; a smaller browser gets less.
  var SIZES = { pw_1: [460, 812], t3_1: [860, 730] };

  var script = document.currentScript || document.querySelector('script[src*="iamport"]');
  var home = new URL(script && script.src ? script.src : location.href);
  // Loaded from one of PortOne's hosts the service is PortOne's; loaded from elsewhere it is where the script came from.
  var service = /(^|\.)iamport\.kr$/.test(home.hostname) ? "https://service.iamport.kr" : home.origin;

  var account = null;
  var tier = null;
  var open = false;
  // By which names the callback is told of success: as the account is set, once it is known.
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

  function styled(element, style) {
    Object.assign(element.style, style);
    return element;
  }

  function size(params) {
    return SIZES[(params.bypass && params.bypass.widget_code) || "pw_1"] || SIZES.pw_1;
  }

  /* The window over the page: a modal dialog around the widget's frame. `done` is called once, with PortOne's answer. */
  function openWindow(opened, params, done) {
    var wanted = size(params);
    var dialog = styled(document.createElement("dialog"), {
      position: "fixed", inset: "0", width: "100%", height: "100%", maxWidth: "none", maxHeight: "none", margin: "0",
      padding: "16px", border: "0", boxSizing: "border-box", background: "rgba(13, 20, 33, .62)", zIndex: "2147483647",
      display: "flex", alignItems: "center", justifyContent: "center",
    });
    dialog.setAttribute("aria-label", "Payment window");
    var holder = styled(document.createElement("div"), {
      position: "relative", width: "min(" + wanted[0] + "px, 100%)", height: "min(" + wanted[1] + "px, 100%)",
    });
    var frame = styled(document.createElement("iframe"), {
      width: "100%", height: "100%", border: "0", display: "block", borderRadius: "14px", background: "#fff",
      boxShadow: "0 24px 70px rgba(0, 0, 0, .4)", colorScheme: "light",
    });
    frame.title = "Payment window";
    frame.src = opened.widget_url;
    var cross = styled(document.createElement("button"), {
      position: "absolute", top: "-12px", right: "-12px", width: "34px", height: "34px", padding: "0", border: "0",
      borderRadius: "50%", background: "#fff", color: "#15202e", font: "400 22px/34px system-ui, sans-serif",
      boxShadow: "0 2px 10px rgba(0, 0, 0, .35)", cursor: "pointer",
    });
    cross.type = "button";
    cross.setAttribute("aria-label", "Close payment window");
    cross.textContent = "\u00d7";

    var overflow = document.documentElement.style.overflow;
    var giveUp = null;

    function finish(response) {
      window.removeEventListener("message", hear);
      clearTimeout(giveUp);
      if (dialog.open) dialog.close();
      dialog.remove();
      document.documentElement.style.overflow = overflow;
      done(response);
    }

    function hear(event) {
      var told = event.data;
      if (event.source !== frame.contentWindow || event.origin !== service) return;
      if (!told || told.type !== "portone:returned" || told.response.imp_uid !== opened.imp_uid) return;
      finish(told.response);
    }

    // PortOne must learn that the buyer left, so the frame goes where the widget's own Close would have gone.
    function leave() {
      if (giveUp !== null) return;
      frame.src = opened.close_url;
      giveUp = setTimeout(function () {
        finish(refusal(params, "F500", "PortOne did not answer when the payment window was closed.", opened.imp_uid));
      }, LEAVE_LIMIT);
    }

    window.addEventListener("message", hear);
    cross.addEventListener("click", leave);
    dialog.addEventListener("cancel", function (event) { event.preventDefault(); leave(); });
    holder.append(frame, cross);
    dialog.append(holder);
    (document.body || document.documentElement).append(dialog);
    document.documentElement.style.overflow = "hidden";
    if (dialog.showModal) dialog.showModal();
    else dialog.setAttribute("open", "");
    frame.focus();
  }

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
          openWindow(told, params, function (response) {
            open = false;
            answer(callback, response);
          });
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
