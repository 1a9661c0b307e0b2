"""What the preflight tries of the acts that a file describes besides: further currencies, parts, open orders."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

import httpx
from babel.numbers import get_currency_precision

from conformance.merchant.protocol import Merchant, MerchantUnreachable, Order
from conformance.record.orders import PARTIAL_REFUNDS
from conformance.record.timeline import Timeline
from conformance.target.legs import NotTried
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotApplicable, NotObservable


def currencies_ordered_in(merchant: Merchant) -> str:
    """That an order was placed in each currency that the file names. Raises NotTried, MerchantUnreachable."""
    if not merchant.currencies:
        raise NotTried("the merchant's file names none (place_order.currencies)")
    for currency in merchant.currencies:
        merchant.place_order(currency)
    return f"an order was placed in {' and '.join(merchant.currencies)}"


def part_asked_back(merchant: Merchant, timeline: Timeline, paid: Callable[[], Order | None]) -> str:
    """What came of asking for a third of an order that `paid` pays. Raises NotTried, MerchantUnreachable."""
    if Probe.REFUND not in merchant.capabilities or "refunds" in merchant.not_done:
        raise NotTried("the merchant's file describes no refund")
    if reason := merchant.not_done.get(PARTIAL_REFUNDS):
        raise NotTried(f"not_done says: {reason}")
    if getattr(merchant, "describes_parts", True) is False:
        raise NotTried("the merchant's file does not say how a part is asked back (refund.partial)")
    order = paid()
    if order is None:
        raise NotTried("no order became paid, so there is nothing to refund")
    part = a_third_of(order, whole_units=bool(getattr(merchant, "refunds_whole_units", False)))
    if not part:
        raise NotTried(f"an order over {order.amount} {order.currency} has no third; order something that costs more")
    began = time.time()
    try:
        answer = merchant.ask_for_refund(order, part)
    except (NotObservable, NotApplicable) as lacking:
        raise NotTried(str(lacking)) from lacking
    except MerchantUnreachable as failed:
        return f"asked for {part} of {order.amount} {order.currency}, {server_error(failed, timeline, began)}"
    said = "took the request" if answer.accepted else f"refused: {answer.message!r}"
    return f"asked for {part} of {order.amount} {order.currency}, the refund action {said}"


def open_orders_seen_to(merchant: Merchant, timeline: Timeline, order: Order) -> str:
    """What came of the acts by which the merchant sees to open orders. Raises NotTried, MerchantUnreachable."""
    if Probe.OPEN_ORDERS not in merchant.capabilities:
        raise NotTried("the merchant's file describes neither [open_order], [open_order_as_staff] nor [reconcile]")
    if getattr(merchant, "leaves_orders_open", False):
        raise NotTried('the merchant\'s file says that it does nothing about open orders (open_orders = "none")')
    began = time.time()
    try:
        merchant.see_to_open_orders(order)
    except MerchantUnreachable as failed:
        return f"reconciling open orders, {server_error(failed, timeline, began)}"
    return "what is described of open orders was done"


def a_third_of(order: Order, *, whole_units: bool) -> Decimal:
    """A third of the order's amount, in the coins of its currency or in whole units."""
    coin = Decimal(1) if whole_units else Decimal(1).scaleb(-get_currency_precision(order.currency))
    return (order.amount / 3).quantize(coin, ROUND_DOWN)


def server_error(failed: MerchantUnreachable, timeline: Timeline, began: float) -> str:
    """That the merchant answered the last act since then with a server error. Raises what failed where it did not."""
    asked = [event for event in timeline.events(source="suite", target="merchant") if event.began >= began]
    if not asked or (asked[-1].status or 0) < httpx.codes.INTERNAL_SERVER_ERROR:
        raise failed
    return f"the merchant answers HTTP {asked[-1].status}; the scenarios judge that"
