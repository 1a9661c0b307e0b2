"""Leaves out one assertion after the other, and says which of them no row of the proof would miss."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.proof.coverage import reached
from tests.proof.forking import Ended, Job, run
from tests.proof.judging import NoVerdicts, Shown, found
from tests.proof.leaving_out import Assertion, assertions
from tests.proof.matrix import Proved
from tests.proof.rows import LIMITS

AT_MOST = 6
"""Rows that are tried for one assertion; those come first whose run is the shortest."""

Trial = tuple[Proved, tuple[str, ...]]
"""A row, and its requirements that run through the assertion and are red or blocked in it."""


def report(proved: Sequence[Proved], folder: Path, *, minutes: float, say: Callable[[str], object]) -> list[Assertion]:
    """Say which assertions no row misses, and return them. Begins no further runs after so many minutes."""
    until = time.monotonic() + minutes * 60
    every = assertions()
    missed_by = {}
    for assertion, row in missed(every, proved, folder, until=until):
        missed_by[assertion] = row
        say(f"{len(missed_by):>3} of {len(every)}  {assertion}: missed by {row}")
    survivors = [assertion for assertion in every if assertion not in missed_by]
    for assertion in survivors:
        say(f"SURVIVES  {assertion}")
    say(f"{len(survivors)} of {len(every)} assertions were left out without any row noticing it.")
    if time.monotonic() > until:
        say(f"After {minutes:g} minutes not every row was tried: --minutes gives more.")
    return survivors


def missed(
    every: Sequence[Assertion], proved: Sequence[Proved], folder: Path, *, until: float
) -> Iterator[tuple[Assertion, str]]:
    """The assertions without which a row shows something else, each with the first such row.

    A row shows something else when a requirement has another verdict, or is blocked by something else, than with the
    assertion. All are tried on their first row, then those that nobody missed on their second, and so on. `until`
    (time.monotonic()) ends it before everything was tried.
    """
    reaching = _requirements_that_reach(folder)
    trials = {one: _trials(reaching.get((one.module, one.function), set()), proved) for one in every}
    for turn in range(AT_MOST):
        jobs: dict[str, tuple[Assertion, Trial, Job]] = {}
        for number, assertion in enumerate(every):
            if turn < len(trials[assertion]):
                trial = trials[assertion][turn]
                job = _job(assertion, trial, folder / f"{number:03}-{turn}")
                jobs[job.name] = assertion, trial, job
        for ended in run([job for _, _, job in jobs.values()]):
            assertion, trial, job = jobs[ended.name]
            if _differs(job, ended, trial):
                trials[assertion] = []
                yield assertion, trial[0].row.name
            if time.monotonic() > until:
                return


def _requirements_that_reach(folder: Path) -> Mapping[tuple[str, str], set[str]]:
    """The requirements whose scenarios run through a function, by module and function."""
    job = Job("coverage", ("-p", "tests.proof.coverage", *LIMITS), str(folder / "coverage"))
    list(run([job]))
    return reached(Path(job.folder))


def _trials(reaching: set[str], proved: Sequence[Proved]) -> list[Trial]:
    every = [(one, tuple(id for id in one.shown if id in reaching and _tells(one, id))) for one in proved]
    return sorted((trial for trial in every if trial[1]), key=lambda trial: (len(trial[1]), trial[0].ended.seconds))


def _tells(proved: Proved, id: str) -> bool:
    return id in proved.row.expected or bool(proved.shown[id].blocked_by)


def _job(assertion: Assertion, trial: Trial, folder: Path) -> Job:
    """The row once more, on the requirements that tell and those that block them: only together they are decided."""
    proved, ids = trial
    causes = [cause for id in ids for cause in sorted(proved.shown[id].blocked_by)]
    selected = " or ".join(dict.fromkeys([*ids, *causes]))
    arguments = (*proved.row.options, "-m", selected)
    return Job(folder.name, arguments, str(folder), (assertion.module, assertion.line))


def _differs(job: Job, ended: Ended, trial: Trial) -> bool:
    proved, ids = trial
    try:
        shown = found(job, ended)
    except NoVerdicts:
        return True
    return any(_facts(shown[id]) != _facts(proved.shown[id]) for id in ids)


def _facts(shown: Shown) -> tuple[object, ...]:
    return shown.verdict, shown.blocked_by, bool(shown.errors)
