"""Reads both books of a scenario: PortOne's from its control plane and journal, the merchant's by its driver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from conformance.books import rules
from conformance.books.entries import AskedBack, BookedOrder, BookedPayment, Books, LookedUp, Ticket
from conformance.merchant import protocol
from conformance.network.receiver import Delivery
from conformance.portone import api
from conformance.record import calls
from conformance.record.timeline import Event
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe, Stage
from conformance.verdict.endings import NotAnAmount, NotObservable

NEEDED = frozenset({Probe.JOURNAL, Probe.TICKETS, Probe.METHODS, Probe.ORDER})
"""Without these PortOne's books, or the merchant's, cannot be read."""
_NUMBERS = ("paid_amount", "cancelled_amount", "fulfilments")
_FACTS = (*_NUMBERS, "attention")


def settled(target: Target) -> Books | None:
    """Both books once nothing is under way, None where they cannot be read on this target or no order was placed.

    A merchant that works off what it receives later has its settle limit, as long as the books are not right yet.
    Raises MerchantUnreachable where it does not answer.
    """
    if not target.capabilities >= NEEDED or not target.dealings.placed:
        return None
    return target.observed(lambda: read(target), lambda books: not rules.findings(books))


def disturbed(target: Target, books: Books) -> Books | None:
    """The books again after what comes late: the last notice again, and the merchant's look at open orders.

    It is about the order that was placed last of those that are settled; None where none is, so that nothing must stay.
    That nothing changes is seen once the merchant has had its settle limit.
    Raises MerchantUnreachable as `settled`.
    """
    calm = [order for order in books.orders if rules.is_settled(books, order)]
    if not calm:
        return None
    placed = [one for one in target.dealings.placed if one.reference == calm[-1].reference][-1]
    notices = [one for uid in calm[-1].attempts for one in target.receiver.of(uid) if _is_good(one)]
    for notice in notices[-1:]:
        target.receiver.repeat(notice)
    if Probe.OPEN_ORDERS in target.capabilities:
        target.merchant.see_to_open_orders(target.followed.known(placed))
    return target.observed(lambda: read(target, placed), lambda later: bool(rules.changes(books, later)))


def _is_good(notice: Delivery) -> bool:
    """Whether PortOne sent it and the merchant took it: any other is for a scenario of its own."""
    return notice.source == "portone" and notice.status is not None and notice.status < HTTPStatus.BAD_REQUEST


def read(target: Target, only: protocol.Order | None = None) -> Books:
    """Both books as they are now, or as far as they are about one order.

    Raises MerchantUnreachable where the merchant does not answer.
    """
    events = target.timeline.events()
    tickets = target.provider.all_tickets() if any(event.kind == "ticket" for event in events) else []
    payments = tuple(booked_payment(one, tickets, events) for one in target.provider.payments())
    placed = list({order.placed_as: order for order in target.dealings.placed}.values())
    known = {uid for order in placed for uid in target.followed.attempts(order)}
    paged = frozenset(_asked_by_pages(events)) - known
    own = paged if len(placed) == 1 else frozenset()
    return Books(
        orders=tuple(_order(target, order, own, payments, events) for order in placed if order is (only or order)),
        payments=payments,
        sandbox=target.stage is Stage.TEST,
        paged=paged,
        interfered=target.provider.interfered,
    )


def booked_payment(
    payment: api.Payment, tickets: Iterable[Mapping[str, Any]], events: Iterable[Event]
) -> BookedPayment:
    """A payment in PortOne's books, with those of the tickets and events that are about it."""
    made = [event for event in events if event.source == "merchant"]
    return BookedPayment(
        imp_uid=payment.imp_uid,
        merchant_uid=payment.merchant_uid,
        amount=payment.amount,
        currency=payment.currency,
        status=payment.status,
        cancelled=payment.cancel_amount,
        sandbox=payment.sandbox,
        tickets=tuple(
            Ticket(_amount(one["amount"]), str(one["state"])) for one in tickets if one["imp_uid"] == payment.imp_uid
        ),
        asked=tuple(
            AskedBack(_amount(calls.body_of(event).get("amount")) or None, calls.is_success(event))  # 0 is all (docs)
            for event in made
            if event.kind == "cancel" and _is_about(event, payment)
        ),
        looked_up=tuple(
            LookedUp(str(told.get("status")), _amount(told.get("cancel_amount")) or Decimal(0), event.ended)
            for event in made
            if event.kind in ("look-up", "find") and calls.is_success(event)
            for told in _told(calls.answered(event))
            if told.get("imp_uid") == payment.imp_uid
        ),
    )


