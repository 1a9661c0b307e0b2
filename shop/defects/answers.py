"""Faults in what is made of the browser's answer and of a webhook."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import checkout, messages, orders, pages, results, webhooks
from shop.database import Fulfilment, Order
from shop.defects.page import changed_page
from shop.defects.registry import ONE_NUMBER, OnV2, defect
from shop.defects.speaking import STATUSES, receiving, told_by
from shop.life import LIFE, OPEN_TO_PAYMENT, Event, State
from shop.messages import Notice, NotUnderstood
from shop.portone import Payment, PortOneUnclear
from shop.results import Result
from shop.settings import Stage
from shop.store import Store


def _as_claimed(order: Order, imp_uid: str, status: str, cancelled: Decimal = Decimal(0)) -> Payment:
    """What a merchant assumes who does not look: a payment of the order's own amount."""
    return Payment(
        imp_uid=imp_uid,
        merchant_uid=order.merchant_uid,
        status=status,
        amount=order.amount,
        cancelled_amount=order.amount if status == "cancelled" else cancelled,
        currency=order.currency,
        sandbox=True,
        country=None,
        receipt_url=None,
        approval_number=None,
        fail_reason=None,
    )


def believe(store: Store, notice: Notice, status: str) -> Result | None:
    reference = orders.reference_of(store.database, notice.merchant_uid)
    if reference is None:
        return None
    with store.database.reading() as session:
        order, _ = orders.read(session, reference)
    return results.keep(store, _as_claimed(order, notice.imp_uid, status))


def take_as_named(store: Store, notice: Notice) -> Result | None:
    """Look the payment up and let it pay the order that is named, whichever it was made for."""
    payment = store.portone.look_up(notice.imp_uid)
    if payment is None:
        return None
    own = payment.merchant_uid == notice.merchant_uid
    imp_uid = payment.imp_uid if own else f"{payment.imp_uid}-{notice.merchant_uid}"
    return results.keep(store, replace(payment, merchant_uid=notice.merchant_uid, imp_uid=imp_uid))


# The page tells the shop of successes only, so that a closed widget stays without consequence.
SUCCESSES_ONLY = """<script>addEventListener("DOMContentLoaded", () => {
  const told = ended;
  const success = (told) => told?.success ?? told?.imp_success ?? !(told?.code ?? !(told?.imp_uid ?? told?.paymentId));
  ended = (report) => told(success(report.told) ? report : { ...report, payment: null });
})</script></body>"""


@defect("CHECKOUT-08", "MONEY-01", why="goods are given away unpaid")
def believes_the_browser() -> AbstractContextManager[Any]:
    """That the page reports success after the callback makes the order paid, without a look-up."""

    def complete(store: Store, notice: Notice) -> JSONResponse:
        believe(store, notice, "paid")
        return JSONResponse({"status": State.PAID, "open": False})

    stack = ExitStack()
    stack.enter_context(changed_page(lambda html: html.replace("</body>", SUCCESSES_ONLY)))
    stack.enter_context(patch.object(checkout, "_complete", complete))
    return stack


@defect("WEBHOOK-01", "CHECKOUT-12", why="where the browser died, only the webhook tells of the payment")
def ignores_webhooks() -> AbstractContextManager[Any]:
    """Webhooks are answered with 200 and forgotten; orders are paid in the browser's callback only."""
    return patch("shop.webhooks._work_off", lambda _store, _notice: JSONResponse({}))


@defect(
    *("WEBHOOK-04", "WEBHOOK-05", "WEBHOOK-06", "WEBHOOK-10", "WEBHOOK-18", "WEBHOOK-19"),
    *("CANCEL-09", "CANCEL-14", "CANCEL-17", "MONEY-01", "MONEY-04"),
    why="the body does not say what the look-up says: whether it is true, how much was paid, how much was cancelled",
    on_v2=OnV2(
        "a body with the number of an order is believed, whoever signed it",
        also=("WEBHOOK-07", "WEBHOOK-12", "WEBHOOK-22"),
    ),
)
def believes_the_webhook() -> AbstractContextManager[Any]:
    """The webhook's body decides; nothing is looked up."""

    async def work_off(store: Store, notice: Notice, status: str) -> JSONResponse:
        if status in STATUSES.values():
            await run_in_threadpool(believe, store, notice, status)
        return JSONResponse({})

    return receiving(work_off)


@defect("WEBHOOK-02", "WEBHOOK-03", why="a form is another Content-Type, as JSON with a charset is to the letter")
def takes_one_content_type() -> AbstractContextManager[Any]:
    """Webhooks are understood only where the Content-Type is application/json to the letter."""
    understood = messages.fields_of

    async def fields_of(request: Request) -> Any:
        if request.headers.get("content-type") != "application/json":
            raise NotUnderstood("send application/json", status=415)
        return await understood(request)

    return patch("shop.webhooks.fields_of", fields_of)


@defect(
    *("WEBHOOK-08", "WEBHOOK-09", "CHECKOUT-13", "APPROVAL-02", "MONEY-03", "MONEY-05"),
    why="whatever brings the news of a payment again (another webhook, the browser, a second payment) hands over again",
    on_v2=OnV2("what became of another attempt is a webhook about a paid payment, too", also=("WEBHOOK-25",)),
)
def fulfils_each_time() -> AbstractContextManager[Any]:
    """Every webhook about a paid payment hands the goods over."""
    learnt = results.learn

    def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: Any) -> None:
        was_paid = order.state is State.PAID
        learnt(session, order, payment, stage, now)
        if was_paid and payment.status == "paid":
            session.add(Fulfilment(order_id=order.id, fulfilled_at=now))

    stack = ExitStack()
    stack.enter_context(uncounted())
    stack.enter_context(patch.object(results, "learn", learn))
    return stack


