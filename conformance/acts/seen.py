"""What was seen of a purchase between the merchant and PortOne, and how a red verdict tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.acts.placing import Purchase
from conformance.merchant.protocol import Order, OrderView
from conformance.record import calls
from conformance.record.orders import OrderState
from conformance.record.timeline import Event
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotObservable
from conformance.verdict.observation import stands_on

TIMES: Mapping[int, str] = {1: "once", 2: "twice"}
WHICH: Mapping[int, str] = {1: "it", 2: "both"}


def all_arrived(target: Target) -> None:
    """Make sure that every webhook of this scenario came to the merchant: what never came changes nothing.

    Raises NotObservable where one did not.
    """
    lost = [one for one in target.receiver.deliveries if not one.arrived and one.status is None]
    if lost:
        raise NotObservable(
            f"{len(lost)} of this scenario's webhooks never came to the merchant (no connection to "
            f"{target.receiver.merchant_url}), so that nothing changed shows nothing"
        )


def times_fulfilled(target: Target, order: Order) -> int | None:
    """How often the merchant fulfilled the order, by its own count. Raises NotObservable where it shows none."""
    if Probe.FULFILMENT not in target.capabilities:
        key = target.lacking.get(Probe.FULFILMENT)
        told = f"{Probe.FULFILMENT.unavailable}{f' ({key})' if key else ''}"
        raise NotObservable(f"Not observable on target {target.name}: {told}")
    return target.settled(order).fulfilments


def look_ups(target: Target, purchase: Purchase) -> list[int | None]:
    """The HTTP status of each look-up that the merchant made of the payment, by whichever call."""
    return [event.status for event in look_up_events(target, purchase)]


def look_up_events(target: Target, purchase: Purchase) -> list[Event]:
    """Each look-up that the merchant made of the payment, by whichever call."""
    by_imp_uid = target.timeline.events("look-up", imp_uid=purchase.imp_uid, source="merchant")
    attempt = target.followed.known(purchase.order).merchant_uid
    return by_imp_uid + target.timeline.events("find", merchant_uid=attempt, source="merchant")


def not_as_expected(target: Target, purchase: Purchase, expected: OrderState, view: OrderView) -> str:
    """What was expected of the merchant, what it says instead, and what was seen of the way there."""
    told = f"Expected order {purchase.order.reference} to be {expected}; the merchant says it is {view}."
    if target.merchant.settle_seconds:
        told += f" It had {target.merchant.settle_seconds:g} s to settle (settle_seconds)."
    if purchase.refund and purchase.refund.accepted:
        told += " Its refund action took the request."
    elif purchase.refund:
        told += f" Its refund action refused: {purchase.refund.message!r}."
    told += "".join(f" The shop's reconciliation of open orders failed: {refusal}." for refusal in target.refusals)
    told += target.followed.difference(purchase.order)
    told += f" {target.receiver.told_about(target.followed.known(purchase.order).merchant_uid)}"
    if Probe.JOURNAL not in target.capabilities:  # nobody sees its calls
        return told
    if purchase.payment is None:
        return told + _looked_up_instead(target, purchase)
    events = look_up_events(target, purchase)
    looked = _looked_up(purchase.imp_uid, events) if events else f"The shop never looked up payment {purchase.imp_uid}."
    asked = target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant")
    cancelled = [f"PortOne answered the cancel request with {calls.answer_of(event)}." for event in asked]
    return " ".join([told, looked, *cancelled])


def _looked_up_instead(target: Target, purchase: Purchase) -> str:
    """What the merchant saw of payments that somebody claimed, where none was made for the order."""
    about = target.timeline.events(merchant_uid=target.followed.known(purchase.order).merchant_uid)
    if not about:
        return ""
    since = [event for event in target.timeline.events("look-up", source="merchant") if event.began > about[0].began]
    claimed = {event.imp_uid: [other for other in since if other.imp_uid == event.imp_uid] for event in since}
    return "".join(f" {_looked_up(uid, of)}" for uid, of in claimed.items() if uid)


def _looked_up(imp_uid: str, events: Sequence[Event]) -> str:
    """`The shop looked up payment imp_1 twice; both returned HTTP 200, status paid.`"""
    number = len(events)
    looked = f"The shop looked up payment {imp_uid} {TIMES.get(number, f'{number} times')}"
    answers = {calls.seen_in([event]) for event in events}
    if len(answers) == 1:
        return f"{looked}; {WHICH.get(number, 'all')} returned {answers.pop()}."
    return f"{looked}: {calls.seen_in(events)}."


def looked_up_country(target: Target, purchase: Purchase) -> str:
    """The country that PortOne gives for the payment. Raises Blocked by COUNTRY-01 when it gives none."""
    country = target.provider.api.payment(purchase.imp_uid).country
    with stands_on("COUNTRY-01"):
        assert country, f"PortOne's look-up of {purchase.imp_uid} gives no extension.country_code"
    return country


def cancellations_asked(target: Target, purchase: Purchase) -> list[Mapping[str, Any]]:
    """The parameters of each cancellation that the merchant asked for at PortOne. Raises Blocked by CANCEL-01."""
    return [calls.body_of(event) for event in cancellations_of(target, purchase)]


def cancellations_of(target: Target, purchase: Purchase) -> list[Event]:
    """Each time that the merchant asked PortOne to cancel the payment. Raises Blocked by CANCEL-01 if it never did."""
    asked = target.observed(lambda: target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant"), bool)
    with stands_on("CANCEL-01"):
        assert asked, f"the merchant never asked PortOne to cancel {purchase.imp_uid}"
    return asked
