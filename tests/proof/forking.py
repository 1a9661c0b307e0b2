"""Runs of the suite, a few at a time, each in a process that is forked from one which has imported everything.

A run of fourteen scenarios in a new process took 4.0 s of processor time, a forked one 1.7 s (measured on two cores).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from conformance.machine.commands import TIMED_OUT
from tests import forks

AT_ONCE = (os.cpu_count() or 1) + 1
"""One more than can compute: where a defect keeps a buyer waiting, a run only waits."""
LIMIT_SECONDS = 1800
"""Only against a run that hangs: no verdict depends on it, and a machine with other work takes ten times as long."""
# What the outer run left in the environment is not for the inner ones.
_NOT_INHERITED = ("PYTEST_", "PYTHONWARNINGS", "CONFORMANCE_CONFIG")


@dataclass(frozen=True)
class Job:
    """One run: pytest's arguments, the folder for its reports, and an assertion to leave out (module, line)."""

    name: str
    arguments: tuple[str, ...]
    folder: str
    without: tuple[str, int] | None = None


@dataclass(frozen=True)
class Ended:
    """How a run ended: pytest's status (or TIMED_OUT), the wall-clock and the processor's seconds that it took."""

    name: str
    status: int
    seconds: float
    processor_seconds: float


def run(jobs: Sequence[Job], *, at_once: int = AT_ONCE, limit_seconds: int = LIMIT_SECONDS) -> Iterator[Ended]:
    """Run every job; each is given as it ends. What a run printed is in `printed.txt` of its folder."""
    with ThreadPoolExecutor(at_once) as threads:
        ended = [threads.submit(_run, job, limit_seconds) for job in jobs]
        try:
            for one in as_completed(ended):
                yield one.result()
        finally:
            threads.shutdown(cancel_futures=True)


def printed(job: Job) -> str:
    """What the run of this job printed."""
    return (Path(job.folder) / "printed.txt").read_text("utf-8", "replace")


def _run(job: Job, limit_seconds: int) -> Ended:
    Path(job.folder).mkdir(parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    began = time.monotonic()
    with (Path(job.folder) / "printed.txt").open("wb") as out:
        process = forks.start("tests.proof.forking", json.dumps(asdict(job)), environ=environ, stdout=out)
        try:
            status = process.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            status = TIMED_OUT
        finally:
            process.kill()
            process.wait()
    return Ended(job.name, status, time.monotonic() - began, getattr(process, "processor_seconds", 0.0))


def _work_off(told: str) -> int:
    """The run itself, in the process that is left to it."""
    job = Job(**json.loads(told))
    if job.without:
        from tests.proof.leaving_out import leave_out

        leave_out(*job.without)
    reports = (f"--alluredir={job.folder}/allure-results", f"--junit-xml={job.folder}/junit.xml")
    return int(pytest.main(["-q", "--color=no", *reports, *job.arguments]))


if __name__ == "__main__":
    raise SystemExit(_work_off(sys.argv[1]))
