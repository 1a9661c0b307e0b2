"""What the preflight tries besides a payment (currencies, parts, open orders), and what may stand in its way."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from urllib.parse import urlsplit

import httpx
from babel.numbers import get_currency_precision

from conformance.merchant.protocol import Merchant, MerchantUnreachable, Order
from conformance.network.certificates import RefusedHandshake
from conformance.network.receiver import Delivery
from conformance.record.orders import PARTIAL_REFUNDS
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import Settings
from conformance.target.legs import NotTried
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotApplicable, NotObservable, causes_of
from conformance.verdict.reasons import Cause, Causes, Why, term

PORTONES = "52.78.100.19, 52.78.48.223, 52.78.5.241"
"""From where PortOne sends webhooks (docs)."""


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


def objection(delivery: Delivery, address: str) -> Cause | None:
    """Why the merchant's webhook address cannot be right, by its answer to a webhook; None where it can."""
    status = delivery.status
    if status is None:
        return Cause(Why.CHECK_WEBHOOK_UNANSWERED, facts={"url": address, "seconds": f"{delivery.seconds:.0f}"})
    seen = {"url": address, "status": str(status)}
    here = term("here", own_address(address) or "the address of this machine")
    if status in (400, 401, 403) and "webhook-signature" in {name.lower() for name in delivery.headers}:
        return Cause(Why.CHECK_SIGNATURE_REFUSED, facts={**seen, **here})
    if status in (401, 403):
        return Cause(Why.CHECK_WEBHOOK_REFUSED, facts={**seen, "portone": PORTONES, **here})
    if status in (404, 405, 410) or 300 <= status < 400:
        return Cause(Why.CHECK_WEBHOOK_ELSEWHERE, facts=seen)
    return None


def certificate_refused(refused: RefusedHandshake, settings: Settings) -> Cause:
    """That the merchant's server does not trust the emulator's certificate, and what makes it, by stack."""
    folder = settings.emulator.certificates
    ca = "ca.pem" if folder is None else str(settings.folder / folder.expanduser() / "ca.pem")
    name = {"name": refused.name} if refused.name else term("name", "the emulator")
    return Cause(Why.CHECK_UNTRUSTED, facts={**name, "why": refused.reason, "ca": ca})


def own_address(url: str) -> str:
    """From where this machine's requests to an address come, empty where nobody knows; no packet is sent."""
    parts = urlsplit(url)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((parts.hostname or "", parts.port or 443))
        except OSError:
            return ""
        return str(asking.getsockname()[0])
