"""What comes when nobody waits for it any more, or not yet: a payment after its order's end, a refund before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from conformance.acts import (
    claims,
    later,
    mispayments,
    portions,
    purchases,
    refunds,
    reviews,
    second_generation,
    seen,
    transit,
    troubles,
)
from conformance.acts.purchases import Purchase
from conformance.acts.transit import Transit
from conformance.browser.journey import Journey
from conformance.merchant.protocol import MerchantUnreachable
from conformance.network.receiver import Delivery
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotApplicable
from conformance.verdict.observation import stands_on

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


def _taken_back(target: Target, purchase: Purchase) -> None:
    target.provider.act(purchase.imp_uid, "chargeback")


def _cancelled(target: Target, purchase: Purchase) -> None:
    target.provider.act(purchase.imp_uid, "cancel")
    target.provider.accept_ticket(purchase.imp_uid)  # at once: no look-up takes three days


def _cancelled_in_part(target: Target, purchase: Purchase) -> None:
    target.provider.act(purchase.imp_uid, "cancel", amount=str(portions.a_third(purchase.order)))
    target.provider.accept_ticket(purchase.imp_uid)


def _asked_back(target: Target, purchase: Purchase) -> None:
    purchases.refunded(target, purchase)
    purchases.has_a_ticket(target, purchase)


def _given_back(target: Target, purchase: Purchase) -> None:
    _asked_back(target, purchase)
    target.provider.accept_ticket(purchase.imp_uid)


A_THIRD = "the cancellation of a third in PortOne's console"
WAITS, ACCEPTED = "a refund that waits", "a refund that Paymentwall accepts"
NEWS: Mapping[str, Callable[[Target, Purchase], None]] = {
    "a chargeback": _taken_back,
    "a cancellation in PortOne's console": _cancelled,
    A_THIRD: _cancelled_in_part,
    "a dispute": second_generation.disputed,
    WAITS: _asked_back,
    ACCEPTED: _given_back,
}
"""What may become of a payment after it paid its order."""


def hears_of(target: Target, news: str) -> None:
    """Make sure, once a run, that the merchant knows such news where no older answer is under way.

    Raises Blocked by CANCEL-02, CANCEL-03, CANCEL-07 or CANCEL-14 where it does not.
    """
    if news in (WAITS, ACCEPTED):
        target.once("says that it waits", lambda: _says_that_it_waits(target))
        refunds.ends_the_waiting(target)
    elif news == A_THIRD:
        target.once("hears of parts in the console", lambda: _hears_of_parts(target))
    elif news != "a dispute":
        refunds.hears_of_the_console(target)


def _says_that_it_waits(target: Target) -> None:
    purchase, expected = purchases.waiting(target), OrderState.WAITING_FOR_CANCELLATION
    if Probe.OPEN_ORDERS in target.capabilities:
        target.see_to_open_orders(purchase.order)
        view = target.settled(purchase.order)
        with stands_on("CANCEL-07"), seen.expecting(target, purchase, expected, view):
            assert view.state is expected
    later.answered(target, purchase)  # another's ticket would wait behind it


def _hears_of_parts(target: Target) -> None:
    purchase, expected = purchases.paid(target), OrderState.PARTLY_CANCELLED
    refunds.cancelled_in_console(target, purchase, portions.a_third(purchase.order))
    view = target.settled(purchase.order, expected=expected)
    with stands_on("CANCEL-14"), seen.expecting(target, purchase, expected, view):
        assert view.state is expected


def overtaken(target: Target, purchase: Purchase, way: Transit, lead: str, news: str) -> None:
    """A look-up finds the payment paid; before it is answered the merchant hears of that, and of this (one of NEWS).

    `lead` is one of transit.LEADS. Raises NotApplicable where the merchant has no such thing, NotObservable where it
    led to no look-up.
    """
    webhook = purchases.withheld(target, purchase)
    if lead in (transit.RECONCILIATION, transit.ITS_PAGE):
        troubles.finds_payments(target)
    way.hold_back(transit.leading(target, purchase, lead))
    _hears(target, purchase, webhook, news)
    way.let_go()


def overtaken_in_browser(
    target: Target, purchase: Purchase, way: Transit, journey: Journey, where: str, news: str
) -> Purchase:
    """The same of the order's buyer, who comes back (`where`, one of claims.ON_THE_WAY_BACK).

    In a journey that denies. Raises NotApplicable where nothing is looked up then.
    """
    purchase = claims.paid_unreported(target, purchase, journey)
    webhook = purchases.withheld(target, purchase)
    way.hold_back_begun(lambda: claims.come_back(purchase, journey, where), NotApplicable)
    _hears(target, purchase, webhook, news)
    way.let_go()
    return purchase


def _hears(target: Target, purchase: Purchase, webhook: Delivery, news: str) -> None:
    target.receiver.repeat(webhook)
    target.settled(purchase.order, expected=OrderState.PAID)
    NEWS[news](target, purchase)


def paid_again_meanwhile(target: Target, purchase: Purchase, way: Transit) -> Purchase:
    """The same order with a second payment, which PortOne reported while a look-up was under way that saw one fail."""
    again = reviews.paid_again(target, purchase)
    way.hold_back(transit.leading(target, purchase, transit.FORGED))
    reviews.told_in_turn(target, [again])
    target.settled(purchase.order, expected=OrderState.PAID)
    way.let_go()
    return again


def surplus_meanwhile(target: Target, first: Purchase, again: Purchase, way: Transit) -> None:
    """The second payment pays the order; the first is approved and reported while a look-up of it is under way."""
    reviews.told_in_turn(target, [again])
    target.settled(first.order, expected=OrderState.PAID)
    way.hold_back(transit.leading(target, first, transit.FORGED))
    reviews.approved(target, first)
    reviews.told_in_turn(target, [first])
    way.let_go()
