"""What the faults cost stands in every report, and a run's reports say the same however it was split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from conformance.books.costs import costs_of, headline
from conformance.books.entries import AskedBack, BookedOrder, BookedPayment, Books, Ticket
from conformance.books.findings import BooksRead, Fate, Finding
from conformance.books.rules import findings
from conformance.books.shown import ABOUT, as_table, side_by_side
from conformance.report import markdown, merging, page, terminal
from conformance.report.document import ConformanceDocument, requirement_facts
from conformance.report.evidence import Evidence, name_of
from conformance.verdict.algebra import THE_RUN, ScenarioResult, Verdict, of_requirements
from conformance.verdict.catalogue import catalogue
from tests.fixtures.reported import document
from tests.fixtures.test_terminal import Written

NOT_PAID = Finding("MONEY-01", "A", "Order A was fulfilled.", "USD", Fate.NOT_PAID_FOR, shop=Decimal("31.5"))
KEPT = Finding("MONEY-02", "B", "Payment imp_2 is kept.", "USD", Fate.NO_GOODS, buyer=Decimal(21))
STORIES = [
    ScenarioResult(f"w::{number}", "Webhooks", f"Story {number}", (id,), Verdict.PASS, books=books.as_text())
    for number, id, books in (
        (1, "WEBHOOK-08", BooksRead(found=[NOT_PAID])),
        (2, "WEBHOOK-09", BooksRead(found=[NOT_PAID, KEPT])),
        (3, "WEBHOOK-10", BooksRead()),
    )
]
SAID = (
    "In 2 of 3 scenarios this shop would have lost 63.00 USD (goods not paid for 63.00) and would have kept 21.00 USD "
    "(paid for without goods 21.00) of its buyers' money."
)
BY_CAUSE = ["goods not paid for, 63.00 USD: Story 1; Story 2", "paid for without goods, 21.00 USD: Story 2"]


def told(results: Sequence[ScenarioResult]) -> ConformanceDocument:
    """The document of a run with these scenarios, each of one requirement."""
    levels = {requirement.id: requirement.level for requirement in catalogue().requirement}
    facts = requirement_facts(catalogue(), of_requirements(levels, results))
    money = costs_of(results)
    update = {"requirements": facts, "money": money, "headline": headline(money)}
    return document().model_copy(update=update)


@pytest.fixture(scope="module")
def run() -> ConformanceDocument:
    return told(STORIES)


def test_the_terminal_says_it_under_the_conclusion(run: ConformanceDocument, tmp_path: Path) -> None:
    written = Written()
    terminal.show(run, tmp_path, written)
    after = written.words.partition("target embedded")[2]
    assert SAID in after
    assert [after.index(line) for line in BY_CAUSE] == sorted(after.index(line) for line in BY_CAUSE)


def test_markdown_says_it_at_the_top(run: ConformanceDocument) -> None:
    top = markdown.render(run).partition("## ")[0]
    assert f"**{SAID}**" in top
    assert [line.removeprefix("- ") for line in top.splitlines() if line.startswith("- ")] == BY_CAUSE


def test_json_says_it_with_amounts_that_are_not_rounded(run: ConformanceDocument) -> None:
    again = ConformanceDocument.model_validate_json(run.as_json())
    assert (again.headline, again.money) == (SAID, run.money)
    assert '"amount": "63.0"' in run.as_json()


def test_the_page_links_each_loss_to_its_scenarios_in_both_languages(run: ConformanceDocument, tmp_path: Path) -> None:
    shown = page.render(run, {}, tmp_path)
    for story in STORIES[:2]:
        assert f'<a href="#s-{name_of(story.nodeid)}"><span lang="en">{story.title}</span></a>' in shown
        assert shown.count(f' id="s-{name_of(story.nodeid)}"') == 1
    assert "Lost by this shop" in shown
    assert "상점의 손해" in shown
    assert "대금 없이 제공한 상품" in shown


def test_where_the_books_agree_every_report_says_so(tmp_path: Path) -> None:
    run, written = told(STORIES[2:]), Written()
    terminal.show(run, tmp_path, written)
    agreed = "PortOne's books and the merchant's agree after each of 1 scenario in which an order was placed."
    assert agreed in written.words
    assert f"**{agreed}**" in markdown.render(run)
    assert "포트원과 고객사의 장부가 일치합니다" in page.render(run, {}, tmp_path)


def test_shards_joined_say_what_the_whole_run_would_have_said(run: ConformanceDocument) -> None:
    own = ScenarioResult("m::1", "Money", "A buyer who paid has the goods", ("MONEY-01",), Verdict.PASS)
    failed = ScenarioResult(f"{THE_RUN}::MONEY-01", THE_RUN, "Goods", ("MONEY-01",), Verdict.FAIL, "It is so.")
    shards = [told([STORIES[0], failed]), told([*STORIES[1:], replace(failed, requirements=("MONEY-01",)), own])]
    joined, _, requirements = merging.joined(shards)
    assert (joined.headline, joined.money) == (SAID, run.money)
    verdicts = {one.id: one.verdict for one in requirements}
    assert (verdicts["MONEY-01"], verdicts["MONEY-02"]) == (Verdict.FAIL, Verdict.FAIL)


def test_a_loss_that_no_scenario_of_its_own_shows_is_told_in_shards_too() -> None:
    joined, _, requirements = merging.joined([told(STORIES[:1]), told(STORIES[1:])])
    added = [one for requirement in joined.requirements for one in requirement.scenarios if one.feature == THE_RUN]
    assert [one.nodeid for one in added] == [f"{THE_RUN}::MONEY-01", f"{THE_RUN}::MONEY-02"]
    assert {one.id: one.verdict for one in requirements}["MONEY-02"] is Verdict.FAIL


BOOKS = Books(
    orders=(
        BookedOrder("A", frozenset({"A-1", "A-2"}), Decimal("10.50"), "USD", fulfilments=Decimal(1), refunds=(None,)),
    ),
    payments=(
        BookedPayment("imp_1", "A-1", Decimal("10.50"), "USD"),
        BookedPayment(
            *("imp_2", "A-2", Decimal("10.50"), "USD", "cancelled", Decimal("10.50")),
            tickets=(Ticket(None, "accepted"),),
            asked=(AskedBack(None, taken=True),),
        ),
    ),
)


def test_evidence_shows_both_books_side_by_side(run: ConformanceDocument, tmp_path: Path) -> None:
    accounts = side_by_side(BOOKS, [NOT_PAID])
    assert [entry.about for entry in accounts[0].entries] == list(ABOUT)
    table = as_table(accounts)
    assert "PortOne's books" in table
    assert "imp_2: all of it accepted" in table
    assert "MONEY-01: Order A was fulfilled." in table
    shown = page.render(run, {id: Evidence(nodeid=id, books=accounts) for id in ("w::1", "w::3")}, tmp_path)
    assert shown.count("Both books side by side") == 1
    assert "imp_2 (A-2, test)" in shown
    assert "imp_2: 전액 승인" in shown
    assert "imp_2 (A-2, 테스트 연동)" in shown
    assert '<p class="disagree"><span lang="en">MONEY-01: Order A was fulfilled.</span></p>' in shown


def test_the_books_shown_here_agree() -> None:
    assert findings(BOOKS) == []
