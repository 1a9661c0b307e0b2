"""Giving money back on PortOne V2: a ticket is REQUESTED, and only a look-up says what became of it."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from shop.portone import PortOneRefused, PortOneUnclear
from shop.portone_v2 import PortOneV2, payment_from
from shop.settings import ShopSettings
from tests.shop.v2.speaking import Speaking

DAY_SECONDS = 86_400


def test_a_ticket_waits_and_ends_cancelled(second: Speaking) -> None:
    order = second.place()
    second.pay(order)
    answer = second.refund(order)
    second.settle()  # Transaction.CancelPending has come
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting_for_cancellation")
    assert second.read(order)["status"] == "waiting_for_cancellation"
    assert second.refund(order).status_code == 409
    assert len(second.emulator.get("tickets").json()["tickets"]) == 1
    second.advance(3 * DAY_SECONDS)
    now = second.read(order)
    assert (now["status"], now["cancelled_amount"]) == ("cancelled", "10.50")


def test_parts_add_up(second: Speaking) -> None:
    order = second.place("dates")
    second.pay(order)
    for amount, status, total in (("0.125", "partly_cancelled", "0.125"), ("1.125", "cancelled", "1.250")):
        assert second.refund(order, amount=amount).status_code == 202
        second.advance(3 * DAY_SECONDS)
        now = second.read(order)
        assert (now["status"], now["cancelled_amount"]) == (status, total)


def test_what_is_given_back_at_once_is_cancelled(second: Speaking) -> None:
    order = second.place()
    second.pay(order, method="paypal")
    answer = second.refund(order)
    assert (answer.status_code, second.read(order)["status"]) == (202, "cancelled")


def test_a_refusal_leaves_the_order_paid(second: Speaking) -> None:
    order = second.place()
    second.pay(order, method="paysafecard")
    answer = second.refund(order)
    assert (answer.status_code, answer.json()["status"]) == (409, "paid")


@pytest.mark.parametrize("end", ["refused", "stopped"])
@pytest.mark.parametrize(("amount", "status"), [(None, "paid"), ("3.00", "partly_cancelled")])
def test_a_cancellation_that_fails_later_ends_the_waiting(
    second: Speaking, end: str, amount: str | None, status: str
) -> None:
    order = second.place()
    second.pay(order)
    if amount is not None:
        second.refund(order, amount=amount)
        second.advance(3 * DAY_SECONDS)
    assert second.refund(order, amount="5.00").json()["status"] == "waiting_for_cancellation"
    payment = f"/payments/{order['merchant_uid']}"
    if end == "refused":
        newest = max(one["id"] for one in second.emulator.get("tickets").json()["tickets"])
        second.emulator.post(f"tickets/{newest}/refuse").raise_for_status()
    else:
        asked = next(one for one in second.portone("GET", payment)["cancellations"] if one["status"] == "REQUESTED")
        second.portone("POST", f"{payment}/cancellations/{asked['id']}/stop")
    second.settle()
    second.reconcile()
    assert second.read(order)["status"] == status
    assert second.refund(order, amount="5.00").status_code == 202


def test_a_dispute_is_seen_to_until_it_is_resolved(second: Speaking) -> None:
    order = second.place()
    transaction_id = second.pay(order)
    second.emulator.post(f"payments/{transaction_id}/dispute").raise_for_status()
    second.settle()
    now = second.read(order)
    assert now["status"] == "paid"
    assert "disputes" in now["attention"]
    second.emulator.post(f"payments/{transaction_id}/dispute/resolve").raise_for_status()
    second.settle()
    assert second.read(order)["attention"] is None


def test_a_look_up_that_tells_of_no_dispute_ends_none(second: Speaking) -> None:
    told = second.portone("GET", f"/payments/{second.unheard()['merchant_uid']}")
    one = {"status": "UNRESOLVED", "pgDisputeId": "d"}
    told_of = [payment_from({**told, "disputes": disputes}).disputed for disputes in ([], [one])]
    assert [payment_from({**told, "disputes": None}).disputed, *told_of] == [None, None, True]
    assert payment_from({**told, "disputes": [{**one, "status": "RESOLVED"}]}).disputed is False


def test_a_chargeback_cancels_the_order(second: Speaking) -> None:
    order = second.place()
    transaction_id = second.pay(order)
    second.emulator.post(f"payments/{transaction_id}/chargeback", json={}).raise_for_status()
    second.settle()
    assert second.read(order)["status"] == "cancelled"


ANSWERS: list[tuple[int, dict[str, Any], type[Exception]]] = [
    (200, {"cancellation": {"status": "FAILED", "id": "c"}}, PortOneRefused),
    (200, {"cancellation": {"status": "WHAT", "id": "c"}}, PortOneUnclear),
    (409, {"type": "PAYMENT_ALREADY_CANCELLED"}, PortOneRefused),
    (502, {"type": "PG_PROVIDER", "pgCode": "X", "pgMessage": "no"}, PortOneRefused),
    (502, {}, PortOneUnclear),
    (500, {"type": "INTERNAL"}, PortOneUnclear),
]


@pytest.mark.parametrize(("status", "body", "raised"), ANSWERS)
def test_what_an_answer_to_a_cancellation_means(
    second: Speaking, status: int, body: dict[str, Any], raised: type[Exception]
) -> None:
    with account(second.settings, status, body) as portone, pytest.raises(raised):
        portone.cancel("order-1", Decimal("1.05"), Decimal("10.50"), "a reason", "USD")


@pytest.mark.parametrize(("status", "body"), [(401, {"type": "UNAUTHORIZED"}), (404, {}), (200, {"status": "PAID"})])
def test_an_answer_that_is_no_payment_says_nothing(second: Speaking, status: int, body: dict[str, Any]) -> None:
    with account(second.settings, status, body) as portone, pytest.raises(PortOneUnclear):
        portone.look_up("order-1")


def account(settings: ShopSettings, status: int, body: dict[str, Any]) -> PortOneV2:
    return PortOneV2(settings, httpx.MockTransport(lambda _: httpx.Response(status, json=body)))
