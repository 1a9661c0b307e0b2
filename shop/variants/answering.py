"""Other ways to answer PortOne's webhooks, and to learn of payments."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from queue import Queue
from typing import Any
from unittest.mock import patch

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shop import orders, results, webhooks
from shop.database import KnownPayment, Order
from shop.defects.speaking import unsigned
from shop.life import State
from shop.messages import Notice
from shop.portone import PortOneUnclear
from shop.server import Shop
from shop.store import Store
from shop.variants.registry import variant

AGAIN_SECONDS = 0.05
POLL_SECONDS = 0.25
SLOW_SECONDS = 0.15


@contextmanager
def _working(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """A thread that works beside the shop until the shop is closed."""
    ends = threading.Event()
    thread = threading.Thread(target=work, args=(ends,), name="variant", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


@variant()
def works_later() -> AbstractContextManager[Any]:
    """A webhook is answered at once and put into a queue; it is worked off later, and again until that succeeds."""
    waiting: Queue[tuple[Store, Notice]] = Queue()

    def put(store: Store, notice: Notice) -> JSONResponse:
        waiting.put((store, notice))
        return JSONResponse({})

    worked_off = webhooks._work_off

    def one(store: Store, notice: Notice, ends: threading.Event) -> None:
        while not ends.is_set():
            try:
                worked_off(store, notice)
            except PortOneUnclear:
                ends.wait(AGAIN_SECONDS)
            else:
                return

    def work(ends: threading.Event) -> None:
        workers: list[threading.Thread] = []
        while not ends.wait(AGAIN_SECONDS):
            while not waiting.empty():  # one that hangs on a look-up must not keep the others
                worker = threading.Thread(target=one, args=(*waiting.get(), ends), daemon=True)
                worker.start()
                workers.append(worker)
        for worker in workers:
            worker.join()

    stack = ExitStack()
    stack.enter_context(patch.object(webhooks, "_work_off", put))
    stack.enter_context(_working(work))
    return stack


def _answered(status: int) -> AbstractContextManager[Any]:
    received = webhooks.portone

    async def portone(request: Request) -> Response:
        answer: Response = await received(request)
        return Response(status_code=status) if answer.status_code == 200 else answer

    return patch.object(webhooks, "portone", portone)


@variant(WEBHOOK_01="WARN")
def answers_202() -> AbstractContextManager[Any]:
    """A good webhook is answered with 202 and no body."""
    return _answered(202)


@variant(WEBHOOK_01="WARN")
def answers_204() -> AbstractContextManager[Any]:
    """A good webhook is answered with 204."""
    return _answered(204)


@variant(api="v2")
def believes_its_look_ups_alone() -> AbstractContextManager[Any]:
    """A webhook is worked off whoever signed it, and what it says is believed of nobody: the look-up decides."""
    return unsigned()


@variant()
def takes_its_time() -> AbstractContextManager[Any]:
    """Every webhook and every look-up takes a while, within PortOne's limits."""
    worked_off = webhooks._work_off

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        time.sleep(SLOW_SECONDS)
        return worked_off(store, notice)

    kept = results.keep

    def keep(*given: Any) -> Any:
        time.sleep(SLOW_SECONDS)
        return kept(*given)

    stack = ExitStack()
    stack.enter_context(patch.object(webhooks, "_work_off", work_off))
    stack.enter_context(patch.object(results, "keep", keep))
    return stack


@variant()
def polls() -> AbstractContextManager[Any]:
    """Webhooks are answered with 200 and not read; every open order is looked up again and again instead."""
    shops: list[Shop] = []
    opened, closed = Shop.__init__, Shop.close

    def init(shop: Shop, *given: Any, **named: Any) -> None:
        opened(shop, *given, **named)
        shops.append(shop)

    def close(shop: Shop) -> None:
        shops.remove(shop)
        closed(shop)

    looking: dict[str, threading.Thread] = {}

    def work(ends: threading.Event) -> None:
        while not ends.wait(POLL_SECONDS):
            for store in [shop.store for shop in shops]:
                for reference in _open_orders(store):  # each by itself: one that hangs must not keep the others
                    if reference not in looking or not looking[reference].is_alive():
                        looking[reference] = threading.Thread(target=_look, args=(store, reference), daemon=True)
                        looking[reference].start()

    stack = ExitStack()
    stack.enter_context(patch.multiple(Shop, __init__=init, close=close))
    stack.enter_context(patch.object(webhooks, "_work_off", lambda _store, _notice: JSONResponse({})))
    stack.enter_context(_working(work))
    return stack


def _open_orders(store: Store) -> list[str]:
    """The newest orders that may still change."""
    newest = select(Order.reference).where(Order.state != State.CANCELLED).order_by(Order.id.desc()).limit(12)
    with store.database.reading() as session:
        return list(session.scalars(newest))


def _look(store: Store, reference: str) -> None:
    with suppress(PortOneUnclear):  # the next turn asks again
        results.catch_up(store, reference)
        for imp_uid in _not_paid_yet(store, reference):
            results.take_result(store, imp_uid)


def _not_paid_yet(store: Store, reference: str) -> list[str]:
    """Payments of the order that were seen before they ended well, if they did: its review may end later."""
    with store.database.reading() as session:
        order, _ = orders.read(session, reference)
        own = select(KnownPayment.imp_uid).where(KnownPayment.order_id == order.id)
        return list(session.scalars(own.where(KnownPayment.status.in_(("ready", "failed")))))
