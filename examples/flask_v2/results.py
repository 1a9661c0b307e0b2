"""What a look-up means for an order: the one place where orders learn what became of their payments."""

from __future__ import annotations

import logging
import os
import sqlite3

from orders import DEFECT, PAID, Row, change, money, order_of, payments_of, state_of, transaction
from portone import Cancellation, Payment, PortOne, Refused, Unclear

STORE_ID = os.environ.get("PORTONE_STORE_ID", "store-conformance")
LIVE = os.environ.get("PORTONE_STAGE") == "live"
PROGRESS = ("READY", "PAY_PENDING", "VIRTUAL_ACCOUNT_ISSUED", "FAILED", *PAID)
"""Look-ups may overtake each other; a payment only ever goes this way. It may fail several times before it is paid."""

log = logging.getLogger(__name__)
portone = PortOne()


def take_result(payment_id: str) -> None:
    """Look the payment up and let its order learn of it. Raises Unclear: nothing was changed then."""
    with transaction() as session:
        if known_as(session, payment_id) is None:  # of another shop with the same account, or of nobody
            return
    payment = portone.look_up(payment_id)  # may take seconds: not inside the transaction
    if payment is None:
        return
    with transaction() as session:
        known = known_as(session, payment_id)
        if known is not None:
            learn(session, order_of(session, known["reference"]), known, payment)
    send_back(payment_id)


def known_as(session: sqlite3.Connection, payment_id: str) -> Row | None:
    """What is known of a paymentId that this shop gave out."""
    found: Row | None = session.execute("select * from payments where id = ?", (payment_id,)).fetchone()
    return found


def learn(session: sqlite3.Connection, order: Row, known: Row, payment: Payment) -> None:
    """Write down what a look-up showed of one of the order's payments, and what follows for the order."""
    status = max(known["status"], payment.status, key=PROGRESS.index)
    cancelled = max(known["cancelled"], payment.cancelled)
    for one in payment.cancellations:
        note_cancellation(session, payment.id, one)
    against = objection(order, payment) if status in PAID else None
    disputed = known["disputed"] if payment.disputed is None or DEFECT == "forgets-disputes" else payment.disputed
    session.execute(
        "update payments set status = ?, total = ?, cancelled = ?, currency = ?, country = ?, disputed = ?,"
        " objection = ? where id = ?",
        (
            status, payment.total, cancelled, payment.currency, payment.country or known["country"], disputed,
            against, payment.id,
        ),
    )  # fmt: skip
    if status not in PAID or against:
        return
    if order["paid_by"] is None:
        change(session, order, paid_by=payment.id)
        if status != "CANCELLED" and cancelled < payment.total:  # here the goods go out, once
            session.execute("insert into fulfilments values (?)", (order["reference"],))
    until, unclear = order["refund_until"], order["refund_unclear"]
    if unclear and (cancelled >= until or newest_cancellation(session, payment.id) > order["refund_after"]):
        change(session, order, refund_until=None, refund_unclear=0)  # it was taken; the payment says the rest


def note_cancellation(session: sqlite3.Connection, payment_id: str, one: Cancellation) -> None:
    """A cancellation that is REQUESTED ends SUCCEEDED or FAILED, and never goes back."""
    session.execute(
        "insert into cancellations (id, payment_id, status) values (?, ?, ?)"
        " on conflict (id) do update set status = excluded.status where excluded.status <> 'REQUESTED'",
        (one.id, payment_id, one.status),
    )


def newest_cancellation(session: sqlite3.Connection, payment_id: str) -> int:
    """A number that grows with each cancellation of the payment."""
    found = session.execute("select max(rowid) from cancellations where payment_id = ?", (payment_id,)).fetchone()
    return found[0] or 0


def objection(order: Row, payment: Payment) -> str | None:
    """Why money that came does not pay the order, None where it does."""
    if payment.store_id != STORE_ID:
        return "it was made at another store"
    if LIVE and payment.test is not False:
        return "it was made through a test channel"
    if payment.currency != order["currency"] or payment.total != order["amount"]:
        return f"the order is over {money(order['amount'], order['currency'])}"
    if order["paid_by"] not in (None, payment.id):
        return f"the order is paid by {order['paid_by']}"
    return None


def send_back(payment_id: str) -> None:
    """Money that pays nothing goes back by itself, asked for once; what comes of it its cancellations say."""
    with transaction() as session:
        found = session.execute(
            "update payments set sending_back = 'its cancellation is asked for'"
            " where id = ? and objection is not null and sending_back is null and cancelled < total returning *",
            (payment_id,),
        ).fetchall()
    if not found:
        return
    [stray] = found
    left = stray["total"] - stray["cancelled"]
    made, said = None, stray["sending_back"]
    try:
        made = portone.cancel(payment_id, left, left, f"Sent back: {stray['objection']}")
    except Refused as reason:
        said = f"PortOne refused its cancellation: {reason}"
    except Unclear:
        said = "whether PortOne took its cancellation is not known"
    with transaction() as session:
        session.execute("update payments set sending_back = ? where id = ?", (said, payment_id))
        if made:
            note_cancellation(session, payment_id, made)


def catch_up(reference: str) -> bool:
    """Look up every paymentId of an order, for webhooks that never came; False where that failed."""
    with transaction() as session:
        order = order_of(session, reference)
        wanted = [] if state_of(session, order) == "cancelled" else [row["id"] for row in payments_of(session, order)]
    try:
        for payment_id in wanted:
            take_result(payment_id)
    except Unclear as reason:
        log.warning("%s", reason)
        return False
    return True


def reconcile(reference: str | None = None) -> dict[str, int]:
    """The job for every few minutes: look up what became of all orders, or of one."""
    with transaction() as session:
        every = [reference] if reference else [row["reference"] for row in session.execute("select * from orders")]
    return {"orders": len(every), "failed": sum(not catch_up(one) for one in every)}
