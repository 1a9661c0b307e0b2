"""Runs tests against mutants, each in a process forked from one that has imported everything but the project.

A mutant stands in memory only: its process imports it in place of the module, and the work tree stays as it is. A new
process spends 4 s of processor time before the first test, one that is forked 0.5 s. `python -m tests.proof.mutating`
is the process that forks; it must import nothing of the project, or a mutant would come too late.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 3
PASSED, FAILED, NOT_IMPORTED, HUNG = 0, 1, 97, 98
LIMIT_SECONDS = 900.0
"""For the tests without a mutation: only against some that hang, whole runs of the suite are among them."""
SPARE_SECONDS = 10.0
START_SECONDS = 240.0
"""For a run of the suite to begin and to end on a busy machine: what is slow must not count as what hangs."""
_OURS = ("benchmarks", "conformance", "conftest", "emulator", "features", "fixtures", "shop", "steps", "tests")
_WITHOUT = ("allure_pytest", "xdist", "hypothesispytest", "random_order", "playwright", "base_url")
QUICK = (
    *("-qx", "--confcutdir=tests", "-Wignore::pytest.PytestAssertRewriteWarning"),
    *(argument for plugin in _WITHOUT for argument in ("-p", f"no:{plugin}")),
)
"""For tests of a rule, which need no plugin."""


@dataclass(frozen=True)
class Reached:
    """The tests that reach a mutant, by nodeid, and how long they take without it."""

    tests: Sequence[str]
    seconds: float


class NothingShown(Exception):
    """The tests do not pass, or cannot be run, without any mutation; the text says which."""


def run(
    module: str,
    tests: Sequence[str],
    original: str,
    sources: Sequence[str],
    *,
    until: float,
    spare_seconds: float = SPARE_SECONDS,
    options: Sequence[str] = QUICK,
    reached: Sequence[Reached] = (),
) -> Iterator[tuple[int, int]]:
    """The number of each mutant in `sources` and how its tests ended, as they end; begins none after `until`.

    `until` is of time.monotonic(). Tests that pass without a mutation in a time are ended with one after three times
    as much and the spare seconds. In pytest's `options` {folder} stands for a folder of the run's own. Where it is
    known what each mutant's tests are, and how long they take, `reached` says so: what passes without a mutation is
    known then too, and two of them show that they can be run. {folder}.json names the tests.

    Raises NothingShown.
    """
    if not hasattr(os, "fork"):
        raise NothingShown("Mutants are run in processes that are forked, and this system has no fork.")
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CONFORMANCE"))}
        environ |= {"HYPOTHESIS_STORAGE_DIRECTORY": f"{folder}/hypothesis"}
        command = [sys.executable, "-m", "tests.proof.mutating", folder]
        told = {"module": module, "tests": tests, "sources": [original, *sources], "spare": spare_seconds}
        told["options"] = options
        if reached:
            first = Reached([name for one in reached for name in one.tests][:2], LIMIT_SECONDS)
            for number, one in enumerate((first, *reached)):
                (Path(folder) / f"{number}-run.json").write_text(json.dumps(list(one.tests)), "utf-8")
            told["limits"] = [START_SECONDS + spare_seconds + 5 * one.seconds for one in (first, *reached)]
        named = f"{module}: {', '.join(tests)}"
        seconds = max(until - time.monotonic(), 0.0)
        with subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            try:
                server.stdin.write(json.dumps({**told, "seconds": seconds}))
                server.stdin.close()
                for line in server.stdout:
                    number, status = json.loads(line)
                    if status == NOT_IMPORTED:
                        raise NothingShown(f"{named} never imported it")
                    if number == 0 and status != PASSED:
                        printed = (Path(folder) / "0.txt").read_text("utf-8", "replace")
                        raise NothingShown(f"{named} ended with {status} without a mutation:\n{printed}")
                    if number:
                        yield number - 1, status
            finally:
                server.terminate()
    if server.returncode not in (0, -signal.SIGTERM):
        raise NothingShown(f"the process that forks ended with {server.returncode}; it said why above")


class Instead(MetaPathFinder, Loader):
    """Imports one module from a text, in which the names that are given stand too."""

    def __init__(self, module: str, source: str, given: Mapping[str, object] | None = None) -> None:
        self._module, self._source, self._given, self.imported = module, source, given or {}, False

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """The mutant where its module is asked for."""
        if name != self._module:
            return None
        place = str(ROOT.joinpath(*name.split(".")).with_suffix(".py"))
        spec = spec_from_loader(name, self, origin=place)
        assert spec is not None
        spec.has_location = True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """As an import does it."""
        self.imported = True
        module.__dict__.update(self._given)
        exec(compile(self._source, str(module.__file__), "exec", dont_inherit=True), module.__dict__)


def _tested(told: Mapping[str, Any], number: int, folder: str) -> int:
    """Run the tests in this process, which imported nothing of the project so far."""
    from hypothesis import Phase, settings

    instead = Instead(told["module"], told["sources"][number])
    sys.meta_path.insert(0, instead)
    phases = (Phase.explicit, Phase.generate)  # what fails need not be made small
    settings.register_profile("mutation", derandomize=True, database=None, deadline=None, phases=phases)
    settings.load_profile("mutation")
    options = [option.format(folder=f"{folder}/{number}-run") for option in told["options"]]
    status = int(pytest.main([*options, f"--basetemp={folder}/{number}", *told["tests"]]))
    if number == 0:
        others = [name for name in sys.modules if name.partition(".")[0] not in (*_OURS, "__main__")]
        (Path(folder) / "imported.json").write_text(json.dumps(others), "utf-8")
    return status if instead.imported else NOT_IMPORTED


def _fork(told: Mapping[str, Any], number: int, folder: str, limit_seconds: float) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = FAILED
    try:
        os.setpgid(0, 0)  # a group of its own, which can be stopped as a whole
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limit_seconds)
        output = os.open(f"{folder}/{number}.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for own, theirs in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(own, theirs)
        status = _tested(told, number, folder)
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()  # nobody else says it, since nothing of the parent's may run twice
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _ended(running: dict[int, int]) -> tuple[int, int]:
    """The number of the next mutant whose process ends, and how."""
    pid, status = os.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(status)
    return running.pop(pid), HUNG if code == -signal.SIGALRM else code


def _limits(told: Mapping[str, Any], folder: str, running: dict[int, int]) -> list[float]:
    """How long each mutant may take, by how long the tests take without one."""
    before = time.monotonic()
    running[_fork(told, 0, folder, LIMIT_SECONDS)] = 0
    _ended(running)
    return [told["spare"] + 3 * (time.monotonic() - before)] * len(told["sources"])


def _serve(told: Mapping[str, Any], folder: str) -> None:
    began = time.monotonic()
    running: dict[int, int] = {_fork(told, 0, folder, LIMIT_SECONDS): 0}
    try:
        number, status = _ended(running)
        print(json.dumps([number, status]), flush=True)
        if status != PASSED:
            return
        for name in json.loads((Path(folder) / "imported.json").read_text("utf-8")):
            with contextlib.suppress(ImportError), warnings.catch_warnings():
                importlib.import_module(name)
        gc.freeze()  # what is imported is no garbage: no fork need look through it
        waiting = list(range(1, len(told["sources"])))
        limits = told.get("limits") or _limits(told, folder, running)
        while waiting or running:
            while waiting and len(running) < AT_ONCE and time.monotonic() - began < told["seconds"]:
                number = waiting.pop(0)
                running[_fork(told, number, folder, limits[number])] = number
            if not running:
                return
            print(json.dumps(_ended(running)), flush=True)
    finally:
        for pid in running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(-signal.SIGTERM))
    _serve(json.load(sys.stdin), sys.argv[1])
