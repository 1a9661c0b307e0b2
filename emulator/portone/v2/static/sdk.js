/* PortOne V2's browser SDK, as far as Paymentwall goes: PortOne.requestPayment. Source: PortOne docs, @portone/browser-sdk. */
function make(address) {
  "use strict";

  var SECONDS = 1000;
  var REQUEST_LIMIT = 30 * SECONDS;
  var MOBILE = /Mobi|Android|iPhone|iPad|iPod/i;

  // Loaded from one of PortOne's hosts the service is PortOne's; loaded from elsewhere it is where the script came from.
  var home = new URL(address || location.href, location.href);
  var service = /(^|\.)(portone\.io|iamport\.kr)$/.test(home.hostname) ? "https://service.iamport.kr" : home.origin;
  var open = false;

/* window.js */

  function refused(request, code, message, txId) {
    return {
      transactionType: "PAYMENT", txId: txId || "", paymentId: (request && request.paymentId) || "",
      code: code, message: message,
    };
  }

  function ask(request, mobile) {
    var controller = new AbortController();
    var limit = setTimeout(function () { controller.abort(); }, REQUEST_LIMIT);
    return fetch(service + "/v2/sdk/request_payment", {
      method: "POST",
      mode: "cors",
      credentials: "omit",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ params: request, mobile: mobile, user_agent: navigator.userAgent }),
      signal: controller.signal,
    })
      .then(function (response) { return response.json(); })
      .finally(function () { clearTimeout(limit); });
  }

  function widgetOf(request) {
    var bypass = request.bypass && request.bypass.paymentwall;
    return bypass && bypass.widget;
  }

  /* Resolves with what came of it: `code` says that it failed. Where the browser goes on to redirectUrl it never does. */
  function requestPayment(request) {
    if (!request || typeof request !== "object") {
      return Promise.resolve(refused(request, "BadRequest", "결제 파라미터가 올바르지 않습니다."));
    }
    if (open) return Promise.resolve(refused(request, "BadRequest", "이미 결제창이 열려 있습니다."));
    open = true;
    return ask(request, MOBILE.test(navigator.userAgent)).then(
      function (told) {
        if (told.code !== undefined) {
          open = false;
          return told;
        }
        if (told.redirects) {
          location.href = told.widgetUrl;
          return new Promise(function () {});
        }
        return new Promise(function (resolve) {
          openWindow(
            { widget_url: told.widgetUrl, close_url: told.closeUrl },
            widgetOf(request),
            function (response) { return response.txId === told.txId; },
            function (why) { return refused(request, "UnknownError", why, told.txId); },
            function (response) {
              open = false;
              resolve(response);
            }
          );
        });
      },
      function (error) {
        open = false;
        return refused(request, "Unavailable", "PortOne could not be reached: " + (error && error.message));
      }
    );
  }

  // A page that comes back out of the browser's cache ("back" from the widget) may pay again.
  window.addEventListener("pageshow", function (event) { if (event.persisted) open = false; });

  /* What PortOne's SDK offers beside payments in a window, and Paymentwall has not: it says so. */
  function absent(name) {
    return function () { return Promise.reject(new Error("The emulator has no PortOne." + name + ": it knows PortOne.requestPayment.")); };
  }

  return {
    requestPayment: requestPayment,
    requestIdentityVerification: absent("requestIdentityVerification"),
    requestIssueBillingKey: absent("requestIssueBillingKey"),
    requestIssueBillingKeyAndPay: absent("requestIssueBillingKeyAndPay"),
    loadPaymentUI: absent("loadPaymentUI"),
    loadIssueBillingKeyUI: absent("loadIssueBillingKeyUI"),
    updateLoadPaymentUIRequest: absent("updateLoadPaymentUIRequest"),
    updateLoadIssueBillingKeyUIRequest: absent("updateLoadIssueBillingKeyUIRequest"),
  };
}
