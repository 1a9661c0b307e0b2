"""Whatever is sent to V2, the answer is in its form: an error with a type, never one of the emulator's own."""

import json
from typing import Any

import httpx
import pytest

from tests.depth import some
from tests.emulator.v2.second import Second
from tests.emulator.v2.test_published_v2 import DELIVERY

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, 1e308, "", " ", "x" * 70_000, "\x00", "2026-13-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00Z", [], [1], {}, {"a": [{"b": 1}]}, ["READY"], [{"x": 1}],
)  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "POST /payments/order-1/cancel": {
        "reason": "r", "amount": 1, "currentCancellableAmount": 1, "requester": "ADMIN", "skipWebhook": True,
        "storeId": "store",
    },
    "POST /payments/order-2/pre-register": {"totalAmount": 1, "taxFreeAmount": 0, "currency": "USD"},
    "POST /payments/order-1/resend-webhook": {"webhookId": "x"},
    "POST /payments/order-1/cancellations/x/stop": {"storeId": "store"},
    "POST /paymentwall/delivery/confirm": {**DELIVERY, "transactionId": "x", "attachments": ["x"]},
    "POST /login/api-secret": {"apiSecret": "x"},
    "POST /token/refresh": {"refreshToken": "a.b.c"},
    "GET /payments": {"page": {}, "filter": {}},
    "GET /payments-by-cursor": {"from": "x", "until": "x", "cursor": "x", "size": 1, "storeId": "x"},
}  # fmt: skip
PAGE = ("number", "size")
FILTERS = (
    "storeId", "timestampType", "from", "until", "status", "isTest", "sortBy", "sortOrder", "version", "currency",
)  # fmt: skip


def is_in_form(answer: httpx.Response) -> bool:
    return answer.status_code == 200 or (answer.status_code < 500 and {"type", "message"} <= answer.json().keys())


@pytest.mark.deeper
@pytest.mark.parametrize("call", BODIES)
def test_every_field_may_be_anything(second: Second, call: str) -> None:
    second.pay()
    method, _, path = call.partition(" ")
    for turn, name in enumerate(BODIES[call]):
        for value in some(VALUES, turn):
            answer = second.client.request(
                method, path, content=json.dumps({**BODIES[call], name: value}), headers=second.headers
            )
            assert is_in_form(answer), (name, value, answer.text)


@pytest.mark.deeper
def test_so_may_a_page_and_a_filter(second: Second) -> None:
    second.pay()
    asked = [{"filter": {name: value}} for turn, name in enumerate(FILTERS) for value in some(VALUES, turn)]
    asked += [{"page": {name: value}} for turn, name in enumerate(PAGE) for value in some(VALUES, turn, len(PAGE))]
    for body in asked:
        answer = second.client.request("GET", "/payments", content=json.dumps(body), headers=second.headers)
        assert is_in_form(answer), (body, answer.text)


PARAMETERS = (
    "storeId", "channelKey", "paymentId", "orderName", "totalAmount", "currency", "customer", "customer.email",
    "customer.address", "redirectUrl", "forceRedirect", "windowType", "windowType.pc", "noticeUrls", "customData",
    "locale", "bypass", "bypass.paymentwall", "country",
)  # fmt: skip


@pytest.mark.deeper
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_page_may_ask_for_anything(second: Second, name: str) -> None:
    outer, _, inner = name.partition(".")
    for value in some(VALUES, PARAMETERS.index(name)):
        given = second.request()
        params = {**given, outer: {**given.get(outer, {}), inner: value} if inner else value}
        answer = second.client.post("/v2/sdk/request_payment", content=json.dumps({"params": params}))
        assert answer.status_code == 200
        assert answer.json().keys() & {"widgetUrl", "code"}
    assert second.get("/payments").status_code == 200


@pytest.mark.parametrize(
    "authorization", ["PortOne", "Bearer ..", "Bearer a.e30.c", "Bearer a.bnVsbA.c", "Bearer a.%.c"]
)
def test_credentials_may_be_anything(second: Second, authorization: str) -> None:
    answer = second.client.get("/payments/order-1", headers={"Authorization": authorization})
    assert (answer.status_code, is_in_form(answer)) == (401, True)


@pytest.mark.parametrize("payment_id", ["a%2Fb", "%20", "%F0%9F%92%B3", "x" * 5_000, "order-1%3Fstatus"])
def test_a_payment_may_be_called_anything(second: Second, payment_id: str) -> None:
    assert second.post(f"/payments/{payment_id}/pre-register", totalAmount=1).json() == {}
    assert second.get(f"/payments/{payment_id}").json()["type"] == "PAYMENT_NOT_FOUND"
    told = second.ask_for_payment(paymentId=httpx.URL(f"http://a/{payment_id}").path[1:], totalAmount=1)
    assert "widgetUrl" in told or told["code"] == "BadRequest"
