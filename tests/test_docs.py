"""The documents say what is so: their commands run and print what stands there, and their links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.verdict.catalogue import catalogue
from tests import forks

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELL = re.compile(r"(?ms)^ *```sh\n(.*?)^ *```$")
CONSOLE = re.compile(r"(?ms)^( *)```console\n(.*?)^ *```$")


@dataclass(frozen=True)
class Command:
    """A command of a document and what it prints, "..." standing for anything."""

    document: str
    line: str
    printed: str

    def __str__(self) -> str:
        return f"{self.document}: {self.line}"


def commands() -> list[Command]:
    """Every command of the documents' console blocks."""
    found = []
    for document in DOCUMENTS:
        for _, block in CONSOLE.findall(document.read_text("utf-8")):
            for part in re.split(r"(?m)^ *\$ ", block)[1:]:
                line, _, printed = part.partition("\n")
                found.append(Command(document.name, line, printed))
    return found


@pytest.mark.parametrize("command", commands(), ids=str)
def test_a_command_prints_what_the_document_says(command: Command, tmp_path: Path) -> None:
    python, option, *words = shlex.split(command.line)
    assert (python, option) == (".venv/bin/python", "-m")
    if "pytest" in words or words[:2] == ["conformance", "run"]:  # the last run's reports are left alone
        words += [f"--junit-xml={tmp_path / 'junit.xml'}", f"--alluredir={tmp_path / 'allure'}"]
    words = [str(tmp_path / word) if word.endswith(".toml") and word[0] != "-" else word for word in words]
    said = forks.run(*words).output.replace(f"{tmp_path}/", "")
    lines = [line.strip() for line in command.printed.splitlines() if line.strip()]
    assert lines
    pattern = r"\s*".join(re.escape(line).replace(r"\.\.\.", r"(?s:.*)") for line in lines)
    assert re.search(pattern, said), said


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_its_make_commands_and_subcommands_are_there(document: Path) -> None:
    text = document.read_text("utf-8")
    for target in set(re.findall(r"\bmake (conformance|test|lint|emulator|shop|report|proof|browser|clean)\b", text)):
        planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert planned.returncode == 0, planned.stderr
    listed = forks.run("conformance", "--help").stdout
    for command in set(re.findall(r"-m conformance ([a-z]+)", text)):
        assert re.search(rf"(?m)^\s*{command}\s", listed), command


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_its_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_requirements_that_it_names_are_there(document: Path) -> None:
    areas = "|".join(catalogue().areas)
    named = set(re.findall(rf"\b(?:{areas})-\d{{2}}\b", document.read_text("utf-8")))
    assert named <= catalogue().by_id.keys()


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").split()) <= 900


def test_the_map_leads_to_every_document() -> None:
    linked = set(re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "docs" / "README.md").read_text("utf-8")))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= linked


def test_there_are_documents_with_commands() -> None:
    assert len(DOCUMENTS) >= 8
    assert len(commands()) >= 7
    assert shutil.which("make")
