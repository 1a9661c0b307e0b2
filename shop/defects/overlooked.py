"""Faults that the list had missed, in how results reach an order; somebody looked for what was not on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import checkout, messages, orders, pages, refunds, results, webhooks
from shop.database import Attempt, Fulfilment, KnownPayment, Order, ShippingAddress
from shop.defects.answers import believe, uncounted
from shop.defects.registry import ONE_NUMBER, ONE_PAYMENT, OnV2, defect, together
from shop.defects.speaking import at_portone, reading, receiving
from shop.defects.ways import Way
from shop.generations import Account
from shop.life import OPEN_TO_PAYMENT, State
from shop.messages import Notice
from shop.portone import Payment, PortOne, PortOneRefused, PortOneUnclear
from shop.results import Result
from shop.settings import Stage
from shop.store import Store

Learnt = Callable[[Session, Order, Payment, State, Decimal], None]


def learning(change: Learnt) -> AbstractContextManager[Any]:
    learnt = results.learn

    def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: datetime) -> None:
        state, cancelled = order.state, order.cancelled_amount
        learnt(session, order, payment, stage, now)
        change(session, order, payment, state, cancelled)

    return together(patch.object(results, "learn", learn), patch.object(refunds, "learn", learn))


MEETING_SECONDS = 1.0
"""How long a payment waits for another one of its order to come to the same point."""


@defect("WEBHOOK-16")
def knows_the_shape_of_a_look_up() -> AbstractContextManager[Any]:
    """A look-up that holds an object which the shop does not know is not understood."""
    known = {"extension"} | {"amount", "channel", "customer", "method", "origin", "failure"}

    def change(payment: Payment, answer: Mapping[str, Any]) -> Payment:
        if any(isinstance(value, dict) for name, value in answer.items() if name not in known):
            raise PortOneUnclear("PortOne's answer has an unexpected object")
        return payment

    return reading(change)


@defect("WEBHOOK-06", "MONEY-01", why="goods follow what is taken for a payment")
def takes_any_currency_for_won() -> AbstractContextManager[Any]:
    """The currency is compared only where the order names one, and an order in won names none."""
    objected = results.objection

    def objection(order: Order, payment: Payment, stage: Stage) -> str | None:
        unnamed = order.currency == "KRW"
        return objected(order, replace(payment, currency="KRW") if unnamed else payment, stage)

    return patch.object(results, "objection", objection)


@defect(
    *("WEBHOOK-05", "MONEY-01"),
    why="goods follow what is taken for a payment",
    only_v1="V2 sends JSON alone, but for its older version",
)
def believes_the_other_content_type() -> AbstractContextManager[Any]:
    """The handler of the older form webhooks was kept, which believes what they say."""

    async def handler(request: Request) -> JSONResponse:
        fields = await messages.fields_of(request)
        store, notice = request.app.state.store, Notice.of(fields)
        if request.headers.get("content-type", "").startswith("application/x-www-form"):
            await run_in_threadpool(believe, store, notice, str(fields.get("status")))
            return JSONResponse({})
        return await run_in_threadpool(webhooks._work_off, store, notice)

    return patch.object(webhooks, "portone", handler)


@defect(
    *("WEBHOOK-07", "MONEY-01", "MONEY-02"),
    why="who claims them has the goods, and who paid has none",
    only_v1=ONE_NUMBER,
)
def finds_the_order_by_the_body() -> AbstractContextManager[Any]:
    """A payment that has paid nothing yet pays the order that the webhook names."""

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        reference = orders.reference_of(store.database, notice.merchant_uid)
        payment = store.portone.look_up(notice.imp_uid) if reference else None
        if payment is None or reference is None:
            return JSONResponse({"message": "nothing of this shop"})
        with store.database.reading() as session:
            known = session.get(KnownPayment, payment.imp_uid)
            order, _ = orders.read(session, reference)
        if known is not None and known.order_id != order.id:
            return JSONResponse({"message": "it has paid before"})
        results.keep(store, replace(payment, merchant_uid=notice.merchant_uid))
        return JSONResponse({"order": reference})

    return patch.object(webhooks, "_work_off", work_off)


@defect(
    *("APPROVAL-01", "CANCEL-10", "CANCEL-15", "CANCEL-17"),
    warns=("CANCEL-15",),
    why="each has a result of which something was noted, forged or true",
    on_v2=OnV2("V2 tells of the dispute, too, and the look-up after that shows the chargeback", spares=("CANCEL-15",)),
)
def notes_a_webhook_whatever_it_found() -> AbstractContextManager[Any]:
    """A webhook is worked off once, by its payment and its status, whatever the look-up says meanwhile."""
    seen: set[tuple[str, str]] = set()

    async def work_off(store: Store, notice: Notice, status: str) -> JSONResponse:
        key = notice.imp_uid, status
        if key in seen:
            return JSONResponse({"message": "worked off already"})
        answer = await run_in_threadpool(webhooks._work_off, store, notice)
        seen.add(key)
        return answer

    return receiving(work_off)


@defect("MONEY-03", only_v1=ONE_PAYMENT)
def locks_the_payment_not_the_order() -> AbstractContextManager[Any]:
    """What is decided at one moment is decided per payment, so that two payments of an order both pay it."""
    kept, looking = results.keep, threading.Condition()
    seen_open: dict[str, set[str]] = {}

    def keep(store: Store, payment: Payment) -> Result | None:
        reference = orders.reference_of(store.database, payment.merchant_uid)
        if reference is None or payment.status != "paid":
            return kept(store, payment)
        with store.database.reading() as session:
            was_open = orders.read(session, reference)[0].state in OPEN_TO_PAYMENT
        if was_open:
            with looking:
                here = seen_open.setdefault(reference, set())
                here.add(payment.imp_uid)
                looking.notify_all()
                looking.wait_for(lambda: len(here) > 1, MEETING_SECONDS)
        result = kept(store, payment)
        with store.database.transaction() as session:
            order = orders.lock(session, reference)
            if was_open and order.imp_uid not in (None, payment.imp_uid):
                session.add(Fulfilment(order_id=order.id, fulfilled_at=store.clock()))
                session.get_one(KnownPayment, payment.imp_uid).objection = None
                session.flush()
                results.note_attention(session, order)
        return result

    return together(uncounted(), patch.object(results, "keep", keep))


@defect("MONEY-03")
def forgets_a_wrong_amount_once_paid() -> AbstractContextManager[Any]:
    """Once an order is paid, nobody is told any more of the wrong amount that was paid for it before."""

    def change(session: Session, order: Order, _payment: Payment, _before: State, _c: Decimal) -> None:
        if order.state is State.PAID:
            for known in session.scalars(select(KnownPayment).where(KnownPayment.order_id == order.id)):
                known.objection = known.objection if known.amount == order.amount else None
            session.flush()
            results.note_attention(session, order)

    return learning(change)


@defect("MONEY-03", only_v1=ONE_PAYMENT)
def forgets_what_could_not_be_sent_back() -> AbstractContextManager[Any]:
    """A second payment is sent back by the shop itself; where PortOne refuses that nobody is told."""
    kept, asked = results.keep, set[str]()

    def change(session: Session, order: Order, payment: Payment, _b: State, _c: Decimal) -> None:
        if order.imp_uid not in (None, payment.imp_uid):
            session.get_one(KnownPayment, payment.imp_uid).objection = None
            session.flush()
            results.note_attention(session, order)

    def keep(store: Store, payment: Payment) -> Result | None:
        result = kept(store, payment)
        if result is not None and payment.status == "paid" and payment.imp_uid not in asked:
            with store.database.reading() as session:
                surplus = orders.read(session, result.reference)[0].imp_uid not in (None, payment.imp_uid)
            if surplus:
                asked.add(payment.imp_uid)
                with suppress(PortOneRefused, PortOneUnclear):
                    whole = payment.amount
                    store.portone.cancel(payment.imp_uid, whole, whole, "paid twice", payment.currency)
        return result

    return together(learning(change), patch.object(results, "keep", keep))


def _by_catching_up(way: Way) -> AbstractContextManager[Any]:
    caught_up = results.catch_up

    def catch_up(store: Store, reference: str) -> Result:
        with way.entered():
            return caught_up(store, reference)

    return together(*(patch.object(module, "catch_up", catch_up) for module in (results, pages, checkout)))


@defect("COUNTRY-02")
def loses_the_country_when_it_looks_again() -> AbstractContextManager[Any]:
    """The job and the order's page look up without the extension, and write down that there is no country."""
    way, kept = Way(), results.keep

    def keep(store: Store, payment: Payment) -> Result | None:
        result = kept(store, payment)
        if way.taken and result is not None:
            with store.database.transaction() as session:
                orders.lock(session, result.reference).country = None
        return result

    return together(patch.object(results, "keep", keep), _by_catching_up(way))


