"""Allure shows what a conformance run found: the conclusion, a WARN that is not green, each area once, the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from conformance.browser.setup import find_browser
from conformance.report import allure_results
from conformance.report.allure_html import render
from conformance.verdict.algebra import ScenarioResult, Verdict
from conformance.verdict.catalogue import Api
from tests.fixtures.reported import document


def result(folder: Path, name: str, status: str, verdict: Verdict) -> None:
    """What allure-pytest leaves of one scenario."""
    labels = {"epic": "CANCEL: Tickets", "feature": "Tickets and results", "story": "CANCEL-11 A checksum"}
    told = {
        "uuid": name,
        "name": name,
        "status": status,
        "statusDetails": {"message": "The cancel request had no checksum"},
        "labels": [{"name": key, "value": value} for key, value in {**labels, "verdict": verdict}.items()],
        "start": 1_700_000_000_000,
        "stop": 1_700_000_000_500,
    }
    (folder / f"{name}-result.json").write_text(json.dumps(told))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run with one WARN and one PASS, with the page beside it."""
    folder = tmp_path_factory.mktemp("allure")
    results = folder / "allure-results"
    results.mkdir()
    result(results, "warned", "unknown", Verdict.WARN)
    result(results, "passed", "passed", Verdict.PASS)
    (folder / "conformance.html").write_text("<h1>The page that is signed</h1>", "utf-8")
    allure_results.describe(results, document(), {})
    allure_results.attach(results, folder / "conformance.html")
    return render(results, folder / "allure-report")


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    # The sandbox serves against hostile pages; this one is ours, and as root Chromium has none.
    browser = playwright.chromium.launch(executable_path=str(find_browser().executable), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def shown(chromium: Browser, rendered: Path) -> Iterator[Page]:
    page = chromium.new_page()
    page.goto(rendered.as_uri())
    yield page
    page.close()


def test_the_conclusion_stands_where_the_pie_is(shown: Page) -> None:
    expect(shown.get_by_text("NOT READY · PortOne with Paymentwall: conformance").first).to_be_visible()


def test_an_area_is_one_level_and_not_two(shown: Page) -> None:
    shown.get_by_text("CANCEL: Tickets").first.click()
    expect(shown.get_by_text("CANCEL-11 A checksum").first).to_be_visible()
    expect(shown.get_by_text("Tickets and results", exact=True)).to_have_count(0)


def test_the_page_is_attached_and_panels_that_nothing_fills_are_off(shown: Page) -> None:
    expect(shown.get_by_test_id("nav-tab-qualityGate")).to_be_hidden()
    expect(shown.get_by_test_id("nav-tab-globalErrors")).to_be_hidden()
    shown.get_by_test_id("nav-tab-globalAttachments").click()
    expect(shown.get_by_text("conformance.html").first).to_be_visible()


def test_a_warn_has_its_own_category_and_is_not_green(shown: Page) -> None:
    expect(shown.get_by_text("Unknown", exact=False).first).to_be_visible()
    shown.get_by_test_id("nav-tab-categories").click()
    expect(shown.get_by_text("WARN: a SHOULD failed").first).to_be_visible()


def test_where_a_scenario_is_settled_again_its_warn_stays_so(tmp_path: Path) -> None:
    result(tmp_path, "warned", "skipped", Verdict.INCONCLUSIVE)
    decided = ScenarioResult("n", "f", "warned", ("CANCEL-11",), Verdict.WARN, "So.", unless_blocked=Verdict.WARN)
    allure_results.settle(tmp_path, [decided], Api.V1)
    told = json.loads((tmp_path / "warned-result.json").read_text("utf-8"))
    assert (told["status"], told["statusDetails"]["message"]) == ("unknown", "So.")


def test_on_v2_a_blocked_scenario_is_found_by_its_title_in_v2s_words(tmp_path: Path) -> None:
    result(tmp_path, "two paymentIds", "skipped", Verdict.INCONCLUSIVE)
    decided = ScenarioResult(
        "n", "f", "two merchant_uids", ("CANCEL-11",), Verdict.FAIL, "An imp_uid.", unless_blocked=Verdict.FAIL
    )
    allure_results.settle(tmp_path, [decided], Api.V2)
    told = json.loads((tmp_path / "two paymentIds-result.json").read_text("utf-8"))
    assert (told["status"], told["statusDetails"]["message"]) == ("failed", "A transactionId.")
