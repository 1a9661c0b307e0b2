"""Faults that a merchant could have, each small and named, switched on from outside; the shop's own code knows none.

Each stands for a mistake seen in real integrations. `turns_red` names the requirements that it breaks by nature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from shop import checkout, messages, orders, refunds, rendering, results
from shop.database import Fulfilment, Order, Outcome
from shop.life import Event, State
from shop.messages import Notice, NotUnderstood
from shop.portone import Payment, PortOne, PortOneRefused
from shop.results import Result
from shop.settings import Stage
from shop.store import Store

Switch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Defect:
    """A fault: what it is in one sentence, the requirements that it breaks, and how it is switched on."""

    name: str
    sentence: str
    turns_red: tuple[str, ...]
    switch: Switch


DEFECTS: dict[str, Defect] = {}


def defect(*turns_red: str) -> Callable[[Switch], Switch]:
    """Register a switch as a defect; its docstring is the sentence, its name the defect's."""

    def register(switch: Switch) -> Switch:
        name = switch.__name__.replace("_", "-")
        DEFECTS[name] = Defect(name, (switch.__doc__ or "").strip(), turns_red, switch)
        return switch

    return register


@contextmanager
def switched_on(names: Sequence[str]) -> Iterator[None]:
    """The shop that is built and used inside has these defects. Raises KeyError for a name that does not exist."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(DEFECTS[name].switch())
        yield


# --- the payment request ---------------------------------------------------------------------------------------------


def _asking(change: Callable[[dict[str, Any]], dict[str, Any]]) -> AbstractContextManager[Any]:
    asked = checkout.request_pay
    return patch.object(checkout, "request_pay", lambda *given: change(asked(*given)))


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda asked: {key: value for key, value in asked.items() if key != name}


@defect("CHECKOUT-02", "CHECKOUT-06")
def names_no_channel() -> AbstractContextManager[Any]:
    """The payment request names no channel, so that PortOne takes whichever is the default."""
    return _asking(_without("channelKey"))


@defect("CHECKOUT-03", "CHECKOUT-06")
def leaves_out_the_email() -> AbstractContextManager[Any]:
    """The payment request has no buyer_email."""
    return _asking(_without("buyer_email"))


@defect("CHECKOUT-05", "CHECKOUT-06")
def asks_for_cents() -> AbstractContextManager[Any]:
    """The browser asks for 1050 where the order costs 10.50."""
    return _asking(lambda asked: {**asked, "amount": asked["amount"] * 100})


@defect("CHECKOUT-03", "CHECKOUT-05", "CHECKOUT-06")
def forgets_the_currency() -> AbstractContextManager[Any]:
    """The payment request of an order in another currency names none, which means KRW."""
    return _asking(_without("currency"))


@defect("SETUP-09", "CHECKOUT-06")
def asks_for_widget_p1_1() -> AbstractContextManager[Any]:
    """The payment request names a widget that PortOne does not support."""
    return _asking(lambda asked: {**asked, "bypass": {"widget_code": "p1_1"}})


@defect("CHECKOUT-09")
def has_no_redirect_url() -> AbstractContextManager[Any]:
    """The payment request has no m_redirect_url, so that a phone does not come back."""
    return _asking(_without("m_redirect_url"))


@defect("CHECKOUT-06")
def cannot_open_an_attempt() -> AbstractContextManager[Any]:
    """The pay button asks the shop for an attempt and never gets one."""

    def fails(*_given: object) -> dict[str, Any]:
        raise NotUnderstood("no payment today")

    return patch.object(checkout, "request_pay", fails)


# --- the checkout page -----------------------------------------------------------------------------------------------


def _page(change: Callable[[str], str]) -> AbstractContextManager[Any]:
    rendered = rendering.page

    def changed(*given: Any, **context: Any) -> HTMLResponse:
        response = rendered(*given, **context)
        return HTMLResponse(change(bytes(response.body).decode()), response.status_code)

    return patch.object(checkout, "page", changed)


@defect("CHECKOUT-01")
def initialises_the_sdk_twice() -> AbstractContextManager[Any]:
    """The page calls IMP.init once more after it was loaded."""
    again = '<script>addEventListener("load", () => IMP.init(page.imp_code))</script></body>'
    return _page(lambda html: html.replace("</body>", again))


@defect("CHECKOUT-01")
def initialises_with_another_code() -> AbstractContextManager[Any]:
    """The page calls IMP.init with an identification code from somebody's example."""
    example = "<script>addEventListener('DOMContentLoaded', () => { page.imp_code = 'imp00000000' })</script></body>"
    init = "<script>document.addEventListener('readystatechange', () => IMP && IMP.init('imp00000000'))</script></body>"
    return _page(lambda html: html.replace("</body>", example + init))


# --- the browser's answer and the webhook ----------------------------------------------------------------------------


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


def _believe(store: Store, notice: Notice, status: str) -> Result | None:
    reference = orders.reference_of(store.database, notice.merchant_uid)
    if reference is None:
        return None
    with store.database.reading() as session:
        order, _ = orders.read(session, reference)
    return results.keep(store, _as_claimed(order, notice.imp_uid, status))


@defect("CHECKOUT-08")
def believes_the_browser() -> AbstractContextManager[Any]:
    """What the page says after the callback makes the order paid, without a look-up."""

    def complete(store: Store, notice: Notice) -> JSONResponse:
        _believe(store, notice, "paid")
        return JSONResponse({"status": State.PAID, "open": False})

    return patch.object(checkout, "_complete", complete)


@defect("WEBHOOK-01", "CHECKOUT-12")
def ignores_webhooks() -> AbstractContextManager[Any]:
    """Webhooks are answered with 200 and forgotten; orders are paid in the browser's callback only."""
    return patch("shop.webhooks._work_off", lambda _store, _notice: JSONResponse({}))