@defect("COUNTRY-04")
def fills_in_a_missing_country() -> AbstractContextManager[Any]:
    """Where the look-up has no country, the one of the buyer's form is kept as the one that was paid from."""

    def change(session: Session, order: Order, _payment: Payment, _b: State, _c: Decimal) -> None:
        if order.country is None and order.state is State.PAID:
            address = session.get(ShippingAddress, order.id)
            order.country = address.country if address else None

    return learning(change)


@defect("WEBHOOK-15", "MONEY-04", why="its books differ from PortOne's")
def writes_back_what_it_read_before() -> AbstractContextManager[Any]:
    """The nightly job reads an order, finds its payment, and writes both back, whatever has come in between."""
    kept, found = results.keep, list[Payment]()

    def find(own: Any, account: Account, merchant_uid: str) -> Payment | None:
        first = {"sorting": "-started"}
        payment: Payment | None = (
            account._payment("GET", f"/payments/find/{merchant_uid}", first)
            if isinstance(account, PortOne)
            else own(account, merchant_uid)
        )
        found.extend([payment] if payment else [])
        return payment

    def keep(store: Store, payment: Payment) -> Result | None:
        result = kept(store, payment)
        stale = any(payment is one for one in found) and payment.status == "paid"
        if result is not None and stale and result.state in {State.CANCELLED, State.WAITING, State.PARTLY_CANCELLED}:
            with store.database.transaction() as session:
                order = orders.lock(session, result.reference)
                order.state, order.cancelled_amount = State.PAID, Decimal(0)
        return result

    return together(at_portone("find", find), patch.object(results, "keep", keep))


@defect("WEBHOOK-17")
def finds_the_newest_attempt_only() -> AbstractContextManager[Any]:
    """Only the newest attempt of an order is ever looked for."""
    way, attempts = Way(), orders.attempts

    def newest(session: Session, order: Order) -> list[Attempt]:
        return attempts(session, order)[-1:] if way.taken else attempts(session, order)

    return together(patch.object(orders, "attempts", newest), _by_catching_up(way))


@defect("CHECKOUT-04")
def sells_again_what_is_being_cancelled() -> AbstractContextManager[Any]:
    """Only an order that says paid cannot be paid; one that waits or is cancelled can, by the number that paid it."""
    opened = orders.open_attempt

    def open_attempt(session: Session, order: Order) -> Attempt:
        if order.state in OPEN_TO_PAYMENT:
            return opened(session, order)
        return session.get_one(Attempt, order.merchant_uid)

    return together(
        patch.object(checkout, "OPEN_TO_PAYMENT", frozenset(State) - {State.PAID}),
        patch.object(orders, "open_attempt", open_attempt),
    )
