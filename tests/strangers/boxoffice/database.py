"""SQLite behind a pool of five connections."""

import queue
import sqlite3
from contextlib import contextmanager

from settings import settings

SCHEMA = """
create table if not exists bookings (
    id integer primary key,
    merchant_uid text unique not null,
    customer text not null,
    show text not null,
    amount real not null,
    currency text not null,
    status text not null default 'PENDING',
    imp_uid text,
    paid real not null default 0,
    refunded real not null default 0,
    refund_until real,
    tickets integer not null default 0
);
create table if not exists alerts (
    booking integer not null, text text not null, unique (booking, text)
);
"""


class Pool:
    def __init__(self, size: int = 5):
        self._free: queue.Queue[sqlite3.Connection] = queue.Queue()
        for _ in range(size):
            self._free.put(self._connect())

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(settings.database, check_same_thread=False, isolation_level=None, timeout=20)
        db.row_factory = sqlite3.Row
        db.execute("pragma journal_mode = wal")
        db.executescript(SCHEMA)
        return db

    def acquire(self) -> sqlite3.Connection:
        return self._free.get()

    def release(self, db: sqlite3.Connection) -> None:
        self._free.put(db)

    @contextmanager
    def connection(self):
        db = self.acquire()
        try:
            yield db
        finally:
            self.release(db)


pool = Pool()


@contextmanager
def transaction(db: sqlite3.Connection):
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    except BaseException:
        db.execute("rollback")
        raise
