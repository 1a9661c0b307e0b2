"""Faults in what is made of a payment that comes late, twice, or by two ways."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from shop import checkout, orders, results
from shop.database import Fulfilment, Order
from shop.defects.answers import uncounted
from shop.defects.registry import ONE_PAYMENT, OnV2, defect
from shop.life import LIFE, OPEN_TO_PAYMENT, Event, State
from shop.messages import Notice
from shop.portone import Payment
from shop.settings import Stage
from shop.store import Store


@defect("CHECKOUT-13", "MONEY-03", why="what is given twice is lost")
def hands_over_by_callback_and_webhook() -> AbstractContextManager[Any]:
    """The browser's callback hands the goods over, and so does the webhook; neither asks about the other."""
    completed = checkout._complete

    def complete(store: Store, notice: Notice) -> JSONResponse:
        answer = completed(store, notice)
        with store.database.transaction() as session:
            order = orders.lock_by_attempt(session, notice.merchant_uid)
            if order is not None and order.state is State.PAID:
                session.add(Fulfilment(order_id=order.id, fulfilled_at=store.clock()))
        return answer

    return _together(uncounted(), patch.object(checkout, "_complete", complete))


@defect(
    *("APPROVAL-01", "WEBHOOK-17", "MONEY-02"),
    why="a lost webhook is made up for after as long a time; money is kept and no goods are given",
)
def closes_unpaid_orders_after_half_an_hour() -> AbstractContextManager[Any]:
    """What is paid later than half an hour after it was ordered pays nothing, and nobody is told."""
    kept = results.keep

    def keep(store: Store, payment: Payment) -> results.Result | None:
        with store.database.reading() as session:
            reference = orders.reference_of(store.database, payment.merchant_uid)
            order = orders.read(session, reference)[0] if reference else None
        closed = order is not None and store.clock() - order.created_at > timedelta(minutes=30)
        if order is not None and closed and order.state in OPEN_TO_PAYMENT:
            return results.Result(order.reference, order.state)
        return kept(store, payment)

    return patch.object(results, "keep", keep)


@defect("CHECKOUT-20")
def takes_a_closed_widget_for_final() -> AbstractContextManager[Any]:
    """A payment whose widget the buyer closed is forgotten, whatever becomes of it."""
    learnt = results.learn
    closed: set[str] = set()

    def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: datetime) -> None:
        if payment.status == "failed" and "결제를 취소" in (payment.fail_reason or ""):
            closed.add(payment.imp_uid)
        if payment.imp_uid not in closed or payment.status == "failed":
            learnt(session, order, payment, stage, now)

    return patch.object(results, "learn", learn)


@defect("APPROVAL-02", "MONEY-03", why="what is given twice is lost")
def hands_over_for_each_payment() -> AbstractContextManager[Any]:
    """Whatever pays an order hands its goods over, also where another payment did before."""
    learnt = results.learn

    def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: datetime) -> None:
        learnt(session, order, payment, stage, now)
        if payment.status == "paid" and order.imp_uid not in (None, payment.imp_uid):
            session.add(Fulfilment(order_id=order.id, fulfilled_at=now))

    return _together(uncounted(), patch.object(results, "learn", learn))


@defect(
    "APPROVAL-02",
    "MONEY-03",
    why="what is given twice is lost",
    on_v2=OnV2(f"the books show it by two payments with one number, and {ONE_PAYMENT}", spares=("MONEY-03",)),
)
def keeps_a_second_payment_silently() -> AbstractContextManager[Any]:
    """A second payment of an order that is paid is neither sent back nor brought to anybody's attention."""
    objected = results.objection

    def objection(order: Order, payment: Payment, stage: Stage) -> str | None:
        second = order.imp_uid not in (None, payment.imp_uid)
        return None if second else objected(order, payment, stage)

    return patch.object(results, "objection", objection)


@defect(
    *("APPROVAL-01", "APPROVAL-02", "CHECKOUT-10", "CHECKOUT-20", "MONEY-02"),
    why="a widget that was closed is a failed payment, too, and neither another nor a late one is taken after it",
)
def takes_failed_for_final() -> AbstractContextManager[Any]:
    """An order that failed once never becomes paid."""
    return patch.dict(LIFE, {(State.FAILED, Event.PAID): State.FAILED})


@defect(
    *("APPROVAL-03", "WEBHOOK-05", "MONEY-01"),
    why="a forged webhook causes a look-up, and the review that it finds is taken for a payment, as after a true one",
)
def fulfils_what_is_under_review() -> AbstractContextManager[Any]:
    """A payment that Paymentwall reviews is taken for paid, because such reviews mostly end well."""
    understood = results.event_of

    def event_of(payment: Payment, refund_under_way: bool) -> Event | None:
        under_review = payment.status == "failed" and "Internal error" in (payment.fail_reason or "")
        return Event.PAID if under_review else understood(payment, refund_under_way)

    return patch.object(results, "event_of", event_of)


def _together(*switches: AbstractContextManager[Any]) -> AbstractContextManager[Any]:
    stack = ExitStack()
    for switch in switches:
        stack.enter_context(switch)
    return stack
