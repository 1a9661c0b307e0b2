"""Faults of refunds and of what is made of their results."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from typing import Any
from unittest.mock import patch

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import machine, orders, refunds, results
from shop.database import KnownPayment, Order, Outcome, Refund
from shop.defects.cancelling import concluding
from shop.defects.registry import BY_STATUS, defect
from shop.defects.speaking import at_portone
from shop.generations import Account
from shop.life import Event, State
from shop.machine import NotAllowed, NotLoggedIn
from shop.portone import Payment, PortOneRefused
from shop.results import Result
from shop.settings import Stage
from shop.store import Store


@defect(
    *("CANCEL-01", "CANCEL-06", "CANCEL-07", "MONEY-04"),
    why="what PortOne is not asked for it neither does at once nor refuses; its books differ from PortOne's",
)
def refunds_on_paper() -> AbstractContextManager[Any]:
    """The refund is noted in the shop, and PortOne is never asked."""
    noted = refunds.Reply(Outcome.WAITING, "The refund is noted.")
    return patch.object(refunds, "_put_to_portone", lambda _store, _claim: noted)


@defect("CANCEL-02", "MONEY-04", why="its books differ from PortOne's")
def cancels_at_once() -> AbstractContextManager[Any]:
    """An order that is refunded in full is called cancelled as soon as PortOne took the request."""

    def cancel(order: Order, claim: refunds.Claim, reply: refunds.Reply) -> None:
        if reply.outcome is Outcome.WAITING and order.state is State.WAITING and claim.amount == order.paid_amount:
            order.state, order.cancelled_amount = State.CANCELLED, order.paid_amount

    return concluding(cancel)


def _deaf_to(event: Event, *, while_in: frozenset[State]) -> AbstractContextManager[Any]:
    moved = results.move

    def move(session: Session, order: Order, learnt: Event, now: Any) -> None:
        if learnt is not event or order.state not in while_in:
            moved(session, order, learnt, now)

    return patch.object(results, "move", move)


@defect("CANCEL-03", "MONEY-04", why="its books differ from PortOne's")
def never_ends_the_waiting() -> AbstractContextManager[Any]:
    """The final result of a ticket is not acted on."""
    return _deaf_to(Event.CANCELLED, while_in=frozenset({State.WAITING}))


@defect("CANCEL-06", "CANCEL-14", "CANCEL-15", why="none of these cancellations was asked for and waited for")
def expects_the_waiting() -> AbstractContextManager[Any]:
    """A cancellation is believed only after the waiting, which some payment methods do not have."""
    return _deaf_to(Event.CANCELLED, while_in=frozenset({State.PAID}))


@defect("CANCEL-04", "MONEY-04", why="both tickets give the money back")
def asks_twice() -> AbstractContextManager[Any]:
    """Asking for a refund again opens another ticket while the first one waits."""
    return patch.object(refunds, "may_ask_again", lambda *_given: True)


@defect("CANCEL-07", "MONEY-04", why="its books differ from PortOne's", only_v1=BY_STATUS)
def takes_http_200_for_yes() -> AbstractContextManager[Any]:
    """A refusal that comes with HTTP 200 is taken for an accepted cancellation."""

    def cancel(asked: Any, *given: Any) -> Any:
        try:
            return asked(*given)
        except PortOneRefused as refused:
            if refused.http_status != 200:
                raise

    return at_portone("cancel", cancel)


@defect("CANCEL-07")
def keeps_refusals_to_itself() -> AbstractContextManager[Any]:
    """Whatever PortOne answers to a refund, the operator is told that it is asked for."""
    concluded = refunds._conclude

    def conclude(*given: Any) -> refunds.RefundAnswer:
        return replace(concluded(*given), accepted=True, message="The cancellation is asked for.")

    return patch.object(refunds, "_conclude", conclude)


@defect("CANCEL-11")
def sends_no_checksum() -> AbstractContextManager[Any]:
    """The cancellation does not say how much can still be cancelled."""
    names = ("checksum", "currentCancellableAmount")

    def call(called: Any, *given: Any, **parts: Any) -> object:
        return called(*(careless(one) for one in given), **{name: careless(one) for name, one in parts.items()})

    def careless(part: Any) -> Any:
        return {key: value for key, value in part.items() if key not in names} if isinstance(part, dict) else part

    return at_portone("_call", call)


@defect("CANCEL-09", "CANCEL-11", why="PortOne refuses every part, whose amount is not what can still be cancelled")
def sends_the_amount_as_checksum() -> AbstractContextManager[Any]:
    """The checksum is the amount to refund instead of what can still be refunded."""

    def cancel(asked: Any, account: Account, imp_uid: str, amount: Decimal, _left: Decimal, *given: str) -> Any:
        return asked(account, imp_uid, amount, amount, *given)

    return at_portone("cancel", cancel)


@defect("CANCEL-05", "MONEY-04", why="its books differ from PortOne's")
def resolves_the_newest() -> AbstractContextManager[Any]:
    """The result of a ticket is given to the order that waits most recently."""
    kept = results.keep

    def keep(store: Store, payment: Payment) -> Result | None:
        if payment.status == "cancelled":
            with store.database.reading() as session:
                waiting = select(Order).where(Order.state == State.WAITING).order_by(Order.id.desc()).limit(1)
                newest = session.scalar(waiting)
                own = session.scalar(select(Order.state).where(Order.imp_uid == payment.imp_uid))
            if newest is not None and own is State.WAITING:
                payment = replace(payment, imp_uid=str(newest.imp_uid), merchant_uid=newest.merchant_uid)
        return kept(store, payment)

    return patch.object(results, "keep", keep)


@defect("CANCEL-05", "MONEY-04", why="its books differ from PortOne's")
def ends_all_waiting_at_once() -> AbstractContextManager[Any]:
    """The result of a ticket ends the waiting of every order that waits."""
    kept = results.keep

    def keep(store: Store, payment: Payment) -> Result | None:
        with store.database.reading() as session:
            own = session.scalar(select(Order.state).where(Order.imp_uid == payment.imp_uid))
        result = kept(store, payment)
        if own is State.WAITING and result is not None and result.state is State.CANCELLED:
            with store.database.transaction() as session:
                for order in session.scalars(select(Order).where(Order.state == State.WAITING).with_for_update()):
                    order.state, order.cancelled_amount = State.CANCELLED, order.paid_amount
        return result

    return patch.object(results, "keep", keep)


@defect(
    *("CANCEL-09", "CANCEL-14", "MONEY-02"),
    why="a part may be cancelled by the merchant and in the console, also before any goods: then there are none",
)
def calls_a_part_the_whole() -> AbstractContextManager[Any]:
    """Whatever was cancelled, the order is called cancelled."""
    understood = results.event_of

    def event_of(payment: Payment, refund_under_way: bool) -> Event | None:
        return Event.CANCELLED if payment.cancelled_amount > 0 else understood(payment, refund_under_way)

    return patch.object(results, "event_of", event_of)


def _learning(change: Any) -> AbstractContextManager[Any]:
    learnt = results.learn

    def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: Any) -> None:
        known = session.get(KnownPayment, payment.imp_uid)
        before = known.cancelled_amount if known else payment.amount * 0
        learnt(session, order, payment, stage, now)
        change(order, payment, before)

    return patch.multiple(results, learn=learn)


@defect("CANCEL-10", "MONEY-04", why="its books differ from PortOne's")
def overwrites_the_sum() -> AbstractContextManager[Any]:
    """The amount of the last cancellation is kept instead of the sum."""

    def overwrite(order: Order, payment: Payment, before: Any) -> None:
        if payment.cancelled_amount > before > 0:
            order.cancelled_amount = payment.cancelled_amount - before

    return _learning(overwrite)


@defect(
    *("CANCEL-09", "CANCEL-14", "MONEY-04"),
    why="a part may be cancelled by the merchant and in the console; its books differ from PortOne's",
)
def keeps_parts_in_whole_units() -> AbstractContextManager[Any]:
    """Of a part that was cancelled only the whole units are kept."""

    def keep(order: Order, payment: Payment, _before: Any) -> None:
        if 0 < payment.cancelled_amount < payment.amount:
            order.cancelled_amount = payment.cancelled_amount.quantize(Decimal(1), ROUND_DOWN)

    return _learning(keep)


@defect("CANCEL-16", "MONEY-04", "MONEY-05", why="the amount is wrong in the books, and grows with each notice")
def adds_up_each_notice() -> AbstractContextManager[Any]:
    """Every notice of a cancellation adds its amount to the sum."""

    def add(order: Order, payment: Payment, before: Any) -> None:
        if payment.cancelled_amount == before > 0:
            order.cancelled_amount += payment.cancelled_amount

    return _learning(add)


@defect("CANCEL-19", "MONEY-03", why="what is given twice is lost")
def lets_anybody_refund() -> AbstractContextManager[Any]:
    """The refund action asks for no log-in."""
    return patch.object(machine, "require_operator", lambda _request, _settings: None)


@defect("CANCEL-19", "MONEY-03", why="what is given twice is lost")
def cancels_before_it_asks_who_is_there() -> AbstractContextManager[Any]:
    """PortOne is asked before the log-in is: a stranger is turned away, and the ticket is open by then."""
    refund = machine.refund

    async def ask_first(request: Request) -> JSONResponse:
        try:
            machine.require_operator(request, request.app.state.store.settings)
        except (NotLoggedIn, NotAllowed):
            await run_in_threadpool(_cancel, request.app.state.store, request.path_params["reference"])
            raise
        return await refund(request)

    return patch.object(machine, "refund", ask_first)


def _cancel(store: Store, reference: str) -> None:
    with store.database.reading() as session:
        order, _ = orders.read(session, reference)
    if order.imp_uid is not None:
        store.portone.cancel(order.imp_uid, order.paid_amount, order.paid_amount, "asked for", order.currency)


@defect("CANCEL-20")
def gets_stuck_on_a_refusal() -> AbstractContextManager[Any]:
    """After a refusal the refund counts as asked for, and cannot be asked for again."""
    concluded = refunds._conclude

    def conclude(
        store: Store, session: Session, order: Order, claim: refunds.Claim, *given: Any
    ) -> refunds.RefundAnswer:
        answer = concluded(store, session, order, claim, *given)
        if not answer.accepted:
            refund = session.get_one(Refund, claim.refund_id)
            refund.ended_at, refund.outcome = None, Outcome.WAITING
        return answer

    return patch.object(refunds, "_conclude", conclude)


def _hearing_nothing(outcome: Outcome) -> AbstractContextManager[Any]:
    put = refunds._put_to_portone

    def put_to_portone(store: Store, claim: refunds.Claim) -> refunds.Reply:
        reply = put(store, claim)
        return replace(reply, outcome=outcome) if reply.outcome is Outcome.UNCLEAR else reply

    stack = ExitStack()
    stack.enter_context(patch.object(refunds, "_put_to_portone", put_to_portone))
    stack.enter_context(patch.object(refunds, "_looked_up", lambda _store, _imp_uid: None))
    return stack


@defect("CANCEL-18")
def takes_silence_for_no() -> AbstractContextManager[Any]:
    """A refund whose answer was lost counts as refused, and nothing is looked up."""
    return _hearing_nothing(Outcome.REFUSED)


@defect("CANCEL-18")
def takes_silence_for_yes() -> AbstractContextManager[Any]:
    """A refund whose answer was lost counts as done."""

    def cancel(order: Order, _claim: refunds.Claim, reply: refunds.Reply) -> None:
        if reply.outcome is Outcome.UNCLEAR:
            order.state = State.CANCELLED

    return concluding(cancel)
