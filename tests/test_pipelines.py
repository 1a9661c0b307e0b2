"""The pipelines in docs/ci and action.yml run what there is, in shards that leave nothing out, with pinned actions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

import conformance
from fixtures.catalogue import catalogue
from fixtures.reporting.document import DeviationFacts
from fixtures.reporting.workflow_commands import lines
from fixtures.verdicts import Verdict
from tests.fixtures.reported import BY_VERDICT, document

ROOT = Path(__file__).resolve().parent.parent
PIPELINES = [ROOT / "action.yml", *sorted((ROOT / "docs" / "ci").iterdir())]
SHARDED = [ROOT / "docs" / "ci" / name for name in ("github.yml", "gitlab.yml")]

by_name = pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda path: path.name)


def code(pipeline: Path) -> str:
    """The file without its comments."""
    return re.sub(r"(?m)(^|\s)(#|//) .*$", "", pipeline.read_text("utf-8"))


@by_name
def test_its_commands_are_there(pipeline: Path) -> None:
    text = code(pipeline)
    commands = set(re.findall(r"-m conformance (\w+)", text))
    targets = set(re.findall(r"\bmake (\w+)", text)) - {"yqq"}
    assert commands | targets
    for command in commands:
        assert CliRunner().invoke(conformance.app, [command, "--help"]).exit_code == 0, command
    for target in targets:
        planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert planned.returncode == 0, planned.stderr


@by_name
def test_what_comes_from_elsewhere_is_pinned_and_its_version_said(pipeline: Path) -> None:
    for used in re.findall(r"uses: *(.+)", pipeline.read_text("utf-8")):
        if not used.startswith("./"):
            assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


@pytest.mark.parametrize("pipeline", SHARDED, ids=lambda path: path.name)
def test_shards_take_every_area_once(pipeline: Path) -> None:
    areas = re.findall(r"--area ([A-Z]+)", code(pipeline))
    assert sorted(areas) == sorted(catalogue().areas)


@by_name
def test_no_expression_is_written_into_a_script(pipeline: Path) -> None:
    """`${{ … }}` in a script would run what somebody wrote into a title or a branch's name."""
    scripts = re.findall(r"(?m)^( *)(?:- )?run: \|\n((?:\1  .*\n|\n)+)", pipeline.read_text("utf-8"))
    assert scripts or pipeline.suffix != ".yml" or "gitlab" in pipeline.name
    for _, script in scripts:
        assert "${{" not in script


def test_annotations_tell_the_worst_first_and_break_no_line() -> None:
    told = list(lines(document()))
    assert [line.partition(" ")[0] for line in told] == ["::error", "::error", "::warning", "::notice"]
    failed = BY_VERDICT[Verdict.FAIL]
    assert told[0].startswith(f"::error title=FAIL {failed.id}%3A ")
    assert "%0ARemedy: " in told[0]
    assert all("\n" not in line for line in told)


def test_an_accepted_deviation_only_warns() -> None:
    deviation = DeviationFacts.model_validate(
        {
            "requirement": BY_VERDICT[Verdict.FAIL].id,
            "reason": "known",
            "owner": "shop team",
            "expires": "2026-12-31",
            "state": "accepted",
        }
    )
    told = list(lines(document().model_copy(update={"deviations": [deviation]})))
    assert told[0].startswith("::warning title=FAIL ")
