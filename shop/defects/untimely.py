"""Faults with what comes when nobody expects it: after an order's end, or before its payment is known."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shop import checkout, money, orders, pages, refunds, results
from shop.database import KnownPayment, Order, Outcome, Refund
from shop.defects.coming_back import coming_back, state_of
from shop.defects.overlooked import learning
from shop.defects.registry import ONE_PAYMENT, defect, together
from shop.defects.speaking import at_portone, told_by_return
from shop.life import LIFE, OPEN_TO_PAYMENT, Event, State
from shop.messages import Notice
from shop.portone import Payment, PortOne, PortOneRefused, PortOneUnclear
from shop.refunds import Claim, RefundAnswer, Reply
from shop.results import Result
from shop.settings import Stage
from shop.store import Store


def _deaf(deaf: Any) -> AbstractContextManager[Any]:
    """Nothing is learnt of a payment where `deaf`, which is asked with the session, the order and the payment."""
    learnt = results.learn

    def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: datetime) -> None:
        if not deaf(session, order, payment):
            learnt(session, order, payment, stage, now)

    return together(patch.object(results, "learn", learn), patch.object(refunds, "learn", learn))


@defect("APPROVAL-02", only_v1=ONE_PAYMENT)
def ignores_payments_of_cancelled_orders() -> AbstractContextManager[Any]:
    """A cancelled order is closed: whatever else is paid for it is looked up, and kept in silence."""
    return _deaf(
        lambda _session, order, payment: order.state is State.CANCELLED and order.imp_uid not in (None, payment.imp_uid)
    )


@defect("MONEY-02")
def closes_an_unpaid_order_that_is_refunded() -> AbstractContextManager[Any]:
    """A refund of an order that says unpaid closes it, without a look-up; the payment that is known then is ignored."""
    asked, closed = refunds.ask, set[str]()

    def ask(store: Store, reference: str, *rest: Any) -> RefundAnswer:
        with store.database.transaction() as session:
            order = orders.lock(session, reference)
            if order.state in OPEN_TO_PAYMENT:
                order.state = State.CANCELLED
                closed.add(reference)
                return RefundAnswer(True, order.state, "The order is closed.")
        return asked(store, reference, *rest)

    ignored = _deaf(lambda _session, order, _payment: order.reference in closed)
    return together(ignored, patch.object(refunds, "ask", ask))


@defect("CANCEL-15", "MONEY-04", warns=("CANCEL-15",), why="its books differ from PortOne's")
def hears_of_no_chargeback_after_a_part() -> AbstractContextManager[Any]:
    """Once a part was given back, only refunds of the shop's own give back the rest."""
    return _deaf(
        lambda session, order, payment: (
            order.state is State.PARTLY_CANCELLED
            and payment.status == "cancelled"
            and results.under_way(session, payment.imp_uid) is None
        )
    )


@defect("MONEY-04", only_v1="V2 tells of a chargeback twice, and the second look-up corrects the sum")
def counts_a_part_again_with_the_whole() -> AbstractContextManager[Any]:
    """A chargeback's amount is added to the part that was given back before, so that more came back than was paid."""

    def change(session: Session, order: Order, payment: Payment, before: State, cancelled: Decimal) -> None:
        own = session.scalar(select(func.count()).where(Refund.imp_uid == payment.imp_uid))
        if before is State.PARTLY_CANCELLED and payment.status == "cancelled" and own == 1:
            order.cancelled_amount = cancelled + payment.amount

    return learning(change)


@defect("MONEY-02", "MONEY-04", why="it knows of no payment, so neither of its goods nor of what came back of it")
def knows_parts_of_paid_orders_only() -> AbstractContextManager[Any]:
    """A payment of which a part was cancelled before the first look makes no order paid."""
    unknown = {(state, Event.PARTLY_CANCELLED): state for state in OPEN_TO_PAYMENT}
    return patch.dict(LIFE, unknown)


@defect("MONEY-04")
def notes_more_than_was_paid_as_refunded() -> AbstractContextManager[Any]:
    """A refund of more than was paid is refused, and all the same the order is noted as given back."""
    asked = refunds.ask

    def ask(store: Store, reference: str, amount: str | None, *rest: Any) -> RefundAnswer:
        answer = asked(store, reference, amount, *rest)
        with store.database.transaction() as session:
            order = orders.lock(session, reference)
            if amount is not None and Decimal(amount) > order.paid_amount - order.cancelled_amount:
                order.state, order.cancelled_amount = State.CANCELLED, order.paid_amount
        return answer

    return patch.object(refunds, "ask", ask)


@defect("CANCEL-01")
def refunds_the_newest_attempt() -> AbstractContextManager[Any]:
    """A refund names the number of the order's newest attempt, also where an older one was paid."""
    put = refunds._put_to_portone

    def put_to_portone(store: Store, claim: Claim) -> Reply:
        with store.database.reading() as session:
            paid = session.get_one(KnownPayment, claim.imp_uid)
            newest = orders.attempts(session, session.get_one(Order, paid.order_id))[-1].merchant_uid
        if newest == paid.merchant_uid:
            return put(store, claim)
        asked: Any = store.portone
        body = {"merchant_uid": newest, "amount": money.number(claim.amount), "enable_webhook": True}
        try:
            if isinstance(asked, PortOne):
                asked._call("POST", "/payments/cancel", body=body)
            else:
                asked.cancel(newest, claim.amount, claim.cancellable, claim.reason, claim.currency)
        except PortOneRefused as refused:
            return Reply(Outcome.REFUSED, refused.message)
        except PortOneUnclear as unclear:
            return Reply(Outcome.UNCLEAR, str(unclear))
        return Reply(Outcome.WAITING, "It is asked for.")

    return patch.object(refunds, "_put_to_portone", put_to_portone)


