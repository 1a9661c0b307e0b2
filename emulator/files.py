"""What the emulator keeps on disk: the state of all accounts, and every entry of their journals."""

import asyncio
import json
import os
from dataclasses import asdict
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from emulator import snapshot
from emulator.accounts import Accounts
from emulator.journal import Entry
from emulator.portone.tokens import Token, Tokens

SECONDS_BETWEEN_WRITES = 1.0


class StateUnreadable(ValueError):
    """The state file is there but cannot be used; the text says why in one sentence."""


class StateFile:
    """All accounts in one JSON file; whoever can read it has their secrets."""

    def __init__(self, path: Path, accounts: Accounts, tokens: Tokens) -> None:
        self._path, self._accounts, self._tokens = path, accounts, tokens
        self._read: list[snapshot.Checked] = []
        self._written: dict[str, int] = {}

    def read(self) -> None:
        """Read what an earlier emulator wrote; nothing where there is no file yet.

        Raises StateUnreadable, and OSError where the file cannot be read or its folder not written to.
        """
        if not self._path.exists():
            if not self._path.absolute().parent.is_dir():
                raise StateUnreadable(f"The state file {self._path} cannot be made: there is no such folder.")
            return
        try:
            whole = json.loads(self._path.read_text("utf-8"))
            self._read = [snapshot.checked(one) for one in whole["accounts"]]
            tokens = [Token(**one) for one in whole["tokens"]]
        except snapshot.SnapshotRefused as error:
            raise StateUnreadable(f"The state file {self._path} cannot be used: {error}") from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise StateUnreadable(
                f"The state file {self._path} is not one that this emulator wrote ({type(error).__name__}: {error})."
            ) from None
        except OSError as error:
            raise StateUnreadable(f"The state file {self._path} cannot be read: {error.strerror}.") from None
        for token in tokens:
            self._tokens.put(token)
        for one in self._read:  # so that whoever starts the emulator sees them before it runs
            self._accounts.create(one.settings.model_dump(mode="json"))

    def put_back(self) -> None:
        """Make the accounts what they were; on the loop. Raises StateUnreadable."""
        for one in self._read:
            account = self._accounts.get(one.settings.imp_code)
            assert account is not None  # made when the file was read
            try:
                one.put_back(account, speed=self._accounts.speed)
            except snapshot.SnapshotRefused as error:
                raise StateUnreadable(f"The state file {self._path} cannot be used: {error}") from None
        self._read = []

    async def keep(self) -> None:
        """Write whenever something changed, at most once a second."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_WRITES)
            if self._written != self._changes():
                self._written = self._changes()
                text = self._text()
                await asyncio.to_thread(self._replace, text)

    def write(self) -> None:
        """Write now."""
        self._replace(self._text())

    def _changes(self) -> dict[str, int]:
        return {account.settings.imp_code: account.journal.changes.number for account in self._accounts}

    def _text(self) -> str:
        tokens = [self._tokens.newest(account.settings.imp_code) for account in self._accounts]
        whole: dict[str, Any] = {
            "accounts": [snapshot.taken(account) for account in self._accounts],
            "tokens": [asdict(token) for token in tokens if token is not None],
        }
        return json.dumps(whole)

    def _replace(self, text: str) -> None:
        # Written beside it and moved: a crash in between leaves the old state. Readable by this user only.
        beside = self._path.with_name(f".{self._path.name}.new")
        beside.unlink(missing_ok=True)
        with open(beside, "x", encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
            file.write(text)
        beside.replace(self._path)


class JournalFile:
    """Every entry of every account as a line of JSON, appended to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIOWrapper | None = None

    def open(self) -> None:
        """Raises OSError where the file cannot be appended to."""
        self._file = self._path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def append(self, imp_code: str, entry: Entry) -> None:
        """One entry of an account's; nothing while it is closed."""
        if self._file is not None:
            self._file.write(json.dumps({"imp_code": imp_code, **entry._asdict()}) + "\n")
