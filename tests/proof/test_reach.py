"""A changed statement is tried on the scenarios that reach it, and the suite concludes from all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from conformance.verdict.algebra import ScenarioResult, Verdict
from tests.proof import reach
from tests.proof.mutants import ROOT, path_of

SOURCE = '''"""A module."""
LONGEST_NAME_OF_A_TEST = 3


def chosen(names):
    """Some of them."""
    for name in names:
        if len(name) > LONGEST_NAME_OF_A_TEST:
            raise ValueError(
                name
            )
    try:
        return names[0]
    except IndexError:
        return None
'''


def reached(source: str, names: list[str]) -> list[int]:
    lines: list[int] = []
    module: dict[str, Any] = {"__reached__": lines.append}
    exec(compile(reach.noting(source), "noting", "exec"), module)
    module["chosen"](names)
    return lines


def test_each_statement_of_a_function_is_noted_before_it_is_begun() -> None:
    assert reached(SOURCE, ["ab"]) == [7, 8, 12, 13]
    assert reached(SOURCE, []) == [7, 12, 13, 15]


def result(nodeid: str, seconds: float) -> ScenarioResult:
    return ScenarioResult(nodeid, "feature", nodeid, ("CANCEL-09",), Verdict.PASS, seconds=seconds)


def test_a_change_is_tried_on_what_reaches_its_innermost_statement_and_outside_of_functions_on_everything() -> None:
    statements = {"a.b": {7: ("one", "two"), 8: ("two",), 13: ("one",)}}
    noted = reach.Reach(statements, {name: result(name, 1.5) for name in ("one", "two", "three")})
    assert noted.scenarios("a.b", SOURCE, 8) == ("two",)
    assert noted.scenarios("a.b", SOURCE, 10) == ()  # in the statement of line 9, which none reaches
    assert noted.scenarios("a.b", SOURCE, 14) == ()  # the whole of `try` begins at 12
    assert noted.scenarios("a.b", SOURCE, 5) == ["one", "two", "three"]
    assert noted.scenarios("a.b", SOURCE, 2) == ["two"]  # the constant is used in line 8
    assert noted.seconds(["one", "two"]) == 3


def suite(folder: Path, *options: str) -> dict[str, int]:
    """How many scenarios a run of CANCEL-09 reported, and how many of them ran in it."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.proof.reach", "-m", "CANCEL-09", *options]
    ended = subprocess.run(
        [*command, f"--junit-xml={folder}/junit.xml", f"--alluredir={folder}/allure-results"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    ran = int(ended.stdout.rpartition(" passed")[0].split()[-1])
    return {"ran": ran, "told": json.loads((folder / "conformance.json").read_text("utf-8"))["scope"]["ran"]}


def test_what_a_run_noted_stands_in_for_the_scenarios_that_are_left_out(tmp_path: Path) -> None:
    file, chosen = tmp_path / "reach.json", tmp_path / "chosen.json"
    whole = suite(tmp_path / "whole", f"--note-reach={file}", "--reach-of=shop.money")
    assert whole["ran"] == whole["told"] > 2
    noted, source = reach.read(file), path_of("shop.money").read_text("utf-8")
    refusing = 1 + source[: source.index('raise ValueError("The amount')].count("\n")
    few = noted.scenarios("shop.money", source, refusing)
    assert 0 < len(few) < whole["ran"]
    chosen.write_text(json.dumps(list(few)), "utf-8")
    some = suite(tmp_path / "some", f"--reach={file}", f"--scenarios={chosen}")
    assert some == {"ran": len(few), "told": whole["told"]}
