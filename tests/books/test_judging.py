"""What the books of any scenario say decides the requirements on money, however a run was split or selected."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from conformance.books.judging import as_text, of_text, with_books
from conformance.books.rules import Finding
from conformance.verdict.algebra import ScenarioResult, Verdict

FOUND = Finding("MONEY-03", "A", "Order A was fulfilled 2 times.", "USD", shop=Decimal("10.50"))
OWN = ScenarioResult("m::3", "Money", "Nobody has both", ("MONEY-03",), Verdict.PASS)
OTHER = replace(OWN, nodeid="m::1", requirements=("MONEY-01",))
STORY = ScenarioResult("w::8", "Webhooks", "It comes again", ("WEBHOOK-08",), Verdict.PASS, books=as_text([FOUND]))


def test_what_a_worker_reports_is_read_as_it_was() -> None:
    assert of_text(as_text([FOUND])) == ([FOUND], "")
    assert as_text([]) == ""
    assert of_text("") == ([], "")


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL, Verdict.WARN])
def test_any_scenario_that_leaves_the_books_wrong_fails_the_requirement(verdict: Verdict) -> None:
    story, own, other = with_books([replace(STORY, verdict=verdict), OWN, OTHER])
    assert (story.verdict, other.verdict) == (verdict, Verdict.PASS)
    assert (own.verdict, own.reason) == (Verdict.FAIL, "“It comes again”: Order A was fulfilled 2 times.")


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE, Verdict.ERROR])
def test_a_scenario_that_broke_off_says_nothing_of_money(verdict: Verdict) -> None:
    results = [replace(STORY, verdict=verdict), OWN]
    assert with_books(results) == results


def test_where_the_requirement_was_not_selected_its_failure_is_told_all_the_same() -> None:
    story, added = with_books([STORY])
    assert story == STORY
    assert (added.requirements, added.verdict) == (("MONEY-03",), Verdict.FAIL)


def test_books_that_could_not_be_read_are_not_held_in_silence() -> None:
    story, own, _ = with_books([replace(STORY, books=as_text([], "HTTP 500")), OWN, OTHER])
    assert story.verdict is Verdict.PASS
    assert own.verdict is Verdict.INCONCLUSIVE
    assert own.reason == "The books of 1 scenarios could not be read, first of “It comes again”: HTTP 500"
