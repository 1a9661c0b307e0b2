"""Refunds that meet PortOne at a bad moment: an access token from before, and a notice that overtakes the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from conformance.acts import purchases
from conformance.acts.purchases import Purchase
from conformance.machine.settling import eventually
from conformance.portone.provider import Fault
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable, NotObservable
from conformance.verdict.reasons import Cause, Why

OVERTAKES_SECONDS = 1.0
"""How long a merchant that does one thing after the other keeps the notice waiting for its own answer, at most."""
ENDS: Mapping[str, Callable[[Target, Purchase], None]] = {
    "a chargeback": lambda target, purchase: target.provider.act(purchase.imp_uid, "chargeback"),
    "Paymentwall's acceptance": lambda target, purchase: target.provider.accept_ticket(purchase.imp_uid),
}
"""How a payment ends whose refund was asked for."""


def refunded_with_an_old_token(target: Target, purchase: Purchase) -> Purchase:
    """The same order after a refund while every access token that the merchant may have kept was old.

    A merchant that shows the refusal has lost nothing: it is asked once more, and shows whether it renewed the token.
    """
    with target.provider.old_tokens():
        refunded = purchases.refunded(target, purchase)
        if not target.observed(lambda: target.provider.tickets(purchase.imp_uid), bool):
            refunded = purchases.refunded(target, purchase)
            target.observed(lambda: target.provider.tickets(purchase.imp_uid), bool)
    return refunded


def noticed_before_the_answer(target: Target, purchase: Purchase) -> Purchase:
    """The same order after a refund that PortOne carried out at once, and whose notice came before the answer.

    Raises NotObservable where PortOne was not asked, or sent no notice meanwhile.
    """
    provider = target.provider
    interfered, held_back = provider.interfered, {"call": "cancel", "what": "hold", "carried_out": True, "times": 1}
    with ThreadPoolExecutor(1) as other, target.receiver.withholding(), provider.fault(**held_back) as held:
        provider.interfered = interfered  # what is late is not wrong
        notice = other.submit(_notified, target, held)
        refunded = purchases.refunded(target, purchase)
        if not notice.result():
            raise NotObservable(Cause(Why.NONE_HELD))
    target.settled(purchase.order, expected=OrderState.CANCELLED)
    return refunded


def _notified(target: Target, held: Fault) -> bool:
    """Whether PortOne's notice went to the merchant while the answer was held back, which is let go then."""
    try:
        if not held.caught():
            return False
        receiver = target.receiver
        notices = eventually(lambda: list(receiver.withheld), bool, limit_seconds=target.limit_seconds)
        with ThreadPoolExecutor(1) as sender:
            for notice in notices[:1]:
                passed_on = sender.submit(receiver.repeat, notice)
                eventually(passed_on.done, bool, limit_seconds=OVERTAKES_SECONDS)
            held.release()
        return bool(notices)
    finally:
        held.release()


def overtaken(target: Target, purchase: Purchase, end: str) -> Purchase:
    """The same order after a refund; the look-up that the merchant made for it was answered after this (one of ENDS).

    Raises NotApplicable where it makes none, or no ticket was there by then.
    """
    provider, path, refunded = target.provider, f"/payments/{purchase.imp_uid}", Event()
    interfered, held_back = provider.interfered, {"what": "hold", "carried_out": True, "times": 1}
    with ThreadPoolExecutor(1) as other, provider.fault(path=path, method="GET", **held_back) as held:
        provider.interfered = interfered  # what is late is not wrong
        ended = other.submit(_ended, target, purchase, end, held, refunded)
        try:
            purchase = purchases.refunded(target, purchase)
        finally:
            refunded.set()
        if not ended.result():
            raise NotApplicable(Cause(Why.NONE_HELD))
    return purchase


def _ended(target: Target, purchase: Purchase, end: str, held: Fault, refunded: Event) -> bool:
    """Whether the payment ended so, and the merchant was told, while a look-up was held back, which is let go then."""
    receiver, merchant_uid = target.receiver, purchase.order.merchant_uid
    try:
        eventually(lambda: held.waiting() or refunded.is_set(), bool, limit_seconds=target.limit_seconds)
        if not held.waiting() or not target.provider.tickets(purchase.imp_uid):
            return False
        before = len(receiver.of(merchant_uid))
        ENDS[end](target, purchase)
        eventually(lambda: len(receiver.of(merchant_uid)), lambda now: now > before, limit_seconds=OVERTAKES_SECONDS)
        return True
    finally:
        held.release()
