"""The shop and the emulator together: paid, notified, refunded, and three days later cancelled."""

import pytest

from tests.shop.both import Both
from tests.shop.counter import OPERATOR

DAY_SECONDS = 86_400
# The shop counts as working off a result before it answers its webhook, so nothing here is waited for by the clock.


def test_paid_refunded_and_three_days_later_cancelled(both: Both) -> None:
    order = both.place()
    payment = both.buy(order)
    paid = both.read(order)
    assert (paid["status"], paid["imp_uid"], paid["fulfilments"]) == ("paid", payment["imp_uid"], 1)
    assert (paid["paid_amount"], paid["country"]) == ("10.50", "KR")
    answer = both.refund(order)
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting_for_cancellation")
    assert both.refund(order).status_code == 409
    assert len(both.emulator.get("tickets").json()) == 1
    both.advance(DAY_SECONDS / 2)
    assert both.read(order)["status"] == "waiting_for_cancellation"
    both.advance(2.5 * DAY_SECONDS)
    cancelled = both.read(order)
    assert (cancelled["status"], cancelled["cancelled_amount"]) == ("cancelled", "10.50")
    assert cancelled["fulfilments"] == 1


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("sku", ["mug", "tea", "print", "dates"])
def test_every_product_is_paid_in_either_form_of_webhook(both: Both, content_type: str, sku: str) -> None:
    both.change(webhook={"test": {"content_type": content_type, "charset": True}})
    order = both.place(sku)
    both.buy(order)
    paid = both.read(order)
    assert (paid["status"], paid["paid_amount"]) == ("paid", order["amount"])


def test_partial_refunds_add_up(both: Both) -> None:
    order = both.place()
    both.buy(order)
    for amount, status, total in (("3.00", "partly_cancelled", "3.00"), ("7.50", "cancelled", "10.50")):
        assert both.refund(order, amount=amount).status_code == 202
        both.advance(3 * DAY_SECONDS)
        now = both.read(order)
        assert (now["status"], now["cancelled_amount"]) == (status, total)


def test_a_method_cancelled_at_once_ends_cancelled(both: Both) -> None:
    order = both.place()
    both.buy(order, method="paypal")
    answer = both.refund(order)
    both.settle()
    assert (answer.status_code, both.read(order)["status"]) == (202, "cancelled")


def test_a_refusal_is_shown_and_leaves_the_order_paid(both: Both) -> None:
    order = both.place()
    both.buy(order, method="paysafecard")
    answer = both.refund(order)
    assert (answer.status_code, answer.json()["status"]) == (409, "paid")
    assert answer.json()["message"].startswith("PortOne refused: ")


def test_a_ticket_refused_later_leaves_the_order_waiting(both: Both) -> None:
    order = both.place()
    both.buy(order, method="mint")
    assert both.refund(order).status_code == 202
    both.advance(30 * DAY_SECONDS)
    assert both.read(order)["status"] == "waiting_for_cancellation"


def test_a_buyer_who_pays_another_amount_pays_nothing(both: Both) -> None:
    order = both.place()
    both.buy(order, amount="0.01")
    now = both.read(order)
    assert (now["status"], now["fulfilments"]) == ("unpaid", 0)
    assert "0.01 USD" in now["attention"]


def test_a_webhook_that_never_came_is_made_up_for(both: Both) -> None:
    both.change(webhook={"test": {"url": None}})
    order = both.place()
    both.buy(order)
    assert both.read(order)["status"] == "unpaid"
    answer = both.shop.post("/api/operator/reconcile", auth=OPERATOR)
    assert answer.json()["failed"] == 0
    assert both.read(order)["status"] == "paid"


def test_the_consoles_test_webhook_is_answered_well(both: Both) -> None:
    assert both.emulator.post("webhooks/test").json() == {"status": 200, "error": None}
