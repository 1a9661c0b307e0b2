"""`python -m conformance` answers in a few lines, and what cannot be done ends in one line and exit code 2."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from conformance.browser.setup import BrowserMissing
from conformance.cli import report_verbs, verbs
from conformance.report.allure_html import NotRendered
from conformance.verdict.catalogue import catalogue


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verbs.app, arguments)


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report_verbs, "REPORTS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("spelling", ["SETUP-01", "setup-01"])
def test_explain_says_what_a_requirement_asks_where_it_comes_from_and_what_to_do(spelling: str) -> None:
    requirement = catalogue()["SETUP-01"]
    said = run("explain", spelling).stdout
    for fact in (requirement.title, requirement.remedy, requirement.level, catalogue().source_of(requirement).url):
        assert fact in said


def test_explain_shows_how_a_requirement_is_checked() -> None:
    said = run("explain", "CANCEL-05").stdout
    assert "Scenario Outline: Paymentwall accepts two of three tickets" in said
    assert "And 3 orders that are waiting for cancellation" in said
    assert "CANCEL-06" not in said, "what stands after it in the file is left out"


def test_an_unknown_requirement_is_answered_with_the_likely_one() -> None:
    ended = run("explain", "SETPU-01")
    assert ended.exit_code == 2
    assert "There is no requirement SETPU-01; did you mean SETUP-01" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_every_requirement_is_listed_once() -> None:
    listed = run("requirements")
    assert listed.exit_code == 0, listed.exception
    words = listed.stdout.split()
    assert catalogue().by_id
    for id in catalogue().by_id:
        assert words.count(id) == 1


def test_one_area_is_listed_alone_and_an_unknown_one_is_refused() -> None:
    said = run("requirements", "setup").stdout
    assert "SETUP-01" in said
    assert "WEBHOOK-" not in said
    refused = run("requirements", "nonsense")
    assert refused.exit_code == 2
    assert "the areas are SETUP, CHECKOUT" in refused.stderr


def test_the_last_report_is_printed(reports: Path) -> None:
    missing = run("report")
    assert missing.exit_code == 2
    assert missing.stderr.startswith("No report yet: ")
    (reports / "conformance.md").write_text("# NOT READY: 주문\n", "utf-8")
    assert run("report").stdout == "# NOT READY: 주문\n"


def test_a_report_that_cannot_be_rendered_and_a_missing_browser_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_rendered(**_: object) -> Path:
        raise NotRendered("No Allure report: why")

    def missing(*_: object, **__: object) -> None:
        raise BrowserMissing("No browser: what to do")

    monkeypatch.setattr(report_verbs, "render", not_rendered)
    monkeypatch.setattr(verbs, "ensure_browser", missing)
    for arguments, line in (
        (("report", "--html"), "No Allure report: why\n"),
        (("browser",), "No browser: what to do\n"),
    ):
        ended = run(*arguments)
        assert (ended.exit_code, ended.stderr) == (2, line)


def test_a_report_that_has_no_place_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> Path:
        raise OSError(errno.EROFS, "Read-only file system", "/checkout/.cache/allure.log")

    monkeypatch.setattr(report_verbs, "render", refused)
    ended = run("report", "--html")
    told = "No Allure report: /checkout/.cache/allure.log cannot be written: Read-only file system\n"
    assert (ended.exit_code, ended.stderr) == (2, told)
