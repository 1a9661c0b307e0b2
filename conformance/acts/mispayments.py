"""Payments that do not fit their order: of another price, or of another order that names this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from babel.numbers import get_currency_precision

from conformance.acts import portions, purchases
from conformance.acts.purchases import Purchase
from conformance.merchant.protocol import Order
from conformance.target.target import Target
from conformance.verdict.endings import Blocked


def mispaid(target: Target, purchase: Purchase, price: str) -> Purchase:
    """The same order after PortOne reported a payment of another price (one of PRICES) for it.

    Where the right one was registered beforehand PortOne takes no other, so this one is registered in its place: a key
    that leaked can do so, and then only what the merchant compares is left. Raises Blocked as `pay` does.
    """
    order, changed = purchase.order, PRICES[price](purchase.order)
    try:
        payment = target.provider.pay(changed)
    except Blocked:
        if not target.timeline.events("prepare", merchant_uid=order.merchant_uid, source="merchant"):
            raise
        target.provider.api.register(order.merchant_uid, changed.amount, changed.currency)
        payment = target.provider.pay(changed)
    purchases.told(target, order.merchant_uid)
    return replace(purchase, payment=payment)


def another_named(target: Target, purchase: Purchase) -> Purchase:
    """Another order after its buyer paid it and PortOne reported it; their page had the payment name this purchase's.

    `custom_data` comes back from look-ups as the page gave it (docs).
    """
    named, other = purchase.order, purchases.placed(target)
    names = dict.fromkeys(("order", "order_id", "orderId"), named.reference)
    custom_data = {**names, "merchant_uid": named.merchant_uid}
    payment = target.provider.pay(other.order, custom_data=custom_data)
    purchases.told(target, other.order.merchant_uid)
    return replace(other, payment=payment)


def _first_digits(order: Order) -> Order:
    """The order at the amount that its own begins with: 10 of 10.50, 50 of 500; a third where it has one digit only.

    Who compares texts by their beginning, or whole numbers, takes it for the same.
    """
    digits = f"{order.amount.normalize():f}"
    begun = Decimal(digits[:-1].rstrip(".") or 0)
    return replace(order, amount=begun or portions.a_third(order))


def _in_another_currency(order: Order) -> Order:
    return replace(order, currency="USD" if order.currency == "EUR" else "EUR")


def _off_by(coins: int) -> Callable[[Order], Order]:
    """The order at a price that is this many of its currency's smallest coins higher."""

    def changed(order: Order) -> Order:
        coin = Decimal(1).scaleb(-get_currency_precision(order.currency))
        return replace(order, amount=order.amount + coins * coin)

    return changed


PRICES: Mapping[str, Callable[[Order], Order]] = {
    "a smaller amount": _first_digits,
    "another currency": _in_another_currency,
    "a coin less": _off_by(-1),
    "a coin more": _off_by(1),
}
"""By what is wrong with the price, the order at that price."""
