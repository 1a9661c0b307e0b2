"""Faults by which the shop answers with errors where it was asked for something, or stops answering at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shop import machine, messages, orders, results, server, webhooks
from shop.addresses import Address
from shop.catalogue import PRODUCTS
from shop.database import Attempt
from shop.defects.registry import ONE_NUMBER, defect, together
from shop.defects.speaking import unsigned
from shop.messages import Notice, NotUnderstood
from shop.portone import Payment, PortOneUnclear
from shop.store import Store

CONNECTIONS = 5


@defect("CANCEL-01", "CANCEL-07", why="the action that fails is the one that would show a refusal")
def answers_refunds_with_an_error() -> AbstractContextManager[Any]:
    """The refund action asks PortOne to cancel, and then ends in a server error."""
    refunded = machine.refund

    async def refund(request: Request) -> JSONResponse:
        await refunded(request)
        return JSONResponse({"error": "the answer has no field cancelled_at"}, status_code=500)

    return patch.object(machine, "refund", refund)


@defect("CANCEL-07")
def answers_refusals_with_an_error() -> AbstractContextManager[Any]:
    """Where PortOne refuses a cancellation, the refund action ends in a server error that says nothing."""
    refunded = machine.refund

    async def refund(request: Request) -> JSONResponse:
        answer = await refunded(request)
        return JSONResponse({}, status_code=500) if answer.status_code == 409 else answer

    return patch.object(machine, "refund", refund)


@defect("DELIVERY-01")
def answers_deliveries_with_an_error() -> AbstractContextManager[Any]:
    """The action that reports a delivery ends in a server error before PortOne is told."""

    async def report(_request: Request) -> JSONResponse:
        return JSONResponse({"error": "there is no carrier"}, status_code=500)

    return patch.object(machine, "report_delivery", report)


@defect("WEBHOOK-12")
def dies_of_nonsense() -> AbstractContextManager[Any]:
    """A webhook's body that cannot be read ends the shop's process."""
    served, received = server._Server, webhooks.portone
    running: list[server._Server] = []

    def serve(*given: Any) -> server._Server:
        running.append(served(*given))
        return running[-1]

    async def portone(request: Request) -> JSONResponse:
        try:
            return await received(request)
        except NotUnderstood:
            running[-1].should_exit = True
            raise

    return together(patch.object(server, "_Server", serve), patch.object(webhooks, "portone", portone))


@dataclass
class _Pool:
    """Connections to a database, of which none comes back where a request failed."""

    left: int = CONNECTIONS
    app: ASGIApp = field(default_factory=lambda: _nothing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.left > 0:
            await self.app(scope, receive, send)
            return
        while (await receive())["type"] != "http.disconnect":  # who asks gives up some time
            pass


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    return


@defect("WEBHOOK-10")
def uses_its_connections_up() -> AbstractContextManager[Any]:
    """A webhook whose look-up fails keeps its connection to the database, and after five nothing is answered."""
    pool = _Pool()
    built: Callable[[Store], ASGIApp] = server.application
    worked_off = webhooks._work_off

    def application(store: Store) -> ASGIApp:
        pool.app = built(store)
        return pool

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        try:
            return worked_off(store, notice)
        except PortOneUnclear:
            pool.left -= 1
            raise

    worked_off_so = patch.object(webhooks, "_work_off", work_off)
    return together(unsigned(), patch.object(server, "application", application), worked_off_so)


@defect("WEBHOOK-11")
def makes_an_order_of_a_stray_webhook() -> AbstractContextManager[Any]:
    """A webhook about a payment for an order that is not known makes that order."""
    worked_off = webhooks._work_off

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        if orders.reference_of(store.database, notice.merchant_uid) is None:
            payment = store.portone.look_up(notice.imp_uid)
            if payment is not None:
                _make(store, payment)
        return worked_off(store, notice)

    return patch.object(webhooks, "_work_off", work_off)


@defect("WEBHOOK-11", only_v1=ONE_NUMBER)
def expects_the_payment_of_an_order() -> AbstractContextManager[Any]:
    """A webhook about an order of this shop whose payment is of none ends in a server error."""
    kept = results.keep

    def keep(store: Store, payment: Payment) -> results.Result:
        result = kept(store, payment)
        if result is None:
            raise LookupError(payment.merchant_uid)
        return result

    return patch.object(results, "keep", keep)


def _make(store: Store, payment: Payment) -> None:
    address = Address("1 Main Street", "Seoul", "04524", "", "KR", "+82 2 1234 5678")
    wish = orders.Wish(next(iter(PRODUCTS.values())), "No Name", "nobody@example.com", address)
    placed = orders.place(store.database, wish, store.clock())
    with store.database.transaction() as session:
        session.add(Attempt(merchant_uid=payment.merchant_uid, order_id=placed.id))


_SENDERS = (
    "x-forwarded-for",
    "x-real-ip",
    "forwarded",
    "x-client-ip",
    "client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-cluster-client-ip",
    "fastly-client-ip",
)
"""The headers by which a library for client addresses finds out who asks."""


def _turning_away(*headers: str, unless: str = "") -> AbstractContextManager[Any]:
    received = webhooks.portone

    async def portone(request: Request) -> JSONResponse:
        claims = [request.headers[header] for header in headers if header in request.headers]
        if any(unless not in claim for claim in claims):
            return JSONResponse({"message": "not PortOne's"}, status_code=403)
        return await received(request)

    return patch.object(webhooks, "portone", portone)


@defect("WEBHOOK-18")
def reads_the_sender_from_a_forwarded_header() -> AbstractContextManager[Any]:
    """Only PortOne's addresses and this machine's are admitted, and X-Forwarded-For says whose a request's is."""
    return _turning_away("x-forwarded-for", unless="52.78.")


@defect("WEBHOOK-18")
def reads_the_sender_from_a_cdns_header() -> AbstractContextManager[Any]:
    """Only PortOne's addresses and this machine's are admitted, and CF-Connecting-IP says whose a request's is."""
    return _turning_away("cf-connecting-ip", unless="52.78.")


@defect("WEBHOOK-18")
def reads_the_sender_from_any_header() -> AbstractContextManager[Any]:
    """Only PortOne's addresses and this machine's are admitted, and any header for it says whose a request's is."""
    return _turning_away(*_SENDERS, unless="52.78.")


def _hanging(on: Callable[[str], bool]) -> AbstractContextManager[Any]:
    received = webhooks.portone

    async def portone(request: Request) -> JSONResponse:
        answer = await received(request)
        if on((await messages.body_of(request)).decode("utf-8", "replace")):
            while (await request.receive())["type"] != "http.disconnect":
                pass
        return answer

    return patch.object(webhooks, "portone", portone)


@defect("WEBHOOK-14")
def never_answers_repetitions() -> AbstractContextManager[Any]:
    """A webhook that came before is worked off, and never answered."""
    known: set[str] = set()

    def came_before(body: str) -> bool:
        before = body in known
        known.add(body)
        return before

    return _hanging(came_before)


@defect("WEBHOOK-14")
def never_answers_cancellations() -> AbstractContextManager[Any]:
    """A webhook about a cancellation is worked off, and never answered."""
    return _hanging(lambda body: "cancellation_id" in body or "cancellationId" in body)
