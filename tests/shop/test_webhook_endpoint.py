"""The webhook endpoint: takes what PortOne sends, survives what others send, believes neither."""

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.shop.counter import GOES_TO
from tests.shop.portone_stub import PortOneStub

BUYER = {"sku": "mug", "buyer_name": "Mina Kim", "buyer_email": "mina@example.org", **GOES_TO}


@pytest.fixture
def order(client: httpx.Client) -> dict[str, Any]:
    placed: dict[str, Any] = client.post("/api/orders", json=BUYER).json()
    return placed


def now(client: httpx.Client, order: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = client.get(f"/api/orders/{order['order']}").json()
    return read


def notice(imp_uid: str, order: dict[str, Any], status: str = "paid") -> dict[str, str]:
    return {"imp_uid": imp_uid, "merchant_uid": order["merchant_uid"], "status": status, "new_field": "x"}


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_understood_with_and_without_a_charset(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any], content_type: str
) -> None:
    body = json.dumps(notice(portone.pay(order["merchant_uid"]), order))
    answer = client.post("/webhooks/portone", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, now(client, order)["status"]) == (200, "paid")


def test_a_form_is_understood(client: httpx.Client, portone: PortOneStub, order: dict[str, Any]) -> None:
    answer = client.post("/webhooks/portone", data=notice(portone.pay(order["merchant_uid"]), order))
    assert (answer.status_code, now(client, order)["status"]) == (200, "paid")


def test_the_looked_up_status_decides_not_the_bodys(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    imp_uid = portone.pay(order["merchant_uid"])
    client.post("/webhooks/portone", json=notice(imp_uid, order, "cancelled"))
    assert now(client, order)["status"] == "paid"


def test_an_invented_payment_changes_nothing(client: httpx.Client, order: dict[str, Any]) -> None:
    answer = client.post("/webhooks/portone", json=notice("imp_000", order))
    assert (answer.status_code, now(client, order)["status"]) == (200, "unpaid")


def test_an_order_of_nobody_causes_neither_an_error_nor_a_look_up(client: httpx.Client, portone: PortOneStub) -> None:
    portone.pay("NOBODY-1")
    answer = client.post("/webhooks/portone", json={"imp_uid": "imp_001_NOBODY_1", "merchant_uid": "NOBODY-1"})
    assert answer.status_code == 200
    assert portone.calls == []


def test_the_order_does_not_change_while_the_look_up_is_held_back(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    imp_uid = portone.pay(order["merchant_uid"])
    portone.gate = threading.Event()
    answers: list[httpx.Response] = []
    sender = threading.Thread(
        target=lambda: answers.append(client.post("/webhooks/portone", json=notice(imp_uid, order)))
    )
    sender.start()
    assert portone.held.wait(timeout=5)
    held = now(client, order)["status"]
    portone.gate.set()
    sender.join()
    assert (held, now(client, order)["status"], answers[0].status_code) == ("unpaid", "paid", 200)


def test_a_late_look_up_does_not_undo_a_newer_one(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    imp_uid = portone.pay(order["merchant_uid"])
    gate = portone.gate = threading.Event()
    late = threading.Thread(target=lambda: client.post("/webhooks/portone", json=notice(imp_uid, order)))
    late.start()
    assert portone.held.wait(timeout=5)
    portone.gate = None
    portone.cancelled(imp_uid)
    client.post("/webhooks/portone", json=notice(imp_uid, order, "cancelled"))
    gate.set()
    late.join()
    assert now(client, order)["status"] == "cancelled"


def test_a_failed_look_up_asks_for_redelivery_and_loses_nothing(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    imp_uid = portone.pay(order["merchant_uid"])
    portone.failures.append(httpx.Response(500))
    first = client.post("/webhooks/portone", json=notice(imp_uid, order))
    second = client.post("/webhooks/portone", json=notice(imp_uid, order))
    assert (first.status_code, second.status_code, now(client, order)["status"]) == (503, 200, "paid")


MALFORMED: list[tuple[str, bytes]] = [
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"null"),
    ("application/json", b"[]"),
    ("application/json", b'"imp_uid"'),
    ("application/json", b"{}"),
    ("application/json", b'{"imp_uid": "imp_1"}'),
    ("application/json", b'{"imp_uid": 1, "merchant_uid": 2}'),
    ("application/json", b'{"imp_uid": {"$ne": ""}, "merchant_uid": ["x"]}'),
    ("application/json", b'{"imp_uid": "../users/pg", "merchant_uid": "x"}'),
    ("application/json", b'{"imp_uid": "imp_1", "merchant_uid": "x\\u0000"}'),
    ("application/json", b'{"imp_uid": "imp_1", "merchant_uid": "\\ud800"}'),
    ("application/json", b'{"imp_uid": "imp_1", "merchant_uid": "' + b"x" * 41 + b'"}'),
    ("application/json", b"\xff\xfe\x00"),
    ("application/json", b"[" * 50_000),
    ("application/json", b'{"n": ' + b"9" * 10_000 + b"}"),
    ("application/json", b'{"x": "' + b"x" * 1_000_000 + b'"}'),
    ("application/x-www-form-urlencoded", b""),
    ("application/x-www-form-urlencoded", b"\xff"),
    ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(5_000))),
    ("text/xml", b"<imp_uid/>"),
    ("", b"imp_uid=1"),
]


@pytest.mark.parametrize(("content_type", "body"), MALFORMED)
def test_malformed_bodies_are_refused_and_change_nothing(
    client: httpx.Client, portone: PortOneStub, content_type: str, body: bytes
) -> None:
    answer = client.post("/webhooks/portone", content=body, headers={"Content-Type": content_type})
    assert 400 <= answer.status_code < 500, answer.text
    assert portone.calls == []
    assert client.get("/").status_code == 200


def test_a_megabyte_is_not_even_read_to_its_end(client: httpx.Client, order: dict[str, Any]) -> None:
    answer = client.post("/webhooks/portone", json=notice("imp_1", order) | {"x": "x" * 1_000_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("merchant_uid", ["' OR 1=1 --", "주문-1", "😀", "%00", "../../etc/passwd", "x" * 40])
def test_odd_attempts_are_nobodys(client: httpx.Client, merchant_uid: str) -> None:
    answer = client.post("/webhooks/portone", json={"imp_uid": "imp_1", "merchant_uid": merchant_uid})
    assert answer.status_code == 200


def test_the_same_webhook_at_the_same_moment_fulfils_once(
    client: httpx.Client, portone: PortOneStub, together: Callable[[int, Callable[[], Any]], list[Any]]
) -> None:
    for _ in range(10):
        order = client.post("/api/orders", json=BUYER).json()
        body = notice(portone.pay(order["merchant_uid"]), order)
        answers = together(8, lambda body=body: client.post("/webhooks/portone", json=body))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        assert {answer.status_code for answer in answers} == {200}
        assert (now(client, order)["status"], now(client, order)["fulfilments"]) == ("paid", 1)


def test_callback_and_webhook_at_the_same_moment_fulfil_once(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any], together: Callable[..., list[Any]]
) -> None:
    body = notice(portone.pay(order["merchant_uid"]), order)
    addresses = ["/webhooks/portone", "/payments/complete"] * 4
    together(8, lambda: client.post(addresses.pop(), json=body))
    assert now(client, order)["fulfilments"] == 1
