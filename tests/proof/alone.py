"""Runs each scenario by itself: it may stand on nothing that another one did before it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.target.rows import LIMITS
from conformance.verdict.algebra import THE_RUN
from tests import forks
from tests.proof.forking import Job, printed, run
from tests.proof.judging import NoVerdicts

SETTLED = ("PASS", "NOT_APPLICABLE")


def scenarios() -> list[str]:
    """The node ID of every scenario. Raises NoVerdicts."""
    told = forks.run("pytest", "-q", "--collect-only")
    if told.returncode:
        raise NoVerdicts(f"the scenarios cannot be collected:\n{told.output}")
    return [line for line in told.stdout.splitlines() if "::" in line]


def unlike_the_whole(wanted: Sequence[str], folder: Path, *options: str) -> Iterator[tuple[str, str]]:
    """Each scenario that ends by itself otherwise than it should on the good merchant, and how. Raises NoVerdicts."""
    jobs = {
        str(number): Job(str(number), (id, *LIMITS, *options), str(folder / str(number)))
        for number, id in enumerate(wanted)
    }
    for ended in run(list(jobs.values())):
        job = jobs[ended.name]
        document = Path(job.folder) / "conformance.json"
        if not document.exists():
            raise NoVerdicts(f"{job.arguments[0]} ended with status {ended.status}:\n{printed(job)}")
        requirements = json.loads(document.read_text("utf-8"))["requirements"]
        every = [one for requirement in requirements for one in requirement["scenarios"] if one["outcome"]]
        shown = [one for one in every if not one["nodeid"].startswith(f"{THE_RUN}::")]  # what the books say of it
        if {one["nodeid"] for one in shown} != {job.arguments[0]}:
            raise NoVerdicts(f"{job.arguments[0]} was not the one that was run:\n{printed(job)}")
        for one in shown:
            if one["outcome"] not in SETTLED:
                yield job.arguments[0], f"{one['outcome']}: {one['reason']}"
