"""Every call of the emulator, with fields that a caller would send there, and what its answers look like."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

Check = Callable[[httpx.Response], bool]


def told(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def portone(answer: httpx.Response) -> bool:
    """PortOne's envelope, in one piece."""
    envelope = told(answer)
    if envelope.keys() != {"code", "message", "response"} or not isinstance(envelope["code"], int):
        return False
    in_one_piece = int(answer.headers.get("content-length", -1)) == len(answer.content)
    if envelope["code"] == 0:
        return in_one_piece and envelope["message"] is None and answer.status_code in (200, 207)
    return in_one_piece and isinstance(envelope["message"], str) and envelope["response"] is None


def sdk(answer: httpx.Response) -> bool:
    return isinstance(told(answer).get("error_msg"), str)


def ticket(answer: httpx.Response) -> bool:
    found = told(answer)
    return found.get("result") == 0 and [type(one) for one in found.get("errors", ())] == [str]


def paymentwall(answer: httpx.Response) -> bool:
    """JSON that says what is wrong: the charge's and the delivery API's each in its documented field."""
    return any(isinstance(told(answer).get(name), str) for name in ("message", "error"))


def control(answer: httpx.Response) -> bool:
    """One sentence, or what was asked for."""
    if answer.status_code < 400:
        return bool(told(answer))
    return told(answer).keys() == {"error"} and bool(re.search(r"[.!?…]$", told(answer)["error"]))


def page(answer: httpx.Response) -> bool:
    return answer.headers["content-type"].startswith(("text/html", "text/plain")) and "Traceback" not in answer.text


@dataclass(frozen=True)
class Call:
    """One address, and fields that a caller would send there; `{imp_uid}` is a payment that exists."""

    method: str
    path: str
    check: Check
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


