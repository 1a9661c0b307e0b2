"""Faults in what is made of an order that waits for its cancellation, and of answers that were never clear."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from shop import checkout, machine, money, orders, pages, refunds, results, webhooks
from shop.database import Order, Outcome
from shop.defects.registry import NO_TOKENS, OnV2, defect
from shop.defects.speaking import receiving
from shop.life import State
from shop.messages import Notice
from shop.portone import Payment, PortOne, PortOneUnreachable
from shop.results import Result
from shop.store import Store


def concluding(change: Callable[[Order, refunds.Claim, refunds.Reply], None]) -> AbstractContextManager[Any]:
    """The order changed once more after what a refund's answer means was written."""
    concluded = refunds._conclude

    def conclude(
        store: Store, session: Session, order: Order, claim: refunds.Claim, reply: refunds.Reply, payment: Any
    ) -> refunds.RefundAnswer:
        answer = concluded(store, session, order, claim, reply, payment)
        change(order, claim, reply)
        return replace(answer, state=order.state)

    return patch.object(refunds, "_conclude", conclude)


DAY_SECONDS = 86_400.0


@defect("CANCEL-09", "MONEY-04", why="what is refunded was not asked for")
def takes_zero_for_everything() -> AbstractContextManager[Any]:
    """An amount of zero is put to PortOne as it stands, which takes it for the whole."""
    ask = refunds.ask

    def asked(store: Store, reference: str, amount: str | None, reason: str, imp_uid: str | None = None) -> Any:
        nothing = amount is not None and not amount.strip(" 0.")
        return ask(store, reference, None if nothing else amount, reason, imp_uid)

    return patch.object(refunds, "ask", asked)


@defect("MONEY-04", only_v1="V2 refuses a cancellation of zero")
def puts_zero_to_portone() -> AbstractContextManager[Any]:
    """A refund of zero is put to PortOne as it stands and called done: the whole is on its way, unsaid."""
    parse = money.parse

    def parsed(text: str, currency: str) -> Decimal:
        return Decimal(0) if not text.strip(" 0.") else parse(text, currency)

    return patch.object(money, "parse", parsed)


@defect("CANCEL-09", "MONEY-04", why="what is refunded was not asked for")
def forgets_the_sign() -> AbstractContextManager[Any]:
    """A negative amount is refunded as if it had no sign."""
    ask = refunds.ask

    def asked(store: Store, reference: str, amount: str | None, reason: str, imp_uid: str | None = None) -> Any:
        return ask(store, reference, amount and amount.strip(" -"), reason, imp_uid)

    return patch.object(refunds, "ask", asked)


@defect("CANCEL-08")
def tells_nobody_of_the_waiting() -> AbstractContextManager[Any]:
    """However long a cancellation waits, nobody is told."""
    return patch.object(results, "overdue", lambda _order, _now, _limit: False)


@defect(
    *("CANCEL-04", "CANCEL-07", "CANCEL-08", "MONEY-04"),
    why="a day of waiting is passed in all of them; its books differ from PortOne's",
    on_v2=OnV2(
        "a look-up shows there that a cancellation failed, so that its order does not wait", spares=("CANCEL-07",)
    ),
)
def cancels_after_a_day() -> AbstractContextManager[Any]:
    """An order that has waited for a day is called cancelled."""
    described = machine._described

    def describe(store: Store, order: Order, fulfilments: int) -> dict[str, Any]:
        shown = described(store, order, fulfilments)
        late = results.overdue(order, store.clock(), DAY_SECONDS)
        return {**shown, "status": State.CANCELLED} if late else shown

    return patch.object(machine, "_described", describe)


@defect(
    *("CANCEL-07", "CANCEL-08", "MONEY-04"),
    why="in both an order still waits when the merchant looks; its books differ from PortOne's",
    on_v2=OnV2(
        "a look-up shows there that a cancellation failed, so that its order does not wait", spares=("CANCEL-07",)
    ),
)
def closes_what_waits() -> AbstractContextManager[Any]:
    """The reconciliation calls an order cancelled that still waits."""
    caught_up = results.catch_up

    def catch_up(store: Store, reference: str) -> Result:
        result = caught_up(store, reference)
        if result.state is State.WAITING:
            with store.database.transaction() as session:
                order = orders.lock(session, reference)
                order.state, order.cancelled_amount = State.CANCELLED, order.paid_amount
        return result

    return _catching_up(catch_up)


def _catching_up(instead: Any) -> AbstractContextManager[Any]:
    return _both(*(patch.object(module, "catch_up", instead) for module in (results, pages, checkout)))


def _both(*switches: AbstractContextManager[Any]) -> AbstractContextManager[Any]:
    stack = ExitStack()
    for switch in switches:
        stack.enter_context(switch)
    return stack


