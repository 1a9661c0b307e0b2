"""Every assertion of the steps and of the Givens is found, and can be left out without touching anything else."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.proof.forking import Job, run
from tests.proof.judging import found
from tests.proof.leaving_out import ROOT, Assertion, assertions, leave_out

STEP = """
def told(answer):
    assert answer is not None, "nothing was told"
    assert not answer.startswith("yes"), "it was taken"
    assert answer.endswith("."), "no sentence"
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A step with three assertions, in lines 3 to 5 of a module of its own."""
    (tmp_path / "steps_of_a_test.py").write_text(STEP, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "steps_of_a_test", raising=False)
    return importlib.import_module("steps_of_a_test").told


def of(function: str) -> list[Assertion]:
    return [assertion for assertion in assertions() if assertion.function == function]


def test_they_are_found_in_steps_and_in_givens() -> None:
    written = sum(path.read_text("utf-8").count("    assert ") for path in (ROOT / "steps").glob("*.py"))
    assert len([one for one in assertions() if one.module.startswith("steps.")]) == written
    assert [one.text for one in of("_partly_cancelled")] == [
        "assert view.state is expected",
        "assert view.cancelled_amount == back",
    ]


def test_only_the_one_is_left_out(told: Any) -> None:
    with pytest.raises(AssertionError, match="it was taken"):
        told("yes.")
    leave_out("steps_of_a_test", 4)
    told("yes.")
    with pytest.raises(AssertionError, match="no sentence"):
        told("yes")
    with pytest.raises(AssertionError, match="nothing was told"):
        told(None)


def test_where_no_assertion_is_nothing_is_left_out(told: Any) -> None:
    with pytest.raises(LookupError, match=r"steps_of_a_test\.py:2 is no assertion"):
        leave_out("steps_of_a_test", 2)
    with pytest.raises(AssertionError, match="it was taken"):
        told("yes.")


def test_without_its_assertion_a_red_turns_green_in_its_own_process_only(tmp_path: Path) -> None:
    red = ("--shop-defect", "fails-on-nonsense", "-m", "WEBHOOK-20")
    [assertion] = of("the_merchant_answers_without_a_server_error")
    jobs = [
        Job("without", red, str(tmp_path / "without"), (assertion.module, assertion.line)),
        Job("with", red, str(tmp_path / "with")),
    ]
    ended = {one.name: one for one in run(jobs, at_once=1)}
    verdicts = {job.name: str(found(job, ended[job.name])["WEBHOOK-20"].verdict) for job in jobs}
    assert verdicts == {"without": "PASS", "with": "WARN"}
