"""Two runs side by side: which requirements got better, which worse, what is new; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from conformance.report.document import ConformanceDocument
from conformance.verdict.algebra import Verdict


class Change(StrEnum):
    """What became of a requirement between two runs."""

    WORSE = "worse"
    BETTER = "better"
    NEW = "new"
    OTHER = "changed"
    GONE = "gone"


# How good a verdict is for the merchant: what could not be shown is worse than what was, and better than a failure.
_WORTH: Mapping[Verdict, int] = {
    Verdict.FAIL: 0,
    Verdict.ERROR: 1,
    Verdict.WARN: 2,
    Verdict.REVIEW: 3,
    Verdict.INCONCLUSIVE: 3,
    Verdict.PASS: 4,
    Verdict.NOT_APPLICABLE: 4,
}
_BAD = (Verdict.FAIL, Verdict.ERROR)


@dataclass(frozen=True)
class Difference:
    """One requirement of which the two runs say something different; None: it was not run, or not there."""

    change: Change
    id: str
    title: str
    old: Verdict | None
    new: Verdict | None
    reason: str = ""
    counts: bool = True
    """Whether it is of the set by which the later run is judged."""

    @property
    def is_worse(self) -> bool:
        """Whether a pipeline should stop at it: it got worse, or is new and bad, and of the set that decides."""
        return self.counts and (self.change is Change.WORSE or (self.change is Change.NEW and self.new in _BAD))


class DocumentNotReadable(Exception):
    """A conformance document cannot be used; `str()` says which file and why in one line."""


def read_document(path: Path) -> ConformanceDocument:
    """The document in the file, or in the folder of that name. Raises DocumentNotReadable."""
    file = path / "conformance.json" if path.is_dir() else path
    try:
        return ConformanceDocument.model_validate_json(file.read_bytes())
    except OSError as error:
        raise DocumentNotReadable(
            f"{file}: {error.strerror}. Name a conformance.json of a run, or its folder."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise DocumentNotReadable(
            f"{file}: {place}: {first['msg']}. It is not a conformance.json of schema 1."
        ) from error


def differences(old: ConformanceDocument, new: ConformanceDocument) -> list[Difference]:
    """What is different, the worst first, in the catalogue's order within a kind."""
    order = list(Change)
    return sorted(_each(old, new), key=lambda difference: order.index(difference.change))


def _each(old: ConformanceDocument, new: ConformanceDocument) -> Iterator[Difference]:
    before = {requirement.id: requirement for requirement in old.requirements}
    after = {requirement.id: requirement for requirement in new.requirements}
    for id, requirement in after.items():
        if id not in before:
            change, was = Change.NEW, None
        elif (was := before[id].verdict) is not requirement.verdict:
            change = _change(was, requirement.verdict)
        else:
            continue
        yield Difference(
            change, id, requirement.title, was, requirement.verdict, requirement.reason, counts=requirement.counts
        )
    for id in before.keys() - after.keys():
        yield Difference(Change.GONE, id, before[id].title, before[id].verdict, None)


def _change(old: Verdict | None, new: Verdict | None) -> Change:
    if old is None:  # it was not run before: bad news is news all the same
        return Change.WORSE if new in _BAD else Change.OTHER
    if new is None:
        return Change.OTHER
    if _WORTH[new] == _WORTH[old]:
        return Change.OTHER
    return Change.WORSE if _WORTH[new] < _WORTH[old] else Change.BETTER


def told(old: ConformanceDocument, new: ConformanceDocument) -> Iterator[str]:
    """The comparison in lines, for a terminal or a job's log."""
    yield f"{old.started:%Y-%m-%d %H:%M} {old.conclusion}  →  {new.started:%Y-%m-%d %H:%M} {new.conclusion}"
    if old.api != new.api:
        yield f"Note: PortOne {old.api.upper()} is compared with PortOne {new.api.upper()}."
    if (old.target, old.stage) != (new.target, new.stage):
        yield f"Note: {old.target}, {old.stage} stage is compared with {new.target}, {new.stage} stage."
    found = differences(old, new)
    for one in found:
        yield f"{one.change:<8}{one.id:<13}{one.old or 'not run'} → {one.new or 'not run'}  {one.title}"
        if one.is_worse:
            yield from (f"{'':<8}{line}" for line in one.reason.splitlines())
    if not found:
        yield "No verdict changed."


def beside(one: ConformanceDocument, other: ConformanceDocument) -> Iterator[str]:
    """A run on each generation of PortOne in lines: what both have, then what only one has. V1 stands first.

    Raises ValueError where both are of one generation.
    """
    if one.api == other.api:
        raise ValueError(f"both runs are of PortOne {one.api.upper()}: name one of each generation")
    both = sorted((one, other), key=lambda run: run.api)
    verdicts = [{told.id: told.verdict or "not run" for told in run.requirements} for run in both]
    yield f"{'':<13}" + "".join(f"{run.api.upper():<16}" for run in both).rstrip()
    yield f"{'':<13}" + "".join(f"{run.conclusion:<16}" for run in both).rstrip()
    known = {told.id: told for run in both for told in run.requirements}
    for told in sorted(known.values(), key=lambda told: told.api or ""):
        shown = [
            each.get(told.id, "not run") if told.api in (None, run.api) else ""
            for run, each in zip(both, verdicts, strict=True)
        ]
        yield f"{told.id:<13}" + "".join(f"{verdict:<16}" for verdict in shown) + told.title


def is_red(document: ConformanceDocument) -> bool:
    """Whether something of the set that decides is FAIL or ERROR there, and no accepted deviation."""
    accepted = {one.requirement for one in document.deviations if one.state == "accepted"}
    return bool(document.errors) or any(
        one.verdict in _BAD and one.counts and one.id not in accepted for one in document.requirements
    )
