"""Giving money back: asked for at PortOne once, believed only when a look-up or its result says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from shop import money, orders
from shop.database import KnownPayment, Order, Outcome, Refund, RefundTicket
from shop.life import Event, State
from shop.portone import Payment, PortOneRefused, PortOneUnclear, PortOneUnreachable
from shop.results import learn, move, note_attention, overdue, under_way
from shop.store import Store

# Longer than any request to PortOne takes: a refund still "asking" after this lost the process that asked.
ASKING_SECONDS = 120


@dataclass(frozen=True)
class RefundAnswer:
    """What the operator is told. `accepted` says that PortOne took the request, not that money has moved."""

    accepted: bool
    state: State
    message: str


@dataclass(frozen=True)
class Claim:
    """A refund that this request alone may put to PortOne. Amounts in major units."""

    refund_id: int
    imp_uid: str
    amount: Decimal
    cancellable: Decimal
    reason: str
    currency: str


@dataclass(frozen=True)
class Reply:
    """What became of the request itself: WAITING where PortOne took it, REFUSED or UNCLEAR otherwise."""

    outcome: Outcome
    message: str
    cancellation_id: str | None = None  # PortOne's number of it, where it has one (V2)


class _Declined(Exception):
    """The shop itself says no, before PortOne is asked."""

    def __init__(self, order: Order, message: str) -> None:
        self.answer = RefundAnswer(False, order.state, message)


def ask(store: Store, reference: str, amount: str | None, reason: str, imp_uid: str | None = None) -> RefundAnswer:
    """Refunds an order's payment, in full or `amount` of it (major units, as typed).

    `imp_uid` names another payment made for the same order, to send that back instead.

    Raises orders.NoSuchOrder, and ValueError where the amount is none.
    """
    try:
        with store.database.transaction() as session:
            claim = _claim(store, session, orders.lock(session, reference), amount, reason, imp_uid)
    except _Declined as declined:
        return declined.answer
    reply = _put_to_portone(store, claim)
    # Whatever PortOne answered, the payment is the truth: cancelled at once, by someone else, or still paid.
    payment = _looked_up(store, claim.imp_uid)
    with store.database.transaction() as session:
        return _conclude(store, session, orders.lock(session, reference), claim, reply, payment)


def may_ask_again(refund: Refund, is_overdue: bool, now: datetime) -> bool:
    """Whether a refund without a result may be asked for again, at the risk of a second ticket."""
    if refund.outcome is Outcome.ASKING:
        return now - refund.asked_at > timedelta(seconds=ASKING_SECONDS)
    return refund.outcome is Outcome.UNCLEAR or is_overdue


def _claim(store: Store, session: Session, order: Order, typed: str | None, reason: str, imp_uid: str | None) -> Claim:
    now = store.clock()
    payment = session.get(KnownPayment, imp_uid or order.imp_uid or "")
    if payment is None or payment.order_id != order.id or payment.status not in {"paid", "cancelled"}:
        raise _Declined(order, "There is no payment to refund.")
    left = payment.amount - payment.cancelled_amount
    if payment.status == "cancelled" or left <= 0:
        raise _Declined(order, "The payment is cancelled in full already.")
    amount = left if typed is None else money.parse(typed, payment.currency)
    if amount > left:
        raise _Declined(order, f"Only {money.shown(left, payment.currency)} is left to refund.")
    earlier = under_way(session, payment.imp_uid)
    if earlier is not None:
        late = overdue(order, now, store.settings.waiting_limit_seconds)
        if not may_ask_again(earlier, late, now):
            waiting = money.shown(earlier.amount, payment.currency)
            raise _Declined(order, f"A refund of {waiting} is asked for already and waits for its result.")
        earlier.outcome, earlier.ended_at = Outcome.GIVEN_UP, now
        session.flush()
    refund = Refund(
        order_id=order.id,
        imp_uid=payment.imp_uid,
        amount=amount,
        done_at_amount=payment.cancelled_amount + amount,
        reason=reason,
        outcome=Outcome.ASKING,
        asked_at=now,
    )
    session.add(refund)
    session.flush()
    return Claim(refund.id, payment.imp_uid, amount, left, reason, payment.currency)


def _put_to_portone(store: Store, claim: Claim) -> Reply:
    try:
        taken = store.portone.cancel(claim.imp_uid, claim.amount, claim.cancellable, claim.reason, claim.currency)
    except PortOneRefused as refused:
        return Reply(Outcome.REFUSED, f"PortOne refused: {refused.message}")
    except PortOneUnreachable as unreachable:
        return Reply(Outcome.REFUSED, f"Nothing was asked for, please try again. {unreachable}.")
    except PortOneUnclear as unclear:
        return Reply(Outcome.UNCLEAR, f"Whether PortOne took the request is not known. {unclear}.")
    return Reply(Outcome.WAITING, "The cancellation is asked for and waits for its result.", taken)


def _looked_up(store: Store, imp_uid: str) -> Payment | None:
    try:
        return store.portone.look_up(imp_uid)
    except PortOneUnclear:
        return None  # the result will come by webhook, or be caught up with


def _conclude(
    store: Store, session: Session, order: Order, claim: Claim, reply: Reply, payment: Payment | None
) -> RefundAnswer:
    now = store.clock()
    if payment is not None:
        learn(session, order, payment, store.settings.stage, now)
    refund = session.get_one(Refund, claim.refund_id)
    if refund.ended_at is not None:
        done = money.shown(claim.amount, order.currency)
        return RefundAnswer(True, order.state, f"{done} is cancelled.")
    refund.outcome, refund.message = reply.outcome, reply.message
    if reply.cancellation_id is not None:
        session.add(RefundTicket(refund_id=refund.id, cancellation_id=reply.cancellation_id))
    speaks_for_order = claim.imp_uid == order.imp_uid
    if reply.outcome is Outcome.REFUSED:
        refund.ended_at = now
        if speaks_for_order:
            move(session, order, Event.REFUSED, now)
            if order.cancelled_amount > 0:
                move(session, order, Event.PARTLY_CANCELLED, now)
    elif speaks_for_order:
        move(session, order, Event.ASKED, now)
    note_attention(session, order)
    return RefundAnswer(reply.outcome is not Outcome.REFUSED, order.state, reply.message)
