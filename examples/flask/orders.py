"""The merchant's orders: what a look-up means for them, and how they are refunded."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portone import PortOne, Refused, Unclear

DATABASE = os.environ.get("SHOP_DATABASE", "shop.sqlite3")
LIVE = os.environ.get("PORTONE_STAGE") == "live"

DEFECT = os.environ.get("SHOP_DEFECT", "")
"""One of DEFECTS, planted on purpose: to see that the conformance suite finds it."""
DEFECTS = ("believes-the-webhook", "sends-no-checksum", "swallows-failures")

SCHEMA = """
create table if not exists orders (reference text primary key, merchant_uid text unique, amount text, currency text,
    state text default 'unpaid', imp_uid text, refund_until text, refund_unclear integer default 0);
create table if not exists payments (imp_uid text primary key, reference text, amount text, currency text,
    sandbox integer, status text, cancelled text, objection text);
create table if not exists fulfilments (reference text);
"""
OPEN = ("unpaid", "failed")
WAITING = "waiting for cancellation"
PROGRESS = ("ready", "failed", "paid", "cancelled")
"""Look-ups may overtake each other; a payment only ever goes this way."""

log = logging.getLogger(__name__)
portone = PortOne(live=LIVE, checksum=DEFECT != "sends-no-checksum")
Row = Mapping[str, Any]


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    """One at a time: who reads an order here is the only one who changes it."""
    connection = sqlite3.connect(DATABASE, timeout=10, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("begin immediate")
        yield connection
        connection.execute("commit")
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.close()


class NoSuchOrder(Exception):
    """Nobody placed an order of this reference."""


def order_of(session: sqlite3.Connection, reference: str) -> Row:
    """The order. Raises NoSuchOrder."""
    found: Row | None = session.execute("select * from orders where reference = ?", (reference,)).fetchone()
    if found is None:
        raise NoSuchOrder(reference)
    return found


def payment_of(session: sqlite3.Connection, imp_uid: str | None) -> Row | None:
    """What was looked up of a payment so far."""
    found: Row | None = session.execute("select * from payments where imp_uid = ?", (imp_uid,)).fetchone()
    return found


def make_tables() -> None:
    """Make the tables that are not there yet."""
    with transaction() as session:
        for statement in filter(str.strip, SCHEMA.split(";")):
            session.execute(statement)


def take_result(imp_uid: str) -> None:
    """Look the payment up and let its order learn of it. Raises Unclear: nothing was changed then."""
    payment = portone.look_up(imp_uid)  # may take seconds: not inside the transaction
    if payment is None:
        return
    with transaction() as session:
        order = session.execute("select * from orders where merchant_uid = ?", (payment["merchant_uid"],)).fetchone()
        if order is not None:
            learn(session, order, payment)


def learn(session: sqlite3.Connection, order: Row, payment: Row) -> None:
    """Write down what a look-up showed of one of the order's payments, and what follows for the order."""
    known = payment_of(session, payment["imp_uid"])
    status, cancelled = str(payment["status"]), Decimal(str(payment["cancel_amount"] or 0))
    if known is not None:
        status = max(status, known["status"], key=PROGRESS.index)
        cancelled = max(cancelled, Decimal(known["cancelled"]))
    amount = Decimal(str(payment["amount"]))
    against = objection(order, payment, status, amount)
    session.execute(
        "insert or replace into payments values (?, ?, ?, ?, ?, ?, ?, ?)",
        (payment["imp_uid"], order["reference"], str(amount), payment["currency"], bool(payment.get("sandbox")),
         status, str(cancelled), against),
    )  # fmt: skip
    if against or order["imp_uid"] not in (None, payment["imp_uid"]):
        return
    if status == "failed" and order["state"] == "unpaid":
        change(session, order, state="failed")
    if status not in ("paid", "cancelled"):
        return
    whole = status == "cancelled" or cancelled >= amount
    until = order["refund_until"]
    if until is not None and (whole or cancelled >= Decimal(until)):
        change(session, order, refund_until=None, refund_unclear=0)
        until = None
    state = "cancelled" if whole else order["state"] if until else "partly cancelled" if cancelled else "paid"
    if order["state"] in OPEN and not whole:
        session.execute("insert into fulfilments values (?)", (order["reference"],))
    change(session, order, state=state, imp_uid=payment["imp_uid"])


def change(session: sqlite3.Connection, order: Row, **values: Any) -> None:
    """Set columns of the order; their names are this module's own."""
    columns = ", ".join(f"{name} = ?" for name in values)
    session.execute(f"update orders set {columns} where reference = ?", (*values.values(), order["reference"]))


