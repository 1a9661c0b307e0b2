"""Faults that only a shop on PortOne V2 can have: in signatures, types, minor units, cancellations that wait."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from sqlalchemy import select
from sqlalchemy.orm import Session
from standardwebhooks.webhooks import Webhook
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import messages, money, orders, portone_v2, results, v2, webhooks
from shop.database import Order, Refund
from shop.defects.answers import believe
from shop.defects.registry import defect
from shop.generations import GENERATIONS
from shop.life import State
from shop.messages import Notice
from shop.portone import Payment
from shop.store import Store

Handler = Callable[[Request], Awaitable[JSONResponse]]
STALE_SECONDS = 300
KNOWN = (
    "Ready", "PayPending", "Paid", "Failed", "CancelPending", "PartialCancelled", "Cancelled", "VirtualAccountIssued",
    "DisputeCreated", "DisputeResolved",
)  # fmt: skip


def handling(change: Callable[[Handler, Request], Awaitable[JSONResponse]]) -> AbstractContextManager[Any]:
    """A handler of webhooks in place of the shop's, which it is given."""
    handled = webhooks.portone

    async def handler(request: Request) -> JSONResponse:
        return await change(handled, request)

    return patch.object(webhooks, "portone", handler)


async def said_of(request: Request, kind: str) -> tuple[Store, Notice] | None:
    """What a webhook of this type is about; None of any other."""
    fields = await messages.fields_of(request)
    store: Store = request.app.state.store
    told = store.spoken.told_by_webhook(fields) if fields.get("type") == f"{v2.ABOUT_PAYMENTS}{kind}" else None
    return None if told is None else (store, Notice.of(told))


def _call_it(store: Store, notice: Notice, state: State, only: Callable[[Any, Order], bool]) -> None:
    """Write this state into the order of a webhook, where it is one of those."""
    with store.database.transaction() as session:
        order = orders.lock_by_attempt(session, notice.merchant_uid)
        if order is not None and only(session, order):
            order.state = state


@defect("WEBHOOK-22", api="v2")
def works_off_old_webhooks_by_what_they_say() -> AbstractContextManager[Any]:
    """A webhook whose signature is too old is taken for one that comes again, and worked off by what it says."""

    async def change(handled: Handler, request: Request) -> JSONResponse:
        sent = request.headers.get("webhook-timestamp", "")
        if not sent.isdigit() or time.time() - int(sent) < STALE_SECONDS:
            return await handled(request)
        if said := await said_of(request, "Paid"):
            await run_in_threadpool(_call_it, *said, State.PAID, lambda _session, _order: True)
        return JSONResponse({})

    return handling(change)


@defect("WEBHOOK-22", "MONEY-01", why="goods follow what is taken for a payment", api="v2")
def believes_webhooks_without_a_signature() -> AbstractContextManager[Any]:
    """A webhook without a signature is taken for one of the version before signatures, and believed."""

    async def change(handled: Handler, request: Request) -> JSONResponse:
        if "webhook-signature" in request.headers:
            return await handled(request)
        if said := await said_of(request, "Paid"):
            await run_in_threadpool(believe, *said, "paid")
        return JSONResponse({})

    return handling(change)


@defect("WEBHOOK-23", api="v2")
def compares_the_first_signature_only() -> AbstractContextManager[Any]:
    """Of the signatures in the header only the first one is compared."""
    return _comparing(0)


@defect("WEBHOOK-24", api="v2")
def fails_on_a_type_that_it_does_not_know() -> AbstractContextManager[Any]:
    """A webhook of a type that is not in the shop's list is an error."""

    async def change(handled: Handler, request: Request) -> JSONResponse:
        answer = await handled(request)
        fields = await messages.fields_of(request)
        kind = str(fields.get("type", "")).removeprefix(v2.ABOUT_PAYMENTS)
        return answer if kind in KNOWN else JSONResponse({"message": "an unknown type"}, 500)

    return handling(change)


@defect("WEBHOOK-25", api="v2")
def takes_a_failed_attempt_for_the_payment() -> AbstractContextManager[Any]:
    """An order that is paid fails when PortOne reports that an attempt at its payment failed."""

    async def change(handled: Handler, request: Request) -> JSONResponse:
        answer = await handled(request)
        if said := await said_of(request, "Failed"):
            await run_in_threadpool(_call_it, *said, State.FAILED, lambda _session, one: _is_paid(one, said[1]))
        return answer

    return handling(change)


def _is_paid(order: Order, notice: Notice) -> bool:
    return order.state is State.PAID and order.merchant_uid == notice.merchant_uid


@defect(
    "CHECKOUT-21", "CHECKOUT-05", "CHECKOUT-06", why="what is asked for in another unit is another amount", api="v2"
)
def counts_every_currency_in_hundredths() -> AbstractContextManager[Any]:
    """The page asks for a hundred times the amount in whatever currency."""
    hundredths = SimpleNamespace(minor=lambda amount, _currency: int(amount * 100))
    return patch.object(v2, "money", hundredths)


@defect(
    "CHECKOUT-21", "CHECKOUT-05", "CHECKOUT-06", why="what is asked for in another unit is another amount", api="v2"
)
def asks_in_major_units() -> AbstractContextManager[Any]:
    """The page asks for the amount as V1 has it."""
    return patch.object(v2, "money", SimpleNamespace(minor=lambda amount, _currency: float(amount)))


