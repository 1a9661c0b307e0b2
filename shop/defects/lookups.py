"""Faults of the look-up and of what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import messages, orders, refunds, results, webhooks
from shop.database import Order
from shop.defects.registry import NO_TOKENS, OnV2, defect, together
from shop.defects.speaking import UNASKED, at_portone, reading, told_by, told_country
from shop.messages import Notice
from shop.portone import Payment, PortOne, PortOneRefused, PortOneUnclear
from shop.results import objection
from shop.settings import Stage
from shop.store import Store


def _look_ups_with(query: dict[str, str]) -> AbstractContextManager[Any]:
    def look_up(portone: PortOne, imp_uid: str) -> Payment | None:
        return portone._payment("GET", f"/payments/{quote(imp_uid, safe='')}", query)

    return patch.object(PortOne, "look_up", look_up)


@defect(
    *("SETUP-16", "WEBHOOK-01", "WEBHOOK-17", "CHECKOUT-06", "MONEY-02"),
    only_v1="V2 shows test payments to whoever looks them up",
    why="no look-up finds a payment, so none pays an order; money is kept and no goods are given",
)
def looks_for_live_payments_only() -> AbstractContextManager[Any]:
    """Look-ups in the test stage do not ask for test payments, so that nothing paid there is found."""
    return _look_ups_with({"extension": "true"})


@defect(
    *("CHECKOUT-19", "MONEY-01"),
    stage="live",
    why="goods are given away unpaid",
    on_v2=OnV2("a signed webhook is about such a payment there, too", also=("CHECKOUT-22",)),
)
def takes_test_payments_for_real() -> AbstractContextManager[Any]:
    """The live shop looks test payments up too, and does not mind that they are."""
    stack = ExitStack()
    stack.enter_context(_look_ups_with({"extension": "true", "include_sandbox": "true"}))
    stack.enter_context(
        patch.object(results, "objection", lambda order, payment, _stage: objection(order, payment, "test"))
    )
    return stack


@defect("COUNTRY-02", only_v1="V2 tells the country without being asked for it")
def looks_up_without_the_extension() -> AbstractContextManager[Any]:
    """Look-ups do not ask for the extension, so that no country is known."""
    return _look_ups_with({"include_sandbox": "true"})


def _objecting(unless: str) -> AbstractContextManager[Any]:
    def objects(order: Order, payment: Payment, stage: Stage) -> str | None:
        amount = order.amount if unless == "anything" else payment.amount
        taken = Payment(**{**payment.__dict__, "currency": order.currency, "amount": amount})
        return objection(order, taken, stage)

    return patch.object(results, "objection", objects)


@defect("WEBHOOK-06", "WEBHOOK-19", "MONEY-01", why="of what nobody notices nobody is told")
def compares_nothing() -> AbstractContextManager[Any]:
    """Whatever was paid pays the order."""
    return _objecting("anything")


@defect("WEBHOOK-06", "MONEY-01", why="goods are given away unpaid")
def compares_the_amount_only() -> AbstractContextManager[Any]:
    """The right number in any currency pays the order."""
    return _objecting("the amount")


@defect(
    "WEBHOOK-19",
    "APPROVAL-02",
    "MONEY-02",
    "MONEY-03",
    why="a second payment of an order does not fit it either",
    on_v2=OnV2("nobody is told about a dispute, either", also=("CANCEL-24",)),
)
def drops_mismatches() -> AbstractContextManager[Any]:
    """A payment that does not fit its order is refused, and nobody is told."""
    stack = ExitStack()
    for module in (results, refunds):
        stack.enter_context(patch.object(module, "note_attention", lambda _session, _order: None))
    return stack


@defect(
    *("COUNTRY-03", "COUNTRY-05", "MONEY-02"),
    why="a country that is null is none; money is kept and no goods are given",
)
def needs_a_country() -> AbstractContextManager[Any]:
    """A payment without a country cannot be stored."""

    def change(payment: Payment, answer: Mapping[str, Any]) -> Payment:
        if payment.status == "paid" and payment.country is None and told_country(answer) is not UNASKED:
            raise PortOneUnclear("no country")
        return payment

    return reading(change)


@defect("COUNTRY-05", "MONEY-02", why="money is kept and no goods are given")
def knows_some_countries() -> AbstractContextManager[Any]:
    """A payment from a country that is not on the shop's own list cannot be stored."""

    def change(payment: Payment, _answer: Mapping[str, Any]) -> Payment:
        if payment.country not in (None, "KR", "JP", "US", "GB", "NO", "PR"):
            raise PortOneUnclear("unknown country")
        return payment

    return reading(change)


