"""The page of the proof shows what each defect turned red, what that blocked, and what was not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.target.rows import rows
from conformance.verdict.algebra import Verdict
from conformance.verdict.reasons import Cause, Why
from tests.proof.judging import Shown
from tests.proof.matrix import Proved
from tests.proof.sheet import sheet, sign, touches, write

ROW = rows()["takes-http-200-for-yes"]
PROVED = Proved(
    ROW,
    {
        "CANCEL-07": Shown(Verdict.FAIL, "Expected …"),
        "CANCEL-20": Shown(
            Verdict.INCONCLUSIVE, "blocked by CANCEL-07", causes=((Cause(Why.BLOCKED, ("CANCEL-07",)),),)
        ),
        "CANCEL-01": Shown(Verdict.PASS),
    },
    ["CANCEL-20: <b>stray</b>"],
)


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("CANCEL-07", ("●", Verdict.FAIL)),
        ("CANCEL-20", ("▫", Verdict.INCONCLUSIVE)),
        ("CANCEL-01", ("", "")),
        ("CANCEL-02", ("·", "")),
    ],
)
def test_a_field_shows_what_the_defect_changed(id: str, expected: tuple[str, str]) -> None:
    assert sign(PROVED, id) == expected


def test_a_defect_stands_in_the_areas_that_it_turns_red() -> None:
    assert touches(PROVED, "CANCEL")
    assert not touches(PROVED, "SETUP")


def test_the_page_needs_nothing_else_and_escapes_what_it_tells(tmp_path: Path) -> None:
    write([PROVED], tmp_path / "deep" / "proof.html")
    page = (tmp_path / "deep" / "proof.html").read_text("utf-8")
    assert page == sheet([PROVED])
    assert ROW.sentence in page
    assert "&lt;b&gt;stray" in page
    assert "<script" not in page
    assert "src=" not in page
