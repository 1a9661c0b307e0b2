"""What people are told to type to run scenarios is one command, and it runs one scenario where one is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.verbs import app
from conformance.machine.places import BINDER, FEATURES, ROOT

TOLD = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "ci").iterdir()),
    *sorted((ROOT / "examples").glob("*/README.md")),
    *sorted((ROOT / "examples").glob("*/*.toml")),
    *sorted((ROOT / "conformance" / "cli").glob("*.toml")),
]
OWN_TESTS = re.compile(r"-m pytest (tests|--collect-only)")
"""What changes the suite itself, and not a run of it."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of each pytest that a verb started."""
    calls: list[list[str]] = []

    def run(arguments: list[object], _folder: Path) -> int:
        calls.append([str(one) for one in arguments])
        return 0

    monkeypatch.setattr("conformance.machine.pytests.run", run)
    return calls


def test_no_document_names_another_command_for_it() -> None:
    lines = [f"{path.name}: {line}" for path in TOLD for line in path.read_text("utf-8").splitlines()]
    assert len(lines) > 1000
    assert [line for line in lines if "-m pytest" in line and not OWN_TESTS.search(line)] == []


@pytest.mark.parametrize("named", [f"features/{BINDER}", BINDER, f"/elsewhere/features/{BINDER}"])
def test_a_scenario_that_a_report_names_is_run_alone_from_whichever_folder(
    named: str, started: list[list[str]]
) -> None:
    ended = CliRunner().invoke(app, ["run", "--stage=live", f"{named}::test_it[a::b]"])
    assert ended.exit_code == 0, ended.output
    assert started == [["-n", "auto", "--dist", "worksteal", "--stage=live", f"{FEATURES / BINDER}::test_it[a::b]"]]


@pytest.mark.parametrize("arguments", [[], ["-k", "webhook"], ["-k", "a::b"]])
def test_all_are_run_where_none_is_named(arguments: list[str], started: list[list[str]]) -> None:
    assert CliRunner().invoke(app, ["run", *arguments]).exit_code == 0
    assert started == [["-n", "auto", "--dist", "worksteal", *arguments, str(FEATURES)]]
