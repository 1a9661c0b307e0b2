"""The documented ways in which an order gets paid: by webhook, by the buyer's return, by a look at open orders."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from conformance.browser.journey import Journey
from conformance.browser.widget import Card
from conformance.merchant.protocol import Order
from conformance.portone.api import Payment
from conformance.record.timeline import Event
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import blocked
from conformance.verdict.reasons import Cause, Why, term

BY_WEBHOOK = "paid by PortOne's webhook"
BY_RETURN = "paid by the buyer's return"
BY_LOOKING = "paid by the merchant's reconciliation of open orders"
BY_NONE = "paid in no way"
SHOWN_AS: Mapping[str, Sequence[str]] = {
    "paypal": ("PayPal", "페이팔"),
    "paysafecard": ("paysafecard", "페이세이프카드"),
    "mint": ("Mint", "민트"),
}
"""How the emulator's widget names the methods that are no card, in English and in Korean."""
WAYS = (BY_WEBHOOK, BY_RETURN, BY_LOOKING, BY_NONE)


def known(target: Target) -> str:
    """The way in which orders get paid here, as this run has found it out; empty before the first order."""
    return next((way for way in WAYS if way in target.shown), "")


def works(target: Target, way: str, order: Order) -> None:
    """Remember that this way works, and note in the evidence that the order was paid so."""
    target.shown.add(way)
    if way in (BY_RETURN, BY_LOOKING):
        now = time.time()
        told = f"Order {order.reference} was {way}: no webhook pays an order here"
        target.timeline.record(Event("paid", "suite", "merchant", told, now, now, merchant_uid=order.merchant_uid))


def needs_webhooks(target: Target) -> None:
    """Raises Blocked by WEBHOOK-01 where orders get paid in another way only: a result by webhook comes in vain."""
    if known(target) in (BY_RETURN, BY_LOOKING):
        raise blocked((Cause(Why.PAID_OTHERWISE, facts=term("how", known(target))),), "WEBHOOK-01")


def can_return(target: Target) -> bool:
    """Whether a buyer can be sent through the checkout in a browser, without money that is real."""
    return bool(target.buyers_context and Probe.BROWSER in target.capabilities and not target.real)


def returned(target: Target, order: Order, method: str) -> Payment | None:
    """The payment of a buyer who paid in the checkout and came back; None where the page stopped the buyer."""
    assert target.buyers_context is not None  # can_return
    context = target.buyers_context()
    try:
        journey = Journey(
            context,
            target.timeline,
            reroute_to=target.reroute_to,
            limit_seconds=target.limit_seconds,
            buyer=target.buyer,
            words=target.provider.words,
        )
        checkout = target.merchant.checkout(order, target.merchant.widgets[0])
        visit = journey.open(checkout)
        journey.press_pay(visit, checkout)
        names = SHOWN_AS.get(method)
        means = Card() if names is None else next((name for name in names if journey.offers(visit, name)), None)
        if means is None:
            return None
        journey.pay(visit, means)
    finally:
        context.close()
    if visit.obstacle:
        return None
    target.followed.note(order, visit.request)  # a page may make an attempt of its own at each press
    imp_uid = target.provider.imp_uid(target.followed.known(order).merchant_uid)
    return target.provider.api.payment(imp_uid) if imp_uid else None
