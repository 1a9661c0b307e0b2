"""Prices that a buyer changes in the shop's own page, and what the shop then sells the order for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from babel.numbers import get_currency_precision

from conformance.acts import checkouts, purchases, seen, ways
from conformance.acts.purchases import Purchase
from conformance.browser import prices
from conformance.browser.journey import Journey
from conformance.browser.visits import Visit
from conformance.browser.widget import Card
from conformance.merchant.protocol import Order, Repriced
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.endings import Blocked, NotApplicable, NotObservable, blocked
from conformance.verdict.reasons import Cause, Why

_SMALL_CURRENCIES: Mapping[int, Sequence[str]] = {0: ("VND", "IDR"), 2: ("PHP", "LKR"), 3: ("TND", "OMR")}
"""By their number of decimals, so that the amount is one in each: of little worth, and a second one."""


def _half(order: Order) -> str:
    return prices.script(order.amount, order.currency)


def _in_a_smaller_currency(order: Order) -> str:
    smaller = _SMALL_CURRENCIES.get(get_currency_precision(order.currency), ("VND",))
    return prices.script(order.amount, order.currency, next(one for one in smaller if one != order.currency))


CHANGES: Mapping[str, Callable[[Order], str]] = {"price": _half, "currency": _in_a_smaller_currency}
"""By what a buyer changes in the page, the script that does so."""


def named_by(target: Target) -> str | None:
    """Who says what an order costs, "shop" or "buyer", as the merchant's driver knows it; None where it does not."""
    return getattr(target.merchant, "prices_by", None)


def changed_in_page(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit after the buyer changed the price wherever the page holds or sends it, and paid (one that reprices).

    Raises NotApplicable where buyers name the price, and where the page neither holds nor sends one; NotObservable,
    before anything is paid, where they may be meant to name it. Raises Blocked by CHECKOUT-06 where the buyer was
    stopped before any of it came to the shop or to PortOne.
    """
    if named_by(target) == "buyer":
        raise NotApplicable(seen.of_merchant(Why.PRICE_BY_BUYER, target))
    visit = checkouts.asked_to_pay(target, purchase, journey)
    if visit.names_price and named_by(target) is None:
        raise NotObservable(Cause(Why.PRICE_IN_FIELD, facts={"url": visit.opened_at}))
    journey.pay(visit, Card())
    if not visit.repriced:
        if visit.obstacle and not visit.results:
            raise blocked(visit.obstacle, "CHECKOUT-06")
        raise NotApplicable(Cause(Why.NO_PRICE_IN_PAGE, facts={"url": visit.opened_at}))
    answered = {response.url for response in visit.responses}
    if visit.obstacle and not visit.results and not any(one.get("sent") in answered for one in visit.repriced):
        raise blocked(visit.obstacle, "CHECKOUT-06")
    return visit


def sold_for_less(target: Target, purchase: Purchase, visit: Visit) -> Cause | None:
    """What the shop sold the order for where that is less than it costs; None where it did not."""
    order = purchase.order
    view = target.settled(order)
    uids = {str(asked.get("merchant_uid")) for asked in visit.requested}
    paid = [one for one in target.provider.payments() if one.merchant_uid in uids and one.status == "paid"]
    seen.all_arrived(target)
    if view.state is not OrderState.PAID or any(
        one.amount >= order.amount and one.currency == order.currency for one in paid
    ):
        return None
    where = ", ".join(dict.fromkeys(str(one["where"]) for one in visit.repriced))
    facts = {
        "order": order.reference,
        "price": f"{order.amount} {order.currency}",
        "where": where,
        "paid": ", ".join(f"{one.amount} {one.currency}" for one in paid),
    }
    return Cause(Why.SOLD_FOR_LESS, facts={**facts, **seen.state_of(view)})


def changed_in_placing(target: Target, purchase: Purchase) -> Repriced:
    """What became of another order like this, in whose placing the buyer halved the price wherever it was said.

    Raises NotApplicable where buyers name the price, or nothing says it when an order is placed; NotObservable where
    the merchant's driver cannot change it.
    """
    if named_by(target) == "buyer":
        raise NotApplicable(seen.of_merchant(Why.PRICE_BY_BUYER, target))
    place = getattr(target.merchant, "place_repriced", None)
    if place is None and named_by(target) is None:  # a driver of one's own need not have it
        raise NotObservable(seen.of_merchant(Why.PLACING_UNSEEN, target))
    order = purchase.order
    placed: Repriced | None = place(order, prices.script(order.amount, order.currency)) if place else None
    if placed is None or not (placed.held or placed.given):
        raise NotApplicable(seen.of_merchant(Why.NO_PRICE_IN_PLACING, target))
    if placed.order is None:
        purchases.placed(target)  # which shows that it was this one that was refused
    return placed


def taken_for_less(target: Target, purchase: Purchase, placed: Repriced) -> Cause | None:
    """How the shop sold another order for less than it costs; None where it did not.

    Raises NotObservable where the buyer may be meant to name the price.
    """
    order, cheaper = purchase.order, placed.order
    if cheaper is None or cheaper.amount >= order.amount:
        return None
    where = ", ".join(dict.fromkeys((*placed.held, *placed.given)))
    costs = {"price": f"{order.amount} {order.currency}", "paid": f"{cheaper.amount} {cheaper.currency}"}
    if not placed.held and named_by(target) is None:
        raise NotObservable(seen.of_merchant(Why.PRICE_GIVEN, target, where=where, **costs))
    try:
        paid = purchases.paid_order(target, Purchase(cheaper))
    except Blocked:
        if ways.known(target) in ("", ways.BY_NONE):
            raise
        return None  # other orders get paid, and this one does not
    return Cause(Why.TAKEN_FOR_LESS, facts={**costs, "where": where, "order": paid.order.reference})
