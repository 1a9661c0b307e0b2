"""Faults in the amounts that the shop shows of an order; what it keeps is right."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from itertools import count
from typing import Any
from unittest.mock import patch

from shop import machine, money
from shop.database import Order
from shop.defects.registry import defect
from shop.store import Store


def _paid_amount(otherwise: Callable[[Decimal], Decimal]) -> AbstractContextManager[Any]:
    described = machine._described

    def describe(store: Store, order: Order, fulfilments: int) -> dict[str, Any]:
        told = described(store, order, fulfilments)
        return {**told, "paid_amount": money.plain(otherwise(order.paid_amount), order.currency)}

    return patch.object(machine, "_described", describe)


@defect("MONEY-04")
def shows_what_was_paid_as_a_loss() -> AbstractContextManager[Any]:
    """What was paid is shown with a minus, as the accounts of another department have it."""
    return _paid_amount(lambda amount: -amount)


@defect("MONEY-04")
def shows_what_was_paid_in_won() -> AbstractContextManager[Any]:
    """What was paid is shown in another currency than the order's, which has no word of that."""
    return _paid_amount(lambda amount: amount * 1300)


@defect("MONEY-04", "MONEY-05", why="an amount that is another each time agrees with no books, and does not stay so")
def shows_another_amount_each_time() -> AbstractContextManager[Any]:
    """What was paid is counted up each time somebody looks at the order."""
    looks = count(1)
    return _paid_amount(lambda amount: amount + next(looks))
