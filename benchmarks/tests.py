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
from pathlib import Path
from typing import Any

from tests.profiling import VARIABLE

ROOT = Path(__file__).resolve().parent.parent
LISTED = 30
COUNTED = ("processes", "browsers", "package managers")


def profile(arguments: list[str]) -> tuple[list[dict[str, Any]], float, int]:
    """What each test took, the wall clock's seconds of the run, and pytest's status."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "profile.jsonl"
        reports = [f"--alluredir={folder}/allure-results", f"--junit-xml={folder}/junit.xml"]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.profiling", *reports, *arguments]
        began = time.monotonic()
        status = subprocess.call(command, cwd=ROOT, env={**os.environ, VARIABLE: str(kept)})
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
    arguments = sys.argv[1:] or ["tests", "-m", "not proof", "-n", "auto", "--dist", "worksteal"]
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
