"""What is right for a stranger, written before the suite was run on it, and how a run differs from it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import catalogue

NOT_RUN = "no verdict"


class TruthError(Exception):
    """A truth.toml cannot be used; `str()` says which and why."""


@dataclass(frozen=True)
class Right:
    """The verdict that is right for a requirement, and why; PASS and NOT_APPLICABLE explain themselves."""

    verdict: Verdict
    why: str = ""


@dataclass(frozen=True)
class Truth:
    """What is right for a stranger in one stage: for every requirement, or (not `whole`) for those that it names."""

    verdicts: Mapping[str, Right]
    whole: bool


def truths_in(folder: Path, stage: str) -> Mapping[str, Truth]:
    """The truths of a stranger by stage: truth.toml of `stage`, whole, and truth.STAGE.toml of others, what they name.

    Raises TruthError.
    """
    others = {path.name.split(".")[1]: path for path in sorted(folder.glob("truth.*.toml"))}
    whole = {stage: _read(folder / "truth.toml", whole=True)}
    return whole | {other: _read(path, whole=False) for other, path in others.items()}


def _read(path: Path, *, whole: bool) -> Truth:
    told: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
    named = [*told.get("pass", ()), *told.get("not_applicable", ()), *told.get("verdicts", {})]
    if wrong := [id for id in named if id not in catalogue() or named.count(id) > 1]:
        raise TruthError(f"{path}: unknown, or named twice: {', '.join(sorted(set(wrong)))}")
    given = {id: Right(Verdict(one["verdict"]), one.get("why", "")) for id, one in told.get("verdicts", {}).items()}
    if silent := [id for id, one in given.items() if one.verdict is not Verdict.PASS and not one.why]:
        raise TruthError(f"{path}: no why is given for {', '.join(silent)}")
    verdicts = {id: Right(Verdict.PASS) for id in told.get("pass", ())} | given
    if whole:
        decided = [one.id for one in catalogue().requirement if not one.by_storm]
        verdicts |= {id: Right(Verdict.NOT_APPLICABLE) for id in decided if id not in verdicts}
    return Truth(verdicts, whole)


def differences(truth: Truth, verdicts: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    """What is right, and what the suite said instead, by requirement."""
    pairs = {id: (str(one.verdict), verdicts.get(id, NOT_RUN)) for id, one in truth.verdicts.items()}
    return {id: pair for id, pair in sorted(pairs.items()) if pair[0] != pair[1]}
