"""Payments that do not pay an order: ended otherwise, of another price, or of an order that names this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from babel.numbers import get_currency_precision

from conformance.acts import portions, purchases, refunds, reviews, seen
from conformance.acts.purchases import Purchase
from conformance.merchant.protocol import Order
from conformance.portone.provider import Choice
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import Blocked, NotApplicable
from conformance.verdict.reasons import Why


def unpaid(target: Target, went: str) -> Purchase:
    """A new order with a payment that does not pay it; how that went is one of OUTCOMES."""
    return OUTCOMES[went](target, purchases.placed(target))


def mispaid(target: Target, purchase: Purchase, price: str) -> Purchase:
    """The same order after PortOne reported a payment of another price (one of PRICES) for it; raises as `priced`."""
    purchase = priced(target, purchase, price)
    purchases.told(target, purchase.order.merchant_uid)
    return purchase


def in_silence(target: Target, purchase: Purchase, what: str) -> Purchase:
    """The same order with a payment that does not pay it (one of OUTCOMES or PRICES); its webhooks are withheld."""
    with target.receiver.withholding():
        purchase = OUTCOMES[what](target, purchase) if what in OUTCOMES else priced(target, purchase, what)
        target.provider.idle()
    return purchase


def priced(target: Target, purchase: Purchase, price: str) -> Purchase:
    """The same order after a buyer paid another price (one of PRICES) for it.

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
    return replace(purchase, payment=payment)


def another_named(target: Target, purchase: Purchase) -> Purchase:
    """Another order after its buyer paid it and PortOne reported it; their page had the payment name this purchase's.

    `custom_data` comes back from look-ups as the page gave it (docs).
    """
    named, other = purchase.order, purchases.placed(target)
    names = dict.fromkeys(("order", "order_id", "orderId"), named.reference)
    custom_data = {**names, "merchant_uid": named.merchant_uid}
    payment = target.provider.pay(other.order, Choice(custom_data=custom_data))
    purchases.told(target, other.order.merchant_uid)
    return replace(other, payment=payment)


def _left(target: Target, purchase: Purchase) -> Purchase:
    return replace(purchase, payment=target.provider.pay(purchase.order, Choice(finish="leave")))


def _still_open(target: Target, purchase: Purchase) -> Purchase:
    """The buyer has the widget open: PortOne does not learn that they left it."""
    with target.provider.fault(call="return", what="answer", status=200, times=1):
        return _left(target, purchase)


def declined(target: Target, purchase: Purchase) -> Purchase:
    """The same order after its buyer's card was declined; they gave up."""
    return replace(purchase, payment=target.provider.pay(purchase.order, Choice(finish="decline")))


def paid_after_a_decline(target: Target) -> Purchase:
    """An order that says paid by its second payment; its first card was declined, and the merchant has seen that.

    Raises NotApplicable where it does not say so: what failed may be over for a merchant, if not for its order.
    """
    first = declined(target, purchases.placed(target))
    if Probe.OPEN_ORDERS in target.capabilities:
        target.see_to_open_orders(first.order)
    purchase = purchases.reported(target, first)
    view = target.settled(purchase.order, expected=OrderState.PAID)
    if view.state is not OrderState.PAID:
        raise NotApplicable(seen.of_merchant(Why.FAILED_FOR_GOOD, target))
    return purchase


def cancelled_unseen(target: Target, purchase: Purchase) -> Purchase:
    """The same order, paid and then cancelled, of neither of which the merchant has been told."""
    with target.receiver.withholding():
        purchase = purchases.paid_at_portone(target, purchase)
        target.withheld_by_now()
        refunds.cancelled_in_console(target, purchase)
    return purchase


OUTCOMES: Mapping[str, Callable[[Target, Purchase], Purchase]] = {
    "the buyer broke off": _left,
    "was declined": declined,
    "is still open": _still_open,
    "is under review": reviews.under_review,
    "was cancelled": cancelled_unseen,
}
"""By what is said of a payment that does not pay its order, how it is made."""


def _a_third(order: Order) -> Order:
    return replace(order, amount=portions.a_third(order))


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
    "a smaller amount": _a_third,
    "an amount that its own begins with": _first_digits,
    "another currency": _in_another_currency,
    "a coin less": _off_by(-1),
    "a coin more": _off_by(1),
}
"""By what is wrong with the price, the order at that price."""
