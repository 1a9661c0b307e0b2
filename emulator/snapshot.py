"""A whole account as JSON, and back: settings, clock, both sides' state, what is due, the recent journal."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from emulator.accounts import Account, AccountSettings
from emulator.journal import Entry
from emulator.models import Fields
from emulator.portone.payments import Payment

VERSION = 1
JOURNAL_ENTRIES = 1000  # what people look back at; the whole journal goes into a file of its own

_payments = TypeAdapter(list[Payment])
_entries = TypeAdapter(list[Entry])


class SnapshotRefused(ValueError):
    """What was given is no snapshot of this version; the text says in one sentence what is wrong."""


class _Due(Fields):
    due: float
    label: str
    kept: dict[str, Any]


class _Snapshot(Fields):
    version: int
    taken_at: float
    settings: AccountSettings
    created_with: AccountSettings
    now: float
    speed: float
    payments: list[dict[str, Any]]
    portone: dict[str, Any]
    paymentwall: dict[str, Any]
    due: list[_Due]
    journal: list[dict[str, Any]]
    journal_last: int


def taken(account: Account) -> dict[str, Any]:
    """The account as it is now; what is in flight at this moment is due at once after `put_back`."""
    clock, journal = account.clock, account.journal
    due = [
        {"due": event.due, "label": event.label, "kept": dict(event.kept)}
        for event in clock.unfinished()
        if event.kept is not None
    ]
    return {
        "version": VERSION,
        "taken_at": time.time(),
        "settings": account.settings.model_dump(mode="json"),
        "created_with": account.created_with.model_dump(mode="json"),
        "now": clock.now(),
        "speed": clock.speed,
        "payments": _payments.dump_python(list(account.portone.payments), mode="json"),
        "portone": account.portone.extra_state(),
        "paymentwall": account.project.extra_state(),
        "due": due,
        "journal": [entry._asdict() for entry in journal.entries()[-JOURNAL_ENTRIES:]],
        "journal_last": journal.last,
    }


@dataclass(frozen=True, slots=True)
class Checked:
    """A snapshot that can be put back."""

    settings: AccountSettings
    created_with: AccountSettings
    payments: list[Payment]
    journal: list[Entry]
    rest: _Snapshot

    def put_back(self, account: Account, *, speed: float | None = None) -> None:
        """Make the account what it was when the snapshot was taken; needs the loop. Raises SnapshotRefused, halfway.

        With a `speed` its clock goes on at that, and has gone on meanwhile: what became due then is due at once.
        """
        rest = self.rest
        now = rest.now if speed is None else rest.now + max(time.time() - rest.taken_at, 0.0) * speed
        account.reset()
        account.created_with = self.created_with
        account.change(self.settings)
        account.clock.reset(now)
        for payment in self.payments:
            account.portone.payments.put(payment)
        try:
            account.portone.take_extra_state(rest.portone)
            account.project.take_extra_state(rest.paymentwall)
            for one in rest.due:
                action = account.portone.revived(one.kept)
                account.clock.after(one.due - now, one.label, action, kept=one.kept)
        except (ValueError, KeyError, TypeError) as error:
            raise SnapshotRefused(f"The snapshot is inconsistent ({type(error).__name__}: {error}).") from None
        account.journal.take_back(self.journal, rest.journal_last)
        account.clock.run(rest.speed if speed is None else speed)
        account.journal.changes.happened()


def checked(given: Mapping[str, Any]) -> Checked:
    """What `taken` made, verified part by part. Raises SnapshotRefused."""
    if given.get("version") != VERSION:
        raise SnapshotRefused(f"This is not a snapshot of version {VERSION}.")
    try:
        whole = _Snapshot.model_validate(given)
        created_with = whole.created_with
        if "v2" not in created_with.model_fields_set:  # from before V2: what is made up is made up once
            created_with = created_with.model_copy(update={"v2": whole.settings.v2})
        return Checked(
            whole.settings,
            created_with,
            _payments.validate_python(whole.payments),
            _entries.validate_python([tuple(entry.values()) for entry in whole.journal]),
            whole,
        )
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise SnapshotRefused(f"The snapshot's {'.'.join(map(str, problem['loc']))}: {problem['msg']}.") from None
