"""Faults in how a webhook is received and worked off."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from shop import checkout, orders, webhooks
from shop.database import Order
from shop.defects.answers import believe
from shop.defects.registry import ONE_NUMBER, OnV2, defect, together
from shop.defects.speaking import receiving
from shop.life import State
from shop.messages import Notice
from shop.portone import Payment, PortOneUnclear
from shop.store import Store

Work = Callable[[Store, Notice], JSONResponse]


def _working_off(change: Callable[[Work, Store, Notice], JSONResponse]) -> AbstractContextManager[Any]:
    worked_off = webhooks._work_off
    return patch.object(webhooks, "_work_off", lambda store, notice: change(worked_off, store, notice))


def _pays(store: Store, payment: Payment) -> bool:
    """Whether it is the payment that pays its order."""
    with store.database.reading() as session:
        return session.scalar(select(Order.imp_uid).where(Order.imp_uid == payment.imp_uid)) is not None


def _state_of(store: Store, merchant_uid: str) -> State | None:
    reference = orders.reference_of(store.database, merchant_uid)
    if reference is None:
        return None
    with store.database.reading() as session:
        return orders.read(session, reference)[0].state


@defect("WEBHOOK-10", "MONEY-01", why="goods are given away unpaid")
def fails_open() -> AbstractContextManager[Any]:
    """Where the look-up gives no answer the webhook is believed."""
    return believing(lambda _unclear: True)


def believing(is_taken: Callable[[PortOneUnclear], bool]) -> AbstractContextManager[Any]:
    """The webhook is believed where its look-up ended so."""

    async def work_off(store: Store, notice: Notice, status: str) -> JSONResponse:
        try:
            return await run_in_threadpool(webhooks._work_off, store, notice)
        except PortOneUnclear as unclear:
            if not is_taken(unclear):
                raise
            await run_in_threadpool(believe, store, notice, status)
            return JSONResponse({})

    return receiving(work_off)


@defect(
    *("APPROVAL-01", "CANCEL-03", "CANCEL-09", "CANCEL-14", "CANCEL-15"),
    why="whatever becomes of a payment after the first look is taken for a repetition",
    on_v2=OnV2("a dispute comes after the first look, too", also=("CANCEL-24",)),
)
def acts_once_per_payment() -> AbstractContextManager[Any]:
    """A payment whose webhook was worked off before is not looked at again."""
    seen: set[str] = set()

    def work_off(worked_off: Work, store: Store, notice: Notice) -> JSONResponse:
        if notice.imp_uid in seen:
            return JSONResponse({"message": "seen before"})
        answer = worked_off(store, notice)
        seen.add(notice.imp_uid)
        return answer

    return _working_off(work_off)


@defect("WEBHOOK-01", "CHECKOUT-12", why="a webhook that comes first, or alone, concerns nothing")
def knows_the_order_only_after_the_return() -> AbstractContextManager[Any]:
    """The order is stored when the browser comes back, and webhooks about any other are skipped."""
    returned: set[str] = set()

    def work_off(worked_off: Work, store: Store, notice: Notice) -> JSONResponse:
        known = notice.merchant_uid in returned
        return worked_off(store, notice) if known else JSONResponse({"message": "no such order"})

    completed = checkout._complete

    def complete(store: Store, notice: Notice) -> JSONResponse:
        returned.add(notice.merchant_uid)
        return completed(store, notice)

    return together(_working_off(work_off), patch.object(checkout, "_complete", complete))


@defect(
    "WEBHOOK-08",
    warns=("WEBHOOK-08",),
    on_v2=OnV2("a webhook about a dispute tells nothing else that is new of a paid order", also=("CANCEL-24",)),
)
def takes_a_repetition_for_an_error() -> AbstractContextManager[Any]:
    """A webhook that tells nothing new of a paid order is answered with 500, so that it comes five times more."""

    def work_off(worked_off: Work, store: Store, notice: Notice) -> JSONResponse:
        was_paid = _state_of(store, notice.merchant_uid) is State.PAID
        payment = store.portone.look_up(notice.imp_uid) if was_paid else None
        if payment and payment.status == "paid" and not payment.cancelled_amount and _pays(store, payment):
            return JSONResponse({"message": "duplicate payment"}, status_code=500)
        return worked_off(store, notice)

    return _working_off(work_off)


@defect("WEBHOOK-15")
def drops_what_comes_while_it_looks() -> AbstractContextManager[Any]:
    """A webhook about a payment that is being looked up already is answered with 200 and forgotten."""
    looked_at: set[str] = set()

    def work_off(worked_off: Work, store: Store, notice: Notice) -> JSONResponse:
        if notice.imp_uid in looked_at:
            return JSONResponse({"message": "it is being looked up"})
        looked_at.add(notice.imp_uid)
        try:
            return worked_off(store, notice)
        finally:
            looked_at.discard(notice.imp_uid)

    return _working_off(work_off)


@defect("WEBHOOK-01")
def fails_after_its_work() -> AbstractContextManager[Any]:
    """The webhook that makes an order paid is answered with 500, as the mail to the buyer fails that is sent then."""

    def work_off(worked_off: Work, store: Store, notice: Notice) -> JSONResponse:
        before = _state_of(store, notice.merchant_uid)
        answer = worked_off(store, notice)
        news = before is not State.PAID and _state_of(store, notice.merchant_uid) is State.PAID
        return JSONResponse({"message": "no mail server"}, status_code=500) if news else answer

    return _working_off(work_off)


@defect("WEBHOOK-07", "MONEY-03", why="what is given twice is lost", only_v1=ONE_NUMBER)
def sends_back_what_a_webhook_misnames() -> AbstractContextManager[Any]:
    """A payment that is not of the order that the webhook names is cancelled, whoever made it."""

    def work_off(worked_off: Work, store: Store, notice: Notice) -> JSONResponse:
        payment = store.portone.look_up(notice.imp_uid)
        if payment is not None and payment.merchant_uid != notice.merchant_uid:
            whole, why = payment.amount, "It is of another order."
            store.portone.cancel(payment.imp_uid, whole, whole, why, payment.currency)
            return JSONResponse({"message": "forged"})
        return worked_off(store, notice)

    return _working_off(work_off)


@defect(
    *("WEBHOOK-05", "WEBHOOK-06", "WEBHOOK-18", "WEBHOOK-19", "CANCEL-09", "CANCEL-14"),
    *("CANCEL-17", "MONEY-01", "MONEY-02", "MONEY-04"),
    why="the body says neither what is true, nor how much was paid, nor how much was cancelled",
    on_v2=OnV2("whoever signed a webhook is believed", also=("WEBHOOK-22",)),
)
def looks_up_for_show() -> AbstractContextManager[Any]:
    """The payment is looked up, and then the status of the webhook's body is written to the order."""

    async def work_off(store: Store, notice: Notice, status: str) -> JSONResponse:
        await run_in_threadpool(_believe_after_a_look, store, notice, status)
        return JSONResponse({})

    return receiving(work_off)


def _believe_after_a_look(store: Store, notice: Notice, status: str) -> None:
    payment = store.portone.look_up(notice.imp_uid)
    if payment is None or payment.merchant_uid != notice.merchant_uid:
        return
    believe(store, notice, status)
    with store.database.transaction() as session:
        order = orders.lock_by_attempt(session, notice.merchant_uid)
        if order is not None:
            order.country = payment.country or order.country


@defect("SETUP-13")
def breaks_on_the_console_s_ready_test() -> AbstractContextManager[Any]:
    """The test webhook that says `ready` is taken for a virtual account of an order, and there is none to put it to."""

    async def work_off(store: Store, notice: Notice, status: str) -> JSONResponse:
        if status == "ready" and orders.reference_of(store.database, notice.merchant_uid) is None:
            return JSONResponse({"message": "no such order"}, status_code=500)
        return await run_in_threadpool(webhooks._work_off, store, notice)

    return receiving(work_off)
