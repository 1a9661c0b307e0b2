"""The merchant's orders as they are kept and shown. All amounts are in minor units."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

DATABASE = os.environ.get("SHOP_DATABASE", "shop.sqlite3")

DEFECT = os.environ.get("SHOP_DEFECT", "")
"""One of DEFECTS, planted on purpose: to see that the conformance suite finds it."""
DEFECTS = ("believes-the-webhook", "refuses-unknown-types", "forgets-disputes")

PRODUCTS: Mapping[str, tuple[str, int, str]] = {  # 10.50 USD is 1050, 9,900 KRW is 9900, 3.250 KWD is 3250
    "mug": ("Enamel mug", 1050, "USD"),
    "tea": ("Green tea", 9900, "KRW"),
    "dates": ("A box of dates", 3250, "KWD"),
}
DECIMALS: Mapping[str, int] = {"USD": 2, "KRW": 0, "KWD": 3}

# A paymentId that was given out is a row of payments, with nothing known of it yet.
SCHEMA = """
create table if not exists orders (reference text primary key, product text, amount integer, currency text,
    country text, paid_by text, refund_until integer, refund_after integer, refund_unclear integer default 0);
create table if not exists payments (id text primary key, reference text, status text default 'READY',
    total integer default 0, cancelled integer default 0, currency text, country text, disputed integer default 0,
    objection text, sending_back text);
create table if not exists cancellations (id text primary key, payment_id text, status text);
create table if not exists fulfilments (reference text);
"""
PAID = ("PAID", "PARTIAL_CANCELLED", "CANCELLED")
WAITING = "waiting for cancellation"

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


def make_tables() -> None:
    """Make the tables that are not there yet."""
    with transaction() as session:
        for statement in filter(str.strip, SCHEMA.split(";")):
            session.execute(statement)


def order_of(session: sqlite3.Connection, reference: str) -> Row:
    """The order. Raises NoSuchOrder."""
    found: Row | None = session.execute("select * from orders where reference = ?", (reference,)).fetchone()
    if found is None:
        raise NoSuchOrder(reference)
    return found


def payments_of(session: sqlite3.Connection, order: Row) -> list[Row]:
    """The paymentIds of an order, with what is known of them, the oldest first."""
    return session.execute(
        "select * from payments where reference = ? order by rowid", (order["reference"],)
    ).fetchall()


def paying(session: sqlite3.Connection, order: Row) -> Row | None:
    """The payment that pays the order."""
    return next((one for one in payments_of(session, order) if one["id"] == order["paid_by"]), None)


def statuses(session: sqlite3.Connection, payment_id: str) -> list[str]:
    """Those of a payment's cancellations, the oldest first."""
    found = session.execute("select status from cancellations where payment_id = ? order by rowid", (payment_id,))
    return [status for (status,) in found]


def place(product: str, country: str | None) -> str:
    """A new order; its reference."""
    reference = secrets.token_hex(10)
    _, amount, currency = PRODUCTS[product]
    with transaction() as session:
        session.execute(
            "insert into orders (reference, product, amount, currency, country) values (?, ?, ?, ?, ?)",
            (reference, product, amount, currency, country),
        )
        new_payment_id(session, reference)
    return reference


def new_payment_id(session: sqlite3.Connection, reference: str) -> str:
    payment_id = f"order-{secrets.token_hex(16)}"
    session.execute("insert into payments (id, reference) values (?, ?)", (payment_id, reference))
    return payment_id


def payment_id_to_pay(session: sqlite3.Connection, order: Row) -> str:
    """What the page is to ask for.

    One paymentId may be tried several times and succeeds once: whoever opens the page twice cannot pay twice. Only
    where the money that came under it does not pay the order, it is spent for nothing, and the next try has another.
    """
    newest = payments_of(session, order)[-1]
    spent = newest["status"] in PAID
    return new_payment_id(session, order["reference"]) if spent else str(newest["id"])


def change(session: sqlite3.Connection, order: Row, **values: Any) -> None:
    """Set columns of the order; their names are this module's own."""
    columns = ", ".join(f"{name} = ?" for name in values)
    session.execute(f"update orders set {columns} where reference = ?", (*values.values(), order["reference"]))


def state_of(session: sqlite3.Connection, order: Row) -> str:
    """What the order is by now, from what is known of its payments."""
    paid = paying(session, order)
    if paid is None:
        return "failed" if any(one["status"] == "FAILED" for one in payments_of(session, order)) else "unpaid"
    if is_whole(paid):
        return "cancelled"
    if order["refund_until"] is not None or "REQUESTED" in statuses(session, paid["id"]):
        return WAITING
    return "partly cancelled" if paid["cancelled"] else "paid"


def is_whole(payment: Row) -> bool:
    """Whether all of its money went back."""
    return bool(payment["status"] == "CANCELLED" or payment["cancelled"] >= payment["total"] > 0)


def shown(reference: str) -> dict[str, Any]:
    """The order as the shop's people see it. Raises NoSuchOrder."""
    with transaction() as session:
        order = order_of(session, reference)
        known = payments_of(session, order)
        paid = paying(session, order)
        return {
            "order": reference,
            "payment_id": known[-1]["id"],
            "status": state_of(session, order),
            "amount": order["amount"],
            "currency": order["currency"],
            "paid_amount": paid["total"] if paid else 0,
            "cancelled_amount": paid["cancelled"] if paid else 0,
            "country": paid["country"] if paid else None,
            "fulfilments": session.execute(
                "select count(*) from fulfilments where reference = ?", (reference,)
            ).fetchone()[0],
            "attention": attention(session, order, known),
        }


def attention(session: sqlite3.Connection, order: Row, known: list[Row]) -> str | None:
    """What a person has to do, None where there is nothing."""
    told = []
    for one in known:
        if is_whole(one):
            continue
        if one["disputed"]:
            told.append(f"The buyer disputes {one['id']} at the bank: answer it at Paymentwall.")
        if one["objection"]:
            told.append(f"{one['id']} pays nothing, {one['objection']}; {one['sending_back']}.")
        if statuses(session, one["id"])[-1:] == ["FAILED"]:
            told.append(f"A cancellation of {one['id']} failed: ask again.")
    if order["refund_unclear"]:
        told.append("Whether PortOne took the refund is not known: ask again.")
    return " ".join(told) or None


def money(amount: int, currency: str) -> str:
    """An amount in minor units, as people read it."""
    decimals = DECIMALS.get(currency, 2)
    return f"{amount / 10**decimals:.{decimals}f} {currency}"
