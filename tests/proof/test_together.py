"""With several defects at once a shop is never READY, and nothing of it is an ERROR of the suite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.target.rows import Row, rows
from conformance.verdict.algebra import Conclusion
from conformance.verdict.catalogue import Stage
from tests.proof.forking import Job, run
from tests.proof.judging import found
from tests.proof.together import drawn, options

PAIRS, TENS = drawn(200, 2), drawn(20, 10)


def named(together: tuple[Row, ...]) -> str:
    return "+".join(row.name for row in together)


@pytest.mark.proof
@pytest.mark.parametrize("together", [*TENS, *PAIRS], ids=named)
def test_defects_together_are_not_ready_and_no_error(together: tuple[Row, ...], tmp_path: Path) -> None:
    job = Job(named(together)[:80], options(together), str(tmp_path))
    [ended] = run([job])
    shown = found(job, ended)
    assert {id: one.errors for id, one in shown.items() if one.errors} == {}
    document = json.loads((tmp_path / "conformance.json").read_text("utf-8"))
    assert document["conclusion"] == Conclusion.NOT_READY


def test_sets_are_drawn_once_of_one_stage_and_always_the_same() -> None:
    assert [len(together) for together in (*PAIRS[:1], *TENS[:1])] == [2, 10]
    for sets in (PAIRS, TENS):
        assert len({frozenset(map(id, together)) for together in sets}) == len(sets)
        assert all(len({row.account for row in together}) == 1 for together in sets)
        assert all(len(set(together)) == len(together) for together in sets)
    assert [named(together) for together in drawn(5, 2)] == [named(together) for together in PAIRS[:5]]
    assert {row.stage for together in PAIRS for row in together} == set(Stage)


def test_all_of_them_are_switched_on_with_the_shortest_limit() -> None:
    never, code, late = (rows()[name] for name in ("never-answers", "another-secret", "answers-late"))
    given = options((never, code, late))
    assert [given[at + 1] for at, word in enumerate(given) if word.endswith("-defect")] == [
        "never-answers", "another-secret", "answers-late"
    ]  # fmt: skip
    assert given.count("--stage=test") == 1
    assert [option for option in given if option.startswith("--limit-scale")] == ["--limit-scale=0.03"]
