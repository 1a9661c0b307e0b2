"""What waiting costs: ten tickets, each answered 30 s after it was opened, in one run of the suite.

Run it with `python -m benchmarks.waiting`; it prints each figure with its target. The CPU is that of the whole process
while it waits: the suite's own, and beside it that of the emulator and the shop, which are in the same process here.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import typer

from tests.waiting import projects

TICKETS, SECONDS = 10, 30.0
METER = '''"""Measures the CPU of the process from the beginning of the common wait to its first result."""

import json
import os
import time
from pathlib import Path

from conformance.real import together

first = together.Together.first


def measured(self, waits, end):
    wall, cpu = time.monotonic(), time.process_time()
    came = first(self, waits, end)
    with Path(os.environ["METER"]).open("a", encoding="utf-8") as out:
        out.write(json.dumps([time.monotonic() - wall, time.process_time() - cpu, len(waits)]) + "\\n")
    return came


together.Together.first = measured
'''


def main(seconds: float = SECONDS) -> None:
    """Run ten scenarios that wait for a ticket each, and print what the waiting took."""
    with tempfile.TemporaryDirectory() as folder:
        project = projects.made(Path(folder) / "project", tickets=TICKETS)
        (project.folder / "meter.py").write_text(METER, "utf-8")
        conftest = project.folder / "conftest.py"
        conftest.write_text(conftest.read_text("utf-8").replace("\n]", '\n    "meter",\n]'), "utf-8")
        meter = project.folder / "meter.jsonl"
        given = {"TICKET_SECONDS": seconds, "METER": meter}
        ended = project.run("--target=slow", "-k", "of_ten", **given)
        if f"{TICKETS} passed" not in ended.output:
            raise SystemExit(ended.output)
        waits = [json.loads(line) for line in meter.read_text("utf-8").splitlines()]
        run = project.document["seconds"]
    first_wall, first_cpu, _ = waits[0]
    waited = sum(wall for wall, _, _ in waits)
    _row(f"{TICKETS} tickets of {seconds:g} s, the wait", waited, seconds + 5, " s")
    _row("the run as a whole", run, seconds + 10, " s")
    _row("CPU while waiting, of a core", 100 * first_cpu / first_wall, 2.0, " %")


def _row(name: str, figure: float, target: float, unit: str) -> None:
    verdict = "holds" if figure <= target else "MISSED"
    print(f"{name:<32}{figure:8.2f}{unit}  target at most {target:g}{unit}: {verdict}")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    os.environ.setdefault("COLUMNS", "200")
    typer.run(main)
