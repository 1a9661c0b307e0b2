"""Faults that many small shops share: habits that other payment gateways, and what one copies from, have taught."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from shop import refunds, results, webhooks
from shop.database import Order
from shop.defects.registry import NO_TOKENS, OnV2, defect
from shop.defects.speaking import at_portone, told_by
from shop.life import Event, State
from shop.messages import Notice
from shop.portone import Payment, PortOne, PortOneRefused, PortOneUnclear
from shop.results import objection
from shop.store import Store


def _answering(answer: Any) -> AbstractContextManager[Any]:
    async def portone(_request: Request) -> Response:
        made: Response = answer()
        return made

    return patch.object(webhooks, "portone", portone)


_NONE_COMES_IN = "no webhook comes in, the test one neither, and where the browser died only one tells of the payment"


@defect(
    *("WEBHOOK-01", "CHECKOUT-12", "SETUP-13"),
    why=_NONE_COMES_IN,
    only_v1="V2 signs its webhooks, and whoever wants a signature is right",
)
def demands_a_signature() -> AbstractContextManager[Any]:
    """A webhook without a signature in its header is refused with 401, although V1 never sends one."""
    return _answering(lambda: JSONResponse({"message": "no signature"}, status_code=401))


@defect("WEBHOOK-01", "CHECKOUT-12", "SETUP-13", why=_NONE_COMES_IN)
def answers_with_a_redirect() -> AbstractContextManager[Any]:
    """The webhook address redirects to another spelling of itself, where PortOne does not follow."""
    return _answering(lambda: RedirectResponse("/webhooks/portone/", 308))


@defect("WEBHOOK-13", only_v1="V2 delivers again whatever was not answered with 2xx")
def gives_up_with_400() -> AbstractContextManager[Any]:
    """Whatever goes wrong with a webhook is answered with 400, which is not delivered again."""
    worked_off = webhooks._work_off

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        try:
            return worked_off(store, notice)
        except PortOneUnclear:
            return JSONResponse({}, status_code=400)

    return patch.object(webhooks, "_work_off", work_off)


@defect("CANCEL-09", "MONEY-04", why="its books differ from PortOne's")
def reads_the_status_only() -> AbstractContextManager[Any]:
    """Cancellations are believed by the status alone, which a part of them does not change."""
    understood = results.event_of

    def event_of(payment: Payment, refund_under_way: bool) -> Event | None:
        return Event.PAID if payment.status == "paid" else understood(payment, refund_under_way)

    return patch.object(results, "event_of", event_of)


@defect(
    "WEBHOOK-01",
    "WEBHOOK-17",
    "CHECKOUT-06",
    why="whichever way the news comes, the amounts are compared",
    only_v1="V2 counts in minor units, so that an amount has one way to be written",
)
def compares_amounts_as_text() -> AbstractContextManager[Any]:
    """10.5 and 10.50 are taken for different amounts."""

    def objects(order: Order, payment: Payment, *given: Any) -> str | None:
        if payment.status == "paid" and str(payment.amount) != str(order.amount):
            return "another amount"
        return objection(order, payment, *given)

    return patch.object(results, "objection", objects)


@defect("CANCEL-02", "MONEY-04", why="its books differ from PortOne's")
def takes_a_ticket_for_a_refusal() -> AbstractContextManager[Any]:
    """A refund counts as refused, and its order as paid, unless PortOne's answer says cancelled at once."""
    concluded = refunds._conclude

    def conclude(store: Store, session: Session, order: Order, *given: Any) -> refunds.RefundAnswer:
        answer = concluded(store, session, order, *given)
        if order.state is State.WAITING:
            order.state, order.waiting_since = State.PAID, None
            return replace(answer, accepted=False, state=State.PAID)
        return answer

    return patch.object(refunds, "_conclude", conclude)


@defect("CANCEL-07", "MONEY-04", why="its books differ from PortOne's")
def knows_one_refusal() -> AbstractContextManager[Any]:
    """One refusal is known by its text, and any other answer is taken for success."""

    def cancel(asked: Any, *given: Any) -> Any:
        try:
            return asked(*given)
        except PortOneRefused as refused:
            if refused.message == "이미 전액취소된 주문입니다.":
                raise

    return at_portone("cancel", cancel)


@defect(
    *("CANCEL-01", "CANCEL-02", "CANCEL-06", "CANCEL-20"),
    why="PortOne knows no payment of that name, and takes no cancellation at all",
    only_v1="a payment and its attempt have one number in V2",
)
def refunds_by_the_wrong_id() -> AbstractContextManager[Any]:
    """The cancellation names the payment by the merchant_uid where its imp_uid belongs."""
    looked_up, asked = PortOne.look_up, PortOne.cancel
    merchant_uids: dict[str, str] = {}

    def look_up(portone: PortOne, imp_uid: str) -> Payment | None:
        payment = looked_up(portone, imp_uid)
        if payment is not None:
            merchant_uids[imp_uid] = payment.merchant_uid
        return payment

    def cancel(portone: PortOne, imp_uid: str, *given: Any) -> None:
        asked(portone, merchant_uids.get(imp_uid, imp_uid), *given)

    return patch.multiple(PortOne, look_up=look_up, cancel=cancel)


@defect(
    *("WEBHOOK-01", "WEBHOOK-17", "CHECKOUT-06", "CHECKOUT-15"),
    why="PortOne lets no call in, so nothing is known",
    only_v1=NO_TOKENS,
)
def sends_the_key_for_a_token() -> AbstractContextManager[Any]:
    """The API key stands in the Authorization header, and no token is ever asked for."""

    def access_token(portone: PortOne, **_given: object) -> str:
        return portone._settings.imp_key.get_secret_value()

    return patch.object(PortOne, "_access_token", access_token)


@defect(
    *("CANCEL-03", "CANCEL-09", "CANCEL-14", "CANCEL-15"),
    why="the results of all of these come by a webhook that says cancelled",
    on_v2=OnV2("a webhook about a dispute does not say paid", also=("CANCEL-24",)),
)
def acts_on_paid_only() -> AbstractContextManager[Any]:
    """Webhooks that say anything but paid are answered with 200 and skipped."""
    received = webhooks.portone

    async def portone(request: Request) -> JSONResponse:
        told = await told_by(request)
        return JSONResponse({}) if told and told.get("status", "paid") != "paid" else await received(request)

    return patch.object(webhooks, "portone", portone)
