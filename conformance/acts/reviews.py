"""What Paymentwall decides by itself: how a payment's review ends, and that money goes back.

And what comes of a payment under review where the buyer has paid again meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from math import inf

from conformance.acts import later, purchases, seen, ways
from conformance.acts.purchases import Purchase
from conformance.acts.transit import at_once
from conformance.portone.provider import Choice
from conformance.record import calls
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable
from conformance.verdict.observation import for_cause, stands_on
from conformance.verdict.reasons import Cause, Why

DELAYS = {"at once": timedelta(0), "two minutes later": timedelta(minutes=2), "three days later": timedelta(days=3)}
DECISIONS = {"approves": "review/accept", "declines": "review/decline", "voids": "review/void"}
TAKEN_BACK: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "a chargeback": ("chargeback", {}),
    "a card fraud": ("chargeback", {"reason": "card_fraud"}),
    "another fraud": ("chargeback", {"reason": "other_fraud"}),
    "a refund of its own": ("refund", {}),
}
"""How Paymentwall takes money back without anybody at PortOne having asked (Paymentwall docs, pingback reasons)."""
REVIEW_TAKES = timedelta(hours=1)
"""Minutes or days, says Paymentwall: longer than most shops keep an unpaid order open."""


def under_review(target: Target, purchase: Purchase) -> Purchase:
    """The same order with a payment that Paymentwall holds for review until it is told how that ends."""
    target.provider.configure({"paymentwall": {"review": "hold"}})
    purchase = replace(purchase, payment=target.provider.pay(purchase.order))
    target.provider.configure({"paymentwall": {"review": "none"}})
    target.provider.idle()
    return purchase


def pending(target: Target, purchase: Purchase) -> Purchase:
    """The same order with a payment that waits at Paymentwall, and of which PortOne says so (V2: PAY_PENDING)."""
    target.provider.configure({"v2": {"review": "pending"}})
    return under_review(target, purchase)


def hears_of_approvals(target: Target) -> None:
    """Make sure, once a run, that an order is paid once Paymentwall has approved its payment.

    Raises Blocked by APPROVAL-01 where it is not, and NotApplicable where the merchant sends such a payment back.
    """
    target.once("hears of approvals", lambda: _hears_of_approvals(target))


def _hears_of_approvals(target: Target) -> None:
    purchase = under_review(target, purchases.placed(target))
    target.advance(REVIEW_TAKES)
    target.provider.act(purchase.imp_uid, "review/accept")
    view = target.settled(purchase.order, expected=OrderState.PAID)
    if target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant"):
        raise NotApplicable(Cause(Why.SENT_BACK_AFTER_REVIEW, facts={"merchant": target.merchant.name}))
    with stands_on("APPROVAL-01"), seen.expecting(target, purchase, OrderState.PAID, view):
        assert view.state is OrderState.PAID


def seen_to_fail(target: Target) -> Purchase:
    """An order whose payment is under review; the merchant has looked it up and seen a failure."""
    purchase = under_review(target, purchases.placed(target))
    target.see_to_open_orders(purchase.order)
    return purchase


def tells_of_surplus(target: Target) -> None:
    """Make sure, once a run, that of two payments one pays the order, and the other is sent back or somebody is told.

    Raises Blocked by APPROVAL-02 where that is not so, and NotApplicable as `approved` does.
    """
    target.once("tells of a surplus payment", lambda: _tells_of_surplus(target))


def _tells_of_surplus(target: Target) -> None:
    first = seen_to_fail(target)
    again = paid_again(target, first)
    approved(target, first)
    told_in_turn(target, [again, first])
    view = target.settled(first.order, expected=OrderState.PAID)
    facts = {"payment": first.imp_uid, "again": again.imp_uid, "order": first.order.reference}
    pays = view.state is OrderState.PAID
    unpaid = () if pays else seen.not_as_expected(target, first, OrderState.PAID, view)
    taken = pays and sent_back_or_told_of(target, [first, again])
    with stands_on("APPROVAL-02"), for_cause(*(unpaid or (Cause(Why.BOTH_KEPT, facts=facts),))):
        assert taken


def paid_again(target: Target, purchase: Purchase, *, merchant_uid: str | None = None, method: str = "cc") -> Purchase:
    """The same order with a second payment, made in the attempt of this merchant_uid; its webhook is withheld."""
    order = replace(purchase.order, merchant_uid=merchant_uid or purchase.order.merchant_uid)
    with target.receiver.withholding():
        payment = target.provider.pay(order, Choice(method=method))
        target.provider.idle()
    return replace(purchase, payment=payment)


def approved(target: Target, purchase: Purchase) -> None:
    """Paymentwall approves the payment; its webhook is withheld.

    Raises NotApplicable where PortOne takes one of two payments alone, as in V2 of two that have one paymentId: it
    gives the other back itself (inferred), and tells the merchant nothing.
    """
    with target.receiver.withholding():
        target.provider.act(purchase.imp_uid, "review/accept")
        target.provider.idle()
    if any(one.imp_uid == purchase.imp_uid and not one.was_paid for one in target.provider.payments()):
        raise NotApplicable(Cause(Why.SAME_ATTEMPT))


def told_in_turn(target: Target, in_turn: Sequence[Purchase]) -> None:
    """PortOne reports these payments, one after the other."""
    for delivery in [purchases.withheld(target, purchase) for purchase in in_turn]:
        target.receiver.repeat(delivery)


def told_at_once(target: Target, both: Sequence[Purchase]) -> None:
    """PortOne reports these payments at the same moment."""
    deliveries = [purchases.withheld(target, purchase) for purchase in both]
    at_once([partial(target.receiver.repeat, one) for one in deliveries], target.receiver.read_seconds)


def surplus_cancelled(target: Target, first: Purchase, again: Purchase) -> None:
    """The payment that does not pay the order is cancelled: as the merchant asked, else in PortOne's console.

    Where it asked for none, that is the one that it saw paid last; of two that it never looked up, the second.
    """
    target.settled(first.order)
    if not target.timeline.events("cancel", source="merchant"):
        surplus = max((again, first), key=lambda one: _seen_paid(target, one))
        target.provider.act(surplus.imp_uid, "cancel")
    target.advance(later.TICKET_TAKES)


def _seen_paid(target: Target, purchase: Purchase) -> float:
    """When the merchant first saw the payment paid (wall-clock unix seconds), infinity where it never did."""
    looked = target.timeline.events("look-up", imp_uid=purchase.imp_uid, source="merchant")
    return min((event.ended for event in looked if calls.status_in(event) == "paid"), default=inf)


def sent_back_or_told_of(target: Target, payments: Sequence[Purchase]) -> bool:
    """Whether the merchant asked PortOne to cancel one of the payments, or says that a person must see to the order.

    Raises NotObservable where the one was not seen and its file does not say how the other is read.
    """
    target.settled(payments[0].order)
    asked = target.timeline.events("cancel", source="merchant")
    sent_back = any(event.imp_uid in [payment.imp_uid for payment in payments] for event in asked)
    return sent_back or target.a_person_is_told(payments[0].order)


def reviewed(target: Target, purchase: Purchase, decides: str, later: str) -> Purchase:
    """The purchase after its review ended so (one of DECISIONS), so much later (one of DELAYS)."""
    target.advance(DELAYS[later])
    target.provider.act(purchase.imp_uid, DECISIONS[decides])
    return purchase


def taken_back(target: Target, purchase: Purchase, what: str) -> None:
    """Paymentwall takes the money back (one of TAKEN_BACK). Raises Blocked where a result by webhook comes in vain."""
    ways.needs_webhooks(target)
    act, details = TAKEN_BACK[what]
    target.provider.act(purchase.imp_uid, act, **details)
