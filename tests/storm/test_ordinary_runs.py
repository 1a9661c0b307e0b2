"""A run of the scenarios, where no storm was: it has no verdict on LOAD, which spoils nothing and is not claimed."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.document import requirement_facts
from conformance.target.rows import every_row, rows, storm_rows
from conformance.verdict.algebra import Conclusion, ScenarioResult, Verdict, conclude, exit_code, of_requirements
from conformance.verdict.catalogue import catalogue
from conformance.verdict.features import Place, RawScenario, RawStep, read_features
from fixtures.gate import findings, step_definitions
from shop.defects import DEFECTS
from tests import forks

LOAD = [one.id for one in catalogue().requirement if one.by_storm]


def test_where_all_scenarios_passed_it_is_ready_and_nothing_of_load_is_said_to_have_passed() -> None:
    levels = {one.id: one.level for one in catalogue().requirement}
    passed = [ScenarioResult(id, "F", "t", (id,), Verdict.PASS) for id in levels if id not in LOAD]
    results = of_requirements(levels, passed)
    assert conclude(results) is Conclusion.READY
    assert exit_code(results, Conclusion.READY, require_ready=True) == 0
    facts = {one.id: one for one in requirement_facts(catalogue(), results)}
    assert [(facts[id].verdict, facts[id].shown_by) for id in LOAD] == [(None, ["load"])] * 5


def test_no_scenario_cites_them_and_the_gate_would_refuse_one() -> None:
    written = read_features()
    assert not [scenario for scenario in written if scenario.tags & set(LOAD)]
    place = Place("features/load.feature", 3)
    steps = tuple(RawStep(type, text, place) for type, text in (("given", "an order"), ("then", "the order is paid")))
    citing = RawScenario("A storm", frozenset({"LOAD-01", "should"}), steps, 1, place)
    told = "features/requirements.toml: LOAD-01 is decided by a storm (probe load), and has a scenario too"
    found = findings([*written, citing], step_definitions(), catalogue())
    assert told in found
    assert not [one for one in findings(written, step_definitions(), catalogue()) if "LOAD" in one]


@pytest.mark.parametrize("chosen", [("--area=LOAD",), ("--requirement=LOAD-03",), ("--area=load", "--level=may")])
def test_to_select_them_alone_is_refused_with_what_decides_them(chosen: tuple[str, ...], tmp_path: Path) -> None:
    reports = (f"--alluredir={tmp_path}/allure", f"--junit-xml={tmp_path}/junit.xml")
    ended = forks.run("pytest", "-q", *chosen, *reports)
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    [line] = [line for line in ended.stderr.splitlines() if "LOAD" in line.upper()]
    assert line.endswith(": no scenario decides it; run `python -m conformance storm`")


def test_a_defect_of_load_breaks_nothing_else_and_is_a_row_of_its_own_part() -> None:
    assert len(storm_rows()) >= 4
    assert {id for row in storm_rows().values() for id in row.expected} == set(LOAD)
    assert not storm_rows().keys() & rows().keys()
    assert storm_rows().keys() | rows().keys() == every_row().keys()
    mixed = [one.name for one in DEFECTS.values() if not one.of_storms and set(one.turns_red) & set(LOAD)]
    assert mixed == []


def test_what_decides_a_requirement_is_told_where_it_is_explained() -> None:
    said = forks.run("conformance", "explain", "LOAD-02").stdout
    assert "How it is checked: by `python -m conformance storm`" in said
    assert "python -m conformance storm --shop-defect notes-it-as-done-before-it-is" in said
