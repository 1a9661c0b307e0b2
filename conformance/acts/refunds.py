"""Purchases on their way to being cancelled: what became of the ticket, who asked, and how the result was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

from conformance.acts import later, portions, purchases, seen, ways
from conformance.acts.later import TICKET_TAKES
from conformance.acts.purchases import Purchase
from conformance.merchant.protocol import MerchantUnreachable
from conformance.record import calls
from conformance.record.orders import PARTIAL_REFUNDS, Asker, OrderState
from conformance.record.timeline import Event
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable, NotObservable
from conformance.verdict.observation import for_cause, stands_on
from conformance.verdict.reasons import Cause, Why, term

ORDINALS = ("first", "second", "third")
STILL_WORKED_ON, REFUSED_SILENTLY = "is still worked on", "was refused without a word"
UNLIMITED = timedelta(days=30)
YEARS = timedelta(days=3650)
NOTICE_IS_LATE = timedelta(days=2)
NOTICES = ("two days late", "three times", "three times at the same moment")
UNAVAILABLE: Mapping[str, object] = {"code": -1, "message": "(PG사 점검) 잠시 후 다시 시도해주세요.", "response": None}
TROUBLES: Mapping[str, Mapping[str, object]] = {
    "its request is lost": {"what": "break"},
    "PortOne's answer is lost": {"what": "break", "carried_out": True},
    "PortOne fails before it acts": {"what": "answer", "status": 500},
    "PortOne fails after it acted": {"what": "answer", "status": 500, "carried_out": True},
    "PortOne never answers": {"what": "hang", "carried_out": True},
    "PortOne answers garbage": {"what": "garbage", "carried_out": True},
}
"""What may happen to a request for a cancellation that leaves the merchant without a clear answer."""


def waiting_while_its_ticket(target: Target, becomes: str) -> Purchase:
    """An order that waits, and will: its ticket is not decided for years, or was refused and nobody says so."""
    if becomes == STILL_WORKED_ON:
        return purchases.waiting(target, takes=YEARS)
    purchase = purchases.waiting(target, method="mint")
    target.advance(TICKET_TAKES)
    return purchase


def waited_too_long(target: Target) -> None:
    """Let the limit pass that the merchant sets to a cancellation. Raises NotObservable where nobody told it.

    Where it tells nobody of anything its limit does not matter: PortOne's clock alone shows that.
    """
    limit = target.merchant.waiting_limit
    if limit is None and getattr(target.merchant, "tells_nobody", False):
        limit = UNLIMITED
    if limit is None:
        raise NotObservable(seen.of_merchant(Why.NO_LIMIT, target))
    target.advance(limit + timedelta(hours=1))


def settled_abroad(target: Target) -> Purchase:
    """A paid order whose payment Paymentwall settles in another currency than it was asked for in."""
    purchase = purchases.placed(target)
    target.provider.settle_in("EUR" if purchase.order.currency == "USD" else "USD")
    return purchases.paid_order(target, purchase)


def shows_refusals(target: Target) -> None:
    """Make sure, once a run, that the merchant shows a refusal of PortOne's. Raises Blocked by CANCEL-07."""
    target.once("shows refusals", lambda: purchases.refused(target, method="paysafecard"))


def refused_for_the_moment(target: Target) -> Purchase:
    """A paid order whose refund PortOne refused only then. Raises Blocked by CANCEL-07 where that was not shown."""
    shows_refusals(target)
    return refused_at_portone(target, purchases.paid(target))


def refused_at_portone(target: Target, purchase: Purchase, amount: Decimal | None = None) -> Purchase:
    """The same order after a refund, or of `amount`, that PortOne refused."""
    with target.provider.fault(call="cancel", what="answer", status=200, body=UNAVAILABLE, times=None):
        return purchases.refunded(target, purchase, amount)


def refunds_parts(target: Target) -> None:
    """Make sure that the merchant refunds parts of an order at all. Raises NotApplicable with its reason."""
    if reason := target.not_done.get(PARTIAL_REFUNDS):
        raise NotApplicable(seen.of_merchant(Why.NOT_REFUNDED_SO, target, said=reason))


def ends_the_waiting(target: Target) -> None:
    """Make sure, once a run, that a result ends the waiting. Raises Blocked by CANCEL-03."""
    target.once("ends the waiting", lambda: _ends_the_waiting(target))


def _ends_the_waiting(target: Target) -> None:
    later.gives_notice(target, later.ALWAYS)
    is_cancelled(target, accepted(target, purchases.asked_back(target)), "CANCEL-03")


