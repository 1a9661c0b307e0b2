"""Each of V2's calls answers as PortOne publishes it, in every state of a payment and with every error it can have."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.emulator.v2.published import CALLS, WHOLE, wrong
from tests.emulator.v2.second import DAY, Second, error

DELIVERY = {
    "deliveryType": "DIGITAL", "deliveryStatus": "DELIVERED", "estimatedDeliveryDatetime": "2026-12-01T10:00:00Z",
    "estimatedUpdateDatetime": "2026-12-01T10:00:00+09:00", "refundable": True, "details": "one download",
    "shippingAddressEmail": "grace@example.com",
}  # fmt: skip
State = Callable[[Second], Any]


def ready(second: Second) -> None:
    second.ask_for_payment()


def paid(second: Second) -> None:
    second.pay()


def failed(second: Second) -> None:
    second.pay(finish="leave")


def pending(second: Second) -> None:
    second.account.set(paymentwall={"review": "hold"})
    second.pay()


def asked_to_cancel(second: Second) -> None:
    second.pay()
    second.cancelled(amount=300)


def cancelled_in_part(second: Second) -> None:
    asked_to_cancel(second)
    second.account.advance(DAY)


def cancelled(second: Second) -> None:
    second.pay()
    second.cancelled()
    second.account.advance(DAY)


def refused(second: Second) -> None:
    second.pay(method="mint")
    second.cancelled()
    second.account.advance(DAY)


def disputed(second: Second) -> None:
    imp_uid = second.pay()
    second.account.act(f"/payments/{imp_uid}/dispute")
    second.account.act(f"/payments/{imp_uid}/dispute/resolve")


def charged_back(second: Second) -> None:
    second.account.act(f"/payments/{second.pay(method='kakaopaykr')}/chargeback")


def of_v1(second: Second) -> None:
    second.account.cancel(second.account.pay("order-1")["imp_uid"], amount=1)


STATES = {
    "READY": ready, "PAID": paid, "FAILED": failed, "PAY_PENDING": pending, "PAID, asked to cancel": asked_to_cancel,
    "PARTIAL_CANCELLED": cancelled_in_part, "CANCELLED": cancelled, "PAID, refused": refused,
    "PAID, disputed": disputed, "CANCELLED, charged back": charged_back, "PAID, of V1": of_v1,
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_a_payment_in_every_state_is_written_as_published(second: Second, name: str) -> None:
    STATES[name](second)
    second.account.act("/idle")
    one = second.get("/payments/order-1")
    assert one.json()["status"] == name.partition(",")[0]
    assert wrong("GET /payments/{paymentId}", one) == []
    for call, path in {
        "GET /payments": "/payments",
        "GET /payments-by-cursor": "/payments-by-cursor",
        "GET /payments/{paymentId}/transactions": "/payments/order-1/transactions",
    }.items():
        found = second.get(path)
        assert found.json()["items"]
        assert wrong(call, found) == []


def acts(second: Second) -> dict[str, httpx.Response]:
    """What every other call answers when all is well."""
    transaction_id = second.pay()
    asked = second.cancelled(amount=250)
    second.account.act("/idle")
    secret = second.settings["api_secret"]
    login = second.client.post("/login/api-secret", json={"apiSecret": secret})
    return {
        "POST /payments/{paymentId}/cancel": second.cancel(amount=100),
        "POST /payments/{paymentId}/cancellations/{cancellationId}/stop": second.post(
            f"/payments/order-1/cancellations/{asked['id']}/stop"
        ),
        "POST /payments/{paymentId}/pre-register": second.post("/payments/order-2/pre-register", totalAmount=1),
        "POST /payments/{paymentId}/resend-webhook": second.post("/payments/order-1/resend-webhook"),
        "POST /paymentwall/delivery/confirm": second.post(
            "/paymentwall/delivery/confirm", transactionId=transaction_id, **DELIVERY
        ),
        "POST /login/api-secret": login,
        "POST /token/refresh": second.client.post(
            "/token/refresh", json={"refreshToken": login.json()["refreshToken"]}
        ),
    }


def test_every_other_call_answers_as_published(second: Second) -> None:
    answers = acts(second)
    assert {*answers, *(call for call in CALLS if call.startswith("GET "))} == set(WHOLE["answers"])
    for call, answer in answers.items():
        assert answer.status_code == 200, (call, answer.text)
        assert wrong(call, answer) == [], call


ERRORS: dict[str, tuple[State, str, str, dict[str, Any], tuple[int, str]]] = {
    "unknown payment": (ready, "GET", "/payments/nobody", {}, (404, "PAYMENT_NOT_FOUND")),
    "unknown store": (paid, "GET", "/payments/order-1?storeId=store-nobody", {}, (403, "FORBIDDEN")),
    "no page": (ready, "GET", '/payments?requestBody={"page":{"size":0}}', {}, (400, "INVALID_REQUEST")),
    "page of text": (ready, "GET", "/payments?requestBody=[]", {}, (400, "INVALID_REQUEST")),
    "no time": (ready, "GET", '/payments-by-cursor?requestBody={"from":"1"}', {}, (400, "INVALID_REQUEST")),
    "cursor": (ready, "GET", '/payments-by-cursor?requestBody={"cursor":"x"}', {}, (400, "INVALID_REQUEST")),
    "no reason": (paid, "POST", "/payments/order-1/cancel", {}, (400, "INVALID_REQUEST")),
    "decimals": (
        paid, "POST", "/payments/order-1/cancel", {"reason": "r", "amount": 2.5}, (400, "INVALID_REQUEST"),
    ),
    "nothing": (paid, "POST", "/payments/order-1/cancel", {"reason": "r", "amount": 0}, (400, "INVALID_REQUEST")),
    "text": (paid, "POST", "/payments/order-1/cancel", {"reason": "r", "amount": "250"}, (400, "INVALID_REQUEST")),
    "not paid": (failed, "POST", "/payments/order-1/cancel", {"reason": "r"}, (409, "PAYMENT_NOT_PAID")),
    "cancelled": (cancelled, "POST", "/payments/order-1/cancel", {"reason": "r"}, (409, "PAYMENT_ALREADY_CANCELLED")),
    "checksum": (
        paid, "POST", "/payments/order-1/cancel", {"reason": "r", "currentCancellableAmount": 1},
        (409, "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN"),
    ),
    "too much": (
        paid, "POST", "/payments/order-1/cancel", {"reason": "r", "amount": 1051},
        (409, "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT"),
    ),
    "parts": (
        paid, "POST", "/payments/order-1/cancel", {"reason": "r", "amount": 9, "taxFreeAmount": 8, "vatAmount": 2},
        (409, "SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT"),
    ),
    "no part": (
        paid, "POST", "/payments/order-1/cancel", {"reason": "r", "vatAmount": 0.5}, (400, "INVALID_REQUEST"),
    ),
    "no cancellation": (
        paid, "POST", "/payments/order-1/cancellations/none/stop", {}, (404, "PAYMENT_CANCELLATION_NOT_FOUND"),
    ),
    "paid already": (
        paid, "POST", "/payments/order-1/pre-register", {"totalAmount": 1}, (409, "ALREADY_PAID"),
    ),
    "no amount": (ready, "POST", "/payments/order-2/pre-register", {}, (400, "INVALID_REQUEST")),
    "no webhook": (
        paid, "POST", "/payments/order-1/resend-webhook", {"webhookId": "none"}, (404, "WEBHOOK_NOT_FOUND"),
    ),
    "no delivery": (paid, "POST", "/paymentwall/delivery/confirm", {}, (400, "INVALID_REQUEST")),
    "unknown delivery": (
        paid, "POST", "/paymentwall/delivery/confirm", {**DELIVERY, "transactionId": "none"},
        (404, "PAYMENT_NOT_FOUND"),
    ),
    "parcel without an address": (
        paid, "POST", "/paymentwall/delivery/confirm",
        {**DELIVERY, "transactionId": "none", "deliveryType": "PHYSICAL"},
        (400, "INVALID_REQUEST"),
    ),
    "no login": (ready, "POST", "/login/api-secret", {}, (400, "INVALID_REQUEST")),
    "wrong login": (ready, "POST", "/login/api-secret", {"apiSecret": "wrong"}, (401, "UNAUTHORIZED")),
    "wrong refresh": (ready, "POST", "/token/refresh", {"refreshToken": "wrong"}, (401, "UNAUTHORIZED")),
}  # fmt: skip


def call_of(method: str, path: str) -> str:
    """The published call that an address is one of."""
    steps = path.partition("?")[0].split("/")
    for call in CALLS:
        theirs, _, place = call.partition(" ")
        pattern = place.split("/")
        alike = all(ours == wanted or wanted.startswith("{") for ours, wanted in zip(steps, pattern, strict=False))
        if theirs == method and len(pattern) == len(steps) and alike:
            return call
    raise AssertionError(path)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_has_its_published_type_and_status(second: Second, name: str) -> None:
    state, method, path, fields, expected = ERRORS[name]
    state(second)
    answer = second.get(path) if method == "GET" else second.post(path, **fields)
    assert error(answer) == expected
    assert wrong(call_of(method, path), answer) == []


def test_what_paymentwall_refuses_at_once_is_its_own_error(second: Second) -> None:
    second.pay(method="paysafecard")
    answer = second.cancel()
    assert error(answer) == (502, "PG_PROVIDER")
    assert answer.json()["pgMessage"]
    assert wrong("POST /payments/{paymentId}/cancel", answer) == []
    assert [one["status"] for one in second.look_up()["cancellations"]] == ["FAILED"]
