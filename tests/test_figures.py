"""The file of figures: a line is added as it is read, and a loss is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.figures import COLUMNS, FILE, HEAD, Line, lines, losses, record, written

BEFORE = Line(
    "0.1.0 abc1234", "2026-11-30", "2 processors, Python 3.11.7", 280.0,
    {"thin": 1.2, "p99": 3.0, "alone": 0.5, "start": 100.0, "memory": 10.0, "webhooks": 2000.0, "events": 0.5},
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


def test_a_line_is_appended_and_what_it_lost_is_said(tmp_path: Path) -> None:
    file = tmp_path / "FIGURES.md"
    file.write_text(f"# Figures\n\n| {' | '.join(HEAD)} |\n|---|\n", "utf-8")
    assert record(BEFORE, file) == []
    assert record(worse(thin=0.9), file) == [
        "look-ups, of a thin handler's: 1.20 on 2026-11-30 (0.1.0 abc1234), 0.90 now."
    ]
    assert [line.version for line in lines(file.read_text("utf-8"))] == ["0.1.0 abc1234", "0.1.1 def5678"]


@pytest.mark.parametrize(("name", "figure"), [("p99", 3.4), ("webhooks", 1700.0), ("memory", 12.0), ("events", 0.6)])
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
