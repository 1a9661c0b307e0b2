"""Who says that a setting is as it was turns RUN-03 PASS in the reports of the run that changed it, and READY too."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.verbs import app
from conformance.real.ledger import Ledger
from conformance.report.document import ConformanceDocument, ScopeFacts, area_facts, requirement_facts
from conformance.report.merging import finish
from conformance.settings.conformance_toml import CONFIG_VARIABLE
from conformance.verdict.algebra import THE_RUN, Conclusion, ScenarioResult, Verdict, count, of_requirements
from conformance.verdict.catalogue import catalogue
from tests.fixtures.reported import document

ENDPOINT = "webhook endpoint"
NOBODY = "PortOne was not asked: conformance.toml has no [portone] table."
ATTESTED = re.compile(rf"{ENDPOINT}: attested by Ada on 20\d\d-\d\d-\d\d \d\d:\d\d UTC")


def told(results: list[ScenarioResult], run: str, known: int) -> ConformanceDocument:
    """What a run says of all requirements whose scenarios ended so."""
    requirements = of_requirements({one.id: one.level for one in catalogue().requirement}, results)
    return document(conclusion=Conclusion.NOT_DECIDED).model_copy(
        update={
            "run": run,
            "target": "golive",
            "requirements": requirement_facts(catalogue(), requirements),
            "summary": count(requirements),
            "areas": area_facts(catalogue()),
            "scope": ScopeFacts(known=known, ran=len(results)),
        }
    )


def ended(id: str, verdict: Verdict = Verdict.PASS, reason: str = "", feature: str = "F") -> ScenarioResult:
    return ScenarioResult(f"{feature}::{id}", feature, f"Of {id}", (id,), verdict, reason)


def a_run(run: str = "run-1") -> ConformanceDocument:
    """All that could be shown is met, and the endpoint is to be put back."""
    results = [ended(one.id) for one in catalogue().requirement if one.id != "RUN-03"]
    review = ended("RUN-03", Verdict.REVIEW, "put the webhook endpoint back")
    return told([*results, review], run, len(results) + 1)


def written(folder: Path, made: ConformanceDocument) -> Path:
    folder.mkdir(parents=True)
    (folder / "conformance.json").write_text(made.as_json(), "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, and the ledger of a run that took the endpoint's place."""
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    (tmp_path / "conformance.toml").write_text("", "utf-8")
    ledger = Ledger(tmp_path / "charges.sqlite", lambda: datetime(2026, 11, 28, 9, 30, tzinfo=UTC))
    ledger.begin_run("run-1", "imp1", "", {}, tmp_path / "reports")
    ledger.setting_changed(ENDPOINT, "https://shop.example/a", "https://tunnel.example/b")
    ledger.close()
    return tmp_path


def restore(folder: Path) -> list[str]:
    words = ["outstanding", f"--restored={ENDPOINT}", "--who=Ada", f"--config={folder / 'conformance.toml'}"]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.output
    return said.output.splitlines()


def read(folder: Path) -> ConformanceDocument:
    return ConformanceDocument.model_validate_json((folder / "conformance.json").read_text("utf-8"))


def of_run_03(made: ConformanceDocument) -> tuple[Verdict | None, str]:
    found = next(one for one in made.requirements if one.id == "RUN-03")
    return found.verdict, found.reason


def test_the_reports_of_the_run_say_who_put_it_back_and_when_and_that_it_is_ready(folder: Path) -> None:
    reports = written(folder / "reports", a_run())
    line = restore(folder)[0]
    verdict, reason = of_run_03(read(reports))
    assert (read(reports).conclusion, verdict) == (Conclusion.READY, Verdict.PASS)
    assert ATTESTED.fullmatch(reason)
    assert line == f"READY  RUN-03 is PASS, {reason}; {reports}"
    assert reason in (reports / "conformance.md").read_text("utf-8")
    assert reason in (reports / "conformance.html").read_text("utf-8")
    assert (read(reports).complete, read(reports).scope) == (True, a_run().scope)


def test_what_a_later_resume_goes_on_from_says_so_too(folder: Path) -> None:
    reports, kept = written(folder / "reports", a_run()), written(folder / "waits" / "run-1" / "reports", a_run())
    lines = restore(folder)
    assert [of_run_03(read(one))[0] for one in (reports, kept)] == [Verdict.PASS, Verdict.PASS]
    assert len([line for line in lines if "RUN-03" in line]) == 1


def test_another_runs_reports_are_left_as_they_are(folder: Path) -> None:
    reports = written(folder / "reports", a_run("run-2"))
    line = restore(folder)[0]
    assert read(reports) == a_run("run-2")
    assert line.startswith("RUN-03 of run run-1 is PASS, webhook endpoint: attested by Ada on ")
    assert line.endswith("; its reports were overwritten or moved away, so they are as they were; the ledger has it")


def test_reports_that_cannot_be_written_are_one_line(folder: Path) -> None:
    reports = written(folder / "reports", a_run())
    (reports / "conformance.md").mkdir()
    told = f"{reports / 'conformance.md'}: Is a directory; the ledger has it"
    assert restore(folder) == [told, "No charge is outstanding.", NOBODY]


def test_a_run_that_is_finished_later_takes_what_the_ledger_says_of_the_run_by_then(tmp_path: Path) -> None:
    waiting = ended("CANCEL-02", Verdict.INCONCLUSIVE, "waiting for Paymentwall")
    others = [ended(one.id) for one in catalogue().requirement if one.id not in ("CANCEL-02", "RUN-03")]
    first = told([*others, waiting, ended("RUN-03", Verdict.REVIEW, "put it back")], "run-1", len(others) + 2)
    later = told([ended("CANCEL-02"), ended("RUN-03", Verdict.PASS, "it is back", THE_RUN)], "run-1", len(others) + 2)
    folders = (written(tmp_path / "first", first), written(tmp_path / "later", later))
    made, code = finish(*folders, tmp_path / "whole")
    assert of_run_03(made) == (Verdict.PASS, "it is back")
    assert (made.conclusion, made.complete, code) == (Conclusion.READY, True, 0)
    assert made.scope == first.scope
    assert json.loads((tmp_path / "whole" / "conformance.json").read_text("utf-8"))["run"] == "run-1"
