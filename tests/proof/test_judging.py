"""What counts as a stray: a missing red, an extra red, a wrong verdict, an error."""

from __future__ import annotations

import pytest

from conformance.target.rows import Row
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Stage
from conformance.verdict.reasons import Cause, Why, fields_of
from tests.proof.judging import Shown, strays

PASS = Shown(Verdict.PASS)


def unshown(*causes: tuple[Why, tuple[str, ...]]) -> Shown:
    """Not shown, with one scenario for each cause, whose words say nothing."""
    each = tuple((Cause(kind, about, dict.fromkeys(fields_of(kind), "why")),) for kind, about in causes)
    return Shown(Verdict.INCONCLUSIVE, "for a reason", causes=each)


ROW = Row("shop", "asks-twice", "It asks twice.", ("CANCEL-04",), "", Stage.TEST)
ADVICE = Row("shop", "sends-no-checksum", "No checksum.", ("CANCEL-11", "CANCEL-04"), "", Stage.TEST, ("CANCEL-04",))


def judged(row: Row, **shown: Shown) -> list[str]:
    found = {id.replace("_", "-"): one for id, one in shown.items()}
    return strays(row, found, dict.fromkeys(found, PASS))


def test_its_own_red_and_nothing_else_is_right() -> None:
    assert judged(ROW, CANCEL_04=Shown(Verdict.FAIL, "two tickets"), CANCEL_05=PASS) == []


def test_a_should_and_mere_advice_turn_to_a_warning() -> None:
    assert judged(ADVICE, CANCEL_11=Shown(Verdict.WARN), CANCEL_04=Shown(Verdict.WARN)) == []
    [stray] = judged(ADVICE, CANCEL_11=Shown(Verdict.WARN), CANCEL_04=Shown(Verdict.FAIL))
    assert stray == "CANCEL-04: wrong verdict: WARN was expected, it is FAIL"


def test_what_is_blocked_by_its_own_red_is_right() -> None:
    blocked = unshown((Why.BLOCKED, ("CANCEL-04",)))
    assert judged(ROW, CANCEL_04=Shown(Verdict.FAIL), CANCEL_05=blocked) == []


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        (Shown(Verdict.FAIL, "late"), "extra red"),
        (Shown(Verdict.WARN, "late"), "extra red"),
        (Shown(Verdict.NOT_APPLICABLE), "wrong verdict"),
        (unshown((Why.BLOCKED, ("WEBHOOK-01",))), "wrong verdict"),
        (Shown(Verdict.INCONCLUSIVE, "blocked by CANCEL-04"), "wrong verdict"),
        (unshown((Why.BLOCKED, ("CANCEL-04",)), (Why.BLOCKED, ("CANCEL-04", "WEBHOOK-01"))), "wrong verdict"),
        (unshown((Why.BLOCKED, ("CANCEL-04",)), (Why.LACKING, ("order",))), "wrong verdict"),
        (unshown((Why.UNDECIDED, ("CANCEL-04",))), "wrong verdict"),
    ],
)
def test_anything_else_is_a_stray(shown: Shown, kind: str) -> None:
    strayed = judged(ROW, CANCEL_04=Shown(Verdict.FAIL), CANCEL_05=shown)
    assert strayed == [f"CANCEL-05: {kind}: without the defect it is PASS, with it {shown}"]


def test_what_stands_on_a_requirement_that_was_left_out_is_right() -> None:
    undecided = unshown((Why.UNDECIDED, ("WEBHOOK-01",)))
    assert judged(ROW, CANCEL_04=Shown(Verdict.FAIL), CANCEL_05=undecided) == []
    assert judged(ROW, CANCEL_04=Shown(Verdict.FAIL), CANCEL_05=undecided, WEBHOOK_01=PASS) == [
        f"CANCEL-05: wrong verdict: without the defect it is PASS, with it {undecided}"
    ]


def test_a_red_that_is_missing_is_said_to_be_missing() -> None:
    assert judged(ROW, CANCEL_04=PASS) == ["CANCEL-04: missing red: FAIL was expected, it is PASS"]
    assert judged(ROW, CANCEL_05=PASS) == ["CANCEL-04 was not run"]


def test_a_red_whose_other_scenario_broke_is_no_proof() -> None:
    broke = Shown(Verdict.FAIL, "two tickets", ("SuiteError: no ticket waits",))
    assert judged(ROW, CANCEL_04=broke) == ["CANCEL-04: an ERROR of the suite: SuiteError: no ticket waits"]
