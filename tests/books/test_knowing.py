"""What the merchant learned of its payment and does not say is found, however late it learned it; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from conformance.books.entries import AskedBack, BookedOrder, BookedPayment, Books, LookedUp
from conformance.books.knowing import LATE, UNHEARD, contradictions
from conformance.record.orders import OrderState

PRICE = Decimal("10.50")
SEEN, SEEN_GONE = LookedUp("paid", Decimal(0), at=1.0), LookedUp("cancelled", PRICE, at=2.0)
PAYMENT = BookedPayment("imp_1", "A-1", PRICE, "USD", looked_up=(SEEN,))
GONE = replace(PAYMENT, status="cancelled", cancelled=PRICE)
ORDER = BookedOrder("A", frozenset({"A-1"}), PRICE, "USD", OrderState.PAID, fulfilments=Decimal(1))
CANCELLED = replace(ORDER, state=OrderState.CANCELLED)
TAKEN = frozenset({("imp_1", "paid"), ("imp_1", "cancelled")})
Case = tuple[BookedOrder, BookedPayment, frozenset[tuple[str, str]]]

WRONG: dict[str, tuple[Case, str]] = {
    "an older look-up was answered last": ((ORDER, replace(GONE, looked_up=(SEEN_GONE, SEEN)), frozenset()), LATE),
    "it still waits": (
        (replace(ORDER, state=OrderState.WAITING_FOR_CANCELLATION), replace(GONE, looked_up=(SEEN_GONE,)), TAKEN),
        LATE,
    ),
    "a webhook about the cancellation was taken, and nothing looked up": ((ORDER, GONE, TAKEN), UNHEARD),
    "it was paid, and failed afterwards": (
        (replace(ORDER, state=OrderState.FAILED), PAYMENT, frozenset()),
        LATE,
    ),
    "a webhook about the payment was taken, and nothing looked up": (
        (replace(ORDER, state=OrderState.UNPAID), replace(PAYMENT, looked_up=()), TAKEN),
        UNHEARD,
    ),
}
RIGHT: dict[str, Case] = {
    "paid": (ORDER, PAYMENT, TAKEN),
    "cancelled": (CANCELLED, replace(GONE, looked_up=(SEEN, SEEN_GONE)), TAKEN),
    "nobody told the merchant of the cancellation": (ORDER, GONE, frozenset()),
    "a person is told": (replace(ORDER, attention="look at it"), replace(GONE, looked_up=(SEEN_GONE, SEEN)), TAKEN),
    "it was paid less": (
        replace(ORDER, state=OrderState.UNPAID),
        replace(PAYMENT, amount=Decimal(1)),
        TAKEN,
    ),
    "it is being sent back": (
        replace(ORDER, state=OrderState.UNPAID),
        replace(PAYMENT, asked=(AskedBack(None, taken=True),)),
        TAKEN,
    ),
}


@pytest.mark.parametrize(("case", "requirement"), WRONG.values(), ids=WRONG)
def test_what_the_merchant_knows_and_does_not_say_is_found(case: Case, requirement: str) -> None:
    order, payment, taken = case
    found = contradictions(Books((order,), (payment,)), taken)
    assert [one.requirement for one in found] == [requirement]
    assert f"order A is {order.state}" in found[0].told


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)
def test_what_it_says_rightly_or_cannot_know_is_not(case: Case) -> None:
    order, payment, taken = case
    assert contradictions(Books((order,), (payment,)), taken) == []


@pytest.mark.parametrize(("case", "requirement"), WRONG.values(), ids=WRONG)
def test_nothing_is_judged_where_calls_were_made_to_go_wrong(case: Case, requirement: str) -> None:
    order, payment, taken = case
    assert contradictions(Books((order,), (payment,), interfered=True), taken) == [], requirement


def test_two_payments_of_an_order_say_nothing_here() -> None:
    two = (replace(GONE, looked_up=(SEEN_GONE, SEEN)), replace(PAYMENT, imp_uid="imp_2"))
    assert contradictions(Books((ORDER,), two), TAKEN) == []
