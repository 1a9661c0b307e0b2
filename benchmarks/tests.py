"""What the project's own tests cost: seconds of every file, by what they go on.

Run it with `python -m benchmarks.tests`, with paths and options of pytest for a part (`tests/emulator -n 2`). It prints
the files that take longest, and the sums by kind: computing (the processor's seconds of the tests and of what they
start), and waiting (what is left of the wall clock); how many processes, browsers and package managers were started.
Last the whole as a multiple of a bare journey through the widget, measured in the same run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Generator
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any
from unittest.mock import patch

import pytest

ROOT = Path(__file__).resolve().parent.parent
LISTED = 30
COUNTED = ("processes", "browsers", "package managers")
_MANAGERS = ("npm", "pip", "apt-get")
_VARIABLE = "TESTS_PROFILE"
_started: Counter[str] = Counter()
_forked_seconds = [0.0]


def _processor_seconds() -> float:
    used = [getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + _forked_seconds[0]


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        words = [str(word) for word in ([arguments[1]] if isinstance(arguments[1], (str, bytes)) else arguments[1])]
        _started["processes"] += 1
        if any(Path(word).name.startswith(_MANAGERS) for word in words[:4]):
            _started["package managers"] += 1


def pytest_configure() -> None:
    """Count what is started, from here on."""
    from playwright.sync_api import BrowserType

    from tests import forks

    sys.addaudithook(_count)
    launch, fork, wait = BrowserType.launch, forks.Started.__init__, forks.Started.wait

    def launched(self: BrowserType, **options: Any) -> Any:
        _started["browsers"] += 1
        return launch(self, **options)

    def forked(self: forks.Started, *arguments: Any) -> None:
        _started["processes"] += 1
        fork(self, *arguments)

    def waited(self: forks.Started, timeout: float | None = None) -> int:
        before = self.returncode
        status = wait(self, timeout)
        _forked_seconds[0] += self.processor_seconds if before is None else 0.0
        return status

    for owner, name, counted in (
        (BrowserType, "launch", launched),
        (forks.Started, "__init__", forked),
        (forks.Started, "wait", waited),
    ):
        patch.object(owner, name, counted).start()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note what one test took, set-up and tear-down included."""
    wall, processor, before = time.monotonic(), _processor_seconds(), _started.copy()
    try:
        return (yield)
    finally:
        facts = {
            "file": item.nodeid.partition("::")[0],
            "wall": time.monotonic() - wall,
            "computing": _processor_seconds() - processor,
            **(_started - before),
        }
        with Path(os.environ[_VARIABLE]).open("a", encoding="utf-8") as out:
            out.write(json.dumps(facts) + "\n")


def profile(arguments: list[str]) -> tuple[list[dict[str, Any]], float, int]:
    """What each test took, the wall clock's seconds of the run, and pytest's status."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "profile.jsonl"
        reports = [f"--alluredir={folder}/allure-results", f"--junit-xml={folder}/junit.xml"]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "benchmarks.tests", *reports, *arguments]
        began = time.monotonic()
        status = subprocess.call(command, cwd=ROOT, env={**os.environ, _VARIABLE: str(kept)})
        seconds = time.monotonic() - began
        return [json.loads(line) for line in kept.read_text("utf-8").splitlines()], seconds, status


def table(tests: list[dict[str, Any]]) -> list[str]:
    """The files by what they take, and the sum of all."""
    files: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for test in tests:
        facts = {name: value for name, value in test.items() if name != "file"}
        facts["tests"] = 1
        facts["waiting"] = max(0.0, test["wall"] - test["computing"])
        for place in (test["file"], "all"):
            files[place].update(facts)
    columns = ["tests", "wall", "computing", "waiting", *COUNTED]
    lines = ["  ".join(f"{column:>9}" for column in columns) + "  file"]
    ranked = sorted(files, key=lambda name: files[name]["wall"], reverse=True)
    for name in ranked[: LISTED + 1]:
        figures = (f"{files[name][column]:>{max(9, len(column))}.0f}" for column in columns)
        lines.append(f"{'  '.join(figures)}  {name}")
    return lines


def main() -> None:
    """Run the tests and print what they took."""
    arguments = sys.argv[1:] or ["tests", "-m", "not proof", "-n", str(os.cpu_count() or 1), "--dist", "worksteal"]
    tests, seconds, status = profile(arguments)
    print("\n".join(table(tests)))
    bare = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    journey = float(bare.stdout.split()[2])
    print(f"{seconds:.0f} s in all, {seconds / journey:.0f} times a bare journey ({1000 * journey:.0f} ms)")
    raise SystemExit(status)


if __name__ == "__main__":
    main()
