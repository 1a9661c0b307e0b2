"""What a run found, and in what a row's run differs from what the row says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.books.judging import AREA
from conformance.target.rows import Row
from conformance.verdict.algebra import Verdict
from conformance.verdict.reasons import Cause, Causes, Why
from tests.proof.forking import Ended, Job, printed

Ending = tuple[str, ...]
"""A scenario's outcome, and the requirements that its Given stands on and that were not met."""


@dataclass(frozen=True)
class Shown:
    """What a requirement was found to be, why, and what broke in its scenarios without being the merchant's fault.

    `scenarios` is how each of them ended, by its node ID: its outcome, and what blocked it. `causes` are those of each
    scenario that could not be shown.
    """

    verdict: Verdict
    reason: str = ""
    errors: tuple[str, ...] = ()
    scenarios: Mapping[str, Ending] = field(default_factory=dict)
    causes: tuple[Causes, ...] = ()

    @property
    def blocked_by(self) -> frozenset[str]:
        """The failed requirements that alone kept it from being shown; empty where anything else did too."""
        return self._named(Why.BLOCKED)

    @property
    def undecided(self) -> frozenset[str]:
        """What it stands on and what the run did not decide, where that alone kept it from being shown."""
        return self._named(Why.UNDECIDED)

    def _named(self, kind: Why) -> frozenset[str]:
        alone = all([cause.kind for cause in causes] == [kind] for causes in self.causes)
        if self.verdict is not Verdict.INCONCLUSIVE or not alone:
            return frozenset()
        return frozenset(id for causes in self.causes for cause in causes for id in cause.about)

    def __str__(self) -> str:
        return f"{self.verdict}{f' ({self.reason})' if self.reason else ''}"


class NoVerdicts(Exception):
    """A run ended without a report; the text is what it printed."""


def found(job: Job, ended: Ended | None) -> Mapping[str, Shown]:
    """What a run found of each requirement that it selected; `ended` tells why it left none. Raises NoVerdicts."""
    document = Path(job.folder) / "conformance.json"
    if not document.exists():
        status = ended.status if ended else "unknown"
        raise NoVerdicts(f"{job.name} ended with status {status} and no report:\n{printed(job)}")
    told = json.loads(document.read_text("utf-8"))
    if told["errors"]:
        raise NoVerdicts(f"{job.name}: something broke outside the scenarios: {told['errors']}")
    return {
        requirement["id"]: Shown(
            Verdict(requirement["verdict"]),
            requirement["reason"],
            tuple(s["reason"] for s in requirement["scenarios"] if s["outcome"] == Verdict.ERROR),
            {s["nodeid"]: (Verdict(s["outcome"]), *s["blocked_by"]) for s in requirement["scenarios"] if s["outcome"]},
            tuple(_causes(s) for s in requirement["scenarios"] if s["outcome"] == Verdict.INCONCLUSIVE),
        )
        for requirement in told["requirements"]
        if requirement["verdict"]
    }


def _causes(scenario: Mapping[str, Any]) -> Causes:
    return tuple(Cause(Why(one["kind"]), tuple(one["about"]), one["facts"]) for one in scenario.get("cause", ()))


def strays(row: Row, shown: Mapping[str, Shown], without: Mapping[str, Shown]) -> list[str]:
    """In what a row's run differs from the row, in words; `without` is what is found without any defect.

    Exactly what the row names is red, but that the books (MONEY) may see a named fault too. Everything else is as it is
    without the defect, or blocked by what is red, or it stands on what this run was not asked to decide.
    """
    missing = [f"{id} was not run" for id in row.expected if id not in shown]
    return missing + [stray for id in shown if (stray := _stray(row, id, shown, without[id]))]


def _stray(row: Row, id: str, all_shown: Mapping[str, Shown], without: Shown) -> str:
    shown, expected = all_shown[id], row.expected.get(id)
    if shown.errors:
        return f"{id}: an ERROR of the suite: {'; '.join(shown.errors)}"
    if expected is not None:
        kind = "missing red" if shown.verdict is without.verdict else "wrong verdict"
        return "" if shown.verdict is expected else f"{id}: {kind}: {expected} was expected, it is {shown}"
    if shown.verdict is Verdict.FAIL and id.startswith(f"{AREA}-"):
        return ""  # a second oracle: what a row names of it must be red, what it does not name may be
    blocked = shown.blocked_by and shown.blocked_by <= row.expected.keys()
    left_out = shown.undecided and not shown.undecided & all_shown.keys()
    if shown.verdict is without.verdict or blocked or left_out:
        return ""
    kind = "extra red" if shown.verdict in (Verdict.FAIL, Verdict.WARN) else "wrong verdict"
    return f"{id}: {kind}: without the defect it is {without.verdict}, with it {shown}"
