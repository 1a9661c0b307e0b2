"""The figures of each version, a line each in `benchmarks/FIGURES.md`, and what has got worse since the line before.

What depends on the machine is compared in bare journeys: the time that a script's journey through the widget takes.
"""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "benchmarks" / "FIGURES.md"
NOTHING = "–"
LOSS = 0.1  # of a figure; less is noise


@dataclass(frozen=True)
class Column:
    """One figure of the file: whether more of it is better, and whether a slower machine makes it worse."""

    name: str
    form: str
    more_is_better: bool = False
    of_the_machine: bool = False


COLUMNS: Mapping[str, Column] = {
    "thin": Column("look-ups, of a thin handler's", ".2f", more_is_better=True),
    "peer": Column("of fake-iamport-server's", ".2f", more_is_better=True),
    "p99": Column("99 % within, ms", ".2f", of_the_machine=True),
    "alone": Column("one look-up, ms", ".2f", of_the_machine=True),
    "start": Column("start, ms", ".0f", of_the_machine=True),
    "memory": Column("memory grown, MB", ".1f"),
    "webhooks": Column("webhooks a second", ".0f", more_is_better=True, of_the_machine=True),
    "events": Column("due events, s", ".2f", of_the_machine=True),
}
HEAD = ("version", "date", "measured on", "bare journey, ms", *(column.name for column in COLUMNS.values()))


@dataclass(frozen=True)
class Line:
    """What was measured of one version. `journey_ms` is a bare journey; `figures` by the names in `COLUMNS`."""

    version: str
    date: str
    machine: str
    journey_ms: float
    figures: Mapping[str, float]


def version() -> str:
    """The version and the commit that is measured; `-dirty` where files differ from it."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude", "*"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    number = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return f"{number} {said.stdout.strip() or 'no commit'}"


def written(line: Line) -> str:
    """The line as a row of the table."""
    cells = [line.version, line.date, line.machine, f"{line.journey_ms:.0f}"]
    for name, column in COLUMNS.items():
        cells.append(format(line.figures[name], column.form) if name in line.figures else NOTHING)
    return "| " + " | ".join(cells) + " |"


def lines(text: str) -> list[Line]:
    """The lines of a file, oldest first. Raises ValueError for a row that does not fit the table."""
    rows = [row for row in text.splitlines() if row.startswith("| ") and not row.startswith(f"| {HEAD[0]} ")]
    return [_line(row) for row in rows]


def _line(row: str) -> Line:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    if len(cells) != len(HEAD):
        raise ValueError(f"The row has {len(cells)} cells, and the table {len(HEAD)}: {row}")
    named = zip(COLUMNS, cells[4:], strict=True)
    figures = {name: float(cell) for name, cell in named if cell != NOTHING}
    return Line(cells[0], cells[1], cells[2], float(cells[3]), figures)


def losses(before: Line, now: Line) -> list[str]:
    """What is worse by more than a tenth, a sentence each; of the machine's figures, after its speed is allowed for."""
    found = []
    for name, column in COLUMNS.items():
        if not before.figures.get(name) or not now.figures.get(name):
            continue
        worse = now.figures[name] / before.figures[name]
        if column.of_the_machine:
            slower = now.journey_ms / before.journey_ms
            worse = worse * slower if column.more_is_better else worse / slower
        worse = 1 / worse if column.more_is_better else worse
        if worse > 1 + LOSS:
            was, is_now = (format(line.figures[name], column.form) for line in (before, now))
            allowed = ", the machine's speed allowed for" if column.of_the_machine else ""
            found.append(f"{column.name}: {was} on {before.date} ({before.version}), {is_now} now{allowed}.")
    return found


def record(line: Line, file: Path = FILE) -> list[str]:
    """Append a line; what has got worse since the one before it."""
    text = file.read_text("utf-8")
    known = lines(text)
    file.write_text(f"{text.rstrip()}\n{written(line)}\n", "utf-8")
    return losses(known[-1], line) if known else []
