"""The pipelines in docs/ci and action.yml run what there is, in shards that leave nothing out, with pinned actions."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from conformance.cli import verbs
from conformance.report.document import DeviationFacts
from conformance.report.markdown import workflow_commands
from conformance.verdict.algebra import Verdict
from tests import forks
from tests.fixtures.reported import BY_VERDICT, document
from tests.proof.__main__ import PARTS

ROOT = Path(__file__).resolve().parent.parent
PROOF = ROOT / ".github" / "workflows" / "proof.yml"
PIPELINES = [ROOT / "action.yml", PROOF, *sorted((ROOT / "docs" / "ci").iterdir())]
GITHUB, GITLAB = (ROOT / "docs" / "ci" / name for name in ("github.yml", "gitlab.yml"))
SCHEMAS = (
    ("vendor.github-workflows", GITHUB),
    ("vendor.github-workflows", PROOF),
    ("vendor.github-actions", ROOT / "action.yml"),
    ("vendor.gitlab-ci", GITLAB),
)
YAML_RULES = (
    "{extends: default, rules: {line-length: {max: 120}, document-start: disable, truthy: {check-keys: false}}}"
)

by_name = pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda path: path.name)


def code(pipeline: Path) -> str:
    """The file without its comments."""
    return re.sub(r"(?m)(^|\s)(#|//) .*$", "", pipeline.read_text("utf-8"))


@by_name
def test_its_commands_are_there(pipeline: Path) -> None:
    text = code(pipeline)
    commands = set(re.findall(r"-m conformance (\w+)", text))
    targets = set(re.findall(r"\bmake (\w+)", text)) - {"curl"}
    assert commands | targets or pipeline == GITHUB, "whose commands are the action's"
    for command in commands:
        assert CliRunner().invoke(verbs.app, [command, "--help"]).exit_code == 0, command
    for target in targets:
        planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert planned.returncode == 0, planned.stderr


def test_the_weekly_proof_runs_every_part_in_all_its_shards() -> None:
    shards = re.findall(r"\{part: (\w+), shard: (\d)/(\d)\}", PROOF.read_text("utf-8"))
    assert {part for part, _, _ in shards} == PARTS.keys()
    for part in PARTS:
        own = [(int(nth), int(number)) for name, nth, number in shards if name == part]
        assert own == [(nth, len(own)) for nth in range(1, len(own) + 1)], part


@by_name
def test_what_comes_from_elsewhere_is_pinned_and_its_version_said(pipeline: Path) -> None:
    for used in re.findall(r"uses: *(.+)", pipeline.read_text("utf-8")):
        if not used.startswith("./"):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", used), used


def test_shards_leave_nothing_out(tmp_path: Path) -> None:
    assert "(`--splits N --group I`)" in (ROOT / "docs" / "pipelines.md").read_text("utf-8")
    shards = [collected(tmp_path, "--splits", "2", "--group", group) for group in "12"]
    assert sorted(chain.from_iterable(shards)) == sorted(collected(tmp_path))
    assert all(shards)


def collected(folder: Path, *arguments: str) -> list[str]:
    """The scenarios that a run with these arguments takes."""
    listed = forks.run("pytest", "--collect-only", "-q", f"--junit-xml={folder}/junit.xml", *arguments)
    assert listed.returncode == 0, listed.output
    return [line for line in listed.stdout.splitlines() if "::" in line]


@pytest.mark.parametrize(("schema", "pipeline"), SCHEMAS, ids=lambda given: str(given).rpartition(".")[2])
def test_it_is_what_its_schema_asks_for(schema: str, pipeline: Path) -> None:
    transform = ("--data-transform", "gitlab-ci") if schema.endswith("gitlab-ci") else ()
    checked("check-jsonschema", "--builtin-schema", schema, *transform, str(pipeline))


def test_the_linters_of_yaml_and_of_actions_have_nothing_to_say() -> None:
    by_yaml = [str(pipeline) for pipeline in PIPELINES if pipeline.suffix == ".yml"]
    checked("yamllint", "--strict", "-d", YAML_RULES, *by_yaml)
    checked("zizmor", "--offline", "--no-progress", str(ROOT / "action.yml"), str(GITHUB), str(PROOF))


def checked(program: str, *arguments: str) -> None:
    """Run a checker of the environment that the tests run in."""
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


@by_name
def test_no_expression_is_written_into_a_script(pipeline: Path) -> None:
    """`${{ … }}` in a script would run what somebody wrote into a title or a branch's name."""
    if pipeline.suffix != ".yml":
        return
    scripts = list(scripts_in(YAML(typ="safe").load(pipeline)))
    assert scripts
    assert [script for script in scripts if "${{" in script] == []


def scripts_in(part: object) -> Iterator[str]:
    """Whatever a shell is given in a file of GitHub's or GitLab's."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("run", "script", "before_script", "after_script"):
                yield from [value] if isinstance(value, str) else value
            else:
                yield from scripts_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from scripts_in(value)


def test_annotations_tell_the_worst_first_and_break_no_line() -> None:
    told = list(workflow_commands(document()))
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
    told = list(workflow_commands(document().model_copy(update={"deviations": [deviation]})))
    assert told[0].startswith("::warning title=FAIL ")
