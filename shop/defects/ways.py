"""Faults in one way of several: what comes by the others is taken rightly, and asked for once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

from sqlalchemy.orm import Session, object_session
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from shop import checkout, machine, orders, refunds, results
from shop.database import Fulfilment, KnownPayment, Order, Outcome, Refund
from shop.defects.answers import believe, uncounted
from shop.defects.cancelling import concluding
from shop.defects.coming_back import coming_back
from shop.defects.registry import ONE_PAYMENT, defect, together
from shop.defects.speaking import at_portone
from shop.life import State
from shop.messages import Notice
from shop.portone import Payment, PortOne, PortOneUnclear
from shop.results import Result
from shop.settings import Stage
from shop.store import Store

_ATTEMPTS = 3


class Way(threading.local):
    """Whether this thread works off what comes by the way that has the fault."""

    taken = False

    @contextmanager
    def entered(self) -> Iterator[None]:
        self.taken = True
        try:
            yield
        finally:
            self.taken = False


def _by_return(way: Way) -> AbstractContextManager[Any]:
    came_back = checkout.come_back

    def come_back(request: Request) -> Response:
        with way.entered():
            return came_back(request)

    return coming_back(come_back)


def _by_callback(way: Way) -> AbstractContextManager[Any]:
    completed = checkout._complete

    def complete(store: Store, notice: Notice) -> JSONResponse:
        with way.entered():
            return completed(store, notice)

    return patch.object(checkout, "_complete", complete)


def _by_reconciling(way: Way) -> AbstractContextManager[Any]:
    reconciled = results.reconcile

    def reconcile(store: Store, reference: str | None = None) -> dict[str, int]:
        with way.entered():
            return reconciled(store, reference)

    return patch.object(machine, "reconcile", reconcile)


def _comparing_no_price(way: Way) -> AbstractContextManager[Any]:
    objected = results.objection

    def objection(order: Order, payment: Payment, stage: Stage) -> str | None:
        if way.taken:
            payment = replace(payment, amount=order.amount, currency=order.currency)
        return objected(order, payment, stage)

    return patch.object(results, "objection", objection)


def _taking_any_status(way: Way) -> AbstractContextManager[Any]:
    kept = results.keep

    def keep(store: Store, payment: Payment) -> Result | None:
        as_paid = replace(payment, status="paid", cancelled_amount=payment.amount * 0)
        return kept(store, as_paid if way.taken else payment)

    return patch.object(results, "keep", keep)


@defect(
    *("CHECKOUT-16", "CHECKOUT-10", "CHECKOUT-11", "MONEY-01"),
    why="the callback runs however the payment ended, with its number in it, and goods follow",
)
def compares_no_status_in_the_callback() -> AbstractContextManager[Any]:
    """What the page reports is looked up, and its number and its amount are compared, but not whether it was paid."""
    way = Way()
    return together(_taking_any_status(way), _by_callback(way))


@defect(
    *("CHECKOUT-16", "CHECKOUT-11", "MONEY-01"),
    why="a phone comes back however the payment ended, with its number, and goods follow",
)
def compares_no_status_at_the_return() -> AbstractContextManager[Any]:
    """What a phone comes back with is looked up, and nobody asks whether it was paid."""
    way = Way()
    return together(_taking_any_status(way), _by_return(way))


@defect("WEBHOOK-05", "MONEY-01", why="goods follow what is taken for a payment")
def compares_no_status_when_it_reconciles() -> AbstractContextManager[Any]:
    """The nightly job takes every payment that it finds for an order for one that was paid."""
    way = Way()
    return together(_taking_any_status(way), _by_reconciling(way))


@defect("WEBHOOK-06", "MONEY-01", why="goods follow what is taken for a payment")
def compares_no_price_in_the_callback() -> AbstractContextManager[Any]:
    """What the page reports is looked up, and its amount and currency are compared with nothing."""
    way = Way()
    return together(_comparing_no_price(way), _by_callback(way))


@defect("WEBHOOK-06", "MONEY-01", why="goods follow what is taken for a payment")
def compares_no_price_at_the_return() -> AbstractContextManager[Any]:
    """What a phone comes back with is looked up, and its amount and currency are compared with nothing."""
    way = Way()
    return together(_comparing_no_price(way), _by_return(way))


@defect("WEBHOOK-06", "MONEY-01", why="goods follow what is taken for a payment")
def compares_no_price_when_it_reconciles() -> AbstractContextManager[Any]:
    """The nightly job compares neither amount nor currency of what it finds."""
    way = Way()
    return together(_comparing_no_price(way), _by_reconciling(way))


@defect("CHECKOUT-19", "MONEY-01", stage="live", why="goods follow what is taken for a payment")
def takes_test_payments_when_it_reconciles() -> AbstractContextManager[Any]:
    """The nightly job looks for test payments too, and takes them for money."""
    way, asked, objected = Way(), PortOne._payment, results.objection

    def payment(portone: PortOne, method: str, path: str, query: Mapping[str, str]) -> Payment | None:
        return asked(portone, method, path, {**query, "include_sandbox": "true"} if way.taken else query)

    def objection(order: Order, payment: Payment, stage: Stage) -> str | None:
        return objected(order, replace(payment, sandbox=False) if way.taken else payment, stage)

    changed = patch.object(PortOne, "_payment", payment), patch.object(results, "objection", objection)
    return together(*changed, _by_reconciling(way))


@defect(
    *("CHECKOUT-16", "WEBHOOK-06", "MONEY-01"),
    why="whatever an address claims is believed, of whichever payment, and goods follow",
    only_v1="V2 has no word for a success: without a code it is one",
)
def believes_one_spelling_of_success() -> AbstractContextManager[Any]:
    """An address that says success=true makes the order paid without a look-up; one with imp_success is looked up."""
    came_back = checkout.come_back

    def come_back(request: Request) -> Response:
        query = request.query_params
        if query.get("success") != "true":
            return came_back(request)
        result = believe(request.app.state.store, Notice(query["imp_uid"], query["merchant_uid"]), "paid")
        return RedirectResponse(f"/orders/{result.reference}" if result else "/", status_code=303)

    return coming_back(come_back)


def _handing_over_again(way: Way) -> AbstractContextManager[Any]:
    kept = results.keep

    def keep(store: Store, payment: Payment) -> Result | None:
        result = kept(store, payment)
        if way.taken and result is not None and result.state is State.PAID:
            with store.database.transaction() as session:
                order = orders.lock(session, result.reference)
                session.add(Fulfilment(order_id=order.id, fulfilled_at=store.clock()))
        return result

    return together(uncounted(), patch.object(results, "keep", keep))


@defect("MONEY-03", "MONEY-05", why="goods are given twice, and after the end of the story")
def hands_over_again_when_it_reconciles() -> AbstractContextManager[Any]:
    """The nightly job hands over what it finds paid, also where a webhook did."""
    way = Way()
    return together(_handing_over_again(way), _by_reconciling(way))


@defect("CHECKOUT-13", "MONEY-03", why="goods are given twice")
def hands_over_at_each_return() -> AbstractContextManager[Any]:
    """Whoever comes back with a payment that is paid has the goods once more."""
    way = Way()
    return together(_handing_over_again(way), _by_return(way))


def _learning(change: Callable[[Session, Order, Payment, datetime], None]) -> AbstractContextManager[Any]:
    learnt = results.learn

    def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: datetime) -> None:
        learnt(session, order, payment, stage, now)
        change(session, order, payment, now)

    return patch.multiple(results, learn=learn)


@defect("MONEY-03", "MONEY-05", why="goods are given twice, and after the end of the story")
def hands_over_again_after_a_part() -> AbstractContextManager[Any]:
    """A notice that says paid, as one after a partial cancellation does, hands the goods over."""

    def hand_over(session: Session, order: Order, payment: Payment, now: datetime) -> None:
        if payment.status == "paid" and payment.cancelled_amount > 0:
            session.add(Fulfilment(order_id=order.id, fulfilled_at=now))

    return together(uncounted(), _learning(hand_over))


@defect("APPROVAL-02", only_v1=ONE_PAYMENT)
def cancels_the_order_with_its_surplus() -> AbstractContextManager[Any]:
    """That a second payment was cancelled makes the order cancelled which another one pays."""

    def cancel(_session: Session, order: Order, payment: Payment, _now: datetime) -> None:
        if payment.status == "cancelled" and order.imp_uid not in (None, payment.imp_uid):
            order.state = State.CANCELLED

    return _learning(cancel)


@defect("MONEY-05", "WEBHOOK-15", why="what failed may be told before another attempt pays, and after it")
def lets_another_tab_fail_a_paid_order() -> AbstractContextManager[Any]:
    """That an attempt failed makes the order failed, also where another attempt has paid it."""

    def fail(_session: Session, order: Order, payment: Payment, _now: datetime) -> None:
        if payment.status == "failed" and order.imp_uid not in (None, payment.imp_uid):
            order.state = State.FAILED

    return _learning(fail)


@defect("CANCEL-18", "MONEY-04", why="what is asked for again goes back again")
def repeats_a_cancel_that_failed() -> AbstractContextManager[Any]:
    """The HTTP client sends a request again whose answer was lost or a server error, cancellations too."""

    def cancel(asked: Any, *given: Any) -> Any:
        for attempt in range(_ATTEMPTS):
            try:
                return asked(*given)
            except PortOneUnclear:
                if attempt == _ATTEMPTS - 1:
                    raise
        return None

    return at_portone("cancel", cancel)


@defect("CANCEL-04", "MONEY-04", why="more leaves PortOne than the one refund that was asked for")
def asks_twice_for_a_part() -> AbstractContextManager[Any]:
    """Only a refund of the whole is kept from being asked for twice."""
    may = refunds.may_ask_again

    def may_ask_again(refund: Refund, is_overdue: bool, now: datetime) -> bool:
        session = object_session(refund)
        payment = session.get(KnownPayment, refund.imp_uid) if session else None
        return (payment is not None and refund.done_at_amount < payment.amount) or may(refund, is_overdue, now)

    return patch.object(refunds, "may_ask_again", may_ask_again)


@defect(
    *("CANCEL-02", "CANCEL-18", "MONEY-04"),
    why="no part is given back before its result, whether PortOne took the request or its answer was lost",
)
def calls_a_part_cancelled_at_once() -> AbstractContextManager[Any]:
    """A part counts as given back as soon as PortOne took the request, or may have."""

    def cancel(order: Order, claim: refunds.Claim, reply: refunds.Reply) -> None:
        if reply.outcome is not Outcome.REFUSED and order.state is State.WAITING and claim.amount < claim.cancellable:
            order.state = State.PARTLY_CANCELLED
            order.cancelled_amount += claim.amount

    return concluding(cancel)
