"""What an account at PortOne remembers besides its payments, taken from a snapshot and put back."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.emulator.driver import Driver

MINUTE = 60
ONCE: dict[str, Any] = {
    "merchant_uid": "key-1", "amount": 10.5, "currency": "USD", "buyer_email": "grace@example.com",
    "card_number": "4242424242424242", "expiry": "2039-12", "cvc": "123", "customer_uid": "grace",
}  # fmt: skip
AGAIN: dict[str, Any] = {
    "customer_uid": "grace", "merchant_uid": "key-2", "amount": 4, "name": "Tea", "buyer_email": "grace@example.com"
}  # fmt: skip


def through_a_snapshot(account: Driver) -> None:
    """Everything is forgotten, and put back."""
    account.act("/idle")
    taken = account.see("/snapshot")
    account.act("/reset")
    assert account.see("/payments")["payments"] == []
    account.act("/restore", **taken)


def test_what_was_prepared(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount="3.20", currency="EUR")
    through_a_snapshot(account)
    expected = {"merchant_uid": "order-1", "amount": 3.2, "currency": "EUR"}
    assert account.get("/payments/prepare/order-1").json()["response"] == expected


def test_billing_keys(account: Driver) -> None:
    account.set(api_payments=True)
    account.post("/subscribe/payments/onetime", **ONCE)
    through_a_snapshot(account)
    again = account.post("/subscribe/payments/again", **AGAIN).json()
    assert (again["code"], again["response"]["status"]) == (0, "paid")


def test_the_history_of_webhooks_and_what_is_due_of_them(account: Driver, receiver: HTTPServer) -> None:
    receiver.clear()
    receiver.expect_request("/webhook").respond_with_data("later", status=503)
    account.set(redelivery=True)
    account.pay()
    account.act("/idle")
    before = account.see("/webhooks")
    through_a_snapshot(account)
    assert account.see("/webhooks") == before
    assert len(receiver.log) == 1
    account.advance(5 * MINUTE)
    assert len(receiver.log) == 6
    account.advance(60 * MINUTE)
    assert len(receiver.log) == 6
    [given_up] = account.see("/webhooks")["webhooks"]
    assert (given_up["state"], given_up["tries"]) == ("given up", 6)


def test_cancellations_that_wait_and_who_asked_for_them(account: Driver) -> None:
    imp_uid = account.pay()["imp_uid"]
    account.act(f"/payments/{imp_uid}/cancel", reason="by phone")
    through_a_snapshot(account)
    account.advance(86_400)
    shown = account.look_up(imp_uid)
    assert (shown["status"], shown["cancel_reason"]) == ("cancelled", "by phone")
    assert [one["status"] for one in account.see("/webhooks")["webhooks"]] == ["paid", "cancelled"]


@pytest.mark.parametrize("name", ["prepared", "billing_keys", "webhooks"])
def test_nonsense_is_refused_and_changes_nothing(account: Driver, name: str) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=3)
    taken = account.see("/snapshot")
    taken["portone"] = {**taken["portone"], name: [{"nobody": "knows"}]}
    assert account.client.post(account.control + "/restore", json=taken).status_code == 400
    assert account.get("/payments/prepare/order-1").status_code == 200
