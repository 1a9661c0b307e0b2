"""What the books of any scenario say decides the requirements on money, however a run was split or selected."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from conformance.books.findings import BooksRead, Fate, Finding, of_attempts, of_text
from conformance.books.judging import with_books
from conformance.verdict.algebra import ScenarioResult, Verdict

FOUND = Finding("MONEY-03", "A", "Order A was fulfilled 2 times.", "USD", Fate.GIVEN_AGAIN, Decimal("10.50"))
OWN = ScenarioResult("m::3", "Money", "Nobody has both", ("MONEY-03",), Verdict.PASS)
UNREAD = BooksRead(trouble="HTTP 500").as_text()
OTHER = replace(OWN, nodeid="m::1", requirements=("MONEY-01",))
STORY = ScenarioResult(
    "w::8", "Webhooks", "It comes again", ("WEBHOOK-08",), Verdict.PASS, books=BooksRead(found=[FOUND]).as_text()
)


def test_what_a_worker_reports_is_read_as_it_was() -> None:
    assert of_text(BooksRead(found=[FOUND]).as_text()) == BooksRead(found=[FOUND])
    assert of_text(BooksRead().as_text()) == BooksRead()
    assert of_text("") is None


def test_a_later_attempt_never_makes_up_for_an_earlier_one() -> None:
    wrong, unread, agreed = BooksRead(found=[FOUND]), BooksRead(trouble="HTTP 500"), BooksRead()
    for before, now, told in [
        (wrong, agreed, wrong),
        (agreed, wrong, wrong),
        (unread, agreed, unread),
        (unread, wrong, wrong),
        (agreed, unread, unread),
    ]:
        assert of_attempts(before.as_text(), now) == told
    assert of_attempts("", agreed) == agreed


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
    story, own, _ = with_books([replace(STORY, books=UNREAD), OWN, OTHER])
    assert story.verdict is Verdict.PASS
    assert own.verdict is Verdict.INCONCLUSIVE
    assert own.reason == "Scenarios whose books could not be read: 1, the first “It comes again”: HTTP 500"
    assert own.blocked_by == ()


def test_where_the_merchant_failed_its_unread_books_are_blocked_by_that() -> None:
    failed = replace(STORY, books=UNREAD, verdict=Verdict.FAIL)
    _, own, other = with_books([failed, OWN, OTHER])
    assert (own.verdict, own.blocked_by) == (Verdict.INCONCLUSIVE, ("WEBHOOK-08",))
    assert other.blocked_by == ("WEBHOOK-08",)


def test_judging_again_what_was_judged_changes_nothing() -> None:
    for results in ([STORY], [STORY, OWN, OTHER]):
        once = with_books(results)
        assert with_books(once) == once
