"""Orders and tickets: all changes to them are here."""

import os
import sqlite3
import time
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path

import portone

DATABASE = Path(os.environ["TICKETBOOTH_DATA"]) / "booth.sqlite3"
CURRENCY = "USD"
SHOWS = {"swan": ("Swan Lake, stalls", "24.50"), "hamlet": ("Hamlet, balcony", "12.00")}
OVERDUE_SECONDS = 7 * 86400

SCHEMA = """
create table if not exists people (id integer primary key, email text unique, name text, password text, staff int);
create table if not exists carts (person int primary key, show text);
create table if not exists orders (
    number text primary key, person int, show text, price text, state text default 'open', imp_uid text unique,
    refunded text default '0', expected text, before text, asked_at real);
create table if not exists tickets (number text primary key, seat text);
create table if not exists notes (id integer primary key, number text, text text, unique (number, text));
"""


def connect():
    db = sqlite3.connect(DATABASE, timeout=20, isolation_level=None)
    db.row_factory = sqlite3.Row
    return db


@contextmanager
def changing():
    db = connect()
    try:
        db.execute("begin immediate")
        yield db
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise
    finally:
        db.close()


def one(query, *values):
    db = connect()
    try:
        return db.execute(query, values).fetchone()
    finally:
        db.close()


def all_of(query, *values):
    db = connect()
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def note(number, text):
    with changing() as db:
        db.execute("insert or ignore into notes (number, text) values (?, ?)", (number, text))


def apply(payment):
    """Write down what a look-up says. A second payment of an order is sent back."""
    with changing() as db:
        order = db.execute("select * from orders where number = ?", (str(payment["merchant_uid"]),)).fetchone()
        second = order is not None and _applied(db, order, payment)
    if second:
        _send_back(order["number"], payment)


def _applied(db, order, payment):
    number, imp_uid, status = order["number"], payment["imp_uid"], payment["status"]
    if status == "failed" and order["state"] == "open":
        db.execute("update orders set state = 'failed' where number = ?", (number,))
    if status not in ("paid", "cancelled"):
        return False
    try:
        amount, refunded = Decimal(str(payment["amount"])), Decimal(str(payment.get("cancel_amount") or 0))
    except InvalidOperation as error:
        raise portone.Unclear("an amount that is none") from error
    if order["imp_uid"] not in (None, imp_uid):
        text = f"paid twice: {imp_uid} is sent back"
        return (
            status == "paid"
            and db.execute("insert or ignore into notes (number, text) values (?, ?)", (number, text)).rowcount == 1
        )
    if (amount, payment["currency"]) != (Decimal(order["price"]), CURRENCY):
        text = f"{imp_uid} is over {amount} {payment['currency']}, which is not the price"
        db.execute("insert or ignore into notes (number, text) values (?, ?)", (number, text))
        return False
    known = Decimal(order["refunded"])
    refunded = max(known, refunded)
    state = order["state"]
    if status == "cancelled" and refunded == 0:
        refunded = amount
    if state in ("open", "failed"):
        state = "paid"
        if refunded == 0:
            db.execute("insert or ignore into tickets values (?, ?)", (number, f"row {abs(hash(number)) % 30 + 1}"))
    if refunded >= amount:
        state = "refunded"
    elif refunded > known and (state != "refund requested" or refunded >= Decimal(order["expected"])):
        state = "partly refunded"
    db.execute(
        "update orders set state = ?, imp_uid = ?, refunded = ? where number = ?",
        (state, imp_uid, str(refunded), number),
    )
    return False


def _send_back(number, payment):
    try:
        portone.cancel(payment["imp_uid"], payment["amount"], payment["amount"], "The order was paid already")
    except (portone.Refused, portone.Unclear) as error:
        note(number, f"{payment['imp_uid']} could not be sent back: {error}")


def look_again(order):
    """Ask PortOne about an order whose result has not come."""
    if order["state"] in ("open", "failed"):
        payment = portone.paid_for(order["number"])
    elif order["state"] == "refund requested":
        payment = portone.payment(order["imp_uid"])
    else:
        return
    if payment is not None:
        apply(payment)


def refund(number, amount):
    """Ask for a refund of `amount`, None for the rest; says what the clerk is told, and whether it was refused."""
    with changing() as db:
        order = db.execute("select * from orders where number = ?", (number,)).fetchone()
        if order["state"] not in ("paid", "partly refunded"):
            return f"Nothing was done: the order is {order['state']}.", True
        left = Decimal(order["price"]) - Decimal(order["refunded"])
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            return f"Only {left} {CURRENCY} can be refunded.", True
        db.execute(
            "update orders set state = 'refund requested', before = ?, expected = ?, asked_at = ? where number = ?",
            (order["state"], str(Decimal(order["refunded"]) + amount), time.time(), number),
        )
    try:
        portone.cancel(order["imp_uid"], float(amount), float(left), "Refund at the booth")
    except portone.Refused as refusal:
        with changing() as db:
            db.execute("update orders set state = before where number = ? and state = 'refund requested'", (number,))
        return f"PortOne refused the refund: {refusal}", True
    except portone.Unclear:
        told = "PortOne gave no clear answer; the refund stays requested until it is known."
    else:
        told = "The refund was requested."
    try:
        payment = portone.payment(order["imp_uid"])
        if payment is not None:
            apply(payment)
    except (portone.Refused, portone.Unclear):
        pass
    return told, False


def overdue():
    """Orders whose refund has been waiting for too long."""
    return all_of(
        "select * from orders where state = 'refund requested' and asked_at < ?", time.time() - OVERDUE_SECONDS
    )
