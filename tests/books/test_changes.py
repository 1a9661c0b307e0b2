"""What is settled stays so: what a late notice, a job or another look changes is told, as it was read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from conformance.books.entries import AskedBack, BookedOrder, BookedPayment, Books, LookedUp
from conformance.books.findings import Fate
from conformance.books.rules import changes, is_settled
from conformance.record.orders import OrderState

PRICE = Decimal("10.50")
PAYMENT = BookedPayment("imp_1", "A-1", PRICE, "USD", looked_up=(LookedUp("paid", Decimal(0)),))
ORDER = BookedOrder("A", frozenset({"A-1"}), PRICE, "USD", OrderState.PAID, PRICE, Decimal(0), fulfilments=Decimal(1))
BEFORE = Books((ORDER,), (PAYMENT,))


def later(**changed: Any) -> Books:
    return replace(BEFORE, orders=(replace(ORDER, **changed),))


def test_where_nothing_changes_nothing_is_told() -> None:
    assert is_settled(BEFORE, ORDER)
    assert changes(BEFORE, BEFORE) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"fulfilments": Decimal(3)}, "Its number of fulfilments was 1 and is 3"),
        ({"state": OrderState.CANCELLED}, "Its state was paid and is cancelled"),
        ({"paid_amount": Decimal(21)}, "Its paid amount was 10.50 and is 21"),
        ({"cancelled_amount": Decimal("3.50")}, "Its cancelled amount was 0 and is 3.50"),
        ({"paid_amount": None, "nonsense": ("its paid_amount is -1",)}, "read again: its paid_amount is -1"),
    ],
)
def test_each_change_is_told_with_what_was_read_both_times(changed: dict[str, Any], says: str) -> None:
    [found] = changes(BEFORE, later(**changed))
    assert found.requirement == "MONEY-05"
    assert says in found.told


def test_what_was_no_amount_before_is_told_once_only() -> None:
    odd = later(paid_amount=None, nonsense=("its paid_amount is -1",))
    assert changes(odd, odd) == []


def test_a_cancellation_that_is_asked_for_late_is_told() -> None:
    asked = replace(PAYMENT, asked=(AskedBack(None, taken=True),))
    [found] = changes(BEFORE, replace(BEFORE, payments=(asked,)))
    assert "The merchant had asked PortOne for 0 cancellations, and now for 1" in found.told


def test_goods_that_are_given_again_cost_their_price_each_time() -> None:
    [found] = changes(BEFORE, later(fulfilments=Decimal(3)))
    assert (found.cause, found.shop) == (Fate.GIVEN_AGAIN, 2 * PRICE)
    [other] = changes(BEFORE, later(state=OrderState.CANCELLED))
    assert (other.cause, other.shop) == (Fate.DIFFERENT, Decimal(0))


@pytest.mark.parametrize(
    "books",
    [
        replace(BEFORE, interfered=True),
        replace(BEFORE, payments=()),
        replace(BEFORE, payments=(replace(PAYMENT, looked_up=()),)),
        replace(BEFORE, payments=(PAYMENT, replace(PAYMENT, imp_uid="imp_2"))),
        replace(BEFORE, orders=(replace(ORDER, state=OrderState.UNPAID),)),
    ],
    ids=["faults", "no payment", "not looked up", "two payments", "not said"],
)
def test_what_the_merchant_need_not_know_yet_is_not_settled(books: Books) -> None:
    assert not is_settled(books, books.orders[0])
