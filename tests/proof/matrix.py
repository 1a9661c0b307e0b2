"""The matrix: every row is run, and compared with what it says and with what is found without any defect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixtures.judging.catalogue import Stage
from tests.proof.forking import Ended, Job, run
from tests.proof.judging import Shown, found, strays
from tests.proof.rows import LIMITS, Row, Scope


@dataclass(frozen=True)
class Proved:
    """A row after its run: what was found of each requirement, and in what that differs from the row."""

    row: Row
    shown: Mapping[str, Shown]
    strays: Sequence[str]
    ended: Ended


def without_defects(stages: Sequence[Stage], folder: Path) -> Mapping[Stage, Job]:
    """The run that each stage is compared with: all of the suite, and no defect."""
    return {
        stage: Job(f"none {stage}", (f"--stage={stage}", *LIMITS), str(folder / f"none-{stage}")) for stage in stages
    }


def prove(wanted: Sequence[Row], scope: Scope, folder: Path) -> Iterator[Proved]:
    """Run the rows, a few at a time; each is given as soon as it can be judged. Raises judging.NoVerdicts."""
    compared = without_defects(sorted({row.stage for row in wanted}), folder)
    jobs = {row.name: Job(row.name, row.arguments(scope), str(folder / row.name)) for row in wanted}
    by_name = {row.name: row for row in wanted}
    without: dict[Stage, Mapping[str, Shown]] = {}
    early: list[Ended] = []
    for ended in run([*compared.values(), *jobs.values()]):
        early.append(ended)
        for stage, job in compared.items():
            if ended.name == job.name:
                without[stage] = found(job, ended)
                early.remove(ended)
        for one in [one for one in early if by_name[one.name].stage in without]:
            row = by_name[one.name]
            shown = found(jobs[row.name], one)
            yield Proved(row, shown, strays(row, shown, without[row.stage]), one)
            early.remove(one)
