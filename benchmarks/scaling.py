"""Whether a scenario costs the same among a thousand as among a hundred: the same features, once and repeated.

Run it with `python -m benchmarks.scaling`. The features are copied with numbered titles, so that every scenario stays
one of its own; memory is the peak of the process, after the first copy and at the end, for each thousand in between.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

import typer

from benchmarks import IMPORTED_EARLY
from benchmarks.embedded import start_up_apart

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "conftest.py",
    "pytest.ini",
    "pyproject.toml",
    "benchmarks",
    "conformance",
    "emulator",
    "features",
    "fixtures",
    "shop",
    "steps",
)
LIMIT_SECONDS = 900
MEGABYTE = 2**20


def project(folder: Path, copies: int) -> Path:
    """The suite in a folder of its own, with each feature file that many times."""
    for name in PARTS:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy2(source, target)
    for feature in sorted((folder / "features").glob("*.feature")):
        text = feature.read_text("utf-8")
        for copy in range(2, copies + 1):
            titled = re.sub(r"^(\s*Scenario(?: Outline)?: .*)$", rf"\1 (copy {copy})", text, flags=re.MULTILINE)
            feature.with_stem(f"{feature.stem}_{copy:02d}").write_text(titled, "utf-8")
    return folder


def run(copies: int) -> tuple[list[dict[str, Any]], int]:
    """The phases of a run of that many copies, and how many scenarios it had."""
    with tempfile.TemporaryDirectory() as folder:
        there = project(Path(folder), copies)
        durations = there / "durations.json"
        command = [sys.executable, "-m", "pytest", "-q", *IMPORTED_EARLY, "-p", "benchmarks.durations"]
        environment = {**os.environ, "DURATIONS": str(durations)}
        subprocess.run(
            command, cwd=there, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_SECONDS
        )
        phases: list[dict[str, Any]] = json.loads(durations.read_text("utf-8"))
    return phases, sum(phase["when"] == "call" for phase in phases)


def main(copies: int = 7, rounds: int = 3) -> None:
    """Run one copy and many in turn; print the cost of a scenario in each, the ratio, and the growth of memory."""
    ratios, growths = [], []
    for round in range(rounds):
        (few, of_few), (many, of_many) = run(1), run(copies)
        each = [1000 * start_up_apart(phases) / number for phases, number in ((few, of_few), (many, of_many))]
        peaks = [phase["peak_bytes"] for phase in many if phase["when"] == "teardown"]
        growths.append((peaks[-1] - peaks[of_few - 1]) / MEGABYTE / (len(peaks) - of_few) * 1000)
        ratios.append(each[1] / each[0])
        print(
            f"round {round + 1}: {of_few} scenarios at {each[0]:.1f} ms, {of_many} at {each[1]:.1f} ms each, "
            f"ratio {ratios[-1]:.3f}; {growths[-1]:.1f} MB more for each thousand scenarios after the first {of_few}",
            flush=True,
        )
    for name, figure, target in (("ratio", mean(ratios), 1.10), ("growth in MB", max(growths), 50.0)):
        print(f"{name:<14}{figure:8.2f}  target at most {target:g}: {'holds' if figure <= target else 'MISSED'}")


if __name__ == "__main__":
    typer.run(main)
