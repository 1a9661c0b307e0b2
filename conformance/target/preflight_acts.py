"""What the preflight tries of the acts that a file describes besides: further currencies, parts, open orders."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

import httpx
from babel.numbers import get_currency_precision

from conformance.merchant.protocol import Merchant, MerchantUnreachable, Order
from conformance.record.orders import PARTIAL_REFUNDS
from conformance.record.timeline import Timeline
from conformance.target.legs import NotTried
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotApplicable, NotObservable, causes_of
from conformance.verdict.reasons import Cause, Causes, Why


def currencies_ordered_in(merchant: Merchant) -> Causes:
    """That an order was placed in each currency that the file names. Raises NotTried, MerchantUnreachable."""
    if not merchant.currencies:
        raise NotTried(Cause(Why.CHECK_NO_CURRENCIES))
    for currency in merchant.currencies:
        merchant.place_order(currency)
    return (Cause(Why.CHECK_CURRENCIES, facts=listed("names", merchant.currencies)),)


def part_asked_back(merchant: Merchant, timeline: Timeline, paid: Callable[[], Order | None]) -> Causes:
    """What came of asking for a third of an order that `paid` pays. Raises NotTried, MerchantUnreachable."""
    if Probe.REFUND not in merchant.capabilities or "refunds" in merchant.not_done:
        raise NotTried(Cause(Why.CHECK_NO_REFUND))
    if reason := merchant.not_done.get(PARTIAL_REFUNDS):
        raise NotTried(Cause(Why.CHECK_PART_NOT_DONE, facts={"said": reason}))
    if getattr(merchant, "describes_parts", True) is False:
        raise NotTried(Cause(Why.CHECK_PART_UNSAID))
    order = paid()
    if order is None:
        raise NotTried(Cause(Why.CHECK_NONE_PAID))
    part = a_third_of(order, whole_units=bool(getattr(merchant, "refunds_whole_units", False)))
    of = {"amount": amount_of(order)}
    if not part:
        raise NotTried(Cause(Why.CHECK_NO_THIRD, facts=of))
    began, asked = time.time(), {**of, "part": str(part)}
    try:
        answer = merchant.ask_for_refund(order, part)
    except (NotObservable, NotApplicable) as lacking:
        raise NotTried(*causes_of(lacking)) from lacking
    except MerchantUnreachable as failed:
        return (Cause(Why.CHECK_PART_ERROR, facts={**asked, "status": server_error(failed, timeline, began)}),)
    if answer.accepted:
        return (Cause(Why.CHECK_PART_TAKEN, facts=asked),)
    return (Cause(Why.CHECK_PART_REFUSED, facts={**asked, "said": repr(answer.message)}),)


def open_orders_seen_to(merchant: Merchant, timeline: Timeline, order: Order) -> Causes:
    """What came of the acts by which the merchant reconciles open orders. Raises NotTried, MerchantUnreachable."""
    if Probe.OPEN_ORDERS not in merchant.capabilities:
        raise NotTried(Cause(Why.CHECK_NO_OPEN_ORDERS))
    if getattr(merchant, "leaves_orders_open", False):
        raise NotTried(Cause(Why.CHECK_LEAVES_OPEN))
    began = time.time()
    try:
        merchant.see_to_open_orders(order)
    except MerchantUnreachable as failed:
        return (Cause(Why.CHECK_OPEN_ORDERS_ERROR, facts={"status": server_error(failed, timeline, began)}),)
    return (Cause(Why.CHECK_OPEN_ORDERS),)


def amount_of(order: Order) -> str:
    """What the order costs."""
    return f"{order.amount} {order.currency}"


def listed(fact: str, names: Sequence[str]) -> Mapping[str, str]:
    """Several names as one fact, in every language."""
    return {fact: " and ".join(names), f"{fact}_ko": ", ".join(names)}


def a_third_of(order: Order, *, whole_units: bool) -> Decimal:
    """A third of the order's amount, in the coins of its currency or in whole units."""
    coin = Decimal(1) if whole_units else Decimal(1).scaleb(-get_currency_precision(order.currency))
    return (order.amount / 3).quantize(coin, ROUND_DOWN)


def server_error(failed: MerchantUnreachable, timeline: Timeline, began: float) -> str:
    """The status of the server error by which the merchant answered the last act since then. Raises `failed` else."""
    asked = [event for event in timeline.events(source="suite", target="merchant") if event.began >= began]
    if not asked or (asked[-1].status or 0) < httpx.codes.INTERNAL_SERVER_ERROR:
        raise failed
    return str(asked[-1].status)
