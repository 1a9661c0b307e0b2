"""PortOne in the browser: the SDK, the call behind `IMP.request_pay`, the page Paymentwall returns to.

Source: PortOne docs (SDK, callback and redirect parameters). The call between script and service is PortOne's
own affair and is not documented: `/sdk/request_pay`, its fields and the `F…` codes are inferred. On a phone a request
that is refused leads to `m_redirect_url` as other results do (docs); that its `imp_uid` is empty there is inferred.
"""

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from emulator.incoming import address, json_object, origin
from emulator.journal import Kind
from emulator.portone.account import PortOne
from emulator.portone.amounts import number
from emulator.portone.attempts import Refusal
from emulator.portone.console import Console
from emulator.portone.payments import Payment
from emulator.portone.rendering import payment_object

Accounts = Callable[[str], PortOne | None]

HERE = Path(__file__).parent
SERVICE = "https://service.iamport.kr"
FAILED = "F0000"  # inferred
WINDOW = "/* window.js */\n"
_OLDER_NAME = re.compile(r"iamport\.payment(-\d+(\.\d+)*)?(\.min)?\.js")
SUCCESS_NAMES: Mapping[str, tuple[str, ...]] = {
    "success": ("success",), "imp_success": ("imp_success",), "both": ("success", "imp_success"), "none": (),
}  # fmt: skip
# What the callback repeats of the payment as look-ups show it (docs, sample of the response).
REPEATED = (
    "imp_uid", "merchant_uid", "pay_method", "currency", "status", "name", "pg_provider", "pg_tid", "apply_num",
    "bank_name", "card_name", "card_number", "card_quota", "buyer_name", "buyer_email", "buyer_tel", "buyer_addr",
    "buyer_postcode", "paid_at", "receipt_url",
)  # fmt: skip

# The SDK runs in merchants' pages, so every origin may call; no cookie or other credential is involved.
OPEN_TO_ALL = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
PREFLIGHT = {
    **OPEN_TO_ALL,
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "content-type",
    "access-control-allow-private-network": "true",
    "access-control-max-age": "600",
}


def routes(by_code: Accounts, by_payment: Accounts) -> list[BaseRoute]:
    """The SDK's routes on cdn.iamport.kr and service.iamport.kr; the accounts are found by imp_code and by
    imp_uid.
    """

    async def asked(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        return await _request_pay(request, by_code)

    async def returned(request: Request) -> Response:
        return await _returned(request, by_payment)

    return [
        Route("/v1/iamport.js", _newest, methods=["GET"]),
        Route("/js/{name}", _older, methods=["GET"]),
        Route("/sdk/request_pay", asked, methods=["POST", "OPTIONS"]),
        Route("/paymentwall/return", returned, methods=["GET"]),
    ]


def _script() -> Response:
    headers = {**OPEN_TO_ALL, "cache-control": "no-cache"}
    return Response(_sdk(), media_type="application/javascript; charset=utf-8", headers=headers)


async def _newest(_: Request) -> Response:
    return _script()


async def _older(request: Request) -> Response:
    """`/js/iamport.payment-1.x.y.js`: older pages name a version; all of them get the same script."""
    if not _OLDER_NAME.fullmatch(request.path_params["name"]):
        return PlainTextResponse("Not found", 404)
    return _script()


async def _request_pay(request: Request, by_code: Accounts) -> Response:
    """`{imp_code, params, mobile, user_agent}` to `{imp_uid, merchant_uid, widget_url, close_url}`, or
    `{error_code, error_msg}`; with `success_names` where the account is known.
    """
    began, asked = time.time(), await json_object(request)
    portone = by_code(str(asked.get("imp_code", "")))
    if portone is None:
        return _answer({"error_code": "F400", "error_msg": "가맹점 식별코드가 올바르지 않습니다."})
    given = asked.get("params")
    params: dict[str, Any] = given if isinstance(given, dict) else {}
    agent = asked.get("user_agent") or request.headers.get("user-agent")
    opened = portone.request(
        params,
        mobile=asked.get("mobile") is True,
        user_agent=agent if isinstance(agent, str) else None,
        origin=origin(request, SERVICE),
    )
    if isinstance(opened, Refusal):
        answer: dict[str, Any] = {"error_code": opened.error_code, "error_msg": opened.error_msg}
        imp_uid = None
    else:
        imp_uid = opened.payment.imp_uid
        answer = {
            "imp_uid": imp_uid,
            "merchant_uid": opened.payment.merchant_uid,
            "widget_url": opened.widget_url,
            "close_url": opened.close_url,
        }
    answer["success_names"] = success_names(portone.console)
    merchant_uid = params.get("merchant_uid")
    _record(
        portone, request, "request_pay", began, 200,
        body=asked, answer=answer, imp_uid=imp_uid,
        merchant_uid=None if merchant_uid is None else str(merchant_uid),
    )  # fmt: skip
    return _answer(answer)


async def _returned(request: Request, by_payment: Accounts) -> Response:
    """`/paymentwall/return?imp_uid=…&outcome=success|failure`: on to m_redirect_url on mobile, else a page
    that tells its frame's parent.
    """
    began = time.time()
    imp_uid = request.query_params.get("imp_uid", "")
    portone = by_payment(imp_uid)
    if portone is None:
        return result_page(404, "존재하지 않는 결제정보입니다.", "There is no such payment.")
    payment = await portone.returned(imp_uid, request.query_params.get("outcome") == "success")
    told = callback_response(payment, portone.console)
    response = _on_mobile(payment, portone.console) if payment.channel == "mobile" else _in_frame(payment, told)
    _record(
        portone, request, "return", began, response.status_code,
        answer=response.headers.get("location", told), imp_uid=imp_uid, merchant_uid=payment.merchant_uid,
    )  # fmt: skip
    return response


def callback_response(payment: Payment, console: Console) -> dict[str, Any]:
    """What `IMP.request_pay`'s callback gets, as the account's `sdk_callback` and `sdk_success` say: money as numbers
    in major units, `paid_at` in unix seconds (0 when not paid).

    Reduced to what the newest SDK gives for some providers: both uids and what went wrong (docs).
    """
    paid = payment.status == "paid"
    problem = {} if paid else {"error_code": FAILED, "error_msg": payment.fail_reason}
    if console.sdk_callback == "reduced":
        return {"imp_uid": payment.imp_uid, "merchant_uid": payment.merchant_uid, **problem}
    shown = payment_object(payment)
    return {
        **dict.fromkeys(success_names(console), paid),
        **{name: shown[name] for name in REPEATED},
        "pg_type": "payment",
        "paid_amount": number(payment.amount) if paid else 0,
        "custom_data": _parsed(payment.custom_data),
        **problem,
    }


def success_names(console: Console) -> tuple[str, ...]:
    """By which names the callback is told whether the payment succeeded; the reduced one is not told (docs)."""
    return () if console.sdk_callback == "reduced" else SUCCESS_NAMES[console.sdk_success]


def redirect_address(payment: Payment, address: str, console: Console) -> str:
    """`m_redirect_url` with the result in its query, after what the query already holds.

    Success is always called `imp_success` here (docs), and missing where the callback is not told (inferred).
    """
    paid = payment.status == "paid"
    result = {"imp_uid": payment.imp_uid, "merchant_uid": payment.merchant_uid}
    if success_names(console):
        result["imp_success"] = "true" if paid else "false"
    if not paid:
        result |= {"error_code": FAILED, "error_msg": payment.fail_reason or ""}
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(result))))
    return urlunsplit(parts._replace(query=query))