def ends_the_waiting_for_parts(target: Target) -> None:
    """Make sure, once a run, that the result of a part's ticket is taken. Raises Blocked by CANCEL-09."""
    later.gives_notice(target, later.ALWAYS)
    target.once("ends the waiting for parts", lambda: _partly_cancelled(target, None))


def hears_of_the_console(target: Target) -> None:
    """Make sure, once a run, that what is cancelled in PortOne's console is seen. Raises Blocked by CANCEL-14."""
    target.once("hears of the console", lambda: _hears_of_the_console(target))


def _hears_of_the_console(target: Target) -> None:
    purchase = purchases.paid(target)
    ways.needs_webhooks(target)
    cancelled_in_console(target, purchase)
    is_cancelled(target, purchase, "CANCEL-14")


def is_cancelled(target: Target, purchase: Purchase, stood_on: str) -> None:
    """Make sure that the merchant says it is cancelled. Raises Blocked by the requirement where it does not."""
    expected = OrderState.CANCELLED
    view = target.settled(purchase.order, expected=expected)
    with stands_on(stood_on), seen.expecting(target, purchase, expected, view):
        assert view.state is expected


def asked_by(target: Target, purchase: Purchase, asker: Asker) -> Purchase:
    """The same order after this person used the refund action.

    Raises NotApplicable where the merchant knows nobody of the kind.
    """
    try:
        return replace(purchase, refund=target.merchant.ask_for_refund(purchase.order, asker=asker))
    except KeyError as error:
        raise NotApplicable(seen.of_merchant(Why.NOBODY_IS, target, **term("asker", asker))) from error


def asked_at_once(target: Target, several: Sequence[Purchase], times: int, *, in_part: bool = False) -> None:
    """Each order's refund is asked for this many times at the same moment: from threads, or in as many pages.

    Of the whole order, or of a third.
    """
    in_pages = getattr(target.merchant, "ask_in_pages_at_once", None)
    for purchase in several:
        amount = portions.a_part(target, purchase.order) if in_part else None
        if in_pages is not None and in_pages(purchase.order, times, amount):
            continue
        together, asked = Barrier(times), target.dealings.refunds
        with ThreadPoolExecutor(times) as threads:
            list(threads.map(lambda _, p=purchase, a=amount, b=together: _asked(target, p, a, b), range(times)))
        del asked[len(asked) - times + 1 :]  # who presses twice at once has asked for one refund, as in pages


def _asked(target: Target, purchase: Purchase, amount: Decimal | None, together: Barrier) -> None:
    together.wait(timeout=target.limit_seconds)
    with suppress(MerchantUnreachable):  # one may well be answered with an error: it is the tickets that count
        purchases.refunded(target, purchase, amount)


def refunded_while(target: Target, purchase: Purchase, trouble: str, amount: Decimal | None = None) -> Purchase:
    """The purchase after a refund, or of `amount`, during which this went wrong with the request to PortOne."""
    with target.provider.fault(call="cancel", times=None, **TROUBLES[trouble]):
        try:
            return purchases.refunded(target, purchase, amount)
        except MerchantUnreachable:  # a merchant may well answer its operator with an error now
            return purchase


def look_ups_after_asking(target: Target, purchase: Purchase) -> list[Event]:
    """The look-ups that the merchant made after it last asked for the cancellation, once it had its time for them."""
    asked = seen.cancellations_of(target, purchase)[-1].began
    return target.observed(
        lambda: [event for event in seen.look_up_events(target, purchase) if event.began > asked], bool
    )


def noticed(target: Target, how: str, result: Callable[[], Purchase]) -> Purchase:
    """The purchase after its `result`, of which PortOne's notice came in this way (one of NOTICES)."""
    with target.receiver.withholding():
        purchase = result()
        purchases.has_a_ticket(target, purchase)
    notice = purchases.withheld(target, purchase)
    if how == "two days late":
        target.advance(NOTICE_IS_LATE)
        target.receiver.repeat(notice)
    elif how == "three times":
        for _ in range(3):
            target.receiver.repeat(notice)
    else:
        target.receiver.at_once(notice, 3)
    return purchase


def accepted(target: Target, purchase: Purchase) -> Purchase:
    """The same purchase after Paymentwall accepted its ticket, three days later or when it did."""
    ways.needs_webhooks(target)
    later.answered(target, purchase)
    return purchase


