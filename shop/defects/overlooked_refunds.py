"""Faults that the list had missed, in refunds: of parts, of orders with a history, and at a bad moment."""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shop import checkout, orders, pages, refunds, results
from shop.database import KnownPayment, Order, Outcome
from shop.defects.cancelling import concluding
from shop.defects.overlooked import learning
from shop.defects.registry import NO_TOKENS, SAME_NUMBER, defect, together
from shop.life import State
from shop.portone import Payment, PortOne
from shop.results import Result
from shop.store import Store


@defect("CANCEL-10")
def takes_the_second_part_for_the_rest() -> AbstractContextManager[Any]:
    """An order of which a part was cancelled is cancelled with the next part."""

    def change(_s: Session, order: Order, payment: Payment, _state: State, before: Decimal) -> None:
        if payment.cancelled_amount > before > 0:
            order.state = State.CANCELLED

    return learning(change)


@defect("CANCEL-07", "MONEY-04", why="its books differ from PortOne's")
def forgets_the_part_where_the_rest_is_refused() -> AbstractContextManager[Any]:
    """A refused refund makes the order what it was before any."""

    def change(order: Order, _claim: refunds.Claim, reply: refunds.Reply) -> None:
        if reply.outcome is Outcome.REFUSED:
            order.state, order.cancelled_amount = State.PAID, Decimal(0)

    return concluding(change)


@defect("CANCEL-01", only_v1=SAME_NUMBER)
def refunds_the_first_payment_it_saw() -> AbstractContextManager[Any]:
    """A refund is of the first payment of the order that was looked up, also where that failed and another paid it."""
    asked = refunds.ask

    def ask(store: Store, reference: str, amount: str | None, reason: str, imp_uid: str | None = None) -> Any:
        with store.database.reading() as session:
            order, _ = orders.read(session, reference)
            first = session.scalars(
                select(KnownPayment.imp_uid).where(KnownPayment.order_id == order.id).order_by(text("rowid"))
            ).first()
        return asked(store, reference, amount, reason, imp_uid or first)

    return patch.object(refunds, "ask", ask)


@defect("CANCEL-12", only_v1="V2 tells of every cancellation unless it is asked not to")
def asks_for_no_notice_of_a_part() -> AbstractContextManager[Any]:
    """A part is cancelled without enable_webhook, and waiting payments are never looked up."""
    called, caught_up = PortOne._call, results.catch_up

    def call(self: PortOne, method: str, path: str, query: Any = None, body: Any = None) -> object:
        if body and "checksum" in body and body["amount"] != body["checksum"]:
            body = {key: value for key, value in body.items() if key != "enable_webhook"}
        return called(self, method, path, query, body)

    def catch_up(store: Store, reference: str) -> Result:
        with store.database.reading() as session:
            order, _ = orders.read(session, reference)
        return Result(reference, order.state) if order.state is State.WAITING else caught_up(store, reference)

    return together(
        patch.object(PortOne, "_call", call),
        *(patch.object(module, "catch_up", catch_up) for module in (results, pages, checkout)),
    )


@defect(
    *("CANCEL-06", "WEBHOOK-15", "MONEY-04"),
    why="the result may come while the refund is answered, or while it is looked up; its books differ from PortOne's",
)
def writes_waiting_over_the_result() -> AbstractContextManager[Any]:
    """Once PortOne has taken a refund its order waits, also where the result was there before the answer."""

    def change(order: Order, _claim: refunds.Claim, reply: refunds.Reply) -> None:
        if reply.outcome is Outcome.WAITING and order.state is State.CANCELLED:
            order.state = State.WAITING

    return concluding(change)


@defect("CANCEL-09")
def calls_a_part_at_once_the_whole() -> AbstractContextManager[Any]:
    """Where money went back at once, the order is cancelled, also where it was a part."""

    def change(order: Order, _claim: refunds.Claim, _reply: refunds.Reply) -> None:
        if order.state is State.PARTLY_CANCELLED:
            order.state = State.CANCELLED

    return concluding(change)


@defect("WEBHOOK-21", only_v1=NO_TOKENS)
def keeps_one_token_for_refunds() -> AbstractContextManager[Any]:
    """Refunds are asked for with an access token of their own, which is fetched once."""
    called, kept = PortOne._call, list[str]()

    def call(self: PortOne, method: str, path: str, query: Any = None, body: Any = None) -> object:
        if path != "/payments/cancel":
            return called(self, method, path, query, body)
        kept[:] = kept or [self._new_token()[0]]
        return self._send(method, path, kept[0], query, body)

    return patch.object(PortOne, "_call", call)
