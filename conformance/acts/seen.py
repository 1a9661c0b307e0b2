"""What was seen of a purchase between the merchant and PortOne, and how a red verdict tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

from conformance.acts.placing import Purchase
from conformance.merchant.protocol import Order, OrderView
from conformance.record import calls
from conformance.record.orders import OrderState
from conformance.record.redaction import encodings, spellings
from conformance.record.timeline import Event
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotObservable
from conformance.verdict.observation import failing_as, for_cause, stands_on
from conformance.verdict.reasons import Cause, Causes, Why, term
from conformance.verdict.showing import lacking

UNKNOWN_COUNTRIES = frozenset({"XX", "ZZ", "NA"})
"""By what lists of countries call one that is not known; NA is what many write for "not available"."""
_TIMES: Mapping[int, str] = {1: "once", 2: "twice"}
_WHICH: Mapping[int, str] = {1: "it", 2: "both"}


def all_arrived(target: Target) -> None:
    """Make sure that every webhook of this scenario came to the merchant: what never came changes nothing.

    Raises NotObservable where one did not.
    """
    lost = [one for one in target.receiver.deliveries if not one.arrived and one.status is None]
    if lost:
        facts = {"number": str(len(lost)), "url": target.receiver.merchant_url}
        raise NotObservable(Cause(Why.LOST, facts=facts))


def times_fulfilled(target: Target, order: Order) -> int | None:
    """How often the merchant fulfilled the order, by its own count. Raises NotObservable where it shows none."""
    if Probe.FULFILMENT not in target.capabilities:
        key = target.lacking.get(Probe.FULFILMENT)
        raise NotObservable(lacking(target.name, Probe.FULFILMENT, why={Probe.FULFILMENT: key} if key else None))
    return target.settled(order).fulfilments


def look_ups(target: Target, purchase: Purchase) -> list[int | None]:
    """The HTTP status of each look-up that the merchant made of the payment, by whichever call."""
    return [event.status for event in look_up_events(target, purchase)]


def look_up_events(target: Target, purchase: Purchase) -> list[Event]:
    """Each look-up that the merchant made of the payment, by whichever call."""
    by_imp_uid = target.timeline.events("look-up", imp_uid=purchase.imp_uid, source="merchant")
    attempt = target.followed.known(purchase.order).merchant_uid
    return by_imp_uid + target.timeline.events("find", merchant_uid=attempt, source="merchant")


def expecting(
    target: Target, purchase: Purchase, expected: OrderState, view: OrderView, *, neither: Why | None = None
) -> AbstractContextManager[None]:
    """Around the assertion that the order is as expected; `neither` is what did not come about instead of it."""
    also = (Cause(neither),) if neither else ()
    return for_cause(lambda: (*not_as_expected(target, purchase, expected, view), *also))


def not_as_expected(target: Target, purchase: Purchase, expected: OrderState, view: OrderView) -> Causes:
    """What was expected of the merchant, what it says instead, and what was seen of the way there."""
    return tuple(_not_as_expected(target, purchase, expected, view))


def _not_as_expected(target: Target, purchase: Purchase, expected: OrderState, view: OrderView) -> Iterator[Cause]:
    states = {**term("expected", expected), **term("state", view.state)}
    yield Cause(Why.ORDER_STATE, facts={"order": purchase.order.reference, **states})
    if view.has_own_word:
        yield Cause(Why.OWN_WORD, facts={"word": repr(view.word)})
    if target.merchant.settle_seconds:
        yield Cause(Why.SETTLED, facts={"seconds": f"{target.merchant.settle_seconds:g}"})
    if purchase.refund and purchase.refund.accepted:
        yield Cause(Why.REFUND_TAKEN)
    elif purchase.refund:
        yield Cause(Why.REFUND_REFUSED, facts={"said": repr(purchase.refund.message)})
    for refusal in target.refusals:
        yield Cause(Why.JOB_FAILED, facts={"said": refusal})
    yield from target.followed.difference(purchase.order)
    yield target.receiver.told_about(target.followed.known(purchase.order).merchant_uid)
    if Probe.JOURNAL not in target.capabilities:  # nobody sees its calls
        return
    if purchase.payment is None:
        yield from _looked_up_instead(target, purchase)
        return
    if events := look_up_events(target, purchase):
        yield _looked_up(purchase.imp_uid, events)
    else:
        yield Cause(Why.NOT_LOOKED_UP, facts={"payment": purchase.imp_uid})
    for event in target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant"):
        yield Cause(Why.CANCEL_ANSWERED, facts={"answer": calls.answer_of(event)})


def _looked_up_instead(target: Target, purchase: Purchase) -> Iterator[Cause]:
    """What the merchant saw of payments that somebody claimed, where none was made for the order."""
    about = target.timeline.events(merchant_uid=target.followed.known(purchase.order).merchant_uid)
    if not about:
        return
    since = [event for event in target.timeline.events("look-up", source="merchant") if event.began > about[0].began]
    claimed = {event.imp_uid: [other for other in since if other.imp_uid == event.imp_uid] for event in since}
    yield from (_looked_up(uid, of) for uid, of in claimed.items() if uid)


def _looked_up(imp_uid: str, events: Sequence[Event]) -> Cause:
    """`The shop looked up payment imp_1 twice; both returned HTTP 200, status paid.`"""
    number = len(events)
    often = {"times": f"{number} times", "times_ko": f"{number}번"}
    looked = {"payment": imp_uid, **(term("times", _TIMES[number]) if number in _TIMES else often)}
    answers = {calls.seen_in([event]) for event in events}
    if len(answers) > 1:
        return Cause(Why.LOOKED_UP, facts={**looked, **calls.returned("answers", events)})
    which = term("which", _WHICH.get(number, "all"))
    return Cause(Why.LOOKED_UP_ALIKE, facts={**looked, **which, **calls.returned("answers", events[:1])})


def state_of(view: OrderView) -> Mapping[str, str]:
    """The order's state as a fact in every language, with the merchant's own word where it has another."""
    word = f" ({view.word!r})" if view.has_own_word else ""
    return {key: f"{words}{word}" for key, words in term("state", view.state).items()}


def of_merchant(kind: Why, target: Target, **facts: str) -> Cause:
    """A cause whose sentence names the merchant."""
    return Cause(kind, facts={"merchant": target.merchant.name, **facts})


def fulfilled(numbers: Sequence[int | None]) -> Cause:
    """That each of several orders was to be fulfilled once, and how often each was."""
    orders = {"orders": str(len(numbers))}
    if len(set(numbers)) == 1:
        return Cause(Why.ALL_FULFILLED, facts={**orders, "number": str(numbers[0])})
    return Cause(Why.EACH_FULFILLED, facts={**orders, "numbers": ", ".join(map(str, numbers))})


def http(status: int | None) -> str:
    """An answer's status as it is told; None is no answer."""
    return f"HTTP {status}" if status else "nothing"