def accepted_and_seen_to(target: Target, purchase: Purchase) -> None:
    """Paymentwall accepted the ticket, and the merchant reconciles open orders.

    Raises NotObservable where that is not enough, and it may have asked for a notice that came while no run was there.
    """
    later.answered(target, purchase)
    target.see_to_open_orders(purchase.order)
    if later.notice_was_missed(target, purchase):
        view = target.settled(purchase.order, expected=OrderState.CANCELLED)
        if view.state is not OrderState.CANCELLED:
            facts = {"order": purchase.order.reference, **term("state", view.state)}
            raise NotObservable(Cause(Why.NOTICE_MISSED, facts=facts))


def partly_cancelled(target: Target, decimals: int | None = None) -> Purchase:
    """An order, in a currency with so many decimals (None: whichever), of which a third is cancelled.

    Raises Blocked by CANCEL-09 when the merchant says otherwise.
    """
    return target.kept("partly cancelled", Purchase, lambda: _partly_cancelled(target, decimals))


def _partly_cancelled(target: Target, decimals: int | None) -> Purchase:
    placed = purchases.placed(target) if decimals is None else purchases.placed_in(target, decimals)
    purchase = purchases.paid_order(target, placed)
    back, expected = portions.a_part(target, purchase.order), OrderState.PARTLY_CANCELLED
    purchase = purchases.cancelled(target, purchase, back)
    view = target.settled(purchase.order, expected=expected)
    with stands_on("CANCEL-09"), seen.expecting(target, purchase, expected, view):
        assert view.state is expected
    with stands_on("CANCEL-09"), for_cause(seen.cancelled(purchase, back, view)):
        assert view.cancelled_amount == back
    return purchase


def cancelled_unnoticed(target: Target) -> Purchase:
    """A paid order of which the Operator cancelled a third in PortOne's console, and the merchant was not told."""
    purchase = purchases.paid(target)
    with target.receiver.withholding():
        target.provider.act(purchase.imp_uid, "cancel", amount=str(portions.a_part(target, purchase.order)))
        target.advance(TICKET_TAKES)
        target.provider.idle()
    return purchase


def cancelled_in_console(target: Target, purchase: Purchase, amount: Decimal | None = None) -> None:
    """The Operator cancels it in PortOne's console, or `amount` of it, and Paymentwall accepts three days later."""
    part = {} if amount is None else {"amount": str(amount)}
    target.provider.configure({"paymentwall": {"ticket_seconds": int(TICKET_TAKES.total_seconds())}})
    target.provider.act(purchase.imp_uid, "cancel", **part)
    target.provider.idle()  # V2 reports that it waits: that look-up must not show its end
    target.advance(TICKET_TAKES)


def part_cancelled_in_console(
    target: Target, purchase: Purchase, amount: Decimal, before: Decimal = Decimal(0)
) -> None:
    """The same of a part, told in either way that public sources have of the look-up, until the merchant has noted it.

    Most say that the payment stays `paid` and `cancel_amount` grows (seen); one published plugin reads `cancelled` with
    an amount left. A merchant that is written for the one need not understand the other. `before`: cancelled already.
    """
    cancelled_in_console(target, purchase, amount)
    if target.settled(purchase.order, expected=OrderState.PARTLY_CANCELLED).cancelled_amount == before + amount:
        return
    told = target.receiver.of(purchase.order.merchant_uid)
    _, body = target.provider.api.look_up_with(purchase.imp_uid, {"status": "cancelled"})
    with target.provider.fault(path="/payments/*", method="GET", what="answer", status=200, body=body, times=None):
        for delivery in told[-1:]:
            target.receiver.repeat(delivery)
        target.settled(purchase.order, expected=OrderState.PARTLY_CANCELLED)


def being_cancelled_in_console(target: Target) -> Purchase:
    """A paid order whose payment the Operator cancels in PortOne's console; the ticket waits.

    Raises Blocked by CANCEL-14 where the merchant would not hear of its result.
    """
    hears_of_the_console(target)
    target.provider.configure({"paymentwall": {"ticket_seconds": int(TICKET_TAKES.total_seconds())}})
    purchase = purchases.paid(target)
    target.provider.act(purchase.imp_uid, "cancel")
    return purchase


def uncovered(target: Target, purchase: Purchase) -> list[str]:
    """The checksums of those cancellations that PortOne took although they do not say what could be cancelled."""
    target.settled(purchase.order)
    left = purchase.order.amount - target.provider.api.payment(purchase.imp_uid).cancel_amount
    taken = [event for event in seen.cancellations_of(target, purchase) if calls.is_success(event)]
    checksums = [str(calls.body_of(event).get("checksum", "none")) for event in taken]
    return [checksum for checksum in checksums if not calls.is_amount(checksum, left)]
