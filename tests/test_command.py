"""`python -m conformance` answers in a few lines, and what cannot be done ends in one line and exit code 2."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from conformance.browser.setup import BrowserMissing
from conformance.cli import report_verbs, verbs
from conformance.machine.places import ROOT
from conformance.report import markdown
from conformance.report.allure_html import NotRendered
from conformance.target.legs import Stands
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import catalogue
from tests.fixtures.reported import document, ending_as


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
    made = document(more=[replace(ending_as(Verdict.FAIL), nodeid="a::b", title="PortOne reports a payment")])
    (reports / "conformance.json").write_text(made.as_json(), "utf-8")
    assert run("report").stdout == markdown.render(made)
    korean = run("report", "--lang", "ko")
    assert korean.stdout == markdown.render(made, "ko")
    assert korean.stdout.startswith("# 포트원 V1 페이먼트월 연동: 오픈 불가 (NOT READY)")


def test_it_is_summed_up_in_either_language_as_at_the_end_of_a_run(reports: Path) -> None:
    (reports / "conformance.json").write_text(document().as_json(), "utf-8")
    assert "NOT READY  target embedded, stage test" in run("report", "--summary").stdout
    assert "오픈 불가 (NOT READY)  검사 환경 embedded, 테스트 연동" in run("report", "--summary", "--lang", "ko").stdout
    assert run("report", "--lang", "fr").exit_code == 2


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


def test_a_check_that_passes_names_the_next_command_with_its_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def checked(*_: object) -> Iterator[Stands]:
        yield from ()

    monkeypatch.setattr(verbs, "checked", checked)
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("CONFORMANCE_CONFIG", raising=False)
    begins = "All checks passed. Next: python -m conformance run"
    assert run("check").stdout == f"{begins} --config=conformance.toml\n"
    named = run("check", "--config", "my shop.toml", "--stage", "live").stdout
    assert named == f"{begins} '--config=my shop.toml' --stage=live\n"
    monkeypatch.setenv("CONFORMANCE_CONFIG", "other.toml")
    assert run("check").stdout == f"{begins} --config=other.toml\n"