def listed(fact: str, answers: Sequence[object]) -> Mapping[str, str]:
    """Several answers as one fact; that there was none is told as such."""
    return term(fact, *(map(str, answers) if answers else ["nothing"]))


def cancelled(purchase: Purchase, amount: Decimal, view: OrderView) -> Cause:
    """That this much of the order was to be cancelled, and how much the merchant says was."""
    order = {"expected": str(amount), "amount": str(purchase.order.amount), "currency": purchase.order.currency}
    seen = {"cancelled": str(view.cancelled_amount)} if view.cancelled_amount else term("cancelled", "none")
    return Cause(Why.AMOUNT_CANCELLED, facts={**order, **seen})


def looked_up_country(target: Target, purchase: Purchase) -> str:
    """The country that PortOne gives for the payment. Raises Blocked by COUNTRY-01 when it gives none."""
    country = target.provider.api.payment(purchase.imp_uid).country
    with stands_on("COUNTRY-01"), failing_as(Why.NO_COUNTRY, payment=purchase.imp_uid):
        assert country
    return country


def country_of(view: OrderView) -> str | None:
    """The country that the merchant says an order was paid from; None where its word for it names none.

    A code of two letters is one but for those that stand for an unknown country in the lists of others.
    """
    said = (view.country or "").strip().upper()
    return said if re.fullmatch("[A-Z]{2}", said) and said not in UNKNOWN_COUNTRIES else None


def cancellations_asked(target: Target, purchase: Purchase) -> list[Mapping[str, Any]]:
    """The parameters of each cancellation that the merchant asked for at PortOne. Raises Blocked by CANCEL-01."""
    return [calls.body_of(event) for event in cancellations_of(target, purchase)]


def cancellations_of(target: Target, purchase: Purchase) -> list[Event]:
    """Each time that the merchant asked PortOne to cancel the payment. Raises Blocked by CANCEL-01 if it never did."""
    asked = target.observed(lambda: target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant"), bool)
    with stands_on("CANCEL-01"), failing_as(Why.NEVER_CANCELLED, payment=purchase.imp_uid):
        assert asked
    return asked


def no_refusal_shown(target: Target, purchase: Purchase) -> Cause | None:
    """What is wrong with how the merchant showed that the refund was refused; None where it did.

    By the answer of its refund action, or, where it asks PortOne later, by what it brings to a person's attention.
    Raises NotObservable where its file says of neither how it is read.
    """
    answer = purchase.refund
    if answer is None:
        return Cause(Why.REFUND_UNUSED)
    if answer.message and not answer.accepted:
        return None
    if target.settled(purchase.order).attention:
        return None
    if not answer.accepted:
        return Cause(Why.REFUSAL_UNTOLD)
    if not answer.message and Probe.ATTENTION not in target.capabilities:
        raise NotObservable(of_merchant(Why.NO_MESSAGE, target, **term("action", "refund action")))
    return Cause(Why.REFUND_TAKEN_SHOWN, facts={"words": answer.message})


def secrets_of(target: Target) -> frozenset[str]:
    """Each secret of the account in every way in which it can be written."""
    return frozenset(
        written for secret in target.provider.secrets for ways in (spellings, encodings) for written in ways(secret)
    )
