"""Faults in what comes after a payment was settled: old webhooks, lesser statuses, cancellations in the console."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from shop import orders, results, webhooks
from shop.database import Order
from shop.defects.registry import OnV2, defect
from shop.defects.speaking import receiving
from shop.life import State
from shop.messages import Notice
from shop.portone import Payment
from shop.results import Result
from shop.store import Store


def _putting(change: Callable[[State, str, str], State | None]) -> AbstractContextManager[Any]:
    """After a webhook was worked off, its order is put into the state that its body and the state before make."""

    def work_off(store: Store, notice: Notice, status: str) -> JSONResponse:
        with store.database.reading() as session:
            reference = orders.reference_of(store.database, notice.merchant_uid)
            before = orders.read(session, reference)[0].state if reference else None
        answer = webhooks._work_off(store, notice)
        now = change(before, status, notice.merchant_uid) if before is not None else None
        if now is not None:
            with store.database.transaction() as session:
                order = orders.lock_by_attempt(session, notice.merchant_uid)
                if order is not None:
                    order.state = now
        return answer

    async def received(*given: Any) -> JSONResponse:
        return await run_in_threadpool(work_off, *given)

    return receiving(received)


@defect(
    "WEBHOOK-05",
    on_v2=OnV2("another attempt at the payment is reported as failed, and taken for the payment", also=("WEBHOOK-25",)),
)
def believes_that_a_paid_order_failed() -> AbstractContextManager[Any]:
    """A webhook that says failed about a paid order makes it failed, whatever the look-up says."""
    return _putting(lambda before, status, _: State.FAILED if (before, status) == (State.PAID, "failed") else None)


@defect("WEBHOOK-05")
def believes_that_a_paid_order_is_open() -> AbstractContextManager[Any]:
    """A webhook that says ready about a paid order makes it unpaid, whatever the look-up says."""
    return _putting(lambda before, status, _: State.UNPAID if (before, status) == (State.PAID, "ready") else None)


@defect(
    *("WEBHOOK-08", "WEBHOOK-15"),
    why="in both the webhook of the payment comes after that of its cancellation",
    on_v2=OnV2("an old signature is as good to it as a new one", also=("WEBHOOK-22",)),
)
def revives_what_was_cancelled() -> AbstractContextManager[Any]:
    """A webhook that says paid about a cancelled order makes it paid again, whatever the look-up says."""
    revived = set[str]()

    def change(before: State, status: str, merchant_uid: str) -> State | None:
        if (before, status) == (State.CANCELLED, "paid"):
            revived.add(merchant_uid)
        return State.PAID if merchant_uid in revived else None

    return _putting(change)


@defect("CANCEL-05", "MONEY-04", why="its books differ from PortOne's")
def cancels_the_neighbour_too() -> AbstractContextManager[Any]:
    """A cancellation that nobody here asked for is booked on the order paid just before, too."""
    kept = results.keep

    def keep(store: Store, payment: Payment) -> Result | None:
        with store.database.reading() as session:
            own = session.scalar(select(Order).where(Order.imp_uid == payment.imp_uid))
            before, number = (own.state, own.id) if own else (None, 0)
        result = kept(store, payment)
        if before is State.PAID and result is not None and result.state is State.CANCELLED:
            with store.database.transaction() as session:
                paid = select(Order).where(Order.state == State.PAID, Order.id < number)
                neighbour = session.scalar(paid.order_by(Order.id.desc()).limit(1).with_for_update())
                if neighbour is not None:
                    neighbour.state, neighbour.cancelled_amount = State.CANCELLED, neighbour.paid_amount
        return result

    return patch.object(results, "keep", keep)
