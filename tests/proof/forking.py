"""Runs of the suite in processes that are forked from one which has imported everything, a few at a time.

A run of fourteen scenarios in a new process took 4.0 s of processor time, a forked one 1.7 s (measured on two cores).
Where there is no fork each run is a new process.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from fixtures.commands import TIMED_OUT
from fixtures.commands import run as run_command

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = (os.cpu_count() or 1) + 1
"""One more than can compute: where a defect keeps a buyer waiting, a run only waits."""
LIMIT_SECONDS = 600
"""Only against a run that hangs: no verdict depends on it."""
# What the outer run left in the environment is not for the inner ones.
_NOT_INHERITED = (
    "CONFORMANCE_CONFIG",
    "PYTEST_ADDOPTS",
    "PYTEST_CURRENT_TEST",
    "PYTEST_XDIST_WORKER",
    "PYTHONWARNINGS",
)
_QUICK = ("-q", "--color=no")


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
    for job in jobs:
        Path(job.folder).mkdir(parents=True, exist_ok=True)
    if not jobs:
        return
    by_fork = hasattr(os, "fork")
    yield from _forked(jobs, at_once, limit_seconds) if by_fork else _spawned(jobs, at_once, limit_seconds)


def printed(job: Job) -> str:
    """What the run of this job printed."""
    return (Path(job.folder) / "printed.txt").read_text("utf-8", "replace")


def _forked(jobs: Sequence[Job], at_once: int, limit_seconds: int) -> Iterator[Ended]:
    environ = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    command = [sys.executable, "-m", "tests.proof.forking", str(at_once), str(limit_seconds)]
    told = json.dumps([asdict(job) for job in jobs])
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            server.stdin.write(told)
            server.stdin.close()
            for line in server.stdout:
                yield Ended(**json.loads(line))
        finally:
            server.terminate()  # which ends the runs that it has under way
    if server.returncode not in (0, -signal.SIGTERM):
        raise RuntimeError(f"the process that forks the runs ended with {server.returncode}; it said why above")


def _spawned(jobs: Sequence[Job], at_once: int, limit_seconds: int) -> Iterator[Ended]:
    with ThreadPoolExecutor(at_once) as threads:
        for ended in as_completed([threads.submit(_spawn, job, limit_seconds) for job in jobs]):
            yield ended.result()


def _spawn(job: Job, limit_seconds: int) -> Ended:
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.proof.forking", "--alone"]
    told = json.dumps(asdict(job))
    cleared = dict.fromkeys(_NOT_INHERITED, "")
    ended = run_command([*command, told], limit_seconds=limit_seconds, environ=cleared, folder=ROOT)
    (Path(job.folder) / "printed.txt").write_text(ended.output, "utf-8")
    return Ended(job.name, ended.status, time.monotonic() - began, 0.0)


def _job(told: dict[str, Any]) -> Job:
    without = told["without"]
    return Job(told["name"], tuple(told["arguments"]), told["folder"], tuple(without) if without else None)


def _work_off(job: Job) -> int:
    """The run itself, in the process that is left to it."""
    if job.without:
        from tests.proof.leaving_out import leave_out

        leave_out(*job.without)
    reports = (f"--alluredir={job.folder}/allure-results", f"--junit-xml={job.folder}/junit.xml")
    return int(pytest.main([*_QUICK, *reports, *job.arguments]))


def _import_everything() -> None:
    """As a run does: by collecting, so that pytest rewrites the assertions of what it imports."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        status = pytest.main([*_QUICK, "--collect-only"])
    if status is not pytest.ExitCode.OK:
        raise SystemExit(f"the scenarios cannot be collected (pytest ended with {int(status)})")
    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if others:
        raise SystemExit(f"a process with threads must not be forked; alive: {', '.join(others)}")


def _fork(job: Job, limit_seconds: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setpgid(0, 0)  # a group of its own, which can be stopped as a whole: the browser is in it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.alarm(limit_seconds)
        output = os.open(f"{job.folder}/printed.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for own, theirs in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(own, theirs)
        status = _work_off(job)
        sys.stdout.flush()
    finally:
        os._exit(status)  # nothing of the parent's may run twice


def _stop(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _serve(jobs: Sequence[Job], at_once: int, limit_seconds: int) -> None:
    waiting, running = deque(jobs), dict[int, tuple[Job, float]]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.popleft()
                running[_fork(job, limit_seconds)] = job, time.monotonic()
            pid, status, used = os.wait4(-1, 0)
            _stop(pid)  # what a run that was cut off left behind
            job, began = running.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            took, processor = time.monotonic() - began, used.ru_utime + used.ru_stime
            ended = Ended(job.name, TIMED_OUT if code == -signal.SIGALRM else code, took, processor)
            print(json.dumps(asdict(ended)), flush=True)
    finally:
        for pid in running:
            _stop(pid)


def _main(arguments: Sequence[str]) -> None:
    if arguments[0] == "--alone":
        raise SystemExit(_work_off(_job(json.loads(arguments[1]))))
    jobs = [_job(told) for told in json.load(sys.stdin)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(-signal.SIGTERM))
    _import_everything()
    _serve(jobs, int(arguments[0]), int(arguments[1]))


if __name__ == "__main__":
    _main(sys.argv[1:])
