"""Faults in how a webhook is answered, in which sender is believed, and in what is done without a webhook."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, suppress
from typing import Any
from unittest.mock import patch

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import checkout, machine, orders, pages, results, webhooks
from shop.database import KnownPayment, Order
from shop.defects.answers import believe
from shop.defects.registry import defect, together
from shop.defects.speaking import told_by
from shop.life import State
from shop.messages import Notice
from shop.portone import PortOne, PortOneRefused, PortOneUnclear
from shop.results import Result
from shop.store import Store

PORTONE_ADDRESSES = ("52.78.100.19", "52.78.48.223", "52.78.5.241")


@defect("WEBHOOK-01", warns=("WEBHOOK-01",))
def answers_202() -> AbstractContextManager[Any]:
    """A webhook that was worked off is answered with 202."""
    worked_off = webhooks._work_off

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        answer = worked_off(store, notice)
        answer.status_code = 202
        return answer

    return patch.object(webhooks, "_work_off", work_off)


@defect("WEBHOOK-14")
def never_answers() -> AbstractContextManager[Any]:
    """A webhook about an order is worked off, and then nothing is answered until PortOne gives up."""

    async def wait(request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return _answering_after(wait)


@defect("WEBHOOK-14", warns=("WEBHOOK-14",))
def answers_late() -> AbstractContextManager[Any]:
    """A webhook is answered half a second late: too late where ten seconds are scaled to less."""

    async def wait(_request: Request) -> None:
        await asyncio.sleep(0.5)

    return _answering_after(wait)


def _answering_after(wait: Any) -> AbstractContextManager[Any]:
    received = webhooks.portone

    async def portone(request: Request) -> JSONResponse:
        answer = await received(request)
        if b'"order"' in answer.body:
            await wait(request)
        return answer

    return patch.object(webhooks, "portone", portone)


@defect("WEBHOOK-18", "MONEY-01", why="goods are given away unpaid")
def believes_a_forwarded_address() -> AbstractContextManager[Any]:
    """A webhook whose headers name one of PortOne's addresses is believed without a look-up."""
    received = webhooks.portone

    async def portone(request: Request) -> JSONResponse:
        told = await told_by(request) if _names_portone(request) else None
        if told is None:
            return await received(request)
        await run_in_threadpool(believe, request.app.state.store, Notice.of(told), str(told.get("status")))
        return JSONResponse({})

    return patch.object(webhooks, "portone", portone)


@defect("WEBHOOK-18")
def lets_a_header_past_its_gate() -> AbstractContextManager[Any]:
    """A webhook that no look-up bears out is refused, except where a header names one of PortOne's addresses."""

    async def portone(request: Request) -> JSONResponse:
        told, store = await told_by(request), request.app.state.store
        if told is None:
            return JSONResponse({})
        notice = Notice.of(told)
        answer = await run_in_threadpool(webhooks._work_off, store, notice)
        if _names_portone(request) or await run_in_threadpool(_seen_to_be, store, notice, told.get("status")):
            return answer
        return JSONResponse({"message": "not PortOne's"}, status_code=403)

    return patch.object(webhooks, "portone", portone)


def _names_portone(request: Request) -> bool:
    claims = [request.headers.get(name, "") for name in ("x-forwarded-for", "x-real-ip", "forwarded")]
    return any(address in claim for address in PORTONE_ADDRESSES for claim in claims)


def _seen_to_be(store: Store, notice: Notice, status: object) -> bool:
    with store.database.reading() as session:
        known = session.get(KnownPayment, notice.imp_uid)
    return known is None or status is None or known.status == status


@defect("WEBHOOK-17")
def calls_cancelled_what_it_cannot_see() -> AbstractContextManager[Any]:
    """An open order is said to be cancelled for as long as its payment cannot be looked up."""
    caught_up, described = results.catch_up, machine._described
    unseen: set[str] = set()

    def catch_up(store: Store, reference: str) -> Result:
        unseen.add(reference)
        result = caught_up(store, reference)
        unseen.discard(reference)
        return result

    def describe(store: Store, order: Order, fulfilments: int) -> dict[str, Any]:
        shown = described(store, order, fulfilments)
        return {**shown, "status": State.CANCELLED} if order.reference in unseen else shown

    return together(_catching_up(catch_up), patch.object(machine, "_described", describe))


@defect("WEBHOOK-17")
def sends_back_what_it_cannot_see() -> AbstractContextManager[Any]:
    """Where an open order's payment cannot be looked up, PortOne is asked to cancel it."""
    caught_up = results.catch_up

    def catch_up(store: Store, reference: str) -> Result:
        try:
            return caught_up(store, reference)
        except PortOneUnclear:
            with store.database.reading() as session:
                order, _ = orders.read(session, reference)
            why = "It could not be looked up."
            with suppress(PortOneRefused):
                if isinstance(store.portone, PortOne):
                    body = {"merchant_uid": order.merchant_uid, "reason": why}
                    store.portone._call("POST", "/payments/cancel", body=body)
                else:
                    store.portone.cancel(order.merchant_uid, order.amount, order.amount, why, order.currency)
            raise

    return _catching_up(catch_up)


def _catching_up(instead: Any) -> AbstractContextManager[Any]:
    return together(*(patch.object(module, "catch_up", instead) for module in (results, pages, checkout)))


@defect("WEBHOOK-17")
def cancels_what_it_cannot_see() -> AbstractContextManager[Any]:
    """An open order whose payment cannot be looked up is cancelled."""
    caught_up = results.catch_up

    def catch_up(store: Store, reference: str) -> Result:
        try:
            return caught_up(store, reference)
        except PortOneUnclear:
            with store.database.transaction() as session:
                order = orders.lock(session, reference)
                order.state = State.CANCELLED
                return Result(order.reference, order.state)

    return _catching_up(catch_up)
