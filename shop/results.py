"""What a look-up means for an order: the one place where orders learn what became of their payments."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop import deliveries, money, orders
from shop.database import Fulfilment, KnownPayment, OpenDispute, Order, Outcome, Refund, RefundTicket
from shop.life import OPEN_TO_PAYMENT, Event, State, after, fulfils
from shop.portone import Payment, PortOneUnclear
from shop.settings import Stage
from shop.store import Store

MONEY_MOVED = frozenset({"paid", "cancelled"})
# Look-ups may arrive in another order than they were made; a payment's status only ever moves to the right.
PROGRESS = ("ready", "failed", "paid", "cancelled")


@dataclass(frozen=True)
class Result:
    """How an order stands after a look-up."""

    reference: str
    state: State


def take_result(store: Store, imp_uid: str) -> Result | None:
    """Looks the payment up and lets its order learn of it; None where it is of no order of this shop.

    Raises PortOneUnclear where the look-up failed: nothing was changed, and it should be tried again.
    """
    payment = store.portone.look_up(imp_uid)  # may take seconds: never inside a transaction
    return None if payment is None else keep(store, payment)


def keep(store: Store, payment: Payment) -> Result | None:
    """One transaction: the order, found by the payment's own merchant_uid, learns what was looked up."""
    with store.database.transaction() as session:
        order = orders.lock_by_attempt(session, payment.merchant_uid)
        if order is None:
            return None
        learn(session, order, payment, store.settings.stage, store.clock())
        return Result(order.reference, order.state)


def catch_up(store: Store, reference: str) -> Result:
    """Looks up whatever may have happened to an order whose webhook never came.

    Raises orders.NoSuchOrder, PortOneUnclear.
    """
    with store.database.reading() as session:
        order, _ = orders.read(session, reference)
        tried = [attempt.merchant_uid for attempt in orders.attempts(session, order)]
        open_payments = session.scalars(
            select(KnownPayment.imp_uid).where(KnownPayment.order_id == order.id, KnownPayment.status == "paid")
        ).all()
    result = Result(order.reference, order.state)
    for imp_uid in open_payments:
        result = take_result(store, imp_uid) or result
    for merchant_uid in reversed(tried):
        if result.state not in OPEN_TO_PAYMENT:
            break
        payment = store.portone.find(merchant_uid)
        if payment is not None:
            result = keep(store, payment) or result
    return result


def reconcile(store: Store, reference: str | None = None) -> dict[str, int]:
    """Looks up what became of every order that is not cancelled, or of one, for webhooks that never came."""
    wanted = select(Order.reference, Order.state).where(Order.state != State.CANCELLED)
    if reference is not None:
        wanted = wanted.where(Order.reference == reference)
    with store.database.reading() as session:
        before = session.execute(wanted).all()
    changed = failed = 0
    for reference, state in before:
        try:
            changed += catch_up(store, reference).state is not state
        except PortOneUnclear:
            failed += 1
    return {"looked_at": len(before), "changed": changed, "failed": failed}


def learn(session: Session, order: Order, payment: Payment, stage: Stage, now: datetime) -> None:
    """Writes what a look-up showed of one of the order's payments. Call with the order locked."""
    known = _remember(session, order, payment)
    # What was learnt before of its money stands: a look-up that is answered late must not forget it.
    by_now = replace(payment, status=known.status)
    known.objection = objection(order, by_now, stage)
    refund = under_way(session, known.imp_uid)
    if refund is not None and (payment.status == "cancelled" or known.cancelled_amount >= refund.done_at_amount):
        refund.outcome, refund.ended_at, refund.message = Outcome.DONE, now, None
        refund = None
    failed = refund is not None and _has_failed(session, refund, payment)
    if refund is not None and failed:
        refund.outcome, refund.ended_at, refund.message = Outcome.REFUSED, now, "The cancellation failed at PortOne."
        refund = None
    _note_dispute(session, by_now)
    if known.objection is None and order.imp_uid in (None, known.imp_uid):
        if failed:
            move(session, order, Event.REFUSED, now)
        event = event_of(payment, refund is not None)
        if event is not None:
            move(session, order, event, now)
        if order.state not in OPEN_TO_PAYMENT:
            order.imp_uid, order.merchant_uid = payment.imp_uid, payment.merchant_uid
            order.paid_amount, order.cancelled_amount = known.amount, known.cancelled_amount
            order.country = payment.country or order.country
    note_attention(session, order)


def objection(order: Order, payment: Payment, stage: Stage) -> str | None:
    """Why this payment does not pay this order although money moved; None where it does, or none moved."""
    if payment.status not in MONEY_MOVED:
        return None
    if payment.sandbox and stage == "live":
        return "it was made through a test channel"
    if payment.currency != order.currency or payment.amount != order.amount:
        return f"the order is over {money.plain(order.amount, order.currency)} {order.currency}"
    if order.imp_uid is not None and order.imp_uid != payment.imp_uid:
        return f"the order is paid by {order.imp_uid} already"
    return None


