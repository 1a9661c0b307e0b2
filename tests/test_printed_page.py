"""The printed report: one sheet that is signed, twelve at most; and in Korean nothing is left in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from conformance.browser.setup import find_browser
from conformance.report import page as pages
from conformance.report.document import ConformanceDocument, area_facts, requirement_facts
from conformance.report.evidence import Evidence, Sentence
from conformance.verdict.algebra import ScenarioResult, Verdict, because, count, of_requirements, settle_blocked
from conformance.verdict.catalogue import catalogue
from conformance.verdict.features import filled, read_features
from conformance.verdict.reasons import Cause, Language, Why, term
from tests.fixtures.reported import document

FAILED = ("CHECKOUT-03", "CHECKOUT-13", "WEBHOOK-06", "WEBHOOK-13", "CANCEL-03", "MONEY-03")
BLOCKED = ("WEBHOOK-08", "WEBHOOK-09", "CANCEL-05", "CANCEL-16")
MOST_SHEETS = 12
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")


def state(order: str) -> tuple[Cause, ...]:
    """A reason as long as those of a run are."""
    return (
        Cause(Why.ORDER_STATE, facts={"order": order, **term("expected", "paid"), **term("state", "unpaid")}),
        Cause(Why.WEBHOOKS, facts={"number": "1", "answers": "HTTP 200"}),
        Cause(Why.LOOKED_UP_ALIKE, facts={"payment": "imp_654530612079", "answers": "HTTP 500", **once()}),
    )


def once() -> dict[str, str]:
    return {**term("times", "once"), **term("which", "it")}


def results() -> Iterator[ScenarioResult]:
    """Every scenario of the features, of which those of six requirements failed and those of four were blocked."""
    known = set(catalogue().by_id)
    for raw in read_features():
        for number, row in enumerate(raw.examples or ({},)):
            cited = tuple(sorted(raw.tags & known))
            nodeid = f"features/test_conformance.py::test_{raw.place.line}_{Path(raw.place.file).stem}[{number}]"
            title = filled(raw.title, row)
            title = title if title != raw.title or not row else f"{title} ({', '.join(row.values())})"
            made = ScenarioResult(nodeid, "Demo", title, cited, Verdict.PASS)
            if set(cited) & set(FAILED):
                yield because(made, Verdict.FAIL, *state(f"A{number}"))
            elif set(cited) & set(BLOCKED):
                lacking = Cause(Why.LACKING, ("clock",), {"target": "sandbox"})
                yield because(made, Verdict.INCONCLUSIVE, lacking)
            else:
                yield made


def made(language: Language) -> ConformanceDocument:
    levels = {one.id: one.level for one in catalogue().requirement}
    ended = of_requirements(levels, settle_blocked(list(results())))
    facts = {"requirements": requirement_facts(catalogue(), ended), "summary": count(ended)}
    return document().model_copy(update={**facts, "areas": area_facts(catalogue()), "language": language})


def evidence(made: ConformanceDocument) -> dict[str, Evidence]:
    """For each scenario a sentence of the features, so that all of them are there."""
    sentences = [text for one in read_features() for row in one.examples or ({},) for text in said(one.sentences, row)]
    scenarios = [one.nodeid for requirement in made.requirements for one in requirement.scenarios]
    each = -(-len(sentences) // len(set(scenarios)))
    return {
        nodeid: Evidence(
            nodeid=nodeid,
            sentences=[
                Sentence(text=f"Given {text}", began=1.0, ended="well")
                for text in sentences[number * each : (number + 1) * each]
            ],
        )
        for number, nodeid in enumerate(dict.fromkeys(scenarios))
    }


def said(sentences: tuple[str, ...], row: object) -> list[str]:
    assert isinstance(row, dict)
    return [filled(one, row) for one in sentences]


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    # The sandbox serves against hostile pages; this one is ours, and as root Chromium has none.
    browser = playwright.chromium.launch(executable_path=str(find_browser().executable), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="module", params=["en", "ko"])
def html(request: pytest.FixtureRequest) -> str:
    """The report in one language."""
    run = made(request.param)
    return pages.render(run, evidence(run), Path())


def sheets(chromium: Browser, file: Path, html: str) -> int:
    """On how many sheets it prints in a browser without scripts."""
    file.write_text(html, "utf-8")
    page = chromium.new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    return len(SHEET.findall(printed))


def test_with_six_failures_it_prints_on_twelve_sheets(chromium: Browser, tmp_path: Path, html: str) -> None:
    assert html.count('<article class="card v-FAIL"') == len(FAILED)
    assert 4 <= sheets(chromium, tmp_path / "whole.html", html) <= MOST_SHEETS


def test_what_is_signed_is_one_sheet(chromium: Browser, tmp_path: Path, html: str) -> None:
    front = html[html.index('<div class="front">') : html.index('<nav class="contents"')]
    assert all(f">{id}</a>" in front for id in (*FAILED, *BLOCKED))
    assert front.count("<dt>") >= 4
    alone = html.replace("</style>", "main>:not(.front),footer{display:none!important}</style>", 1)
    assert sheets(chromium, tmp_path / "front.html", alone) == 1


MACHINES = "pre, button"
"""What machines said, and how a language calls itself."""


def test_in_korean_nothing_is_left_in_english(chromium: Browser, tmp_path: Path) -> None:
    run = made("ko")
    file = tmp_path / "conformance.html"
    file.write_text(pages.render(run, evidence(run), tmp_path), "utf-8")
    page = chromium.new_page()
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    left = page.evaluate(
        "(machines) => [...document.querySelectorAll('[lang=en]')]"
        ".filter((one) => one.checkVisibility() && !one.matches(machines)).map((one) => one.textContent)",
        MACHINES,
    )
    assert left == []
    assert page.get_by_text("그러면").count() == 0, "every sentence here begins with a Given"
    assert page.locator(".sentences .l[lang=ko]").count() > 200
    page.close()
