"""PortOne V2 in the browser: the SDK as script and as module, the call behind it, the page Paymentwall returns to.

Source: PortOne docs ("checkout"), `@portone/browser-sdk`. The call between script and service is PortOne's own affair
and is not documented: `/v2/sdk/request_payment` and its fields are inferred.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from emulator.incoming import address, caller, json_object, origin
from emulator.journal import Kind
from emulator.portone import payments as results
from emulator.portone.account import LEFT, NO_RESULT, PortOne
from emulator.portone.payments import Payment
from emulator.portone.sdk import OPEN_TO_ALL, PREFLIGHT, SERVICE, result_page, with_window
from emulator.portone.v2.face import AllAccounts
from emulator.portone.v2.requesting import RETURN_PATH, Asking, PaymentError, request

REQUEST_PATH = "/v2/sdk/request_payment"
FAILED = "PGProviderError"  # of the SDK's codes; that this one says it is inferred
NAMES = (
    "requestPayment", "requestIdentityVerification", "requestIssueBillingKey", "requestIssueBillingKeyAndPay",
    "loadPaymentUI", "loadIssueBillingKeyUI", "updateLoadPaymentUIRequest", "updateLoadIssueBillingKeyUIRequest",
)  # fmt: skip

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(accounts: AllAccounts) -> list[BaseRoute]:
    """The SDK's routes on cdn.portone.io and on its service."""
    return [
        Route("/v2/browser-sdk.js", _script(_classic), methods=["GET"]),
        Route("/v2/browser-sdk.esm.js", _script(_module), methods=["GET"]),
        Route(REQUEST_PATH, _asked(accounts), methods=["POST", "OPTIONS"]),
        Route(RETURN_PATH, _returned(accounts), methods=["GET"]),
    ]


def _script(written: Callable[[], str]) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        headers = {**OPEN_TO_ALL, "cache-control": "no-cache"}
        return Response(written(), media_type="application/javascript; charset=utf-8", headers=headers)

    return endpoint


@cache
def _source() -> str:
    return with_window((Path(__file__).parent / "static" / "sdk.js").read_text("utf-8"))


@cache
def _classic() -> str:
    """A page that loads the script twice keeps the first one."""
    found = "document.currentScript || document.querySelector('script[src*=\"browser-sdk\"]')"
    return (
        f"(function () {{\n{_source()}\nvar script = {found};\n"
        "if (!window.PortOne) window.PortOne = make(script && script.src);\n})();\n"
    )


@cache
def _module() -> str:
    names = "\n".join(f"export const {name} = PortOne.{name};" for name in NAMES)
    return f"{_source()}\nconst PortOne = make(import.meta.url);\n{names}\nexport default PortOne;\n"


def _asked(accounts: AllAccounts) -> Endpoint:
    """`{params, mobile, user_agent}` to `{txId, paymentId, widgetUrl, closeUrl, redirects}`, or to a failed result."""

    async def endpoint(asked: Request) -> Response:
        if asked.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        began, body = time.time(), await json_object(asked)
        given = body.get("params")
        params: dict[str, Any] = given if isinstance(given, dict) else {}
        store = params.get("storeId")
        account = next((one for one in accounts.at_portone() if one.console.v2.store_id == store), None)
        payment_id = params.get("paymentId")
        if account is None:
            error = PaymentError("StoreNotFound", "storeId에 해당하는 상점이 없습니다.")
            for one in accounts.at_portone():
                _record(one, asked, "request_pay", began, body, {"code": error.code, "message": error.message}, None)
            return JSONResponse(_failed(error, payment_id), headers=OPEN_TO_ALL)
        agent = body.get("user_agent") or asked.headers.get("user-agent")
        asking = Asking(
            body.get("mobile") is True, agent if isinstance(agent, str) else None, origin(asked, SERVICE),
            caller(asked),
        )  # fmt: skip
        opened = request(account, params, asking)
        payment = None if isinstance(opened, PaymentError) else opened.payment
        if isinstance(opened, PaymentError):
            answer = _failed(opened, payment_id)
        else:
            answer = {
                "txId": opened.payment.imp_uid, "paymentId": opened.payment.merchant_uid,
                "widgetUrl": opened.widget_url, "closeUrl": opened.close_url, "redirects": opened.payment.redirects,
            }  # fmt: skip
        _record(account, asked, "request_pay", began, body, answer, payment)
        return JSONResponse(answer, headers=OPEN_TO_ALL)

    return endpoint


def _returned(accounts: AllAccounts) -> Endpoint:
    """`/v2/paymentwall/return?imp_uid=…&outcome=success|failure`: on to redirectUrl, or told to the frame's parent."""

    async def endpoint(asked: Request) -> Response:
        began, transaction_id = time.time(), asked.query_params.get("imp_uid", "")
        account = accounts.by_payment(transaction_id)
        if account is None:
            return result_page(404, "존재하지 않는 결제정보입니다.", "There is no such payment.")
        payment = await came_back(account, transaction_id, asked.query_params.get("outcome") == "success")
        told = response_of(payment)
        if payment.redirects and payment.m_redirect_url:
            response: Response = RedirectResponse(redirect_address(payment.m_redirect_url, told), 302)
        elif "code" in told:
            response = result_page(200, "결제가 완료되지 않았습니다.", "The payment was not completed.", told)
        else:
            response = result_page(200, "결제가 완료되었습니다.", "Payment complete.", told)
        _record(account, asked, "return", began, None, response.headers.get("location", told), payment)
        return response

    return endpoint


async def came_back(account: PortOne, transaction_id: str, success: bool) -> Payment:
    """The buyer's browser is back; the payment to show to it, which has failed where it was open until now.

    That a buyer who leaves is told as `Transaction.Failed` is inferred. Raises KeyError for an unknown payment.
    """
    payment = account.payments.known(transaction_id)
    if not payment.pending:
        after = results.failed(payment, reason=NO_RESULT if success else LEFT, now=account.now())
        if after is not payment:
            payment = account.payments.put(after)
            account.tell(payment, "failed")
    if account.console.webhook_order == "before":
        await account.webhooks.answered(transaction_id)
    return payment


def response_of(payment: Payment) -> dict[str, str]:
    """What `PortOne.requestPayment` resolves to: with a `code` where it failed (docs)."""
    told = {"transactionType": "PAYMENT", "txId": payment.imp_uid, "paymentId": payment.merchant_uid}
    if payment.status == "failed":
        reason = payment.fail_reason or ""
        told |= {"code": FAILED, "message": reason, "pgMessage": reason}
    return told


def redirect_address(address: str, told: Mapping[str, str]) -> str:
    """`redirectUrl` with the result in its query, after what the query already holds."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(told))))))


def _failed(error: PaymentError, payment_id: Any) -> dict[str, Any]:
    known = payment_id if isinstance(payment_id, str) else ""
    return {"transactionType": "PAYMENT", "txId": "", "paymentId": known, "code": error.code, "message": error.message}


def _record(
    account: PortOne, asked: Request, kind: Kind, began: float, body: Any, answer: Any, payment: Payment | None
) -> None:
    given = body.get("params") if isinstance(body, dict) else None
    named = given.get("paymentId") if isinstance(given, dict) else None
    account.journal.record(
        kind=kind, source="browser", target="portone", began=began, ended=time.time(), clock=account.clock.now(),
        method=asked.method, url=address(asked), headers=asked.headers, body=body, status=200, response=answer,
        imp_uid=payment.imp_uid if payment else None,
        merchant_uid=payment.merchant_uid if payment else named if isinstance(named, str) else None,
    )  # fmt: skip