@defect(
    "CHECKOUT-22", "CHECKOUT-19", "MONEY-01",
    stage="live", why="goods follow what is taken for a payment, whoever tells of it", api="v2",
)  # fmt: skip
def takes_every_channel_for_a_live_one() -> AbstractContextManager[Any]:
    """The type of a payment's channel is not looked at."""
    return _reading(lambda payment, _answer: replace(payment, sandbox=False))


@defect("CANCEL-21", "CANCEL-05", "CANCEL-22", why="each has a cancellation of the console's that waits", api="v2")
def counts_what_was_requested_as_cancelled() -> AbstractContextManager[Any]:
    """A cancellation that was requested in the console is counted as done."""

    def change(payment: Payment, answer: Mapping[str, Any]) -> Payment:
        asked = [
            Decimal(one["totalAmount"])
            for one in answer.get("cancellations") or ()
            if one.get("status") == "REQUESTED" and one.get("trigger") == "CONSOLE"
        ]
        more = money.major(int(sum(asked)), payment.currency)
        return replace(payment, cancelled_amount=payment.cancelled_amount + more)

    return _reading(change)


@defect("CANCEL-07", "CANCEL-23", "MONEY-04", why="in each a cancellation failed", api="v2")
def counts_what_failed_as_cancelled() -> AbstractContextManager[Any]:
    """A cancellation is counted as done once it has ended, and not whether it failed."""

    def change(payment: Payment, answer: Mapping[str, Any]) -> Payment:
        failed = [one for one in answer.get("cancellations") or () if one.get("status") == "FAILED"]
        if not failed:
            return payment
        failed_amount = money.major(sum(int(one["totalAmount"]) for one in failed), payment.currency)
        amount = payment.cancelled_amount + failed_amount
        status = "cancelled" if amount >= payment.amount else payment.status
        return replace(payment, status=status, cancelled_amount=amount, failed_cancellations=frozenset())

    return _reading(change)


@defect("CANCEL-22", "CANCEL-05", why="each has a cancellation of the console's that waits", api="v2")
def takes_a_pending_cancellation_for_one() -> AbstractContextManager[Any]:
    """Whatever type begins with Transaction.Cancel cancels an order, unless a refund of the shop's own is under way."""

    def is_open(session: Any, order: Order) -> bool:
        own = session.scalar(select(Refund).where(Refund.order_id == order.id, Refund.ended_at.is_(None)))
        return order.state is State.PAID and own is None

    async def change(handled: Handler, request: Request) -> JSONResponse:
        answer = await handled(request)
        if answer.status_code == 200 and (said := await said_of(request, "CancelPending")):
            await run_in_threadpool(_call_it, *said, State.CANCELLED, is_open)
        return answer

    return handling(change)


@defect("CANCEL-23", api="v2")
def waits_for_a_cancellation_that_failed() -> AbstractContextManager[Any]:
    """That a cancellation failed, or was stopped, is not looked at: the order waits for its result."""
    return patch.object(results, "_has_failed", lambda _session, _refund, _payment: False)


@defect("CANCEL-24", api="v2")
def does_not_look_at_disputes() -> AbstractContextManager[Any]:
    """What a look-up says of disputes is dropped."""
    return patch.object(results, "_note_dispute", lambda _session, _payment: None)


@defect("CANCEL-24", api="v2")
def forgets_a_dispute_that_came_meanwhile() -> AbstractContextManager[Any]:
    """A look-up that tells of no dispute ends one, however old it is."""
    noted = results._note_dispute

    def note(session: Session, payment: Payment) -> None:
        noted(session, replace(payment, disputed=bool(payment.disputed)))

    return patch.object(results, "_note_dispute", note)


def _reading(change: Callable[[Payment, Mapping[str, Any]], Payment]) -> AbstractContextManager[Any]:
    read = portone_v2.payment_from
    return patch.object(portone_v2, "payment_from", lambda answer: change(read(answer), answer))


@defect("WEBHOOK-23", api="v2")
def compares_the_last_signature_only() -> AbstractContextManager[Any]:
    """Of the signatures in the header only the last one is compared."""
    return _comparing(-1)


@defect("CHECKOUT-07", api="v2")
def passes_a_country_of_three_letters() -> AbstractContextManager[Any]:
    """Paymentwall's widget is given the country KOR."""

    def change(asked: dict[str, Any]) -> dict[str, Any]:
        widget = asked["bypass"]["paymentwall"]
        return {**asked, "bypass": {"paymentwall": {**widget, "country_code": "KOR"}}}

    return _asking(change)


@defect("CHECKOUT-03", "CHECKOUT-06", why="PortOne's SDK opens no widget for a customer without a number", api="v2")
def names_no_customer() -> AbstractContextManager[Any]:
    """The page does not say which customer pays."""

    def change(asked: dict[str, Any]) -> dict[str, Any]:
        who = {name: fact for name, fact in asked["customer"].items() if name != "customerId"}
        return {**asked, "customer": who}

    return _asking(change)


def _asking(change: Callable[[dict[str, Any]], dict[str, Any]]) -> AbstractContextManager[Any]:
    spoken = GENERATIONS["v2"]

    def payment_request(*given: Any) -> dict[str, Any]:
        return change(spoken.payment_request(*given))

    return patch.dict(GENERATIONS, {"v2": replace(spoken, payment_request=payment_request)})


def _comparing(which: int) -> AbstractContextManager[Any]:
    class One(Webhook):
        def verify(self, data: bytes | str, headers: dict[str, str], *, json_parse: bool = True) -> Any:
            chosen = headers.get("webhook-signature", "").split(" ")[which]
            return super().verify(data, {**headers, "webhook-signature": chosen}, json_parse=json_parse)

    return patch.object(v2, "Webhook", One)
