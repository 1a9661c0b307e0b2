"""Whether the same shop gets the same verdicts every time: many runs, half of them on two workers in random order.

Run it with `python -m benchmarks.steadiness`; arguments after `--` go to pytest. It ends with 1 and names each
difference where there is one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 600


def verdicts(folder: Path, arguments: Sequence[str]) -> tuple[Mapping[str, tuple[str | None, ...]], Mapping[str, str]]:
    """Of one run: each requirement's verdict and the outcomes of its scenarios by their titles; and its reason."""
    reports = [f"--alluredir={folder}/allure-results", f"--junit-xml={folder}/junit.xml"]
    command = [sys.executable, "-m", "pytest", "-q", *reports, *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    written = folder / "conformance.json"
    if not written.exists():
        raise SystemExit(f"The run wrote no report: {ended.stdout}{ended.stderr}")
    document: Any = json.loads(written.read_text("utf-8"))
    written.unlink()
    found = {
        requirement["id"]: (
            requirement["verdict"],
            *(f"{s['title']}: {s['outcome']}" for s in sorted(requirement["scenarios"], key=lambda s: str(s["title"]))),
        )
        for requirement in document["requirements"]
    }
    return found, {requirement["id"]: str(requirement["reason"]) for requirement in document["requirements"]}


def main(
    given: Annotated[list[str] | None, typer.Argument(metavar="-- PYTEST_ARGUMENTS")] = None, runs: int = 20
) -> None:
    """Run again and again, and compare every run with the first."""
    different = False
    with tempfile.TemporaryDirectory() as folder:
        first: Mapping[str, tuple[str | None, ...]] = {}
        for number in range(runs):
            shuffled = ["-n", "2", "--random-order", f"--random-order-seed={number}"] if number % 2 else []
            began = time.monotonic()
            found, reasons = verdicts(Path(folder), [*shuffled, *(given or [])])
            first = first or found
            changed = [id for id in first if first[id] != found[id]]
            different = different or bool(changed)
            way = " ".join(shuffled) or "alone, in order"
            print(f"run {number + 1:2}: {time.monotonic() - began:5.1f} s  {way}", flush=True)
            for id in changed:
                other = [str(shown) for shown in found[id] if shown not in first[id]]
                print(f"  {id}: {', '.join(other)}: {reasons[id]}", flush=True)
    print("DIFFERENT" if different else f"the same verdicts {runs} times")
    raise typer.Exit(int(different))


if __name__ == "__main__":
    typer.run(main)
