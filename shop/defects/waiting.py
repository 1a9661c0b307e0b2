"""Faults in how a webhook is answered, in whom it is believed of, and in what is done without one."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import checkout, messages, orders, pages, results, webhooks
from shop.defects.answers import believe
from shop.defects.registry import defect
from shop.life import State
from shop.messages import Notice
from shop.portone import PortOneUnclear
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


@defect("WEBHOOK-18")
def believes_a_forwarded_address() -> AbstractContextManager[Any]:
    """A webhook whose headers name one of PortOne's addresses is believed without a look-up."""
    received = webhooks.portone

    async def portone(request: Request) -> JSONResponse:
        claims = [request.headers.get(name, "") for name in ("x-forwarded-for", "x-real-ip", "forwarded")]
        if not any(address in claim for address in PORTONE_ADDRESSES for claim in claims):
            return await received(request)
        fields = await messages.fields_of(request)
        notice, status = Notice.of(fields), str(fields.get("status"))
        await run_in_threadpool(believe, request.app.state.store, notice, status)
        return JSONResponse({})

    return patch.object(webhooks, "portone", portone)


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

    stack = ExitStack()
    for module in (results, pages, checkout):
        stack.enter_context(patch.object(module, "catch_up", catch_up))
    return stack
