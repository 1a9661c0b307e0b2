"""The file of figures: a line is added as it is read, and a loss is said."""

import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import figures
from benchmarks.figures import COLUMNS, FILE, HEAD, ROOT, Line, lines, losses, record, version, written

BEFORE = Line(
    "0.1.0 abc1234", "2026-11-30", "2 processors, Python 3.11.7", 280.0,
    {
        "thin": 1.2, "peer": 1.5, "p99": 3.0, "alone": 0.5, "start": 100.0, "memory": 10.0, "webhooks": 2000.0,
        "events": 0.5,
    },
)  # fmt: skip


def worse(**figures: float) -> Line:
    return replace(BEFORE, version="0.1.1 def5678", figures={**BEFORE.figures, **figures})


def test_a_line_is_read_as_it_was_written() -> None:
    assert lines(written(BEFORE)) == [BEFORE]


def test_what_was_not_measured_is_left_out() -> None:
    without = replace(BEFORE, figures={"thin": 1.2})
    assert lines(written(without)) == [without]


def test_the_file_has_the_columns_of_the_benchmark() -> None:
    text = FILE.read_text("utf-8")
    assert "| " + " | ".join(HEAD) + " |" in text
    assert all(set(line.figures) <= set(COLUMNS) for line in lines(text))


def test_a_row_that_does_not_fit_the_table_is_named() -> None:
    with pytest.raises(ValueError, match=r"The row has 2 cells, and the table 12: \| 0\.1\.0 \| 2026 \|"):
        lines("| 0.1.0 | 2026 |")


def test_each_figure_has_its_column_and_form() -> None:
    row = "| 0.1.0 | 2026-11-30 | here | 280 | 1.10 | 1.60 | 3.00 | 0.50 | 100 | 10.0 | 2000 | 0.25 |"
    [line] = lines(row)
    assert line.figures == {
        "thin": 1.1, "peer": 1.6, "p99": 3, "alone": 0.5, "start": 100, "memory": 10, "webhooks": 2000, "events": 0.25,
    }  # fmt: skip
    assert written(line) == row


def test_a_version_names_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    asked = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    assert version() in (f"{number} {commit}", f"{number} {commit}-dirty")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "7.0"\n', "utf-8")
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    assert version() == "7.0 no commit"


def test_a_line_is_appended_and_what_it_lost_is_said(tmp_path: Path) -> None:
    file = tmp_path / "FIGURES.md"
    file.write_text(f"# Figures\n\n| {' | '.join(HEAD)} |\n|---|\n", "utf-8")
    assert record(BEFORE, file) == []
    assert record(worse(thin=0.9), file) == [
        "look-ups, of a thin handler's: 1.20 on 2026-11-30 (0.1.0 abc1234), 0.90 now."
    ]
    assert [line.version for line in lines(file.read_text("utf-8"))] == ["0.1.0 abc1234", "0.1.1 def5678"]


def test_what_was_lost_is_told_against_the_line_before_not_the_first(tmp_path: Path) -> None:
    file = tmp_path / "FIGURES.md"
    file.write_text(f"# Figures\n\n{written(worse(thin=0.9))}\n", "utf-8")
    record(BEFORE, file)
    assert len(record(worse(thin=0.9), file)) == 1
    assert record(worse(thin=0.9), file) == []


def test_what_only_one_of_two_measured_is_not_compared() -> None:
    without = replace(BEFORE, figures={"thin": 1.2})
    assert losses(BEFORE, without) == losses(without, BEFORE) == []
    [loss] = losses(without, replace(BEFORE, figures={"peer": 1.0, "thin": 0.9}))
    assert loss.startswith("look-ups, of a thin handler's")
    [loss] = losses(BEFORE, replace(BEFORE, figures={"webhooks": 1000.0}))
    assert loss.startswith("webhooks a second")


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("p99", 3.4),
        ("webhooks", 1700.0),
        ("memory", 12.0),
        ("events", 0.6),
        ("peer", 1.3),
        ("start", 120.0),
    ],
)
def test_more_is_worse_or_better_as_the_column_says(name: str, figure: float) -> None:
    [loss] = losses(BEFORE, worse(**{name: figure}))
    assert loss.startswith(f"{COLUMNS[name].name}: ")
    assert losses(worse(**{name: figure}), BEFORE) == []


def test_a_tenth_is_noise() -> None:
    assert losses(BEFORE, worse(thin=1.1, p99=3.2, webhooks=1850.0)) == []


def test_a_slower_machine_is_no_loss_where_seconds_are_measured() -> None:
    slower = replace(worse(p99=6.0, webhooks=1000.0, alone=1.0, start=200.0, events=1.0), journey_ms=560.0)
    assert losses(BEFORE, slower) == []
    [loss] = losses(BEFORE, replace(slower, figures={**slower.figures, "thin": 0.6}))
    assert loss.startswith("look-ups, of a thin handler's")
    [loss] = losses(BEFORE, worse(webhooks=1000.0))
    assert loss.endswith("1000 now, the machine's speed allowed for.")
