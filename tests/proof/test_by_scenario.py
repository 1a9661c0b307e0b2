"""Which rows turn a scenario red is read from their runs; what none turns red is told, or says why none can."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from conformance.report.document import ConformanceDocument
from conformance.target.rows import rows
from conformance.verdict.algebra import ScenarioResult, Verdict
from conformance.verdict.catalogue import Api
from conformance.verdict.features import read_features
from tests.fixtures.reported import BY_VERDICT, document
from tests.proof import by_scenario
from tests.proof.by_scenario import accepted, ends_of, main, turned_red
from tests.proof.forking import Ended, Job
from tests.proof.matrix import unbroken

ROW = rows()["fulfils-each-time"]
WITHOUT = {"red": Verdict.PASS, "advice": Verdict.PASS, "blocked": Verdict.PASS, "was red": Verdict.FAIL}


def test_a_scenario_is_red_by_a_row_where_it_passes_without() -> None:
    ends = {"red": Verdict.FAIL, "advice": Verdict.WARN, "blocked": Verdict.INCONCLUSIVE, "was red": Verdict.FAIL}
    assert turned_red(ROW, ends, WITHOUT) == {"red", "advice"}


def test_what_may_be_missing_is_red_where_a_row_says_so() -> None:
    may = next(row for row in rows().values() if Verdict.NOT_APPLICABLE in row.expected.values())
    assert turned_red(may, {"red": Verdict.NOT_APPLICABLE}, WITHOUT) == {"red"}
    assert turned_red(ROW, {"red": Verdict.NOT_APPLICABLE}, WITHOUT) == set()


def test_only_the_requirements_of_the_row_count() -> None:
    failed, passed = BY_VERDICT[Verdict.FAIL].id, BY_VERDICT[Verdict.PASS].id
    assert ends_of(document(), [failed]) == {"Ends as FAIL": Verdict.FAIL}
    assert ends_of(document(), [passed]) == {"Ends as PASS": Verdict.PASS}
    assert len(ends_of(document())) == len(Verdict)


def test_every_scenario_that_is_accepted_is_one_and_says_why() -> None:
    titles = {scenario.title for scenario in read_features()}
    for title, why in (*accepted(Api.V1).items(), *accepted(Api.V2).items()):
        assert len(why) > 40
        assert any(_is_row_of(title, known) for known in titles), title


def _is_row_of(title: str, template: str) -> bool:
    return title.startswith(template.partition("<")[0]) and title.endswith(template.rpartition(">")[2])


@pytest.mark.parametrize(("outcome", "code", "sign"), [(Verdict.FAIL, 0, "●"), (Verdict.PASS, 1, "✗")])
def test_a_scenario_without_a_row_ends_the_program_red(outcome: Verdict, code: int, sign: str, tmp_path: Path) -> None:
    row, id = next((row, id) for row in rows().values() for id in row.expected if id == "SETUP-01")
    _report(tmp_path / "none-test", id, Verdict.PASS)
    _report(tmp_path / row.name, id, outcome)
    app = Typer()
    app.command()(main)
    ended = CliRunner().invoke(app, [f"--folder={tmp_path}"])
    assert (ended.exit_code, ended.output[0]) == (code, sign), ended.output


def test_a_row_that_has_its_report_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {*rows(), *map(unbroken, rows().values())}
    begun: list[Job] = []

    def begin(jobs: Sequence[Job]) -> Sequence[Ended]:
        begun.extend(jobs)
        return ()

    for name in names - {ROW.name}:
        _report(tmp_path / name, "SETUP-01", Verdict.PASS)
    monkeypatch.setattr(by_scenario, "run", begin)
    with pytest.raises(SystemExit):
        main(None, tmp_path, every=True)
    assert [job.name for job in begun] == [ROW.name]


@pytest.mark.proof
def test_each_scenario_is_red_in_a_row_or_says_why_none_can_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(None, tmp_path, every=True)
    assert ended.value.code == 0, [line for line in capsys.readouterr().out.splitlines() if line.startswith("✗")]


def _report(folder: Path, id: str, outcome: Verdict) -> None:
    result = ScenarioResult("one", "Demo", "The only one", (id,), outcome)
    made: ConformanceDocument = document(more=[result])
    kept = [
        one.model_copy(update={"scenarios": [s for s in one.scenarios if s.title == result.title]})
        for one in made.requirements
    ]
    folder.mkdir()
    (folder / "conformance.json").write_text(made.model_copy(update={"requirements": kept}).as_json(), "utf-8")
