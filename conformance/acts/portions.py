"""How much of an order is refunded where it is not the whole: what the merchant can refund, and what that leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from babel.numbers import get_currency_precision

from conformance.acts import purchases
from conformance.acts.purchases import Purchase
from conformance.merchant.protocol import ActionAnswer, MerchantUnreachable, Order
from conformance.target.target import Target
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why

NO_AMOUNTS: Mapping[str, Callable[[Order], Decimal]] = {
    "nothing": lambda _: Decimal(0),
    "less than nothing": lambda _: Decimal(-1),
    "more than was paid": lambda order: order.amount + 1,
}
"""What no refund of an order can be of, in major units. PortOne takes 0 for the whole (docs)."""


def a_third(order: Order) -> Decimal:
    """A third of the order's amount, in major units, rounded down to what its currency has."""
    smallest = Decimal(1).scaleb(-get_currency_precision(order.currency))
    return (order.amount / 3).quantize(smallest, ROUND_DOWN)


def asked_for_none(target: Target, purchase: Purchase, what: str) -> Purchase:
    """The same order after the merchant was asked to refund what is no amount.

    A form that cannot be sent with it, or an action that breaks, is a refusal: what counts is the order.
    """
    try:
        return purchases.refunded(target, purchase, NO_AMOUNTS[what](purchase.order))
    except MerchantUnreachable as error:
        return replace(purchase, refund=ActionAnswer(accepted=False, message=str(error)))


def a_part(target: Target, order: Order) -> Decimal:
    """A third; where the merchant refunds whole units only, the whole ones of it, or one. Raises NotObservable."""
    if not _in_whole_units(target):
        return a_third(order)
    part = max(a_third(order).quantize(Decimal(1), ROUND_DOWN), Decimal(1))
    if part >= order.amount:
        raise _undecided(target, f"{order.amount} {order.currency} cannot be split: order something that costs more")
    return part


def two_parts(target: Target, order: Order) -> Decimal:
    """Twice `a_part`, which leaves something. Raises NotObservable where it would not."""
    both = 2 * a_part(target, order)
    if both >= order.amount:
        raise _undecided(target, f"{order.amount} {order.currency} cannot be split in three: order what costs more")
    return both


def the_rest(target: Target, order: Order) -> Decimal:
    """What `a_part` leaves. Raises NotObservable where the merchant could not refund it as a part."""
    rest = order.amount - a_part(target, order)
    if _in_whole_units(target) and rest != rest.to_integral_value():
        costs = "order something that costs a whole number"
        raise _undecided(target, f"the rest is {rest} {order.currency}: {costs}")
    return rest


def _in_whole_units(target: Target) -> bool:
    return bool(getattr(target.merchant, "refunds_whole_units", False))  # a driver of one's own need not say


def _undecided(target: Target, why: str) -> NotObservable:
    return NotObservable(Cause(Why.WHOLE_UNITS, facts={"merchant": target.merchant.name, "said": why}))
