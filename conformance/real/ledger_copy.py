"""The copy of the ledger as text, and the seals by which a line that is not as it was written is known."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from conformance.real.bookkeeping import Entry, UnreadableEntry, entry_of


def sealed(entry: Entry, before: str) -> Entry:
    """The entry with its seal, which the one `before` it goes into."""
    digest = hashlib.sha256(f"{before}\n{replace(entry, seal='').line()}".encode()).hexdigest()[:16]
    return replace(entry, seal=digest)


def intact(lines: Iterable[str]) -> list[Entry]:
    """The entries in these lines, as far as each is as it was written and follows the one before."""
    entries: list[Entry] = []
    before = ""
    for number, line in enumerate(lines, 1):
        try:
            entry = entry_of(line)
        except UnreadableEntry:
            break
        if entry.number != number or sealed(entry, before) != entry:
            break
        entries.append(entry)
        before = entry.seal
    return entries


class Copy:
    """One line of text for each entry; every method raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = -1
        """How many entries it is known to have, -1 where it must be written anew."""

    def read(self) -> list[Entry]:
        """What it has; a last line that was torn is left out."""
        try:
            lines = self.path.read_bytes().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            lines = []
        entries = intact(lines)
        self._kept = len(entries) if len(entries) == len(lines) and lines else -1
        return entries

    def begin_anew(self) -> None:
        """What it has is another ledger's: the next time all of it is written."""
        self._kept = -1

    def keep_up_with(self, entries: Sequence[Entry]) -> None:
        """Write down those that it lacks, and return when they are on the disk."""
        kept, self._kept = self._kept, -1  # until it is known to be whole again
        if kept < 0:
            self._write_anew(entries)
        elif kept < len(entries):
            with self.path.open("ab") as file:
                file.write(_text(entries[kept:]))
                file.flush()
                os.fsync(file.fileno())
        self._kept = len(entries)

    def _write_anew(self, entries: Sequence[Entry]) -> None:
        new = self.path.with_name(self.path.name + ".new")
        new.touch(0o600)
        with new.open("wb") as file:
            file.write(_text(entries))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        if os.name == "posix":  # elsewhere a folder cannot be opened
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _text(entries: Sequence[Entry]) -> bytes:
    return "".join(f"{entry.line()}\n" for entry in entries).encode()