@defect("WEBHOOK-05", "WEBHOOK-10")
def believes_the_webhook() -> AbstractContextManager[Any]:
    """The webhook's body decides; nothing is looked up."""

    async def portone(request: Request) -> JSONResponse:
        fields = await messages.fields_of(request)
        notice, status = Notice.of(fields), str(fields.get("status"))
        await run_in_threadpool(_believe, request.app.state.store, notice, status)
        return JSONResponse({})

    return patch("shop.webhooks.portone", portone)


@defect("WEBHOOK-02", "WEBHOOK-03")
def takes_one_content_type() -> AbstractContextManager[Any]:
    """Webhooks are understood only where the Content-Type is application/json to the letter."""
    understood = messages.fields_of

    async def fields_of(request: Request) -> Any:
        if request.headers.get("content-type") != "application/json":
            raise NotUnderstood("send application/json", status=415)
        return await understood(request)

    return patch("shop.webhooks.fields_of", fields_of)


@defect("WEBHOOK-08")
def fulfils_each_time() -> AbstractContextManager[Any]:
    """Every webhook about a paid payment hands the goods over."""
    table: Any = Fulfilment.__table__
    unhindered = {one for one in table.constraints if not isinstance(one, UniqueConstraint)}
    learnt = results.learn

    def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: Any) -> None:
        was_paid = order.state is State.PAID
        learnt(session, order, payment, stage, now)
        if was_paid and payment.status == "paid":
            session.add(Fulfilment(order_id=order.id, fulfilled_at=now))

    stack = ExitStack()
    stack.enter_context(patch.object(table, "constraints", unhindered))
    stack.enter_context(patch.object(results, "learn", learn))
    return stack


# --- look-ups --------------------------------------------------------------------------------------------------------


def _look_ups_with(query: dict[str, str]) -> AbstractContextManager[Any]:
    def look_up(portone: PortOne, imp_uid: str) -> Payment | None:
        return portone._payment("GET", f"/payments/{quote(imp_uid, safe='')}", query)

    return patch.object(PortOne, "look_up", look_up)


@defect("SETUP-16", "WEBHOOK-01", "CHECKOUT-06")
def looks_for_live_payments_only() -> AbstractContextManager[Any]:
    """Look-ups in the test stage do not ask for test payments, so that nothing paid there is found."""
    return _look_ups_with({"extension": "true"})


@defect("COUNTRY-02")
def looks_up_without_the_extension() -> AbstractContextManager[Any]:
    """Look-ups do not ask for the extension, so that no country is known."""
    return _look_ups_with({"include_sandbox": "true"})


# --- refunds ---------------------------------------------------------------------------------------------------------


@defect("CANCEL-01", "CANCEL-06", "CANCEL-07")
def refunds_on_paper() -> AbstractContextManager[Any]:
    """The refund is noted in the shop, and PortOne is never asked."""
    noted = refunds.Reply(Outcome.WAITING, "The refund is noted.")
    return patch.object(refunds, "_put_to_portone", lambda _store, _claim: noted)


@defect("CANCEL-02")
def cancels_at_once() -> AbstractContextManager[Any]:
    """The order is called cancelled as soon as PortOne took the request."""
    concluded = refunds._conclude

    def conclude(store: Store, session: Session, order: Order, *given: Any) -> refunds.Answer:
        answer = concluded(store, session, order, *given)
        if order.state is State.WAITING:
            order.state, order.cancelled_amount = State.CANCELLED, order.paid_amount
        return replace(answer, state=order.state)

    return patch.object(refunds, "_conclude", conclude)


def _deaf_to(event: Event, *, while_in: frozenset[State]) -> AbstractContextManager[Any]:
    moved = results.move

    def move(session: Session, order: Order, learnt: Event, now: Any) -> None:
        if learnt is not event or order.state not in while_in:
            moved(session, order, learnt, now)

    return patch.object(results, "move", move)


@defect("CANCEL-03", "CANCEL-12")
def never_ends_the_waiting() -> AbstractContextManager[Any]:
    """The final result of a ticket is not acted on."""
    return _deaf_to(Event.CANCELLED, while_in=frozenset({State.WAITING}))


@defect("CANCEL-06")
def expects_the_waiting() -> AbstractContextManager[Any]:
    """A cancellation is believed only after the waiting, which some payment methods do not have."""
    return _deaf_to(Event.CANCELLED, while_in=frozenset({State.PAID}))


@defect("CANCEL-04")
def asks_twice() -> AbstractContextManager[Any]:
    """Asking for a refund again opens another ticket while the first one waits."""
    return patch.object(refunds, "may_ask_again", lambda *_given: True)


@defect("CANCEL-07")
def takes_http_200_for_yes() -> AbstractContextManager[Any]:
    """A refusal that comes with HTTP 200 is taken for an accepted cancellation."""
    asked = PortOne.cancel

    def cancel(portone: PortOne, *given: Any) -> None:
        try:
            asked(portone, *given)
        except PortOneRefused as refused:
            if refused.http_status != 200:
                raise

    return patch.object(PortOne, "cancel", cancel)


@defect("CANCEL-12")
def asks_for_no_notice() -> AbstractContextManager[Any]:
    """The cancellation is asked for without enable_webhook, and waiting payments are never looked up."""
    called = PortOne._call

    def call(portone: PortOne, method: str, path: str, query: Any = None, body: Any = None) -> object:
        quiet = {key: value for key, value in (body or {}).items() if key != "enable_webhook"}
        return called(portone, method, path, query, quiet or None)

    return patch.object(PortOne, "_call", call)
