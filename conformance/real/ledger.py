"""The ledger: every attempt that might charge a real card, and all that became of it, durable before anything goes on.

Nothing in it is ever changed: each verb adds a line, and what is known is read from all of them (`bookkeeping`). The
lines stand in an SQLite file and once more, as text, in a copy beside it, so that one damaged file loses nothing.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from conformance.machine import interrupts
from conformance.real.bookkeeping import Charge, ChargeBooks, Entry, Verb, books_of
from conformance.real.ledger_copy import Copy, intact, sealed
from conformance.settings.conformance_toml import SettingsError

SCHEMA = 1
Answer = Literal["taken", "refused", "unclear", "not sent"]
How = Literal["merchant", "api"]
_APPLICATION = 0x50574331  # "PWC1": tells a ledger from any other SQLite file
_TABLE = "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, line TEXT NOT NULL)"


class LedgerError(SettingsError):
    """The ledger cannot be used or written; the text is one line: which file, why, what to do."""


def now() -> datetime:
    """The time by this machine's clock (UTC)."""
    return datetime.now(UTC)


def is_kept(path: Path) -> bool:
    """Whether there is a ledger, or its copy."""
    return path.exists() or _copy_of(path).exists()


def _copy_of(path: Path) -> Path:
    return path.with_name(path.name + ".copy")


