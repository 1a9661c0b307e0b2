"""What people and pipelines take from a run of explore: it says what was found, how, and what was left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from conformance.books.findings import Fate, Finding
from conformance.books.shown import ShownBooks, ShownEntry
from conformance.explore import reporting
from conformance.explore.reporting import ExploreDocument, document_of, lines, markdown, progress
from conformance.explore.running import ExploreEnd
from conformance.explore.stories import Story
from conformance.explore.tally import Tally
from conformance.explore.vocabulary import VOCABULARY
from conformance.record.timeline import Event
from conformance.report.evidence import Evidence, Sentence, TargetFacts
from conformance.verdict.catalogue import Api, Probe, Stage

PAID, AGAIN = "Given an order that was paid", "When PortOne delivers its webhook 2 more times"
BOOKS = ShownBooks(
    order="A1", entries=(ShownEntry(about="goods", merchant="3"),), wrong=("MONEY-03: Order A1 was fulfilled 3 times.",)
)
STORY = Story(
    target="embedded",
    stage=Stage.TEST,
    seed=7,
    length=9,
    sentences=[PAID, AGAIN],
    found=[Finding("MONEY-03", "A1", "Order A1 was fulfilled <b>3</b> times.", "USD", Fate.GIVEN_AGAIN)],
    evidence=Evidence(
        nodeid="explore",
        sentences=[Sentence(text=PAID, began=1.0, ended="well"), Sentence(text=AGAIN, began=2.0, ended="broken")],
        events=[Event("delivery", "portone", "merchant", "Webhook paid", 2.0, 2.1, status=200)],
        books=[BOOKS],
        target=TargetFacts(merchant="The embedded shop"),
    ),
)
TALLY = Tally(stories=4, steps=30, states={("a",), ("b",)})
TALLY.used.update({"an order": 20, "two days pass": 10})
TALLY.broken_off.update({"it has no webhooks": 1})
NOTHING = ExploreEnd("merchant", "test", 7, 12.34, TALLY, left_out={Probe.FAULTS: ["one", "two", "three", "four"]})
SOMETHING = replace(NOTHING, target="embedded", story=STORY, file=Path(f"{STORY.name}.story.json"), left_out={})


def told(ended: ExploreEnd) -> str:
    return "\n".join(lines(document_of(ended), Path("reports")))


def test_the_progress_line_says_stories_steps_states_and_what_was_said_most() -> None:
    of_all = len(VOCABULARY)
    assert progress(TALLY, 10.4, 60.0) == (
        f"4 stories, 30 steps, 2 distinct states, 2 of {of_all} sentences used (most: 20 × “an order”), 10 of 60 s"
    )
    assert progress(Tally(), 0.0, None) == f"0 stories, 0 steps, 0 distinct states, 0 of {of_all} sentences used, 0 s"


def test_the_terminal_says_that_nothing_was_found_and_what_was_left_out() -> None:
    assert told(NOTHING) == (
        "Nothing was found: 4 stories, 30 steps, 2 distinct states, 12.3 s.\n"
        f"Left out, as target merchant lacks {Probe.FAULTS.meaning}: “one”; “two”; “three” and 1 more\n"
        "Seed 7. The report: reports/explore.html"
    )


def test_the_terminal_shows_the_scenario_the_books_and_how_the_story_is_told_again() -> None:
    said = told(SOMETHING)
    assert said.startswith("FOUND in a story of 2 sentences, shortened from 9:\n  MONEY-03  ")
    assert "  Given an order that was paid\n  When PortOne delivers its webhook 2 more times\n  Then both books" in said
    assert "explore --replay reports/explore/" in said
    assert "under the Rule of MONEY-03 in features/money.feature" in said
    assert "Order A1" in said


def test_a_story_of_a_faulty_shop_is_told_again_with_its_fault() -> None:
    faulty = STORY.model_copy(update={"shop_defects": ["asks-twice"], "shop_variants": ["polls"]})
    said = told(replace(SOMETHING, story=faulty))
    assert f"{STORY.name}.story.json --shop-defect asks-twice --shop-variant polls\n" in said


def test_on_v2_people_read_v2s_words_and_the_scenario_stays_as_a_feature_has_it(tmp_path: Path) -> None:
    found = [Finding("MONEY-03", "A1", "Its merchant_uid was paid twice.", "USD", Fate.GIVEN_AGAIN)]
    story = STORY.model_copy(update={"found": found})
    document = document_of(replace(SOMETHING, story=story, api=Api.V2))
    document = document.model_copy(update={"scenario": f"{document.scenario}\n  Given an odd merchant_uid"})
    said = "\n".join(lines(document, Path("reports")))
    assert "    Its paymentId was paid twice.\n" in said
    assert "\n  Given an odd merchant_uid\n" in said
    reporting.write(document, tmp_path)
    assert "Its paymentId was paid twice." in (tmp_path / "explore.html").read_text("utf-8")
    assert "    Its merchant_uid was paid twice.\n" in told(replace(SOMETHING, story=story))


def test_one_story_is_one() -> None:
    assert told(replace(NOTHING, tally=Tally(stories=1, steps=2))).startswith("Nothing was found: 1 story, 2 steps")


def test_earlier_stories_that_are_fixed_are_named() -> None:
    assert "nothing is found any more: old.story.json\n" in told(replace(NOTHING, again={"old.story.json": False}))


def test_the_document_is_read_as_it_was_written_and_names_unused_sentences(tmp_path: Path) -> None:
    document = document_of(SOMETHING)
    reporting.write(document, tmp_path)
    assert ExploreDocument.model_validate_json((tmp_path / "explore.json").read_bytes()) == document
    assert json.loads((tmp_path / "explore.json").read_text("utf-8"))["states"] == 2
    assert "an order" not in document.unused
    assert "the merchant reconciles open orders" in document.unused


def test_markdown_and_page_have_the_story_and_how_often_each_sentence_was_said() -> None:
    document = document_of(SOMETHING)
    written, page = "\n".join(markdown(document)), reporting.html(document)
    assert "| two days pass | 10 |" in written
    assert "```gherkin\n@needs-" in written
    assert "- it has no webhooks (1)" in written
    assert "two days pass</td><td>10</td>" in page
    assert "fulfilled &lt;b&gt;3&lt;/b&gt; times" in page
    assert "<svg" in page
    assert "자동 탐색 결과" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_page_of_a_run_that_found_nothing_says_so() -> None:
    page = reporting.html(document_of(NOTHING))
    assert "Nothing was found" in page
    assert "four</li>" in page
