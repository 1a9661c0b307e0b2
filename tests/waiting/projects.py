"""A copy of the suite whose target cannot make time jump, and its runs."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests import forks

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ("conftest.py", "pytest.ini", "pyproject.toml")
FOLDERS = ("conformance", "emulator", "features", "fixtures", "shop", "steps")
CLEAN = ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "PYTHONWARNINGS")
LIMIT_SECONDS = 180
CANCELLED = "test_paymentwall_accepts_the_ticket_after_three_days"
TITLE = "Paymentwall accepts the ticket after three days"
"""As junit.xml has it."""
TEN = """
    Scenario Outline: Paymentwall accepts a ticket in three days, the <nth> of ten
      Given an order that is waiting for cancellation
      When Paymentwall accepts the ticket three days later
      Then the order is cancelled

      Examples:
        | nth |
"""


@dataclass(frozen=True)
class Ended:
    """How a command of the project ended."""

    code: int
    output: str


@dataclass(frozen=True)
class Project:
    """The copy, in a folder of its own; its account and its shop's orders are kept in `world`."""

    folder: Path

    @property
    def world(self) -> Path:
        """What outlives a run."""
        return self.folder / "world"

    @property
    def reports(self) -> Path:
        """The last run's reports."""
        return self.folder / "reports"

    def run(self, *arguments: str, **environment: object) -> Ended:
        """Run pytest against the slow target."""
        return self._started("pytest", "-q", "--color=no", *arguments, **environment)

    def command(self, *arguments: str, **environment: object) -> Ended:
        """Run a verb of the suite's own command."""
        return self._started("conformance", *arguments, **environment)

    def started(self, *arguments: str, **environment: object) -> forks.Process:
        """Start pytest against the slow target, to be read while it runs."""
        given = ("pytest", "-q", "--color=no", "-s", *arguments)
        return forks.start(*given, folder=self.folder, environ=self.environment(**environment))

    def environment(self, **environment: object) -> dict[str, str]:
        """What a run is told, by which the slow target knows how slow it is."""
        clean = {name: value for name, value in os.environ.items() if name not in CLEAN}
        told = {name: str(value) for name, value in environment.items()}
        return {**clean, "COLUMNS": "200", "WORLD": str(self.world), **told}

    def _started(self, *arguments: str, **environment: object) -> Ended:
        given = self.environment(**environment)
        ended = forks.run(*arguments, folder=self.folder, environ=given, limit_seconds=LIMIT_SECONDS)
        return Ended(ended.returncode, ended.output)

    @property
    def document(self) -> Any:
        """The content of conformance.json."""
        return json.loads((self.reports / "conformance.json").read_text("utf-8"))

    def scenario(self, name: str) -> Any:
        """What conformance.json says of the scenario whose test has this name."""
        [found] = [
            scenario
            for requirement in self.document["requirements"]
            for scenario in requirement["scenarios"]
            if scenario["nodeid"].endswith(f"::{name}")
        ]
        return found

    @property
    def junit(self) -> dict[str, list[str]]:
        """For each test in junit.xml what is told of each of its ends."""
        cases: dict[str, list[str]] = {}
        for case in ElementTree.parse(self.reports / "junit.xml").iter("testcase"):
            told = [child.tag for child in case if child.tag != "properties"]
            cases.setdefault(case.attrib["name"], []).append(" ".join(told) or "passed")
        return cases

    @property
    def account(self) -> Any:
        """All that PortOne and Paymentwall know of the account."""
        return json.loads((self.world / "account.json").read_text("utf-8"))

    @property
    def waits(self) -> list[Path]:
        """The files of runs of which something waits."""
        return list(self.folder.glob("waits/*/waits.json"))

    @property
    def resumes(self) -> str:
        """pytest's argument by which the one run that waits goes on, without the verb that writes its reports anew."""
        [file] = self.waits
        return f"--resume={file.parent.name}"

    def copied(self, folder: Path) -> Project:
        """The same project, with all that its runs left, elsewhere."""
        shutil.copytree(self.folder, folder)
        other = Project(folder)
        for file in other.waits:
            told = json.loads(file.read_text("utf-8"))
            file.write_text(json.dumps({**told, "reports": str(other.reports)}), "utf-8")
        return other


def made(folder: Path, *, tickets: int = 0) -> Project:
    """A new copy; with so many scenarios more, each of which waits for a ticket of its own."""
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copy2(ROOT / name, folder)
    for name in FOLDERS:  # with what was compiled of them, which takes longer than the runs
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy2(ROOT / "tests/waiting/slow_target.py", folder)
    conftest = (folder / "conftest.py").read_text("utf-8")
    (folder / "conftest.py").write_text(conftest.replace("\n]", '\n    "slow_target",\n]'), "utf-8")
    if tickets:
        feature = folder / "features/cancellation.feature"
        before, rule, after = feature.read_text("utf-8").partition("\n  @CANCEL-04")
        rows = "".join(f"        | {nth} |\n" for nth in range(1, tickets + 1))
        feature.write_text(before + TEN + rows + rule + after, "utf-8")
    (folder / "world").mkdir()
    return Project(folder)
