"""Faults that nobody meets at a quiet moment: each needs more than four webhooks, or slow answers, at the same time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from queue import Queue
from typing import Any
from unittest.mock import patch

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shop import messages, orders, results, webhooks
from shop.database import Fulfilment
from shop.defects.answers import uncounted
from shop.defects.registry import defect, together
from shop.life import OPEN_TO_PAYMENT, State, fulfils
from shop.messages import Notice
from shop.portone import Payment, PortOne, PortOneUnclear
from shop.portone_v2 import PortOneV2
from shop.results import Result
from shop.store import Store

POOL, POOL_SECONDS = 5, 30.0
"""Connections of the pool, and how long one is waited for: SQLAlchemy's own defaults."""
FEW = 4
_OF_STORMS = "a storm is made of V1's webhooks"
MAIL_SECONDS = 0.5
PATIENCE_SECONDS, TIMES = 0.25, 4


@defect(
    "LOAD-03",
    "LOAD-04",
    why="whatever waits for a connection that never comes is worked off late, if at all",
    only_v1=_OF_STORMS,
)
def leaks_connections() -> AbstractContextManager[Any]:
    """A webhook that had to wait for one of the pool's five connections does not give it back."""
    pool = asyncio.Semaphore(POOL)
    received = webhooks.portone

    async def portone(request: Request) -> Response:
        had_to_wait = pool.locked()
        try:
            await asyncio.wait_for(pool.acquire(), POOL_SECONDS)
        except TimeoutError:
            return JSONResponse({"message": "no connection"}, status_code=503)
        try:
            return await received(request)
        finally:
            if not had_to_wait:
                pool.release()

    return patch.object(webhooks, "portone", portone)


@defect("LOAD-03", "LOAD-04", why="what waits for the lock is worked off late, too", only_v1=_OF_STORMS)
def locks_the_stock_while_it_looks() -> AbstractContextManager[Any]:
    """The stock of a product is locked while a payment is looked up, so that the webhooks of other orders wait."""
    free = asyncio.Condition()
    held = Counter[str]()
    received = webhooks.portone

    async def portone(request: Request) -> Response:
        await request.body()  # kept by the request, so that it can be read twice
        store: Store = request.app.state.store
        told = store.spoken.told_by_webhook(await messages.fields_of(request))
        order = Notice.of(told).merchant_uid if told else ""
        async with free:
            await free.wait_for(lambda: not held or order in held)
            held[order] += 1
        try:
            return await received(request)
        finally:
            async with free:
                held[order] -= 1
                if not held[order]:
                    del held[order]
                free.notify_all()

    return patch.object(webhooks, "portone", portone)


@defect("LOAD-01", only_v1=_OF_STORMS)
def locks_four_orders() -> AbstractContextManager[Any]:
    """Of more than four orders at a time one is not locked, so that two webhooks of it read before either writes."""
    held = Counter[str]()
    table, local = threading.Lock(), threading.local()
    worked_off = webhooks._work_off

    def noted(before: State, now: State) -> bool:
        local.own = fulfils(before, now)
        return bool(local.own)

    @contextmanager
    def locked(order: str) -> Iterator[bool]:
        """Whether the order is: the shop's own transactions are its lock, and here it is only counted."""
        with table:
            is_locked = order in held or len(held) < FEW
            if is_locked:
                held[order] += 1
        try:
            yield is_locked
        finally:
            with table:
                if is_locked and held[order] == 1:
                    del held[order]
                elif is_locked:
                    held[order] -= 1

    def is_open(store: Store, merchant_uid: str) -> bool:
        reference = orders.reference_of(store.database, merchant_uid)
        with store.database.reading() as session:
            return reference is not None and orders.read(session, reference)[0].state in OPEN_TO_PAYMENT

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        with locked(notice.merchant_uid) as alone:
            was_open, local.own = is_open(store, notice.merchant_uid), False
            answer = worked_off(store, notice)
            if was_open and not alone and not local.own and not is_open(store, notice.merchant_uid):
                with store.database.transaction() as session:
                    order = orders.lock_by_attempt(session, notice.merchant_uid)
                    assert order is not None
                    session.add(Fulfilment(order_id=order.id, fulfilled_at=store.clock()))
            return answer

    return together(uncounted(), patch.object(results, "fulfils", noted), patch.object(webhooks, "_work_off", work_off))


@defect("LOAD-02", only_v1=_OF_STORMS)
def notes_it_as_done_before_it_is() -> AbstractContextManager[Any]:
    """Of more than four webhooks at a time the rest are noted as worked off, and nothing looks at them again."""
    noted: set[str] = set()
    under_way = threading.Semaphore(FEW)
    kept, worked_off = results.keep, webhooks._work_off

    def keep(store: Store, payment: Payment) -> Result | None:
        if payment.merchant_uid not in noted:
            return kept(store, payment)
        with store.database.reading() as session:
            order = orders.lock_by_attempt(session, payment.merchant_uid)
            return Result(order.reference, order.state) if order else None

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        if not under_way.acquire(blocking=False):
            noted.add(notice.merchant_uid)
            return JSONResponse({"message": "too busy"})
        try:
            return worked_off(store, notice)
        finally:
            under_way.release()

    return together(patch.object(results, "keep", keep), patch.object(webhooks, "_work_off", work_off))


@defect("LOAD-04", only_v1=_OF_STORMS)
def queues_without_bound() -> AbstractContextManager[Any]:
    """Where more than four webhooks come at a time, the rest are queued, and one worker writes a mail after each."""
    waiting: Queue[tuple[Store, Notice]] = Queue()
    worked_off = webhooks._work_off
    under_way = threading.Semaphore(FEW)

    def work() -> None:
        while True:
            store, notice = waiting.get()
            try:
                worked_off(store, notice)
            except PortOneUnclear:
                waiting.put((store, notice))
            time.sleep(MAIL_SECONDS)

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        if not under_way.acquire(blocking=False):
            waiting.put((store, notice))
            return JSONResponse({"message": "queued"})
        try:
            return worked_off(store, notice)
        finally:
            under_way.release()

    threading.Thread(target=work, name="mails", daemon=True).start()
    return patch.object(webhooks, "_work_off", work_off)


@defect("LOAD-05", only_v1=_OF_STORMS)
def asks_again_at_once() -> AbstractContextManager[Any]:
    """A look-up that is not answered in a quarter of a second is asked for again, up to four times in all."""
    threads = ThreadPoolExecutor(64)

    def impatient(looked_up: Callable[[Any, str], Payment | None]) -> Callable[[Any, str], Payment | None]:
        def look_up(portone: Any, payment: str) -> Payment | None:
            asked: list[Future[Payment | None]] = []
            while True:
                if len(asked) < TIMES:
                    asked.append(threads.submit(looked_up, portone, payment))
                answered, _ = wait(asked, None if len(asked) == TIMES else PATIENCE_SECONDS, FIRST_COMPLETED)
                if answered:
                    return next(iter(answered)).result()

        return look_up

    stack = ExitStack()
    stack.callback(threads.shutdown)
    for account in (PortOne, PortOneV2):
        stack.enter_context(patch.object(account, "look_up", impatient(account.look_up)))
    return stack
