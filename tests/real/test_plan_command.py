"""`conformance plan` needs no account that answers and no secret; what it cannot plan is one line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.real import planning
from tests import forks
from tests.fixtures.deployed import clean_environment
from tests.real.standing_in import CONSENT, StandIn


def plan(*arguments: str) -> tuple[int, str, str]:
    ended = forks.run("conformance", "plan", *arguments, environ=clean_environment())
    return ended.returncode, ended.stdout, ended.stderr


def test_the_plan_of_a_live_deployment_is_made_without_asking_anybody(tmp_path: Path) -> None:
    configured = StandIn(tmp_path).configure("golive", CONSENT)
    code, told, _ = plan(f"--config={configured}", "--stage=live")
    lines = told.splitlines()
    assert code == 0
    assert "  CHECKOUT-06  card  A buyer pays by card through pw_1" in lines
    assert any(line.startswith("  WEBHOOK-14   Not observable on target golive: PortOne's webhooks") for line in lines)
    assert lines[-1].startswith("By the Test Payment method, which moves no money:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('target = "embedded"\n', "only golive and sandbox charge real money: name one with --target"),
        ('target = "golive"\n', "target golive needs a [merchant] table in conformance.toml"),
    ],
)
def test_what_cannot_be_planned_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "conformance.toml").write_text(text, "utf-8")
    code, told, complaint = plan(f"--config={tmp_path / 'conformance.toml'}")
    assert (code, told, complaint.count("\n")) == (2, "", 1)
    assert complaint.rstrip().startswith(said)  # without what pytest puts before it


@pytest.mark.parametrize(
    ("status", "out", "err", "said"),
    [
        (0, "ERROR: a line of somebody's\n", "", "only golive and sandbox charge real money"),
        (2, "ERROR: a line of somebody's\n\nthe features are broken\n", "", "the features are broken"),
        (
            4,
            "278 tests collected\n",
            "ERROR: a plugin's own\nERROR: the folder is missing\n\n",
            "the folder is missing",
        ),
        (3, "", "\n", "pytest ended with 3"),
    ],
)
def test_how_pytest_ended_decides_and_not_what_it_printed(
    status: int, out: str, err: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.CompletedProcess[str]([], status, out, err)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(planning.CannotPlan) as caught:
        planning.plan_lines(None, None, None)
    assert str(caught.value).startswith(said)
