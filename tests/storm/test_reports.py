"""A storm's reports say what its document says: the page in both languages, the plot, the terminal."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.report import storm_page, storm_terminal
from conformance.report.document import SuiteFacts, requirement_facts
from conformance.report.storm_document import (
    AnswerFacts,
    SecondFacts,
    ShapeFacts,
    StormDocument,
    TriedFacts,
    WrongOrder,
)
from conformance.storm.judging import Judged
from conformance.verdict.algebra import of_requirements
from conformance.verdict.catalogue import catalogue
from conformance.verdict.reasons import Cause, Why

SECONDS = [
    SecondFacts(second=0, placed=10, paid=9, webhooks=14, unanswered=0, slowest=0.4),
    SecondFacts(second=1, placed=10, paid=10, webhooks=26, unanswered=2, slowest=6.0),
    SecondFacts(second=2, placed=0, paid=0, webhooks=0, unanswered=0, slowest=0.0),
]


def document(*unmet: str, **more: object) -> StormDocument:
    """A storm in which these requirements were not met."""
    lost = Cause(Why.STORM_LOST, facts={"number": "1", "payments": "20", "owed": "<B>"})
    judged = [
        Judged(f"LOAD-0{n}", f"LOAD-0{n}" not in unmet, (lost,) if f"LOAD-0{n}" in unmet else ()) for n in range(1, 6)
    ]
    results = of_requirements({one.id: catalogue()[one.id].level for one in judged}, [one.result for one in judged])
    given = {
        "suite": SuiteFacts(name="suite", version="1"),
        "target": "embedded",
        "stage": "test",
        "merchant": "The <shop>",
        "started": datetime(2026, 11, 30, 12, 0, tzinfo=UTC),
        "seconds": 20.0,
        "held": not unmet,
        "unmet": list(unmet),
        "shape": ShapeFacts(rate=10, orders=20, look_up_seconds=0.2, recover_seconds=30, limit_scale=1, workers=0),
        "requirements": requirement_facts(catalogue(), results),
        "answers": [AnswerFacts(what="webhook", number=40, failed=2, p50=0.2, p95=0.4, p99=5.9, longest=6.0)],
        "by_second": SECONDS,
        "placed": 20,
        "paid": 19,
        "reached_rate": 9.8,
        "calm_seconds": 0.1,
        "recovered_seconds": 1.5,
        "look_ups": 1.0,
        "calm_look_ups": 1.0,
        "reconciled": 0,
        "silent": False,
        "owed": [],
        "wrong": [],
        **more,
    }
    return StormDocument.model_validate({"schema": "1", **given})


def shown(made: StormDocument) -> str:
    return "\n".join(storm_terminal.lines(made, []))


def test_the_page_loads_nothing_and_escapes_what_others_said() -> None:
    page = storm_page.render(document("LOAD-02", owed=["<B>"], wrong=[WrongOrder(order="<C>", told=["<b>twice</b>"])]))
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "default-src 'none'" in page
    for word in ("The &lt;shop&gt;", "<code>&lt;B&gt;</code>", "&lt;b&gt;twice&lt;/b&gt;"):
        assert word in page
    assert "<b>twice" not in page


@pytest.mark.parametrize(("unmet", "words"), [((), "HELD"), (("LOAD-02",), "DID NOT HOLD")])
def test_the_page_and_the_terminal_say_whether_it_held(unmet: tuple[str, ...], words: str) -> None:
    made = document(*unmet)
    page = storm_page.render(made)
    assert f"<title>{words} ·" in page
    assert f'<span class="l" lang="en">{words}</span><span class="l" lang="ko">' in page
    assert f"\n{words}  target embedded, stage test, 20.0 s: 20 of 20 orders at 9.8 a second" in shown(made)


def test_what_is_not_met_stands_with_its_reason_and_remedy_in_both() -> None:
    made = document("LOAD-02")
    requirement = catalogue()["LOAD-02"]
    page, terminal = storm_page.render(made), shown(made)
    assert "1 of 20 payments did not reach their order: &lt;B&gt;." in page
    assert "결제 20건 중 1건이 주문에 반영되지 않았습니다: &lt;B&gt;." in page
    assert requirement.remedy_ko in page
    assert f"WARN LOAD-02 {requirement.title}" in " ".join(terminal.split())
    assert f"Remedy: {requirement.remedy}" in " ".join(terminal.split())
    assert terminal.count("Remedy:") == page.count('class="remedy"') == 1


def test_a_search_shows_every_rate_and_where_it_broke() -> None:
    tried = [
        TriedFacts(rate=10, reached=9.9, held=True, slowest_seconds=0.5, why=""),
        TriedFacts(rate=20, reached=18.0, held=False, slowest_seconds=31.0, why="3 of 60 webhooks got no answer."),
    ]
    made = document("LOAD-03", tried=tried, holds_at=10, breaks_at=20)
    assert "held at 10 a second, it broke at 20" in " ".join(shown(made).split())
    page = storm_page.render(made)
    assert "It held at 10 orders a second." in page
    assert "It broke at 20." in page
    assert "3 of 60 webhooks got no answer." in page
    assert "It broke at no rate that was tried." in storm_page.render(document(tried=tried[:1], holds_at=10))


def test_the_plot_has_a_bar_for_each_second_with_something_in_it_and_marks_what_got_no_answer() -> None:
    drawn = ElementTree.fromstring(storm_page.plot(SECONDS, lambda key: key))
    kinds = [one.get("class") for one in drawn.iter("{http://www.w3.org/2000/svg}rect") if float(one.get("x", 0)) > 0]
    bars = [one for one in drawn.iter("{http://www.w3.org/2000/svg}rect") if one.get("rx") is None]
    assert [one.get("class") for one in bars] == ["placed", "placed", "slow", "lost"]
    assert len(kinds) == len(bars) + 3, "the keys"
    placed, _, slow, lost = (float(one.get("height", 0)) for one in bars)
    assert placed == storm_page.PANEL * 10 / 40
    assert lost / slow == pytest.approx(6.0 / 0.4, rel=0.05)
    assert not [one for one in bars if float(one.get("y", 0)) < storm_page.TOP]
    assert storm_page.plot([], str) == ""


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (0.3, 0.4), (1, 1), (1.1, 2), (3, 4), (7, 8), (9, 10), (26, 40), (500, 800)]
)
def test_an_axis_ends_at_a_round_number_of_which_a_quarter_is_round_too(most: float, top: float) -> None:
    assert storm_page.nice(most) == pytest.approx(top)


def test_every_word_of_the_page_is_there_in_both_languages_and_used() -> None:
    folder = Path(storm_page.__file__).parent
    words = tomllib.loads((folder / "page" / "storm.toml").read_text("utf-8"))
    template = (folder / "page" / "storm.html.jinja").read_text("utf-8") + Path(storm_page.__file__).read_text("utf-8")
    used = set(re.findall(r'(?:\bt|say)\("(\w+)"', template)) | {
        "held",
        "broke",
        "held_said",
        "broke_said",
        "yes",
        "no",
    }
    used |= {"webhook", "place", "read", "refund"}
    assert set(words) == used
    for key, told in words.items():
        assert set(told) == {"en", "ko"}, key
        assert re.search("[가-힣]", told["ko"]), key
        assert set(re.findall(r"{\w+}", told["en"])) == set(re.findall(r"{\w+}", told["ko"])), key
