"""The set-up is reproducible and belongs to nobody's network; CI runs the README's commands."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

STRANGERS = {path for path in (Path(__file__).parent / "strangers").iterdir() if path.is_dir()}
"""Merchants of other hands: what they import is in environments of their own."""
PARTS_OF_TEST = ("ruff check .", "ruff format --check .", "mypy", "lint-imports", "pytest")
ROOT = Path(__file__).resolve().parent.parent
ALLURE = ROOT / "conformance" / "report" / "allure_npm"
LOCKS = (ROOT / "lock.txt", ROOT / "lock-storm.txt", ROOT / "lock-dev.txt", ALLURE / "node.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

# Client libraries that the emulator is tested with, in environments of their own: tests/emulator/clients/pins.
CLIENTS = {"iamport", "iamporter", "paymentwall", "portone_server_sdk"}

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; [^\\]+)? \\$")


def pins(lock: Path) -> dict[str, str]:
    """The versions that a lock file names, by canonical name."""
    found = (PIN.match(line) for line in lock.read_text("utf-8").splitlines())
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}


def wanted(*, dev: bool, storm: bool = True) -> list[Requirement]:
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    more = extras["dev"] + (extras["storm"] if storm else []) if dev else []
    return [Requirement(r) for r in project["dependencies"] + more]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_pins_everything_by_hash_and_names_no_index(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert requirements
    assert [line for line in requirements if not PIN.match(line)] == []  # no option, no range
    for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]:
        assert "--hash=sha256:" in entry


@pytest.mark.parametrize(("lock", "dev"), [("lock.txt", False), ("lock-dev.txt", True)])
def test_the_lock_files_agree_with_pyproject(lock: str, dev: bool) -> None:
    locked = pins(ROOT / lock)
    for requirement in wanted(dev=dev):
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is missing: run `make lock`"
        assert version in requirement.specifier, f"{requirement} is locked at {version}: run `make lock`"


def test_what_is_tested_is_what_is_run() -> None:
    run, storm, dev = (pins(ROOT / name) for name in ("lock.txt", "lock-storm.txt", "lock-dev.txt"))
    assert run.items() <= dev.items()
    assert storm.items() <= dev.items()
    assert set(storm) - set(run) > {"locust", "gevent"}


def test_a_lock_made_on_one_system_serves_the_others() -> None:
    """pip-compile leaves out what only another system or a newer Python needs, such as colorama on Windows."""
    locked = pins(ROOT / "lock-dev.txt")
    systems = [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]
    for (platform, system, name), python in product(systems, ("3.11", "3.12", "3.13", "3.14")):
        environment = {
            "sys_platform": platform,
            "platform_system": system,
            "os_name": name,
            "python_version": python,
            "python_full_version": f"{python}.0",
        }
        # On Windows Locust wants pywin32, which has no wheel elsewhere: docs/storm.md has a line of its own for it.
        needed = set(_closure(wanted(dev=True, storm=platform != "win32"), environment))
        assert len(needed) > 50
        assert needed - locked.keys() == set(), f"missing for {system}, Python {python}"


def _closure(requirements: list[Requirement], environment: dict[str, str]) -> Iterator[str]:
    """The names of all that `requirements` need in an environment, as the installed packages tell it."""
    queue = [(requirement, "") for requirement in requirements]
    seen: set[tuple[str, str]] = set()
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker and not requirement.marker.evaluate({**environment, "extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        yield name
        for asked in ("", *requirement.extras):
            if (name, asked) not in seen:
                seen.add((name, asked))
                queue += [(Requirement(needed), asked) for needed in requires(name) or ()]


@pytest.mark.parametrize(
    ("folders", "dev"),
    [(("conformance", "emulator", "features", "fixtures", "shop", "steps"), False), (("tests", "benchmarks"), True)],
)
def test_what_is_imported_is_declared(folders: tuple[str, ...], dev: bool) -> None:
    optional = {"conformance/storm/locustfile.py: locust"}  # by the extra `storm` alone, and for Locust's processes
    declared = {canonicalize_name(requirement.name) for requirement in wanted(dev=dev)}
    own = {path.stem for path in ROOT.iterdir()}
    providers = packages_distributions()
    found = [source for folder in folders for source in (ROOT / folder).rglob("*.py")]
    sources = [source for source in found if not STRANGERS.intersection(source.parents)]
    sources += [] if dev else [ROOT / "conftest.py"]
    assert sources
    undeclared = {
        f"{source.relative_to(ROOT)}: {module}"
        for source in sources
        for module in _imported(source) - own - CLIENTS - sys.stdlib_module_names
        if not {canonicalize_name(name) for name in providers.get(module, ())} & declared
    }
    assert undeclared == (set() if dev else optional), "add them to pyproject.toml and run `make lock`"


def _imported(source: Path) -> set[str]:
    """The top-level modules that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(source.read_text("utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in plain | named}


def test_npm_installs_allure_by_hash_and_names_no_registry() -> None:
    asked = json.loads((ALLURE / "package.json").read_text())["dependencies"]
    packages: dict[str, Any] = json.loads((ALLURE / "package-lock.json").read_text())["packages"]
    itself = packages.pop("")
    assert itself["dependencies"] == asked
    assert asked == {"allure": packages["node_modules/allure"]["version"]}
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What make looks at: its file, the lock files, and an environment that was set up after them."""
    for name in ("Makefile", "lock.txt", "lock-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for stamp in ("run", "dev"):
        (tmp_path / ".venv" / f"{stamp}-lock.installed").touch()
    return tmp_path


def make(checkout: Path, target: str, *options: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *options, target], cwd=checkout, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("target", ["conformance", "test"])
def test_make_does_not_repeat_the_set_up(checkout: Path, target: str) -> None:
    planned = make(checkout, target, "-n").stdout
    assert "pytest" in planned
    assert "pip" not in planned


@pytest.mark.parametrize("target", ["conformance", "test"])
def test_make_sets_up_anew_when_the_lock_file_changes(checkout: Path, target: str) -> None:
    newest = (checkout / ".venv" / "dev-lock.installed").stat().st_mtime + 10
    os.utime(checkout / "lock.txt", (newest, newest))
    assert "conformance.setting_up lock.txt" in make(checkout, target, "-n").stdout


def test_make_sets_up_anew_when_the_environment_lost_its_python(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert "conformance.setting_up lock.txt" in make(checkout, "conformance", "-n").stdout


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (
            'test "$1" = --version && echo Python 3.9.2 && exit; exit 1',
            "Python 3.11 or newer is needed, but ./python3 is Python 3.9.2",
        ),
        (
            'case "$2" in *ensurepip*) exit 1;; esac',
            "./python3 cannot make a virtual environment: install its venv package",
        ),
    ],
    ids=["too old", "no venv"],
)
def test_make_says_in_one_line_what_is_wrong_with_python(checkout: Path, script: str, line: str) -> None:
    shutil.rmtree(checkout / ".venv")
    (checkout / "python3").write_text(f"#!/bin/sh\n{script}\n")
    (checkout / "python3").chmod(0o755)
    for minor in (11, 12, 13, 14):
        shutil.copy(shutil.which("false") or "", checkout / f"python3.{minor}")
    environ_path = f"{checkout}{os.pathsep}{os.environ['PATH']}"
    ended = make(checkout, "conformance", "PYTHON=./python3", f"PATH={environ_path}")
    assert ended.returncode == 2
    said = [text for text in ended.stderr.splitlines() if not text.startswith("make")]
    assert len(said) == 1
    assert said[0].startswith(line)


@pytest.mark.parametrize(("status", "rendered"), [(0, True), (1, True), (2, False), (4, False), (5, False)])
def test_pytest_decides_and_the_report_is_rendered_also_on_red(checkout: Path, status: int, rendered: bool) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text(f'#!/bin/sh\necho "ran $*"\ntest "$2" = pytest && exit {status}\ntest "$3" != report\n')
    python.chmod(0o755)
    now = (checkout / ".venv" / "run-lock.installed").stat().st_mtime
    os.utime(python, (now, now))
    ended = make(checkout, "conformance", "ARGS=-k country")
    assert "ran -m pytest -n auto --dist worksteal -k country" in ended.stdout
    assert ("ran -m conformance report --html" in ended.stdout) is rendered
    assert (ended.returncode == 0) is (status == 0)


def test_ci_runs_the_commands_that_the_readme_tells() -> None:
    commands = re.findall(r'"(make \w+)"', (ROOT / ".ci" / "run").read_text("utf-8"))
    assert commands == ["make conformance", "make test"]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [command for command in commands if command not in readme] == []


@pytest.mark.parametrize("failing", ["conformance", "test", "nothing"])
def test_ci_runs_both_commands_and_is_red_where_one_failed(checkout: Path, failing: str) -> None:
    shutil.copytree(ROOT / ".ci", checkout / ".ci")
    rules = (f"{name}:\n\t@echo {name} was run\n\t@test {name} != {failing}\n" for name in ("conformance", "test"))
    (checkout / "Makefile").write_text("".join(rules))
    ended = subprocess.run(["bash", ".ci/run"], cwd=checkout, capture_output=True, text=True, timeout=60, check=False)
    assert "conformance was run" in ended.stdout
    assert "test was run" in ended.stdout
    assert (ended.returncode == 0) is (failing == "nothing")
    assert (f"FAILED: make {failing}" in ended.stderr) is (failing != "nothing")


@pytest.mark.parametrize("failing", [*PARTS_OF_TEST, "nothing"])
def test_make_test_runs_every_part_and_tells_those_that_failed(checkout: Path, failing: str) -> None:
    programs = checkout / ".venv" / "bin"
    (programs / "python").unlink()
    for name in ("python", "ruff", "mypy", "lint-imports"):
        told = '"$2"' if name == "python" else f'"{name}${{*:+ $*}}"'
        (programs / name).write_text(f'#!/bin/sh\necho ran {told}\ntest {told} != "{failing}"\n')
        (programs / name).chmod(0o755)
    now = (programs.parent / "run-lock.installed").stat().st_mtime
    os.utime(programs / "python", (now, now))
    ended = make(checkout, "test")
    for part in PARTS_OF_TEST:
        assert f"ran {part}" in ended.stdout
    assert (ended.returncode == 0) is (failing == "nothing")
    named = {"nothing": "", "pytest": "FAILED: test-suite"}.get(failing, f"FAILED; {failing}")
    assert named in ended.stderr


def test_no_test_fails_for_how_long_hypothesis_thinks_of_an_example() -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
