"""Starts Locust (its master or only process, and workers here), waits for it, and reads what it tells."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from conformance.machine.places import IS_CHECKOUT, PACKAGES, PYTHON
from conformance.machine.settling import pause
from conformance.settings.conformance_toml import CONFIG_VARIABLE
from conformance.storm.happenings import Doing, Happening, Told
from conformance.storm.plan import LoadPlan, Shape
from conformance.verdict.endings import SuiteError

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
PLAN, TOLD = "CONFORMANCE_STORM_PLAN", "CONFORMANCE_STORM_TOLD"
"""The names in the environment of where the plan is read, and of where the only process or the master writes."""
_START_SECONDS, _JOIN_SECONDS = 60.0, 600.0
"""How long Locust may take to start here, and workers to join that people start elsewhere."""
_TAIL_SECONDS = 60.0
"""How long the last orders may take beyond the schedule."""
_INTERVAL_SECONDS = 0.2
_END_SECONDS = 5.0
_USUAL_PORT, _EVERYWHERE = 5557, ("0.0.0.0", "*")


class LocustMissing(Exception):
    """Locust is not installed here; the text is one sentence with the line that installs it."""

    def __init__(self) -> None:
        pinned = IS_CHECKOUT and sys.platform != "win32"  # there it needs a package that no other system can pin
        what = "--require-hashes -r lock-storm.txt" if pinned else '"locust>=2.47,<3"'
        line = f"{PYTHON} -m pip install {what}"
        super().__init__(f"A storm needs Locust, which is not installed here: run `{line}`")


class LocustFailed(SuiteError):
    """Locust ended before its work was done; the text says with what."""


def require_locust() -> None:
    """Raises LocustMissing. It is looked for and not imported: it would patch this process."""
    if find_spec("locust") is None:
        raise LocustMissing


def loaded(
    plan: LoadPlan, shape: Shape, folder: Path, config: str | None, watch: Callable[[Sequence[Happening]], None]
) -> Sequence[Happening]:
    """What happened once the load is over. `folder` is for the plan and what is told; `config` names the settings.

    `watch` is told some times a second what happened so far. Raises LocustFailed, also where it takes too long.
    """
    named, told = folder / "plan.json", Told(folder / "told.jsonl")
    descriptor = os.open(named, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # keys stand in it
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(plan.model_dump_json())
    environ = {**os.environ, PLAN: str(named), TOLD: str(told.file), "PYTHONPATH": _path()}
    if config is not None:
        environ[CONFIG_VARIABLE] = config
    host, port = _master_of(shape)
    until = time.monotonic() + _start_seconds(shape) + plan.seconds + plan.patience_seconds + _TAIL_SECONDS
    with ExitStack() as stack:
        master = stack.enter_context(_started(_command(plan, shape, port), environ, folder / "locust.log"))
        for number in range(shape.local):
            worker = [*_locust(), "--worker", "--master-host", host, "--master-port", str(port)]
            stack.enter_context(_started(worker, environ, folder / f"worker-{number}.log"))
        while master.poll() is None:
            if time.monotonic() > until:
                raise LocustFailed(f"Locust was not done in time: {_last_line(folder / 'locust.log')}")
            pause(_INTERVAL_SECONDS)
            watch(told.read())
    return _whole(told.read(), plan, f"Locust ended with {master.returncode}: {_last_line(folder / 'locust.log')}")


def _whole(seen: Sequence[Happening], plan: LoadPlan, ended: str) -> Sequence[Happening]:
    """What happened, if the load did its work: all orders were tried, or none could be bought any more.

    Raises LocustFailed.
    """
    tried = [one for one in seen if one.act is Doing.PLACE]
    if not any(one.act is Doing.DONE for one in seen):
        raise LocustFailed(ended)
    if len(tried) < plan.number and not any(one.said for one in tried[-1:]):
        raise LocustFailed(f"{plan.number - len(tried)} of {plan.number} orders were never tried. {ended}")
    return seen


def _start_seconds(shape: Shape) -> float:
    return _JOIN_SECONDS if shape.is_spread else _START_SECONDS


def joining(shape: Shape) -> str:
    """What is run on each other machine, in a checkout of the same version."""
    worker = f"{PYTHON} -m locust -f conformance/storm/locustfile.py --worker --master-host=THIS_MACHINE"
    return f"{worker} --master-port={_master_of(shape)[1]}"


def _locust() -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING"]


def _master_of(shape: Shape) -> tuple[str, int]:
    """Where workers of this machine find the master."""
    host = "127.0.0.1" if shape.bind in _EVERYWHERE else shape.bind
    if shape.port or shape.is_spread:
        return host, shape.port or _USUAL_PORT
    with socket.socket() as free:
        free.bind((host, 0))
        return host, int(free.getsockname()[1])


def _command(plan: LoadPlan, shape: Shape, port: int) -> list[str]:
    users = str(plan.users)
    command = [*_locust(), "--headless", "--only-summary", "--users", users, "--spawn-rate", users]
    command += ["--stop-timeout", "1", "--exit-code-on-error", "0", "--host", "http://localhost"]
    if shape.workers:
        bind = ["--master-bind-host", shape.bind, "--master-bind-port", str(port)]
        wait = ["--expect-workers", str(shape.workers), "--expect-workers-max-wait", f"{_start_seconds(shape):.0f}"]
        command += ["--master", *bind, *wait]
    return command


def _path() -> str:
    """Locust imports by path; `conformance` is found wherever it lies."""
    return os.pathsep.join(filter(None, (str(PACKAGES), os.environ.get("PYTHONPATH", ""))))


@contextmanager
def _started(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process, which is ended with the block at the latest."""
    with log.open("wb") as said, tempfile.TemporaryFile() as nothing:
        process = subprocess.Popen(command, env=environ, stdin=nothing, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(_END_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"