@defect(
    "COUNTRY-05", "MONEY-02", why="money is kept and no goods are given", only_v1="V2 has every country in capitals"
)
def wants_countries_in_capitals() -> AbstractContextManager[Any]:
    """A payment whose country is written in small letters cannot be stored."""

    def change(payment: Payment, answer: Mapping[str, Any]) -> Payment:
        code = told_country(answer)
        if isinstance(code, str) and code != code.upper():
            raise PortOneUnclear("no country of the list")
        return payment

    return reading(change)


@defect("COUNTRY-04")
def takes_the_country_from_the_webhook() -> AbstractContextManager[Any]:
    """A country in the webhook's body is kept with the order."""
    received = webhooks.portone

    def note(store: Store, merchant_uid: str, country: str) -> None:
        with store.database.transaction() as session:
            order = orders.lock_by_attempt(session, merchant_uid)
            if order is not None:
                order.country = country

    async def noted(request: Request) -> JSONResponse:
        fields, told = await messages.fields_of(request), await told_by(request)
        try:
            return await received(request)
        finally:
            if told and fields.get("country_code"):
                claimed = str(told["merchant_uid"]), str(fields["country_code"])
                await run_in_threadpool(note, request.app.state.store, *claimed)

    return patch.object(webhooks, "portone", noted)


@defect("WEBHOOK-21", only_v1=NO_TOKENS)
def keeps_one_token() -> AbstractContextManager[Any]:
    """The access token is asked for once, and a 401 is the end."""

    def call(portone: PortOne, method: str, path: str, query: Any = None, body: Any = None) -> object:
        return portone._send(method, path, portone._access_token(), query, body)

    return patch.object(PortOne, "_call", call)


@defect("WEBHOOK-13", only_v1=NO_TOKENS)
def drops_what_met_an_old_token() -> AbstractContextManager[Any]:
    """On 401 the token is forgotten and the webhook answered with 200: the next one is looked up, this one never."""
    worked_off = webhooks._work_off

    def call(portone: PortOne, method: str, path: str, query: Any = None, body: Any = None) -> object:
        try:
            return portone._send(method, path, portone._access_token(), query, body)
        except PortOneRefused as refused:
            if refused.http_status == 401:
                portone._token = None
            raise

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        try:
            return worked_off(store, notice)
        except PortOneUnclear as unclear:
            if isinstance(unclear.__cause__, PortOneRefused) and unclear.__cause__.http_status == 401:
                return JSONResponse({})
            raise

    return together(patch.object(PortOne, "_call", call), patch.object(webhooks, "_work_off", work_off))


@defect("CHECKOUT-15")
def registers_nothing() -> AbstractContextManager[Any]:
    """The amount is not registered before the browser asks for it."""
    return at_portone("prepare", lambda *_given: None)


@defect(
    *("CHECKOUT-14", "CHECKOUT-15", "WEBHOOK-06", "WEBHOOK-19", "MONEY-01"),
    why="two things keep a changed price out, the registered amount and the comparison; it is honoured without both",
)
def honours_the_price_of_the_browser() -> AbstractContextManager[Any]:
    """The amount is not registered beforehand, and whatever was paid pays the order."""
    stack = ExitStack()
    stack.enter_context(registers_nothing())
    stack.enter_context(compares_nothing())
    return stack


@defect("WEBHOOK-13")
def swallows_time_outs() -> AbstractContextManager[Any]:
    """A look-up that PortOne never answers is written into a log, and the webhook is answered with 200."""
    worked_off = webhooks._work_off

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        try:
            return worked_off(store, notice)
        except PortOneUnclear as unclear:
            if not isinstance(unclear.__cause__, httpx.TimeoutException):
                raise
            return JSONResponse({})

    return patch.object(webhooks, "_work_off", work_off)
