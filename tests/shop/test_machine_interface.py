"""The interface for machines: placing, reading, refunding, reconciling."""

from typing import Any

import httpx
import pytest

from tests.shop.counter import GOES_TO, OPERATOR
from tests.shop.portone_stub import PortOneStub

BUYER = {"sku": "mug", "buyer_name": "Mina Kim", "buyer_email": "mina@example.org", **GOES_TO}


@pytest.fixture
def paid(client: httpx.Client, portone: PortOneStub) -> dict[str, Any]:
    order: dict[str, Any] = client.post("/api/orders", json=BUYER).json()
    notice = {"imp_uid": portone.pay(order["merchant_uid"]), "merchant_uid": order["merchant_uid"]}
    client.post("/webhooks/portone", json=notice)
    return order


@pytest.mark.parametrize(
    ("sku", "amount", "currency"),
    [("mug", "10.50", "USD"), ("tea", "12000", "KRW"), ("print", "4.20", "EUR"), ("dates", "1.250", "KWD")],
)
def test_an_order_is_placed_in_its_products_price(client: httpx.Client, sku: str, amount: str, currency: str) -> None:
    answer = client.post("/api/orders", json=BUYER | {"sku": sku})
    order = answer.json()
    assert answer.status_code == 201
    assert (order["amount"], order["currency"], order["status"]) == (amount, currency, "unpaid")
    assert order["merchant_uid"] == f"{order['order']}-1"


def test_a_paid_order_reads_so(client: httpx.Client, paid: dict[str, Any]) -> None:
    read = client.get(f"/api/orders/{paid['order']}").json()
    imp_uid = read.pop("imp_uid")
    assert imp_uid.startswith("imp_")
    assert read == {
        "order": paid["order"],
        "merchant_uid": paid["merchant_uid"],
        "status": "paid",
        "amount": "10.50",
        "currency": "USD",
        "paid_amount": "10.50",
        "cancelled_amount": "0.00",
        "country": "KR",
        "fulfilments": 1,
        "attention": None,
    }


@pytest.mark.parametrize(
    "wrong", [{"sku": "car"}, {"sku": None}, {"buyer_name": "Mina"}, {"buyer_email": "mina"}, {"buyer_name": 7}]
)
def test_an_order_that_cannot_be_is_refused_in_one_sentence(client: httpx.Client, wrong: dict[str, Any]) -> None:
    answer = client.post("/api/orders", json=BUYER | wrong)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_an_unknown_order_is_not_found(client: httpx.Client) -> None:
    assert client.get("/api/orders/NOPE").status_code == 404
    assert client.post("/api/operator/orders/NOPE/refund", json={}, auth=OPERATOR).status_code == 404


@pytest.mark.parametrize("header", [None, "Basic", "Basic !", "Bearer x", "Basic b3BlcmF0b3I6d3Jvbmc=", "Basic /w=="])
def test_a_stranger_cannot_refund(
    client: httpx.Client, portone: PortOneStub, paid: dict[str, Any], header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = client.post(f"/api/operator/orders/{paid['order']}/refund", json={}, headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="operator"')
    assert portone.called("/payments/cancel") == []
    assert client.post("/api/operator/reconcile", headers=headers).status_code == 401


def test_the_operator_can_refund_and_reads_what_was_answered(client: httpx.Client, paid: dict[str, Any]) -> None:
    address = f"/api/operator/orders/{paid['order']}/refund"
    first = client.post(address, json={"amount": "3.00", "reason": "scratched"}, auth=OPERATOR)
    second = client.post(address, json={}, auth=OPERATOR)
    assert (first.status_code, first.json()["status"]) == (202, "waiting_for_cancellation")
    assert (second.status_code, second.json()["status"]) == (409, "waiting_for_cancellation")


@pytest.mark.parametrize(
    "body", [{"amount": 3}, {"amount": "x"}, {"amount": "NaN"}, {"amount": "0.001"}, {"reason": []}]
)
def test_a_refund_that_makes_no_sense_is_refused(
    client: httpx.Client, portone: PortOneStub, paid: dict[str, Any], body: dict[str, Any]
) -> None:
    answer = client.post(f"/api/operator/orders/{paid['order']}/refund", json=body, auth=OPERATOR)
    assert (answer.status_code, portone.called("/payments/cancel")) == (400, [])


def test_reconciling_finds_what_no_webhook_told(client: httpx.Client, portone: PortOneStub) -> None:
    order = client.post("/api/orders", json=BUYER).json()
    portone.pay(order["merchant_uid"])
    assert client.post("/api/operator/reconcile", auth=OPERATOR).json()["changed"] == 1
    assert client.get(f"/api/orders/{order['order']}").json()["status"] == "paid"


def test_one_order_can_be_reconciled_alone(client: httpx.Client, portone: PortOneStub) -> None:
    meant, other = (client.post("/api/orders", json=BUYER).json() for _ in range(2))
    for order in (meant, other):
        portone.pay(order["merchant_uid"])
    told = client.post("/api/operator/reconcile", params={"order": meant["order"]}, auth=OPERATOR).json()
    assert told == {"looked_at": 1, "changed": 1, "failed": 0}
    states = [client.get(f"/api/orders/{order['order']}").json()["status"] for order in (meant, other)]
    assert states == ["paid", "unpaid"]
