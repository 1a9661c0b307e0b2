"""`python -m tests.touched`, a part of `make check`: runs the tests that the uncommitted change can touch, by imports.

Nearest first, as long as the time allows by what the last `make test` took; what is left out is listed. Where steps or
features have changed, one scenario of each requirement is run too. Other files touch the tests that name them.
"""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split
import ast
import subprocess
import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import typer

from tests.forks import OWN, ROOT

SECONDS = 30.0
UNKNOWN_SECONDS = 2.0
"""What a test file is taken to need that the last `make test` did not run."""
JUNIT = ROOT / ".cache" / "tests" / "junit.xml"


def changed(base: str) -> list[Path]:
    """The files that differ from a commit, and those that git does not know yet."""
    told: list[str] = []
    for words in (["diff", "--name-only", base], ["ls-files", "--others", "--exclude-standard"]):
        ended = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
        told += ended.stdout.splitlines()
    return sorted({Path(name) for name in told})


def sources() -> Mapping[str, Path]:
    """Every module of the project by its name."""
    files = [path for name in OWN for path in (ROOT / name).rglob("*.py")]
    files += [ROOT / f"{name}.py" for name in OWN if (ROOT / f"{name}.py").exists()]
    places = (path.relative_to(ROOT) for path in files if "node_modules" not in path.parts)
    return {".".join(place.with_suffix("").parts).removesuffix(".__init__"): place for place in places}


def importers(modules: Mapping[str, Path]) -> Mapping[str, set[str]]:
    """For each module those that import it; pytest's own way from a conftest.py to its tests included."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, place in modules.items():
        text = (ROOT / place).read_text("utf-8")
        wanted = _imported(text) & modules.keys()
        for one in wanted - {name}:
            found[one].add(name)
        if place.name == "conftest.py" and place.parts[0] == "tests":
            found[name] |= {other for other, path in modules.items() if place.parent in path.parents and other != name}
    return found


@cache
def _imported(text: str) -> frozenset[str]:
    found = set[str]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def distances(start: Iterable[str], found: Mapping[str, set[str]]) -> Mapping[str, int]:
    """How many imports away each module is that a change of these can touch."""
    far = dict.fromkeys(start, 0)
    waiting = deque(far)
    while waiting:
        one = waiting.popleft()
        for other in found.get(one, ()):
            if other not in far:
                far[other] = far[one] + 1
                waiting.append(other)
    return far


def touched(files: Iterable[Path]) -> list[Path]:
    """The test files that a change of these can touch, the nearest first."""
    modules = sources()
    names = {place: name for name, place in modules.items()}
    start = {names[file] for file in files if file in names}
    for file in files:
        if file not in names:
            start |= {name for name, place in modules.items() if file.name in (ROOT / place).read_text("utf-8")}
    far = distances(start, importers(modules))
    tests = [name for name in far if Path(modules[name]).name.startswith("test_") and modules[name].parts[0] == "tests"]
    return [modules[name] for name in sorted(tests, key=lambda name: (far[name], name))]


def seconds() -> Mapping[Path, float]:
    """What each test file took in the last `make test`."""
    took: defaultdict[Path, float] = defaultdict(float)
    if JUNIT.exists():
        for case in ElementTree.parse(JUNIT).iter("testcase"):
            words = case.attrib["classname"].split(".")
            while words and not words[-1].startswith("test_"):  # a class in the module
                words.pop()
            took[Path(*words).with_suffix(".py")] += float(case.attrib["time"])
    return took


def main(
    base: Annotated[str, typer.Option(help="what counts as changed is all since this commit")] = "HEAD",
    limit: Annotated[float, typer.Option(help="seconds for the tests, by what they took the last time")] = SECONDS,
) -> None:
    """Run the tests that the change can touch."""
    files = changed(base)
    near, took, chosen, left = touched(files), seconds(), list[Path](), limit
    for test in near:
        needed = took.get(test, UNKNOWN_SECONDS) / 2  # two workers
        if needed <= left or not chosen:
            chosen.append(test)
            left -= needed
    typer.echo(f"{len(files)} files changed; of {len(near)} test files that they can touch {len(chosen)} run")
    for test in near:
        if test not in chosen:
            typer.echo(f"  left to make test: {test}")
    runs = [["-m", "not proof", *map(str, chosen)]] if chosen else []
    if any(file.parts[0] in ("features", "steps") for file in files):
        runs.append(["-p", "tests.proof.first_rows", "--once", "features"])
    reports = ["--alluredir=.cache/check/allure-results", "--junit-xml=.cache/check/junit.xml"]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", *reports]
    statuses = [subprocess.call([*command, *run], cwd=ROOT) for run in runs]
    raise SystemExit(1 if any(statuses) else 0)


if __name__ == "__main__":
    typer.run(main)