class _Read(threading.local):
    """What the order was when this thread began to look its payment up; None where it does not write that back."""

    before: State | None = None

    @contextmanager
    def since(self, state: State | None) -> Iterator[None]:
        self.before = state
        try:
            yield
        finally:
            self.before = None


def _writing_back(read: _Read) -> AbstractContextManager[Any]:
    """What was read of an unpaid order is written back with what was found, whatever has become of it meanwhile."""
    kept = results.keep

    def keep(store: Store, payment: Payment) -> Result | None:
        result = kept(store, payment)
        paid = read.before in OPEN_TO_PAYMENT and payment.status == "paid" and payment.cancelled_amount == 0
        if paid and result is not None and result.state not in {*OPEN_TO_PAYMENT, State.PAID}:
            with store.database.transaction() as session:
                order = orders.lock(session, result.reference)
                order.state, order.cancelled_amount = State.PAID, Decimal(0)
        return result

    return patch.object(results, "keep", keep)


@defect("WEBHOOK-15", "MONEY-04", why="its books differ from PortOne's")
def writes_back_what_the_callback_read() -> AbstractContextManager[Any]:
    """The page's report reads an order, looks its payment up, and writes both back, whatever has come in between."""
    read, completed = _Read(), checkout._complete

    def complete(store: Store, notice: Notice) -> JSONResponse:
        with read.since(state_of(store, notice.merchant_uid)):
            return completed(store, notice)

    return together(_writing_back(read), patch.object(checkout, "_complete", complete))


@defect("WEBHOOK-15", "MONEY-04", why="its books differ from PortOne's")
def writes_back_what_the_return_read() -> AbstractContextManager[Any]:
    """A phone that comes back has an order read, its payment looked up, and both written back."""
    read, came_back = _Read(), checkout.come_back

    def come_back(request: Request) -> Response:
        with read.since(state_of(request.app.state.store, told_by_return(request)["merchant_uid"])):
            return came_back(request)

    return together(_writing_back(read), coming_back(come_back))


@defect("WEBHOOK-15", "MONEY-04", why="its books differ from PortOne's")
def writes_back_what_its_page_read() -> AbstractContextManager[Any]:
    """Who opens an order has it read, its payment found, and both written back."""
    read, caught_up, found = _Read(), results.catch_up, PortOne.find

    def catch_up(store: Store, reference: str) -> Result:
        with store.database.reading() as session:
            before = orders.read(session, reference)[0].state
        with read.since(before):
            return caught_up(store, reference)

    def find(portone: PortOne, merchant_uid: str) -> Payment | None:
        if read.before is None:
            return found(portone, merchant_uid)
        return portone._payment("GET", f"/payments/find/{merchant_uid}", {"sorting": "-started"})

    page = together(patch.object(pages, "catch_up", catch_up), patch.object(PortOne, "find", find))
    return together(_writing_back(read), page)


@defect("WEBHOOK-15", "MONEY-04", why="its books differ from PortOne's")
def lets_a_late_paid_end_the_waiting() -> AbstractContextManager[Any]:
    """What was looked up before a refund was asked for ends its waiting, though nothing has come of it yet."""
    looked, asked = threading.local(), dict[str, float]()
    kept, claimed = results.keep, refunds._claim

    def look_up(took: Callable[..., Payment | None], portone: PortOne, *given: Any) -> Payment | None:
        looked.since = time.monotonic()
        return took(portone, *given)

    def claim(*given: Any) -> Claim:
        taken = claimed(*given)
        asked[taken.imp_uid] = time.monotonic()
        return taken

    def keep(store: Store, payment: Payment) -> Result | None:
        result = kept(store, payment)
        before = getattr(looked, "since", 0.0) < asked.get(payment.imp_uid, 0.0)
        if result is not None and before and result.state is State.WAITING:
            with store.database.transaction() as session:
                orders.lock(session, result.reference).state = State.PAID
        return result

    return together(
        at_portone("look_up", look_up),
        patch.object(results, "keep", keep),
        patch.object(refunds, "_claim", claim),
    )


@defect("WEBHOOK-15")
def forgets_a_part_when_paid_comes_late() -> AbstractContextManager[Any]:
    """A look-up that saw nothing given back makes an order paid of which a part has gone back since."""
    return patch.dict(LIFE, {(State.PARTLY_CANCELLED, Event.PAID): State.PAID})


@defect("WEBHOOK-15", "MONEY-03", why="a surplus payment that nobody is told about is kept in silence")
def forgets_a_surplus_that_failed_first() -> AbstractContextManager[Any]:
    """What a surplus payment was when it was looked up last decides whether anybody is told, however old that is."""

    def forget(session: Session, order: Order, payment: Payment, _before: State, _cancelled: Decimal) -> None:
        known = session.get_one(KnownPayment, payment.imp_uid)
        known.objection = results.objection(order, payment, "test")
        results.note_attention(session, order)

    return learning(forget)