def objection(order: Row, payment: Row, status: str, amount: Decimal) -> str | None:
    """Why a payment that was made does not pay this order, None where it does."""
    if status not in ("paid", "cancelled"):
        return None
    if payment.get("sandbox") and LIVE:
        return "it was made through a test channel"
    if payment["currency"] != order["currency"] or amount != Decimal(order["amount"]):
        return f"the order is over {order['amount']} {order['currency']}"
    if order["imp_uid"] not in (None, payment["imp_uid"]):
        return f"the order is paid by {order['imp_uid']}"
    return None


def catch_up(reference: str) -> None:
    """Look up what became of an order whose webhook never came; where that fails, next time."""
    with transaction() as session:
        order = order_of(session, reference)
    if order["state"] == "cancelled":
        return
    try:
        imp_uid = order["imp_uid"] or portone.find(order["merchant_uid"])
        if imp_uid:
            take_result(imp_uid)
    except Unclear as reason:
        log.warning("%s", reason)


@dataclass(frozen=True)
class Claim:
    """A refund that this request alone may put to PortOne, in major units."""

    imp_uid: str
    amount: Decimal
    left: Decimal
    until: Decimal


class Declined(Exception):
    """The shop itself says no."""


def claim(reference: str, asked: object) -> Claim:
    """Note that a refund is under way, before anybody is asked. Raises Declined."""
    with transaction() as session:
        order = order_of(session, reference)
        payment = payment_of(session, order["imp_uid"])
        if payment is None or payment["status"] != "paid":
            raise Declined("There is nothing to refund.")
        left = Decimal(payment["amount"]) - Decimal(payment["cancelled"])
        amount = left if asked is None else typed(asked)
        if not 0 < amount <= left:
            raise Declined(f"More than 0 and at most {left} {order['currency']} can be refunded.")
        if order["refund_until"] is not None and not order["refund_unclear"]:
            raise Declined("A refund is asked for already, and waits for its result.")
        until = Decimal(payment["cancelled"]) + amount
        change(session, order, refund_until=str(until), refund_unclear=0)
        return Claim(order["imp_uid"], amount, left, until)


def typed(amount: object) -> Decimal:
    """An amount in major units; 0 for what is none."""
    return Decimal(str(amount)) if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", str(amount)) else Decimal(0)


def refund(reference: str, asked: object) -> tuple[str, int]:
    """What the operator is told, and the HTTP status."""
    try:
        claimed = claim(reference, asked)
    except Declined as reason:
        return str(reason), 409
    try:
        portone.ask_to_cancel(claimed.imp_uid, claimed.amount, claimed.left)
    except Refused as reason:
        return f"PortOne refused: {reason}", conclude(reference, claimed, refused=True)
    except Unclear:
        return "Whether PortOne took the refund is not known.", conclude(reference, claimed, unclear=True)
    return "The cancellation is asked for, and waits for its result.", conclude(reference, claimed)


def conclude(reference: str, claimed: Claim, *, refused: bool = False, unclear: bool = False) -> int:
    """Whatever was answered, the payment is the truth; what is not done by now waits."""
    with transaction() as session:
        order = order_of(session, reference)
        mine = order["refund_until"] == str(claimed.until)
        if mine and refused:
            change(session, order, refund_until=None)
        elif mine:
            change(session, order, refund_unclear=int(unclear), state=WAITING)
    try:
        take_result(claimed.imp_uid)
    except Unclear as reason:
        log.warning("%s", reason)
    return 409 if refused else 200


def shown(session: sqlite3.Connection, order: Row) -> dict[str, Any]:
    """The order as the shop's people see it."""
    payment = payment_of(session, order["imp_uid"])
    strays = session.execute(
        "select imp_uid, objection from payments where reference = ? and status = 'paid' and objection is not null",
        (order["reference"],),
    )
    told = [f"Send {stray['imp_uid']} back: {stray['objection']}." for stray in strays]
    if order["refund_unclear"]:
        told.append("Whether PortOne took the refund is not known; ask again.")
    count = session.execute("select count(*) from fulfilments where reference = ?", (order["reference"],)).fetchone()
    return {
        "order": order["reference"],
        "merchant_uid": order["merchant_uid"],
        "status": order["state"],
        "amount": order["amount"],
        "currency": order["currency"],
        "paid_amount": payment["amount"] if payment else "0",
        "cancelled_amount": payment["cancelled"] if payment else "0",
        "fulfilments": count[0],
        "attention": " ".join(told) or None,
    }