def _on_mobile(payment: Payment, console: Console) -> Response:
    if not payment.m_redirect_url:
        return result_page(
            400,
            "m_redirect_url이 지정되지 않아 상점으로 돌아갈 수 없습니다.",
            "The page that asked for this payment named no m_redirect_url: there is no way back to the shop.",
        )
    return RedirectResponse(redirect_address(payment, payment.m_redirect_url, console), 302)


def _in_frame(payment: Payment, told: dict[str, Any]) -> Response:
    if payment.status == "paid":
        return result_page(200, "결제가 완료되었습니다.", "Payment complete.", told)
    return result_page(200, "결제가 완료되지 않았습니다.", "The payment was not completed.", told)


def result_page(status: int, korean: str, english: str, response: dict[str, Any] | None = None) -> Response:
    """A page for people that says what came of a payment, and tells its frame's parent the `response`."""
    nonce = secrets.token_urlsafe(16)
    html = (
        _return_page()
        .get_template("return.html")
        .render(korean=korean, english=english, response=response, nonce=nonce)
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return HTMLResponse(html, status, headers={"content-security-policy": policy, "cache-control": "no-store"})


@cache
def _return_page() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, auto_reload=False)


@cache
def _sdk() -> str:
    return with_window((HERE / "static" / "sdk.js").read_text("utf-8"))


def with_window(script: str) -> str:
    """An SDK's script with the payment window where it says so."""
    return script.replace(WINDOW, (HERE / "static" / "window.js").read_text("utf-8"))


def _answer(body: dict[str, Any]) -> Response:
    return JSONResponse(body, headers=OPEN_TO_ALL)


def _parsed(custom_data: str | None) -> Any:
    # Look-ups give `custom_data` as JSON text, the callback gives the page back what it had handed over.
    if custom_data is None:
        return None
    try:
        return json.loads(custom_data)
    except ValueError:
        return custom_data


def _record(
    portone: PortOne,
    request: Request,
    kind: Kind,
    began: float,
    status: int,
    *,
    body: Any = None,
    answer: Any = None,
    imp_uid: str | None,
    merchant_uid: str | None,
) -> None:
    portone.journal.record(
        kind=kind,
        source="browser",
        target="portone",
        began=began,
        ended=time.time(),
        clock=portone.clock.now(),
        method=request.method,
        url=address(request),
        headers=request.headers,
        body=body,
        status=status,
        response=answer,
        imp_uid=imp_uid,
        merchant_uid=merchant_uid,
    )