def uncounted() -> AbstractContextManager[Any]:
    """The table of fulfilments without the uniqueness that makes a second one impossible."""
    table: Any = Fulfilment.__table__
    unhindered = {one for one in table.constraints if not isinstance(one, UniqueConstraint)}
    return patch.object(table, "constraints", unhindered)


@defect(
    *("WEBHOOK-09", "CHECKOUT-13", "MONEY-03"),
    why="the buyer's return at the same moment reads and writes as a webhook does; what is given twice is lost",
)
def reads_then_writes() -> AbstractContextManager[Any]:
    """Whether the goods were handed over is read first and written later, so that two at once both do it."""
    kept = results.keep

    def keep(store: Store, payment: Payment) -> Result | None:
        reference = orders.reference_of(store.database, payment.merchant_uid)
        with store.database.reading() as session:
            was_open = reference is not None and orders.read(session, reference)[0].state in OPEN_TO_PAYMENT
        result = kept(store, payment)
        if result and was_open and result.state is State.PAID:
            with store.database.transaction() as session:
                order = orders.lock(session, result.reference)
                session.add(Fulfilment(order_id=order.id, fulfilled_at=store.clock()))
        return result

    stack = ExitStack()
    stack.enter_context(uncounted())
    stack.enter_context(patch.object(results, "fulfils", lambda _before, _now: False))
    stack.enter_context(patch.object(results, "keep", keep))
    return stack


@defect("WEBHOOK-07", "MONEY-01", why="goods are given away unpaid", only_v1=ONE_NUMBER)
def believes_whose_payment_it_is() -> AbstractContextManager[Any]:
    """The order is found by the merchant_uid of the webhook's body, and it is forgotten what a payment paid before."""

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        take_as_named(store, notice)
        return JSONResponse({})

    return patch.object(webhooks, "_work_off", work_off)


@defect("CHECKOUT-16", "MONEY-01", why="goods are given away unpaid", only_v1=ONE_NUMBER)
def takes_a_payment_on_faith() -> AbstractContextManager[Any]:
    """A payment that the browser names is looked up, and then pays the order that the browser names."""

    def complete(store: Store, notice: Notice) -> JSONResponse:
        take_as_named(store, notice)
        return JSONResponse({"status": State.PAID, "open": False})

    return patch.object(checkout, "_complete", complete)


@defect("WEBHOOK-11", "SETUP-13", why="the console's test webhook is about an order that the shop does not have")
def fails_on_unknown_orders() -> AbstractContextManager[Any]:
    """A webhook about an order that is not known ends in a server error."""
    worked_off = webhooks._work_off

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        known = orders.reference_of(store.database, notice.merchant_uid)
        return worked_off(store, notice) if known else JSONResponse({}, status_code=500)

    return patch.object(webhooks, "_work_off", work_off)


@defect("WEBHOOK-12")
def loses_the_webhook_after_nonsense() -> AbstractContextManager[Any]:
    """After a body that could not be read the next webhook is answered with 200 and forgotten."""
    received = webhooks.portone
    broken: list[NotUnderstood] = []

    async def portone(request: Request) -> JSONResponse:
        try:
            told = await told_by(request)  # a body that can be read, whoever signed it
        except NotUnderstood as error:
            broken.append(error)
            raise
        if broken and told:
            if told.get("status") != "ready":  # V2 tells first that a window was opened
                broken.clear()
            return JSONResponse({})
        return await received(request)

    return patch.object(webhooks, "portone", portone)


@defect("WEBHOOK-20")
def fails_on_nonsense() -> AbstractContextManager[Any]:
    """A body that cannot be read ends in a server error."""
    received = webhooks.portone

    async def portone(request: Request) -> JSONResponse:
        try:
            return await received(request)
        except NotUnderstood:
            return JSONResponse({}, status_code=500)

    return patch.object(webhooks, "portone", portone)


@defect("WEBHOOK-16")
def knows_three_fields_only() -> AbstractContextManager[Any]:
    """A webhook with a field that the shop does not know is refused."""
    understood = messages.fields_of

    async def fields_of(request: Request) -> Mapping[str, object]:
        fields = await understood(request)
        known = {"imp_uid", "merchant_uid", "status", "cancellation_id"} | {"type", "timestamp", "data"}
        if set(fields) - known:
            raise NotUnderstood("unknown field")
        return fields

    return patch.object(webhooks, "fields_of", fields_of)


@defect("WEBHOOK-13")
def swallows_failures() -> AbstractContextManager[Any]:
    """A webhook whose look-up failed is answered with 200, so that it never comes again."""
    worked_off = webhooks._work_off

    def work_off(store: Store, notice: Notice) -> JSONResponse:
        try:
            return worked_off(store, notice)
        except PortOneUnclear:
            return JSONResponse({})

    return patch.object(webhooks, "_work_off", work_off)


@defect("WEBHOOK-15")
def lets_the_last_write_win() -> AbstractContextManager[Any]:
    """Whatever look-up is answered last decides, however old its answer is."""
    return patch.dict(LIFE, {(State.CANCELLED, Event.PAID): State.PAID})


@defect("WEBHOOK-17", on_v2=OnV2("no webhook tells of a cancellation that was stopped", also=("CANCEL-23",)))
def waits_for_ever() -> AbstractContextManager[Any]:
    """An order of which no webhook came is never looked into."""

    def catch_up(store: Store, reference: str) -> Result:
        with store.database.reading() as session:
            order, _ = orders.read(session, reference)
            return Result(order.reference, order.state)

    stack = ExitStack()
    for module in (results, pages, checkout):
        stack.enter_context(patch.object(module, "catch_up", catch_up))
    return stack
