"""Which rows and scenarios an assertion is tried on, and what the program says of one that none misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.target.rows import Row, rows
from conformance.verdict.catalogue import Stage
from tests.proof import deletion
from tests.proof.deletion import SCENARIOS, Accepted, Reaching, accepted, prove, trials
from tests.proof.leaving_out import Assertion, assertions

Scenarios = tuple[str, ...]
THEN = Assertion("steps.merchant", 1, "the_order_is_paid", "assert view.state is expected")
GIVEN = Assertion("conformance.acts.purchases", 1, "_seen_paid", "assert paid", frozenset({"WEBHOOK-01"}))


def row(name: str, *turns_red: str, stage: Stage = Stage.TEST) -> Row:
    return Row("shop", name, "A fault.", turns_red, "", stage)


def reaching(assertion: Assertion, requirement: Mapping[str, str], stage: Stage = Stage.TEST) -> Reaching:
    return Reaching(
        row("any", "SETUP-01", stage=stage).account,
        {(assertion.module, assertion.function): set(requirement)},
        requirement,
    )


def tried(
    assertion: Assertion, scenarios: Mapping[str, str], every: Sequence[Row]
) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.row.name, one.scenarios) for one in trials(assertion, [reaching(assertion, scenarios)], every)]


def test_a_then_is_tried_on_what_turns_its_requirement_red_the_most_specific_row_first() -> None:
    scenarios = {"a": "WEBHOOK-01", "b": "CANCEL-01"}
    every = [row("both", "WEBHOOK-01", "SETUP-12"), row("one", "WEBHOOK-01"), row("other", "SETUP-12")]
    assert tried(THEN, scenarios, every) == [("one", ("a",)), ("both", ("a",))]


def test_a_given_is_tried_on_what_blocks_it_in_the_first_and_the_last_scenario_about_anything_else() -> None:
    scenarios = {"a": "WEBHOOK-01", "b": "CANCEL-01", "-": "CANCEL-01", "c": "CANCEL-01", "d": "CANCEL-02"}
    every = [row("blocks", "WEBHOOK-01"), row("ends in a Then", "CANCEL-01")]
    assert tried(GIVEN, scenarios, every) == [("blocks", ("b", "c", "d"))]


def test_what_a_given_blocks_nowhere_else_is_tried_in_scenarios_about_it() -> None:
    assert tried(GIVEN, {"a": "WEBHOOK-01"}, [row("blocks", "WEBHOOK-01")]) == [("blocks", ("a",))]


def test_a_row_of_the_other_stage_runs_the_scenarios_of_that_stage() -> None:
    both = [reaching(THEN, {"a": "SETUP-04"}), reaching(THEN, {"b": "SETUP-04"}, Stage.LIVE)]
    [only] = trials(THEN, both, [row("live", "SETUP-04", stage=Stage.LIVE)])
    assert only.scenarios == ("b",)


def test_of_many_scenarios_some_are_run_the_first_and_the_last_among_them() -> None:
    scenarios = {str(number): "WEBHOOK-01" for number in range(20)}
    [(_, some)] = tried(THEN, scenarios, [row("one", "WEBHOOK-01")])
    assert len(some) == SCENARIOS
    assert (some[0], some[-1]) == ("0", "19")


def test_it_is_known_of_a_given_by_what_it_blocks() -> None:
    by_function = {one.function: one.blocked_by for one in assertions()}
    assert by_function["_seen_waiting"] == {"CANCEL-02"}
    assert by_function["told"] >= {"SETUP-12", "SETUP-07"}  # by a constant of its module
    assert by_function["is_cancelled"] >= {"CANCEL-03", "CANCEL-14"}  # by its callers
    assert by_function["the_order_is_not_called_cancelled"] == frozenset()


@pytest.fixture
def one_assertion(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Assertion:
    """The only one that is tried; it is reached by a scenario of WEBHOOK-20."""
    [nonsense] = [one for one in assertions() if one.function == "the_merchant_answers_without_a_server_error"]
    scenario = "features/test_conformance.py::test_the_merchant_refuses_nonsense_politely[an empty body]"
    monkeypatch.setattr(deletion, "FOLDER", tmp_path)
    monkeypatch.setattr(deletion, "assertions", lambda: [nonsense])
    monkeypatch.setattr(deletion, "_reaching", lambda _folder: [reaching(nonsense, {scenario: "WEBHOOK-20"})])
    return nonsense


@pytest.mark.proof
def test_an_assertion_is_missed_by_the_row_in_which_it_alone_fails(one_assertion: Assertion) -> None:
    said: list[str] = []
    prove([], say=said.append)
    assert said == [
        f"  1 of 1  {one_assertion}: missed by fails-on-nonsense",
        "1 assertions were left out; a row misses each of them, but for 0 that are accepted.",
    ]


@pytest.mark.proof
def test_one_that_no_row_misses_survives_unless_it_is_accepted(
    one_assertion: Assertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    harmless = replace(rows()["reads-then-writes"], turns_red=("WEBHOOK-20",))
    monkeypatch.setattr(deletion, "rows", lambda: {harmless.name: harmless})
    said: list[str] = []
    with pytest.raises(SystemExit, match="1 assertions are missed by no row"):
        prove([], say=said.append)
    assert said == [f"SURVIVES  {one_assertion}"]
    known = Accepted(one_assertion.module, one_assertion.function, one_assertion.text, "It is only tried here.")
    prove([known], say=said.append)
    assert said[-1].endswith("but for 1 that are accepted.")


def test_what_is_accepted_for_nothing_is_told(one_assertion: Assertion) -> None:
    said: list[str] = []
    prove([Accepted(one_assertion.module, one_assertion.function, one_assertion.text, "Why.")], say=said.append)
    assert said[1].startswith(f"accepted_assertions.toml: {one_assertion.module}")


def test_after_its_time_it_says_that_not_everything_was_tried(one_assertion: Assertion) -> None:
    said: list[str] = []
    with pytest.raises(SystemExit, match="missed by no row"):
        prove([], minutes=-1.0, say=said.append)
    assert said == [
        "After -1 minutes not every row was tried: --minutes gives more.",
        f"SURVIVES  {one_assertion}",
    ]


def test_what_is_accepted_is_there_and_has_a_reason() -> None:
    every = assertions()
    for one in accepted():
        assert any(one.covers(assertion) for assertion in every), one
        assert one.reason.endswith("."), one
