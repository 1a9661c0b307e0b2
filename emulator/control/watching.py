"""The control plane's verbs about time and what crossed the boundaries: clock, idle, journal, changes."""

from typing import Annotated, get_args

from pydantic import Field, field_validator
from starlette.requests import Request
from starlette.responses import Response

from emulator.accounts import Account
from emulator.control.access import Told, asked, parsed
from emulator.journal import Entry, Kind, Source
from emulator.models import Fields

LONGEST_WAIT_SECONDS = 60.0
FASTEST = 1e6  # virtual seconds per real one

Wait = Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS, allow_inf_nan=False)]
Number = Annotated[int, Field(ge=0, le=2**53)]


class Advance(Fields):
    """How far, in virtual seconds."""

    seconds: Annotated[float, Field(ge=0, le=10 * 366 * 86_400, allow_inf_nan=False)]


class Run(Fields):
    """How fast, in virtual seconds per real one; 0 stops the clock."""

    speed: Annotated[float, Field(ge=0, le=FASTEST, allow_inf_nan=False)] = 1.0


class Idle(Fields):
    """How long to wait for idleness, in real seconds."""

    timeout_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0


class JournalQuery(Fields):
    """Which entries: with a higher number than `after`, and of these kinds (comma between), source, payment."""

    after: Number = 0
    kind: str | None = None
    source: str | None = None
    imp_uid: str | None = None
    merchant_uid: str | None = None
    wait_seconds: Wait = 0.0

    @field_validator("kind")
    @classmethod
    def _kinds(cls, value: str) -> str:
        return _known(value, get_args(Kind))

    @field_validator("source")
    @classmethod
    def _source(cls, value: str) -> str:
        return _known(value, get_args(Source))

    def wants(self, entry: Entry) -> bool:
        """Whether an entry is among those asked for, whatever its number."""
        return (
            (self.kind is None or entry.kind in self.kind.split(","))
            and (self.source is None or entry.source in self.source.split(","))
            and self.imp_uid in (None, entry.imp_uid)
            and self.merchant_uid in (None, entry.merchant_uid)
        )


class ChangesQuery(Fields):
    """Wait until there are more changes than `after`."""

    after: Number = 0
    wait_seconds: Wait = 0.0


async def clock(account: Account, _: Request) -> Response:
    upcoming = [{"due": event.due, "label": event.label} for event in account.clock.upcoming()[:100]]
    return Told({**_time(account), "upcoming": upcoming})


async def advance(account: Account, request: Request) -> Response:
    wanted = await parsed(Advance, request)
    try:
        events = await account.clock.advance(wanted.seconds)
    finally:
        account.journal.changes.happened()
    return Told({"now": account.clock.now(), "events": events})


async def run(account: Account, request: Request) -> Response:
    return _at_speed(account, (await parsed(Run, request)).speed)


async def stop(account: Account, _: Request) -> Response:
    return _at_speed(account, 0.0)


async def idle(account: Account, request: Request) -> Response:
    waiting = await account.clock.idle((await parsed(Idle, request)).timeout_seconds)
    if waiting:
        return Told({"idle": False, "waiting_for": ", ".join(waiting)}, 503)
    return Told({"idle": True})


async def journal(account: Account, request: Request) -> Response:
    """What is new, at once; with `wait_seconds` when something is, or when the time has passed."""
    query, kept = asked(JournalQuery, request), account.journal

    def look() -> list[Entry]:
        entries = kept.entries(query.after)
        return [entry for entry in entries if query.wants(entry)]

    entries = await kept.changes.until(look, query.wait_seconds)
    return Told(
        {
            "entries": [entry._asdict() for entry in entries],
            "next": kept.last,
            "dropped": kept.dropped(query.after),
        }
    )


async def changes(account: Account, request: Request) -> Response:
    """The number of changes so far, when it is above `after`, or when the time has passed."""
    query, counted = asked(ChangesQuery, request), account.journal.changes
    await counted.until(lambda: counted.number > query.after, query.wait_seconds)
    return Told({"changes": counted.number})


def _at_speed(account: Account, speed: float) -> Response:
    account.clock.run(speed)
    account.journal.changes.happened()
    return Told(_time(account))


def _time(account: Account) -> dict[str, float]:
    return {"now": account.clock.now(), "speed": account.clock.speed}


def _known(value: str, names: tuple[str, ...]) -> str:
    for name in value.split(","):
        if name not in names:
            raise ValueError(f"{name!r} is none of {', '.join(names)}")
    return value