CARD = ("card_number", "expiry", "birth", "pwd_2digit", "cvc")
ADDRESS = tuple(f"shipping_address_{name}" for name in ("email", "country", "city", "zip", "street"))
BRICK = tuple(f"card[{name}]" for name in ("number", "exp_month", "exp_year", "cvv"))
CANCEL = ("imp_uid", "merchant_uid", "amount", "checksum", "reason", "enable_webhook")
SCHEDULE = "/subscribe/payments/schedule"
DELIVERY = ("imp_uid", "merchant_uid", "type", "status", "carrier_type", *ADDRESS)
PORTONE = (
    Call("POST", "/users/getToken", portone, ("imp_key", "imp_secret")),
    Call("GET", "/users/pg", portone),
    Call("GET", "/payments/{imp_uid}", portone, ("extension", "include_sandbox")),
    Call("POST", "/payments/{imp_uid}", portone, ("extension", "include_sandbox")),
    Call("GET", "/payments", portone, ("imp_uid[]", "merchant_uid[]", "imp_uid")),
    Call("GET", "/payments/find/order-1", portone, ("sorting",)),
    Call("GET", "/payments/findAll/order-1", portone, ("sorting", "page", "limit")),
    Call("GET", "/payments/status/paid", portone, ("sorting", "page", "limit", "from", "to")),
    Call("GET", "/payments/prepare/order-1", portone),
    Call("POST", "/payments/prepare", portone, ("merchant_uid", "amount", "currency")),
    Call("PUT", "/payments/prepare", portone, ("merchant_uid", "amount", "currency")),
    Call("POST", "/payments/cancel", portone, CANCEL),
    Call("POST", "/paymentwall/delivery", portone, DELIVERY),
    Call("POST", "/subscribe/payments/onetime", portone, ("merchant_uid", "amount", "currency", "name", *CARD)),
    Call("POST", "/subscribe/payments/again", portone, ("customer_uid", "merchant_uid", "amount", "name")),
    Call("GET", "/receipts/{imp_uid}", portone),
    Call("GET", "/subscribe/customers", portone, ("customer_uid[]", "customer_uid")),
    Call("GET", "/subscribe/customers/grace", portone),
    Call("POST", "/subscribe/customers/grace", portone, ("card_number", "expiry", "channel_key")),
    Call("DELETE", "/subscribe/customers/nobody", portone, ("reason",)),
    Call("GET", "/subscribe/customers/grace/payments", portone, ("page",)),
    Call("GET", "/subscribe/customers/grace/schedules", portone, ("page", "from", "to", "schedule-status")),
    Call("POST", SCHEDULE, portone, ("customer_uid", "schedules", "checking_amount", "channel_key", *CARD)),
    Call("GET", SCHEDULE, portone, ("schedule_from", "schedule_to", "schedule_status", "page", "limit", "sorting")),
    Call("POST", "/subscribe/payments/unschedule", portone, ("customer_uid", "merchant_uid")),
    Call("GET", f"{SCHEDULE}/month-2", portone),
    Call("PUT", f"{SCHEDULE}/month-2", portone, ("schedule_at",)),
    Call("POST", f"{SCHEDULE}/month-2/reschedule", portone, ("schedule_at",)),
    Call("POST", f"{SCHEDULE}/month-2/retry", portone),
)  # fmt: skip
OTHERS = (
    Call("POST", "/sdk/request_pay", sdk, ("imp_code", "params", "mobile", "user_agent", "tier_code")),
    Call("GET", "/paymentwall/return", page, ("imp_uid", "outcome")),
    Call("GET", "/paymentwall/webhook", page, ("goodsid", "type", "ref", "amount", "sig", "sign_version")),
    Call("GET", "/paymentwall/receipts/{imp_uid}", page),
    Call("GET", "/api/subscription/", page, ("key", "uid", "widget", "amount", "sign", "sign_version", "lang")),
    Call("POST", "/api/subscription/charge", paymentwall, ("method", "country", "card")),
    Call("POST", "/developers/api/ticket", ticket, ("key", "ref", "uid", "type", "amount", "sign", "sign_version")),
    Call("POST", "/api/delivery", paymentwall, ("payment_id", "type", "status", "refundable")),
    Call("POST", "/api/brick/token", paymentwall, (*BRICK, "public_key")),
    Call("POST", "/api/brick/charge", paymentwall, ("token", "amount", "currency", "email", "description", "plan")),
)  # fmt: skip
PLANE = "/_emulator/accounts/{imp_code}"
CONTROL = (
    Call("POST", "/_emulator/accounts", control, ("imp_code", "channels", "webhook", "paymentwall", "stage")),
    Call("PATCH", PLANE, control, ("imp_key", "channels", "webhook", "paymentwall", "timeout_scale", "unknown")),
    Call("POST", f"{PLANE}/payments", control, ("merchant_uid", "amount", "currency", "method", "finish", "card")),
    Call("POST", f"{PLANE}/payments/{{imp_uid}}/chargeback", control, ("reason", "amount")),
    Call("POST", f"{PLANE}/tickets/1/complete", control, ("unknown",)),
    Call("POST", f"{PLANE}/webhooks/test", control, ("stage",)),
    Call("POST", f"{PLANE}/clock/advance", control, ("seconds",)),
    Call("POST", f"{PLANE}/clock/run", control, ("speed",)),
    Call("POST", f"{PLANE}/idle", control, ("timeout_seconds",)),
    Call("GET", f"{PLANE}/journal", control, ("after", "kind", "source", "wait_seconds")),
    Call("POST", f"{PLANE}/faults", control, ("call", "status", "delay_seconds", "times")),
    Call("POST", f"{PLANE}/restore", control, ("version", "payments", "portone", "paymentwall", "clock")),
)  # fmt: skip
CALLS = (*PORTONE, *OTHERS, *CONTROL)
# Where a body that says nothing is a request like any other.
NEEDS_NO_BODY = tuple(
    call.path
    for call in CONTROL
    if call.path.endswith(("/clock/run", "/idle", "/chargeback", "/complete", "/webhooks/test"))
)
NAMED: tuple[tuple[str, Check], ...] = (
    ("/payments/{}", portone), ("/payments/find/{}", portone), ("/payments/find/order-1/{}", portone),
    ("/payments/findAll/{}", portone), ("/payments/findAll/order-1/{}", portone), ("/payments/status/{}", portone),
    ("/payments/prepare/{}", portone), ("/payments/{}/balance", portone), ("/users/{}", portone),
    ("/subscribe/{}/{}", portone), ("/receipts/{}", portone), ("/paymentwall/receipts/{}", page),
    ("/_emulator/accounts/{}", control),
)  # fmt: skip
