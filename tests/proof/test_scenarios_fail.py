"""Every requirement is seen to fail: each defect of the shop and of the accounts turns exactly its own red."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.account_defects import DEFECTS as ACCOUNT_DEFECTS
from fixtures.catalogue import catalogue
from fixtures.verdicts import Verdict, of_failed_assertion
from shop.defects import DEFECTS as SHOP_DEFECTS

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    *(("shop", defect.name, str(defect.stage), defect.turns_red) for defect in SHOP_DEFECTS.values()),
    *(("account", name, str(defect.stage), defect.turns_red) for name, defect in ACCOUNT_DEFECTS.items()),
]


@pytest.mark.parametrize(("kind", "name", "stage", "turns_red"), ROWS, ids=[name for _, name, _, _ in ROWS])
def test_a_defect_turns_its_requirements_red(
    kind: str, name: str, stage: str, turns_red: tuple[str, ...], tmp_path: Path
) -> None:
    """Only the scenarios of those requirements are run: what else a defect touches is the matrix's business."""
    verdicts = run(tmp_path, "--stage", stage, f"--{kind}-defect", name, "-m", " or ".join(turns_red))
    assert verdicts == {id: of_failed_assertion(catalogue()[id].level) for id in turns_red}


def test_every_requirement_has_a_defect_that_turns_it_red() -> None:
    proved = {id for _, _, _, turns_red in ROWS for id in turns_red}
    assert proved == set(catalogue().by_id)


@pytest.mark.parametrize("kind", ["shop", "account"])
def test_an_unknown_defect_is_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    ended = pytest_run(tmp_path, f"--{kind}-defect", "no-such-thing", "-m", "SETUP-01")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"--{kind}-defect no-such-thing: there is none of this name" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def run(folder: Path, *arguments: str) -> dict[str, Verdict]:
    """The verdicts of those requirements that a run selected."""
    ended = pytest_run(folder, *arguments)
    document = folder / "conformance.json"
    assert document.exists(), ended.stdout + ended.stderr
    found = json.loads(document.read_text("utf-8"))["requirements"]
    return {requirement["id"]: Verdict(requirement["verdict"]) for requirement in found if requirement["verdict"]}


def pytest_run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    reports = [f"--alluredir={folder}/allure-results", f"--junit-xml={folder}/junit.xml"]
    command = [sys.executable, "-m", "pytest", "-q", "--limit=5", *reports, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
