"""A package that is not installed (after a pull that needs a new one) is one sentence, whatever was started."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from conformance import installed
from tests.forks import ROOT

WITHOUT = """
import importlib.metadata, runpy, sys

usual = importlib.metadata.distribution

def distribution(name):
    if name in {missing!r}:
        raise importlib.metadata.PackageNotFoundError(name)
    return usual(name)

importlib.metadata.distribution = distribution
sys.modules.update(dict.fromkeys({modules!r}))
sys.path.insert(0, {root!r})
runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""
ENTRIES = (
    ("conformance", "check"),
    ("conformance", "requirements"),
    ("pytest", "-q", "--co", "--requirement=WEBHOOK-07"),
    ("pytest", "-q", "--co", "tests/test_missing_packages.py"),
    ("emulator", "--help"),
    ("shop", "--help"),
    ("tests.strangers", "--help"),
    ("tests.proof", "--help"),
    ("tests.proof.by_scenario", "--help"),
    ("tests.proof.deletion", "--help"),
    ("tests.proof.exploring", "--help"),
    ("tests.proof.mutation", "--help"),
    ("tests.touched", "--help"),
    ("benchmarks.bare", "--help"),
)


def started(program: str, *arguments: str, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    command = [sys.executable, *flags, "-c", program, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)


def is_one_sentence(ended: subprocess.CompletedProcess[str], names: str) -> None:
    assert ended.stderr == (
        f"Not installed in this Python, and needed since the last update: {names}. Run `make browser`, which sets "
        f".venv up again; without make: {sys.executable} -m pip install --require-hashes -r lock.txt\n"
    )
    assert (ended.returncode, ended.stdout) == (2, "")


@pytest.mark.parametrize("entry", ENTRIES, ids=" ".join)
def test_it_is_said_and_nothing_is_begun(entry: tuple[str, ...]) -> None:
    module, *arguments = entry
    told = {"missing": ("beautifulsoup4", "typer"), "modules": ("bs4", "typer"), "root": str(ROOT), "module": module}
    is_one_sentence(started(WITHOUT.format(**told), *arguments), "beautifulsoup4, typer")


@pytest.mark.parametrize("module", ["conformance", "emulator", "shop"])
def test_where_nothing_at_all_is_installed_it_is_said_too(module: str) -> None:
    program = f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); runpy.run_module({module!r}, run_name='__main__')"
    ended = started(program, flags=("-S", "-E"))
    assert ended.stderr.startswith("Not installed in this Python, and needed since the last update: pytest, pytest-bdd")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)


def test_all_that_is_declared_is_looked_for_but_what_is_for_some_systems_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    declared = tmp_path / "pyproject.toml"
    for_some = "uvloop>=9; sys_platform == 'x'"
    declared.write_text(f'[project]\ndependencies = ["pytest>=9,<10", "no.such_one", "{for_some}"]')
    assert installed.missing(declared) == ["no.such_one"]
    asked: list[str] = []

    def noted(name: str) -> None:
        asked.append(name)
        raise PackageNotFoundError(name)

    monkeypatch.setattr("conformance.installed.distribution", noted)
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert installed.missing(ROOT / "pyproject.toml") == asked
    assert len(asked) == len([one for one in whole if ";" not in one]) > 30
    assert {"beautifulsoup4", "html5lib"} <= set(asked)


def test_here_nothing_is_missing() -> None:
    assert installed.missing(ROOT / "pyproject.toml") == []
    assert distribution("beautifulsoup4").version


def test_every_program_that_is_told_of_looks_first() -> None:
    """Each `python -m` of the docs that is the project's own is tried above; a package's own import covers the rest."""
    told = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "Makefile", *(ROOT / "docs").glob("*.md")]
    named = {name for path in told for name in re.findall(r"(?:python|PY\)) -m ([a-z_.]+)", path.read_text("utf-8"))}
    ours = {name.removesuffix(".") for name in named if (ROOT / name.partition(".")[0]).exists()} | {"conformance"}
    before_anything_is_installed = {"conformance.setting_up", "conformance.machine.system_packages"}
    tried = {module for module, *_ in ENTRIES}
    untried = ours - tried - before_anything_is_installed
    assert {name for name in untried if not name.startswith("benchmarks.")} == set()
    assert len(ours) > 8