def event_of(payment: Payment, refund_under_way: bool) -> Event | None:
    """What a look-up says to the order that the payment pays; None where it says nothing new."""
    match payment.status:
        case "failed":
            return Event.FAILED
        case "cancelled":
            return Event.CANCELLED
        case "paid" if payment.cancelled_amount >= payment.amount:
            return Event.CANCELLED
        case "paid" if payment.cancelled_amount > 0:
            return None if refund_under_way else Event.PARTLY_CANCELLED
        case "paid":
            return Event.PAID
    return None


def move(session: Session, order: Order, event: Event, now: datetime) -> None:
    """One step in the order's life, with what belongs to it."""
    before, order.state = order.state, after(order.state, event)
    if fulfils(before, order.state):
        session.add(Fulfilment(order_id=order.id, fulfilled_at=now))
    if event is Event.ASKED and order.state is State.WAITING:
        order.waiting_since = now
    elif order.state is not State.WAITING:
        order.waiting_since = None


def under_way(session: Session, imp_uid: str) -> Refund | None:
    """The refund of this payment that has no result yet."""
    return session.scalar(select(Refund).where(Refund.imp_uid == imp_uid, Refund.ended_at.is_(None)))


def note_attention(session: Session, order: Order) -> None:
    """Keeps in the order what a person has to see to: money that pays nothing, refunds of unknown fate, deliveries."""
    payments = session.scalars(
        select(KnownPayment).where(
            KnownPayment.order_id == order.id, KnownPayment.objection.is_not(None), KnownPayment.status == "paid"
        )
    )
    unclear = session.scalars(
        select(Refund).where(Refund.order_id == order.id, Refund.outcome == Outcome.UNCLEAR, Refund.ended_at.is_(None))
    )
    told = [*map(_to_send_back, payments), *(_to_find_out(order, refund) for refund in unclear)]
    disputed = session.scalars(
        select(KnownPayment)
        .join(OpenDispute, OpenDispute.imp_uid == KnownPayment.imp_uid)
        .where(KnownPayment.order_id == order.id)
    )
    told += map(_to_answer, disputed)
    undelivered = deliveries.attention(deliveries.reports(session, order))
    order.attention = " ".join([*told, undelivered] if undelivered else told) or None


def overdue(order: Order, now: datetime, limit_seconds: float) -> bool:
    """Whether a cancellation has waited longer than the shop finds normal."""
    return order.waiting_since is not None and now - order.waiting_since > timedelta(seconds=limit_seconds)


def attention(order: Order, now: datetime, limit_seconds: float) -> str | None:
    """What a person has to see to, the waiting that takes too long included."""
    if not overdue(order, now, limit_seconds):
        return order.attention
    since = f"{order.waiting_since:%Y-%m-%d}"
    late = f"The cancellation waits since {since}: ask Paymentwall, or ask for the refund again."
    return f"{order.attention} {late}" if order.attention else late


def _remember(session: Session, order: Order, payment: Payment) -> KnownPayment:
    known = session.get(KnownPayment, payment.imp_uid)
    if known is None:
        known = KnownPayment(
            imp_uid=payment.imp_uid,
            order_id=order.id,
            merchant_uid=payment.merchant_uid,
            amount=payment.amount,
            currency=payment.currency,
            status=payment.status,
            cancelled_amount=Decimal(0),
        )
        session.add(known)
        session.flush()
    known.cancelled_amount = max(known.cancelled_amount, payment.cancelled_amount)
    known.status = max(known.status, payment.status, key=PROGRESS.index)
    known.receipt_url = payment.receipt_url or known.receipt_url
    known.approval_number = payment.approval_number or known.approval_number
    return known


def _has_failed(session: Session, refund: Refund, payment: Payment) -> bool:
    """Whether PortOne says that the cancellation which this refund became was refused, or stopped."""
    ticket = session.get(RefundTicket, refund.id) if payment.failed_cancellations else None
    return ticket is not None and ticket.cancellation_id in payment.failed_cancellations


def _note_dispute(session: Session, payment: Payment) -> None:
    disputed = False if payment.status == "cancelled" else payment.disputed
    if disputed is None:
        return
    noted = session.get(OpenDispute, payment.imp_uid)
    if disputed and noted is None:
        session.add(OpenDispute(imp_uid=payment.imp_uid))
    elif noted is not None and not disputed:
        session.delete(noted)


def _to_answer(payment: KnownPayment) -> str:
    return f"The buyer disputes payment {payment.imp_uid} at the bank: answer it at Paymentwall."


def _to_send_back(payment: KnownPayment) -> str:
    amount = f"{money.plain(payment.amount - payment.cancelled_amount, payment.currency)} {payment.currency}"
    return f"Payment {payment.imp_uid} of {amount} is to be sent back: {payment.objection}."


def _to_find_out(order: Order, refund: Refund) -> str:
    amount = f"{money.plain(refund.amount, order.currency)} {order.currency}"
    return f"Whether PortOne took the refund of {amount} is not known; ask for it again if no result comes."