@defect("CANCEL-12", only_v1="V2 tells of every cancellation unless it is asked not to")
def asks_for_no_notice() -> AbstractContextManager[Any]:
    """The cancellation is asked for without enable_webhook, and waiting payments are never looked up."""
    called, caught_up = PortOne._call, results.catch_up

    def call(portone: PortOne, method: str, path: str, query: Any = None, body: Any = None) -> object:
        quiet = {key: value for key, value in (body or {}).items() if key != "enable_webhook"}
        return called(portone, method, path, query, quiet or None)

    def catch_up(store: Store, reference: str) -> Result:
        with store.database.reading() as session:
            order, _ = orders.read(session, reference)
        return Result(reference, order.state) if order.state is State.WAITING else caught_up(store, reference)

    return _both(patch.object(PortOne, "_call", call), _catching_up(catch_up))


@defect("CANCEL-04", "MONEY-04", why="its books differ from PortOne's")
def asks_before_it_notes() -> AbstractContextManager[Any]:
    """PortOne is asked before the refund is noted, so that two at the same moment both ask."""
    asked, put, mine = refunds.ask, refunds._put_to_portone, threading.local()

    def ask(store: Store, reference: str, amount: str | None, *given: Any) -> refunds.RefundAnswer:
        with store.database.reading() as session:
            order, _ = orders.read(session, reference)
            noted = results.under_way(session, order.imp_uid or "")
        mine.reply = None
        if order.state is State.PAID and noted is None and amount is None:
            paid = order.paid_amount
            whole = refunds.Claim(0, str(order.imp_uid), paid, paid, "asked first", order.currency)
            mine.reply = put(store, whole)
        return asked(store, reference, amount, *given)

    def put_to_portone(store: Store, claim: refunds.Claim) -> refunds.Reply:
        return mine.reply or put(store, claim)

    return _both(patch.object(refunds, "ask", ask), patch.object(refunds, "_put_to_portone", put_to_portone))


@defect("CANCEL-13", "MONEY-04", why="its books differ from PortOne's")
def cancels_all_where_a_part_is_refused() -> AbstractContextManager[Any]:
    """Where PortOne refuses a part, the whole is cancelled instead."""
    put = refunds._put_to_portone

    def put_to_portone(store: Store, claim: refunds.Claim) -> refunds.Reply:
        reply = put(store, claim)
        if reply.outcome is Outcome.REFUSED and claim.amount < claim.cancellable:
            return put(store, replace(claim, amount=claim.cancellable))
        return reply

    return patch.object(refunds, "_put_to_portone", put_to_portone)


@defect("CANCEL-17", "MONEY-04", why="its books differ from PortOne's")
def believes_the_result_of_a_ticket() -> AbstractContextManager[Any]:
    """A webhook that says cancelled is believed where the whole order waits for exactly that."""

    async def received(store: Store, notice: Notice, status: str) -> JSONResponse:
        reference = orders.reference_of(store.database, notice.merchant_uid)
        if reference is not None and status == "cancelled":
            with store.database.transaction() as session:
                order = orders.lock(session, reference)
                refund = results.under_way(session, order.imp_uid or "")
                if refund is not None and refund.amount == order.paid_amount:
                    order.state, order.cancelled_amount = State.CANCELLED, order.paid_amount
                    return JSONResponse({})
        return await run_in_threadpool(webhooks._work_off, store, notice)

    return receiving(received)


@defect("CANCEL-18")
def forgets_unclear_refunds() -> AbstractContextManager[Any]:
    """What becomes of a refund whose answer was lost is not acted on."""
    concluded, kept = refunds._conclude, results.keep
    forgotten: set[str] = set()

    def conclude(
        store: Store, session: Session, order: Order, claim: refunds.Claim, reply: refunds.Reply, payment: Any
    ) -> refunds.RefundAnswer:
        if reply.outcome is Outcome.UNCLEAR:
            forgotten.add(claim.imp_uid)
        return concluded(store, session, order, claim, reply, payment)

    def keep(store: Store, payment: Payment) -> Result | None:
        return None if payment.imp_uid in forgotten else kept(store, payment)

    return _both(patch.object(refunds, "_conclude", conclude), patch.object(results, "keep", keep))


@defect("CANCEL-19", "MONEY-03", why="what is given twice is lost")
def lets_packers_refund() -> AbstractContextManager[Any]:
    """Whoever works in the shop can refund, also who may only send goods."""
    return patch.object(machine, "require_operator", machine.require_staff)


@defect("WEBHOOK-13", only_v1=NO_TOKENS)
def forgets_what_it_had_no_token_for() -> AbstractContextManager[Any]:
    """A webhook that comes while PortOne gives no access token is answered with 200, and never comes again."""
    taken = results.take_result

    def take_result(store: Store, imp_uid: str) -> Result | None:
        try:
            return taken(store, imp_uid)
        except PortOneUnreachable:
            return None

    return patch.object(webhooks, "take_result", take_result)
