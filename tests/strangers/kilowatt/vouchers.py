"""Orders for charging vouchers, in minor units: one row an order, one an attempt to pay it, one a refund of it."""

import sqlite3
import uuid
from contextlib import contextmanager
from decimal import Decimal

from portone import Declined, NoAnswer, PortOne

EXPONENTS = {"USD": 2, "KRW": 0, "KWD": 3}
PRICES = {"USD": 3000, "KRW": 36000, "KWD": 9000}
SCHEMA = """
create table if not exists orders (
    id text primary key, currency text, price int, buyer_name text, buyer_email text, status text default 'created',
    imp_uid text unique, refunded int default 0);
create table if not exists attempts (
    merchant_uid text primary key, order_id text, number int, failed int default 0);
create table if not exists refunds (
    id integer primary key, order_id text, amount int, until int, status text default 'requested');
create table if not exists vouchers (order_id text, code text);
create unique index if not exists one_voucher on vouchers (order_id);
create table if not exists attention (order_id text, text text, unique (order_id, text));
"""


class Impossible(Exception):
    """What was asked cannot be done; str() says why."""


def major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-EXPONENTS[currency])


def minor(amount, currency: str) -> Decimal:
    return Decimal(str(amount)).scaleb(EXPONENTS[currency])


class Vouchers:
    def __init__(self, path: str, portone: PortOne) -> None:
        self._path, self._portone = path, portone
        db = sqlite3.connect(path)
        db.executescript(SCHEMA)
        db.close()

    @contextmanager
    def _db(self):
        db = sqlite3.connect(self._path, timeout=20, isolation_level=None)
        db.row_factory = sqlite3.Row
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

    def place(self, currency: str, name: str, email: str) -> dict:
        id = uuid.uuid4().hex[:10]
        values = (id, currency, PRICES[currency], name, email)
        with self._db() as db:
            db.execute("insert into orders (id, currency, price, buyer_name, buyer_email) values (?, ?, ?, ?, ?)", values)
            db.execute("insert into attempts (merchant_uid, order_id, number) values (?, ?, 1)", (f"kw-{id}-1", id))
        return self.read(id)

    def read(self, id: str) -> dict | None:
        with self._db() as db:
            order = db.execute("select * from orders where id = ?", (id,)).fetchone()
            if order is None:
                return None
            of = lambda query: [dict(row) for row in db.execute(query, (id,))]  # noqa: E731
            return dict(order) | {
                "merchant_uid": of("select merchant_uid from attempts where order_id = ? order by number")[-1]["merchant_uid"],
                "refunds": of("select amount as amount_minor, status from refunds where order_id = ? order by id"),
                "vouchers": [row["code"] for row in of("select code from vouchers where order_id = ?")],
                "attention": [row["text"] for row in of("select text from attention where order_id = ?")],
            }

    def attempt(self, id: str) -> str:
        """The merchant_uid to pay with: a new one after an attempt that failed."""
        with self._db() as db:
            last = db.execute("select * from attempts where order_id = ? order by number desc limit 1", (id,)).fetchone()
            if not last["failed"]:
                return last["merchant_uid"]
            number = last["number"] + 1
            fresh = f"kw-{id}-{number}"
            db.execute("insert into attempts (merchant_uid, order_id, number) values (?, ?, ?)", (fresh, id, number))
            return fresh

    def hear_of(self, imp_uid: str) -> None:
        """Look a payment up and apply it. Raises NoAnswer."""
        payment = self._portone.payment(imp_uid)
        if payment is not None:
            self.apply(payment)

    def sync(self, id: str) -> None:
        """Ask about an order whose payment or refund nobody has told of. Raises NoAnswer."""
        order = self.read(id)
        if order["status"] == "refund_pending":
            self.hear_of(order["imp_uid"])
        elif order["status"] == "created":
            with self._db() as db:
                uids = [row[0] for row in db.execute("select merchant_uid from attempts where order_id = ?", (id,))]
            for merchant_uid in uids:
                payment = self._portone.paid(merchant_uid)
                if payment is not None:
                    self.apply(payment)

    def apply(self, payment: dict) -> None:
        try:
            imp_uid, status, currency = payment["imp_uid"], payment["status"], payment["currency"]
            merchant_uid, amount = str(payment["merchant_uid"]), payment["amount"]
        except KeyError as missing:
            raise NoAnswer(f"a payment without {missing}") from missing
        with self._db() as db:
            attempt = db.execute("select * from attempts where merchant_uid = ?", (merchant_uid,)).fetchone()
            if attempt is None:
                return
            order = db.execute("select * from orders where id = ?", (attempt["order_id"],)).fetchone()
            if status == "failed":
                db.execute("update attempts set failed = 1 where merchant_uid = ?", (merchant_uid,))
            elif status in ("paid", "cancelled"):
                if order["imp_uid"] not in (None, imp_uid):
                    if status == "paid":
                        self._attend(db, order, f"second payment {imp_uid}: send it back by hand")
                elif currency != order["currency"] or minor(amount, currency) != order["price"]:
                    self._attend(db, order, f"payment {imp_uid} of {amount} {currency} does not fit: send it back by hand")
                else:
                    self._settle(db, order, payment)

    def _settle(self, db, order, payment: dict) -> None:
        refunded = int(minor(payment.get("cancel_amount") or 0, order["currency"]))
        if payment["status"] == "cancelled" and refunded == 0:
            refunded = order["price"]
        refunded = max(refunded, order["refunded"])
        status = order["status"]
        if status == "created":
            status = "paid"
            if refunded == 0:
                db.execute("insert into vouchers values (?, ?)", (order["id"], uuid.uuid4().hex))
        open_refund = "order_id = ? and status = 'requested'"
        waits = db.execute(f"select 1 from refunds where {open_refund} and until > ?", (order["id"], refunded)).fetchone()
        if refunded >= order["price"]:
            status, waits = "refunded", None
        elif refunded > 0 and not waits:
            status = "partially_refunded"
        if not waits:
            db.execute(f"update refunds set status = 'done' where {open_refund}", (order["id"],))
        db.execute(
            "update orders set status = ?, imp_uid = ?, refunded = ? where id = ?",
            (status, payment["imp_uid"], refunded, order["id"]),
        )

    @staticmethod
    def _attend(db, order, text: str) -> None:
        db.execute("insert or ignore into attention values (?, ?)", (order["id"], text))

    def refund(self, id: str, amount: int | None) -> str:
        """Ask PortOne for a refund; None: of all that is left. Raises Impossible, Declined."""
        with self._db() as db:
            order = db.execute("select * from orders where id = ?", (id,)).fetchone()
            if order["status"] not in ("paid", "partially_refunded"):
                raise Impossible(f"an order that is {order['status']} cannot be refunded")
            left = order["price"] - order["refunded"]
            if amount is None:
                amount = left
            elif amount % 10 ** EXPONENTS[order["currency"]]:
                raise Impossible(f"partial refunds are made in whole {order['currency']} only")
            if not 0 < amount <= left:
                raise Impossible(f"{left} is left to be refunded")
            until = order["refunded"] + amount
            made = db.execute("insert into refunds (order_id, amount, until) values (?, ?, ?)", (id, amount, until))
            db.execute("update orders set status = 'refund_pending' where id = ?", (id,))
        currency = order["currency"]
        told = "requested"
        try:
            self._portone.cancel(order["imp_uid"], major(amount, currency), major(left, currency))
        except Declined:
            with self._db() as db:
                db.execute("update refunds set status = 'declined' where id = ?", (made.lastrowid,))
                db.execute("update orders set status = ? where id = ? and status = 'refund_pending'", (order["status"], id))
            raise
        except NoAnswer:
            told = "requested; PortOne has not confirmed it yet"
        try:
            self.hear_of(order["imp_uid"])
        except (NoAnswer, Declined):
            pass  # the webhook or the next sync will tell
        return told