class Ledger:
    """The ledger in one file, for one process at a time; the others are told so.

    `clock` tells the time that is written down; in which order things happened is told by the lines alone, so that a
    clock that is set changes nothing. `told` says what was repaired when it was opened. Every verb has been written to
    the disk, twice, when it returns, and raises LedgerError where that cannot be done.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime] = now) -> None:
        """Open or begin it. Raises LedgerError: in use, damaged with no copy left, of a newer version, not writable."""
        self.path = path
        self.clock = clock
        self.told: list[str] = []
        self.run = ""
        self._copy = Copy(_copy_of(path))
        self._entries: list[Entry] = []
        with self._readable():
            self._connection = self._opened()
        try:
            self._read()
        except BaseException:
            self._connection.close()
            raise

    # What happened, in the order of a charge's life

    def begin_run(
        self, run: str, account: str, merchant: str, agreed: Mapping[str, str], reports: Path | None = None
    ) -> None:
        """A run at this account (code and address) and merchant begins, or goes on, with what was `agreed` on charges.

        `reports` is the folder that it writes its reports into.
        """
        self.run = run
        told = {"agreed": json.dumps(dict(agreed), sort_keys=True), "reports": str(reports or "")}
        self._add("run began", account=account, merchant=merchant, **told)

    def begin_attempt(
        self, merchant_uid: str, amount: Decimal, currency: str, method: str, scenario: str, account: str, order: str
    ) -> None:
        """A widget is about to open in which this could be paid (major units); `order` is the merchant's, if known."""
        price = {"amount": str(amount), "currency": currency, "method": method}
        self._add("attempt began", merchant_uid=merchant_uid, scenario=scenario, account=account, order=order, **price)

    def permitted(self, account: str, merchant_uid: str) -> None:
        """The buyer may pay it, and is about to."""
        self._add("permitted", account=account, merchant_uid=merchant_uid)

    def charged(
        self,
        account: str,
        merchant_uid: str,
        imp_uid: str,
        amount: Decimal,
        currency: str,
        paid_at: int,
        pay_method: str = "",
        pg_tid: str = "",
    ) -> None:
        """PortOne says that it was paid (unix seconds), with this amount, by this method, under this number."""
        facts = {"merchant_uid": merchant_uid, "imp_uid": imp_uid, "amount": str(amount), "currency": currency}
        self._add("charged", account=account, paid_at=str(paid_at), pay_method=pay_method, pg_tid=pg_tid, **facts)

    def asking_back(self, account: str, imp_uid: str, amount: Decimal, how: How) -> None:
        """The cancellation is about to be asked for: by the merchant's refund action or PortOne's API."""
        self._add("asking back", account=account, imp_uid=imp_uid, amount=str(amount), how=how)

    def asked_back(self, account: str, imp_uid: str, answer: Answer, words: str) -> None:
        """What was answered to it, in a word and in its own words."""
        self._add("asked back", account=account, imp_uid=imp_uid, answer=answer, words=words)

    def came_back(self, account: str, imp_uid: str, amount: Decimal, how: str = "PortOne says so") -> None:
        """So much of it went back to the buyer so far, and who says so."""
        self._add("came back", account=account, imp_uid=imp_uid, amount=str(amount), how=how)

    def not_charged(self, account: str, merchant_uid: str) -> None:
        """It was not paid, and will not be."""
        self._add("not charged", account=account, merchant_uid=merchant_uid)

    def order_read(self, account: str, imp_uid: str, state: str) -> None:
        """What the merchant said of the order after its charge had come back."""
        self._add("order read", account=account, imp_uid=imp_uid, state=state)

    def setting_changed(self, name: str, before: str, after: str) -> None:
        """A setting of the merchant's is about to be changed for this run."""
        self._add("setting changed", name=name, before=before, after=after)

    def setting_restored(self, name: str, how: str) -> None:
        """It is as it was before, and who says so."""
        self._add("setting restored", name=name, how=how)

    # What is known

    @property
    def entries(self) -> Sequence[Entry]:
        """Everything, in the order in which it was written down."""
        return self._entries

    def books(self) -> ChargeBooks:
        """What all of it amounts to."""
        return books_of(self._entries)

    def outstanding(self) -> Sequence[Charge]:
        """The charges that have not come back."""
        return self.books().outstanding()

    def of_run(self, run: str) -> Sequence[Charge]:
        """The charges that a run made."""
        return [charge for charge in self.books().charges.values() if charge.attempt.run == run]

    def close(self) -> None:
        """Let the file go, for the next process."""
        self._connection.close()

    def _add(self, verb: Verb, **facts: str) -> None:
        entry = Entry(len(self._entries) + 1, self.clock(), self.run, verb, facts)
        before = self._entries[-1].seal if self._entries else ""
        entry = sealed(entry, before)
        with interrupts.deferred(), self._writable():
            self._connection.execute("INSERT INTO entry VALUES (?, ?)", (entry.number, entry.line()))
            self._entries.append(entry)
            self._copy.keep_up_with(self._entries)

    # Opening

    def _opened(self) -> sqlite3.Connection:
        if not self.path.parent.is_dir():
            raise LedgerError(f"charges.ledger: the folder {self.path.parent} does not exist; make it")
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self.path, timeout=0.0, isolation_level=None)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # held until it is closed, or the process is gone
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("BEGIN EXCLUSIVE")
            self._is_ours(connection)
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            connection.close()
            if not _is_damage(error):
                raise
            return self._set_aside(str(error))
        except LedgerError:
            connection.close()
            raise
        return connection

    def _is_ours(self, connection: sqlite3.Connection) -> None:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            if application != _APPLICATION:
                raise LedgerError(f"charges.ledger: {self.path} is not a ledger of this suite; name another file")
            if version > SCHEMA:
                raise LedgerError(
                    f"charges.ledger: {self.path} was written by a newer version of this suite (its schema is "
                    f"{version}, here it is {SCHEMA}); use that version"
                )
            return
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute(_TABLE)

    def _set_aside(self, why: str) -> sqlite3.Connection:
        """A new file in place of a damaged one, which is kept. Raises LedgerError where no copy has anything."""
        if not self._copy.read():
            raise LedgerError(
                f"charges.ledger: {self.path} is damaged ({why}), and there is no copy of it ({self._copy.path.name}). "
                "It was left as it is. Bring it back from a backup; or move it away, and look in PortOne's console for "
                "payments that must be cancelled"
            )
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        self.path.rename(aside)
        self.told.append(f"{self.path} is damaged ({why}): it is kept as {aside.name}, and was restored from its copy")
        return self._opened()

    def _read(self) -> None:
        """Bring the file and its copy together: what only one of them has, the other gets."""
        try:
            with self._readable():
                if (found := self._connection.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                    raise sqlite3.DatabaseError(found)
                lines = [row[0] for row in self._connection.execute("SELECT line FROM entry ORDER BY number")]
        except LedgerDamaged as damage:
            self._begin_anew(str(damage))
            lines = []
        own, copied = intact(lines), self._copy.read()
        if len(own) < len(lines):
            self._begin_anew(f"line {len(own) + 1} is not as it was written")
            own = []
        self._entries = max(own, copied, key=len)
        if own != copied[: len(own)] and copied != own[: len(copied)]:
            self.told.append(f"{self._copy.path} is the copy of another ledger: it was rewritten from {self.path}")
            self._entries = own
            self._copy.begin_anew()
        with self._writable():
            missing = self._entries[len(own) :]
            self._connection.executemany(
                "INSERT INTO entry VALUES (?, ?)", [(one.number, one.line()) for one in missing]
            )
            self._copy.keep_up_with(self._entries)
        if missing and own:
            self.told.append(f"{self.path} lacked the last {len(missing)} lines: they were taken from its copy")

    def _begin_anew(self, why: str) -> None:
        self._connection.close()
        with self._readable():
            self._connection = self._set_aside(why)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise LedgerError(self._unusable(error)) from error
        except sqlite3.DatabaseError as error:
            raise LedgerDamaged(str(error)) from error
        except OSError as error:
            raise LedgerError(f"charges.ledger: {self.path} cannot be used: {error.strerror or error}") from error

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise LedgerError(
                f"charges.ledger: {self.path} cannot be written ({why}). Nothing is charged, and nothing refunded, "
                "that cannot be written down first: fix that and run again"
            ) from error

    def _unusable(self, error: sqlite3.OperationalError) -> str:
        if _kind_of(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return f"charges.ledger: {self.path} is in use by another run; wait for it to end, or name another file"
        return f"charges.ledger: {self.path} cannot be used ({error}): this process must be able to read and write it"


class LedgerDamaged(Exception):
    """What the file holds is no database any more; the text is SQLite's own word."""


def _kind_of(error: sqlite3.DatabaseError) -> int:
    """SQLite's primary result code, which the lowest byte of each is; 0 where the error is not SQLite's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return not isinstance(error, sqlite3.OperationalError)