def _is_about(event: Event, payment: api.Payment) -> bool:
    if event.imp_uid:
        return event.imp_uid == payment.imp_uid
    return event.merchant_uid == payment.merchant_uid


def _told(response: object) -> Iterator[Mapping[str, Any]]:
    """The payments in an answer of PortOne's: one, several, or a page of them."""
    answer = response.get("response") if isinstance(response, Mapping) else None
    listed = answer.get("list", [answer]) if isinstance(answer, Mapping) else answer
    yield from (one for one in listed or () if isinstance(one, Mapping))


def _asked_by_pages(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        if event.kind == "sdk-request_pay" and isinstance(event.request, Mapping):
            yield str(event.request.get("merchant_uid") or event.merchant_uid)


def _order(
    target: Target,
    order: protocol.Order,
    own: frozenset[str],
    payments: Iterable[BookedPayment],
    events: Iterable[Event],
) -> BookedOrder:
    done = target.dealings
    attempts = target.followed.attempts(order) | own
    known_since = [
        next(one.at for one in payment.looked_up if one.status == "paid")
        for payment in payments
        if payment.merchant_uid in attempts and payment.seen_paid
    ]
    before = [
        view for at, of, view in done.views if of.placed_as == order.placed_as and at < max(known_since, default=0)
    ]
    entry = BookedOrder(
        reference=order.reference,
        attempts=attempts,
        amount=order.amount,
        currency=order.currency,
        state=None,
        refunds=tuple(amount for asked, amount in done.refunds if asked.placed_as == order.placed_as),
        told_before=_fact(before[-1], "attention")[0] if before else None,
    )
    try:
        view = _seen_last(target, order, events) or target.merchant.read_order(target.followed.known(order))
    except NotAnAmount as shown:
        return replace(entry, nonsense=(str(shown),))
    return as_seen(entry, view)


def as_seen(entry: BookedOrder, view: protocol.OrderView) -> BookedOrder:
    """The entry with what the merchant shows of the order."""
    facts = {name: _fact(view, name) for name in _FACTS}
    numbers = {name: _amount(facts[name][0]) for name in _NUMBERS}
    odd = [name for name in _NUMBERS if facts[name][0] is not None and not _is_count(numbers[name])]
    sane = {name: None if name in odd else number for name, number in numbers.items()}
    told = facts["attention"][0]
    return replace(
        entry,
        state=view.state,
        unread={name: why for name, (_, why) in facts.items() if why},
        nonsense=tuple(f"the merchant says that its {name} is {facts[name][0]!s:.80}" for name in odd),
        paid_amount=sane["paid_amount"],
        cancelled_amount=sane["cancelled_amount"],
        fulfilments=sane["fulfilments"],
        attention=None if told is None else str(told),
    )


def _seen_last(target: Target, order: protocol.Order, events: Iterable[Event]) -> protocol.OrderView | None:
    """The order as a step has seen it, where nothing has happened since, and nothing may be under way."""
    seen = [(at, view) for at, of, view in target.dealings.views if of.placed_as == order.placed_as]
    since = max((target.dealings.time_passed, *(event.ended for event in events)))
    return seen[-1][1] if seen and not target.merchant.settle_seconds and since <= seen[-1][0] else None


def _is_count(number: Decimal | None) -> bool:
    return number is not None and number.is_finite() and number >= 0


def _fact(view: protocol.OrderView, name: str) -> tuple[Any, str]:
    """A fact that the merchant shows, or why it cannot be read."""
    try:
        return getattr(view, name), ""
    except NotObservable as why:
        return None, str(why)


def _amount(value: object) -> Decimal | None:
    """An amount of PortOne's or of a request's; None where there is none, or no number."""
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
