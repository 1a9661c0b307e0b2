"""Leaves out one assertion after the other, and says which of them no row of the proof would miss."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from fixtures.judging.catalogue import Stage
from fixtures.judging.verdicts import Verdict
from tests.proof.coverage import reached
from tests.proof.forking import Ended, Job, run
from tests.proof.judging import Ending, NoVerdicts, found
from tests.proof.leaving_out import Assertion, assertions
from tests.proof.matrix import Proved
from tests.proof.rows import LIMITS

AT_MOST = 8
"""Rows that are tried for one assertion."""
SCENARIOS = 3
"""Of each row at most, as where orders are never paid nearly all are blocked."""
_UNSETTLED = (Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE)

Trial = tuple[Proved, Mapping[str, Ending]]
"""A row, and scenarios that run through the assertion and in it do not pass, with how they end."""


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

    A row shows something else when a scenario ends in another way than with the assertion. All are tried on their first
    row, then those that nobody missed on their second, and so on. `until` (time.monotonic()) ends it before everything
    was tried.
    """
    reaching = _scenarios_that_reach(folder)
    trials = {one: _trials(one, reaching.get((one.module, one.function), set()), proved) for one in every}
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


def _scenarios_that_reach(folder: Path) -> Mapping[tuple[str, str], set[str]]:
    """The scenarios that run through a function, by module and function, in either stage."""
    jobs = [
        Job(stage, ("-p", "tests.proof.coverage", f"--stage={stage}", *LIMITS), str(folder / f"coverage-{stage}"))
        for stage in Stage
    ]
    list(run(jobs))
    through: dict[tuple[str, str], set[str]] = defaultdict(set)
    for job in jobs:
        for function, scenarios in reached(Path(job.folder)).items():
            through[function] |= scenarios
    return through


def _trials(assertion: Assertion, reaching: set[str], proved: Sequence[Proved]) -> list[Trial]:
    """The rows in which such scenarios do not pass, with those that end in one way; the likeliest to miss it first.

    Those are red by a step, unshown by a Given; one of each way of ending before a second one of any.
    """
    likely = Verdict.INCONCLUSIVE if assertion.module.startswith("fixtures.") else Verdict.FAIL
    every = [(one, ending, ids) for one in proved for ending, ids in _unsettled(one, reaching).items()]
    every.sort(key=lambda each: each[0].ended.seconds)
    seen: Counter[Ending] = Counter()
    ranked = []
    for one, ending, ids in every:
        ranked.append(((ending[0] != likely, seen[ending]), (one, dict.fromkeys(ids[:SCENARIOS], ending))))
        seen[ending] += 1
    return [trial for _, trial in sorted(ranked, key=lambda each: each[0])]


def _unsettled(proved: Proved, reaching: set[str]) -> Mapping[Ending, list[str]]:
    """The scenarios that run through it and do not pass, by how they end."""
    ends = {id: ending for shown in proved.shown.values() for id, ending in shown.scenarios.items()}
    found: dict[Ending, list[str]] = defaultdict(list)
    for id, ending in sorted(ends.items()):
        if id in reaching and ending[0] in _UNSETTLED:
            found[ending].append(id)
    return found


def _job(assertion: Assertion, trial: Trial, folder: Path) -> Job:
    """Those scenarios once more, without the assertion."""
    proved, ends = trial
    return Job(folder.name, (*proved.row.options, *sorted(ends)), str(folder), (assertion.module, assertion.line))


def _differs(job: Job, ended: Ended, trial: Trial) -> bool:
    try:
        shown = found(job, ended)
    except NoVerdicts:
        return True
    now = {id: ending for one in shown.values() for id, ending in one.scenarios.items()}
    return any(now.get(id) != ending for id, ending in trial[1].items())
