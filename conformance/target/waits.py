"""What waits for a result that takes days: stored with all that is needed to go on, in this run or in a later one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from conformance.machine import interrupts
from conformance.machine.files import Strict
from conformance.machine.places import COMMAND
from conformance.record.redaction import Redaction
from conformance.settings.conformance_toml import Settings
from conformance.verdict.catalogue import Api
from conformance.verdict.endings import NotObservable

FILE, REPORTS, ORDERS = "waits.json", "reports", "shop.sqlite3"
_MATTERS_NOT = {
    *("limits", "deviation", "attestations", "waits", "charges", "buyer"),
    *("receiver", "gateway", "server_gateway", "hosts_file"),
}
"""Settings that a run may be resumed with although they were others then."""


class Wait(Strict):
    """A result that a scenario waits for: a cancellation's at Paymentwall, or (`until`) that time passes.

    `cancelled_before` is how much of the payment was cancelled before it was asked for, in major units; `part`:
    not all of the rest was asked for, so that what is left must not be given back before the scenario ended.
    """

    nodeid: str
    scenario: str
    requirements: tuple[str, ...]
    since: AwareDatetime
    order: str = ""
    merchant_uid: str = ""
    imp_uid: str = ""
    cancelled_before: Decimal = Decimal(0)
    part: bool = False
    until: AwareDatetime | None = None

    def __str__(self) -> str:
        if self.until is not None:
            return f"waiting since {_minute(self.since)} for time to pass, until {_minute(self.until)}"
        return (
            f"waiting for Paymentwall since {_minute(self.since)}: the cancellation of {self.imp_uid} "
            f"(order {self.order}) has no result yet"
        )


class Waiting(NotObservable):
    """The scenario cannot go on before something came; it goes on when that did, now or in a later run."""

    def __init__(self, wait: Wait) -> None:
        interrupts.let_finish()  # who is interrupted from here on waits all the same
        super().__init__(str(wait))
        self.wait = wait


class Made(Strict):
    """Something that a scenario made and need not make again: `what` it is, and its value as JSON."""

    what: str
    value: Any
    _seen: Any = PrivateAttr(default=None)

    @classmethod
    def of(cls, what: str, seen: Any, redact: Redaction) -> Made:
        """`seen` as it is for this process, and masked for what is written."""
        kept = cls(what=what, value=redact(seen))
        kept._seen = seen
        return kept

    @property
    def seen(self) -> Any:
        """The value as it was; in a later process as it was written."""
        return self.value if self._seen is None else self._seen


class Record(BaseModel):
    """A run's waits by nodeid, and what its scenarios (or Givens that are shown once a run) have made by scope.

    `reports` is where that run's reports were written, `arguments` what its command line chose beyond the settings.
    """

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    run: str
    target: str
    stage: str
    api: Api = Api.V1
    started: AwareDatetime
    fingerprint: str
    reports: Path
    arguments: tuple[str, ...] = ()
    waits: dict[str, Wait] = {}
    kept: dict[str, list[Made]] = {}
    shown: Annotated[list[str], Field(description="what Givens have shown, and need not show again")] = []
    scenarios: Annotated[dict[str, str], Field(description="the hash of each waiting scenario's sentences")] = {}


class WaitsError(Exception):
    """What waits cannot be read or kept; `str()` says which file, why, and what to do, in one line."""


@dataclass
class Waits:
    """A run's folder with what waits; there is none while nothing does. Not safe for two runs with one ID."""

    folder: Path
    record: Record

    def save(self) -> None:
        """Write the record so that it is whole or as before, whatever happens meanwhile. Raises WaitsError."""
        file = self.folder / FILE
        fresh = file.with_suffix(".new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with fresh.open("w", encoding="utf-8") as out:
                out.write(self.record.model_dump_json(indent=1))
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(file)
        except OSError as error:
            raise WaitsError(
                f"{file}: {error.strerror or error}; what waits could not be kept, so this run cannot be resumed"
            ) from error

    def settle(self) -> None:
        """Keep the record where something waits, and none where nothing does. Raises WaitsError."""
        if self.record.waits:
            self.save()
        else:
            (self.folder / FILE).unlink(missing_ok=True)

    def forget(self) -> None:
        """Nothing waits, and the run has ended: nothing of it is needed any more."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep_reports(self) -> None:
        """Keep a copy of the run's reports, which a later run may overwrite. Raises WaitsError."""
        copy = self.folder / REPORTS
        try:
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.record.reports, copy)
        except (OSError, shutil.Error) as error:
            raise WaitsError(f"{copy}: the reports could not be copied there: {error}") from error


def new_run(now: datetime) -> str:
    """The name of a run: when it began (UTC), and four digits more, as two may begin in one second."""
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{os.urandom(2).hex()}"


def folder_of(settings: Settings) -> Path:
    """Where what waits is kept, run by run."""
    return settings.folder / settings.waits.folder.expanduser()


def beside(reports: Path, run: str) -> Path:
    """Where a run's reports are written anew when another run's have taken their place."""
    return reports.with_name(f"{reports.name}-{run}")


def runs_in(folder: Path) -> list[str]:
    """The runs of which something waits, the latest last."""
    return sorted(file.parent.name for file in folder.glob(f"*/{FILE}"))


def read_waits(folder: Path) -> Waits:
    """What waits of the run whose folder this is. Raises WaitsError."""
    file = folder / FILE
    try:
        return Waits(folder, Record.model_validate_json(file.read_bytes()))
    except OSError as error:
        raise WaitsError(f"{file}: {error.strerror or error}") from error
    except ValidationError as error:
        raise WaitsError(
            f"{file} is damaged, or was written by another version of this suite ({error.error_count()} faults): "
            f"nothing can be resumed from it; `{COMMAND} outstanding` lists its payments if money is out"
        ) from error


def fingerprint(settings: Settings, target: str, stage: str) -> str:
    """What a run is about, in few characters: a run is only resumed with the same account and merchant."""
    chosen: Mapping[str, Any] = settings.model_dump(mode="json", exclude=_MATTERS_NOT)
    text = json.dumps([target, stage, chosen], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
