"""The journal of Hanok stay: events, one after the other, and what a booking is when they are added up."""

import json
import os
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

WAITING_FOR_MONEY, FAILED, CONFIRMED = "입금전", "결제실패", "예약확정"
RETURN_ASKED, PARTLY_RETURNED, RETURNED = "취소접수", "부분취소", "취소완료"
LONG_SECONDS = 7 * 86_400  # a return that takes longer is for a person
FILE = os.path.join(os.environ["HANOK_DATA"], "journal.db")
PROGRESS = ("ready", "failed", "paid", "cancelled")


@contextmanager
def journal():
    """Whoever writes into it is alone with it."""
    con = sqlite3.connect(FILE, timeout=30, isolation_level=None)
    try:
        con.execute("begin immediate")
        yield Journal(con)
        con.execute("commit")
    except BaseException:
        if con.in_transaction:
            con.execute("rollback")
        raise
    finally:
        con.close()


class Journal:
    def __init__(self, con):
        self.con = con

    def write(self, booking, kind, **facts):
        self.con.execute("insert into events (booking, kind, facts) values (?, ?, ?)", (booking, kind, json.dumps(facts)))

    def booking(self, number):
        rows = self.con.execute("select kind, facts from events where booking = ? order by id", (number,)).fetchall()
        return added_up(number, [(kind, json.loads(facts)) for kind, facts in rows]) if rows else None

    def open_ones(self):
        rows = self.con.execute("select distinct booking from events order by booking").fetchall()
        return [b for b in (self.booking(number) for (number,) in rows) if b.state != RETURNED]

    def next_request(self, booking):
        return self.con.execute("insert into requests (booking) values (?)", (booking,)).lastrowid

    def booking_of_request(self, request):
        row = self.con.execute("select booking from requests where id = ?", (request,)).fetchone()
        return self.booking(row[0]) if row else None


@dataclass
class Payment:
    imp_uid: str
    uid: str
    amount: Decimal
    currency: str
    status: str = "ready"
    cancelled: Decimal = Decimal(0)
    sandbox: bool = False
    country: str | None = None
    usable: bool = True
    asked: list = field(default_factory=list)  # of refunds that wait: (request, what will be cancelled in all then)

    @property
    def left(self):
        return self.amount - self.cancelled


@dataclass
class Booking:
    number: str
    room: str = ""
    guest: str = ""
    email: str = ""
    amount: Decimal = Decimal(0)
    currency: str = ""
    attempts: int = 0
    pays: str | None = None  # the payment that pays it
    payments: dict = field(default_factory=dict)
    codes: list = field(default_factory=list)
    requests: dict = field(default_factory=dict)
    memos: dict = field(default_factory=dict)
    return_asked_at: float = 0.0  # unix seconds

    @property
    def paying(self):
        return self.payments.get(self.pays)

    @property
    def state(self):
        paying = self.paying
        if paying is None:
            return FAILED if any(one.status == "failed" for one in self.payments.values()) else WAITING_FOR_MONEY
        if paying.status == "cancelled" or paying.left <= 0:
            return RETURNED
        if paying.asked:
            return RETURN_ASKED
        return PARTLY_RETURNED if paying.cancelled else CONFIRMED

    @property
    def memo(self):
        long = self.state == RETURN_ASKED and time.time() - self.return_asked_at > LONG_SECONDS
        return " / ".join([*self.memos.values(), *(["취소가 오래 걸리고 있습니다"] if long else [])])


def added_up(number, events):
    booking = Booking(number)
    for kind, facts in events:
        ADD[kind](booking, **facts)
    return booking


def _booked(booking, room, guest, email, amount, currency):
    booking.room, booking.guest, booking.email = room, guest, email
    booking.amount, booking.currency = Decimal(amount), currency


def _pressed(booking, uid):
    booking.attempts += 1


def _seen(booking, imp_uid, uid, status, amount, cancelled, currency, sandbox, country, usable):
    one = booking.payments.setdefault(imp_uid, Payment(imp_uid, uid, Decimal(amount), currency))
    one.status = max(one.status, status, key=PROGRESS.index)
    one.cancelled = max(one.cancelled, Decimal(cancelled))
    one.country, one.sandbox = country or one.country, sandbox
    one.usable = usable if one.status in ("paid", "cancelled") else True
    for request, _ in [(r, t) for r, t in one.asked if one.cancelled >= t or one.status == "cancelled"]:
        _ended(booking, one, request)
    if usable and one.status in ("paid", "cancelled") and booking.pays is None:
        booking.pays = imp_uid
    if one.status == "cancelled" or one.left <= 0:
        booking.memos.pop(imp_uid, None)


def _code(booking, code):
    booking.codes.append(code)


def _requested(booking, request, amount, by):
    booking.requests[request] = amount


def _asked(booking, request, imp_uid, then, at):
    booking.payments[imp_uid].asked.append((request, Decimal(then)))
    booking.return_asked_at = at


def _refused(booking, request, imp_uid):
    _ended(booking, booking.payments[imp_uid], request)


def _ended(booking, one, request):
    one.asked = [pair for pair in one.asked if pair[0] != request]
    booking.memos.pop(f"refund {request}", None)


def _noted(booking, about, words):
    booking.memos[about] = words


ADD = {
    "booked": _booked, "pressed": _pressed, "seen": _seen, "code issued": _code, "refund requested": _requested,
    "refund asked": _asked, "refund refused": _refused, "noted": _noted,
}  # fmt: skip


def create():
    with sqlite3.connect(FILE) as con:
        con.execute("pragma journal_mode=wal")
        con.execute("create table if not exists events (id integer primary key, booking text, kind text, facts text)")
        con.execute("create index if not exists of_booking on events (booking)")
        con.execute("create table if not exists requests (id integer primary key autoincrement, booking text)")
