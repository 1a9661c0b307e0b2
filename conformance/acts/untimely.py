"""What comes when nobody waits for it any more, or not yet: a payment after its order's end, a refund before it."""

from __future__ import annotations

from contextlib import suppress

from conformance.acts import later, mispayments, portions, purchases, refunds, reviews, troubles
from conformance.acts.purchases import Purchase
from conformance.merchant.protocol import MerchantUnreachable
from conformance.record.orders import OrderState
from conformance.target.target import Target

MORE_THAN_A_PAGE = 25
"""Payments: an answer that lists them holds 20 where no other number is asked for (docs)."""


def refunded_before_it_is_told(target: Target, purchase: Purchase) -> Purchase:
    """The same order after the merchant was asked to refund it, and heard of its payment only then.

    It may well refuse, or break, since it knows of nothing that it could refund: what counts is the payment.
    """
    with suppress(MerchantUnreachable):
        purchase = purchases.refunded(target, purchase)
    target.receiver.repeat(purchases.withheld(target, purchase))
    return purchase


def cancelled_in_part_before_it_is_told(target: Target, purchase: Purchase) -> None:
    """A third is cancelled in PortOne's console; the notice of that is the first that the merchant hears."""
    refunds.cancelled_in_console(target, purchase, portions.a_third(purchase.order))


def approved_after_the_end(target: Target, first: Purchase, again: Purchase) -> None:
    """The second payment is reported and cancelled in PortOne's console; the first is approved and reported then."""
    reviews.told_in_turn(target, [again])
    target.provider.act(again.imp_uid, "cancel")
    target.advance(later.TICKET_TAKES)
    target.settled(first.order, expected=OrderState.CANCELLED)
    reviews.approved(target, first)
    reviews.told_in_turn(target, [first])


def kept_in_silence(target: Target, first: Purchase, again: Purchase) -> bool:
    """Whether the payment that came last neither pays the order nor is sent back, and nobody is told."""
    view = target.settled(first.order, expected=OrderState.PAID)
    return view.state is not OrderState.PAID and not reviews.sent_back_or_told_of(target, [first, again])


def declined_and_paid_in_silence(target: Target, purchase: Purchase) -> Purchase:
    """The same order with a payment that was declined and one that was paid; no webhook tells of either."""
    with target.receiver.withholding():
        mispayments.declined(target, purchase)
        purchase = purchases.paid_at_portone(target, purchase)
        target.withheld_by_now()
    return purchase


def more_were_paid(target: Target) -> None:
    """More payments than one answer lists are made by others, of which the merchant is not told."""
    with target.receiver.withholding():
        for _ in range(MORE_THAN_A_PAGE):
            target.provider.pay(troubles.unknown_order())
        target.withheld_by_now()
