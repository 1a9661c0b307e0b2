"""A story of the embedded shop is told again to a deployment: one with the same fault, and one without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from conformance.cli import exploring, verbs
from conformance.explore import stories
from tests.explore.test_pasted import story
from tests.fixtures.deployed import PASSWORDS, Deployment

DEFECT = "fulfils-each-time"
"""By which the story was found."""


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    deployment = Deployment(tmp_path)
    deployment.configure()
    monkeypatch.setattr(exploring, "REPORTS", tmp_path / "reports")
    for name, given in {**PASSWORDS, "SHOP_DATABASE": deployment.database.as_posix()}.items():
        monkeypatch.setenv(name, given)
    return deployment


def told_again(deployment: Deployment) -> Result:
    file = stories.write(story("a webhook again"), deployment.folder)
    config = deployment.folder / "conformance.toml"
    return CliRunner().invoke(verbs.app, ["explore", "--replay", str(file), "--target=merchant", f"--config={config}"])


def test_a_deployment_with_the_same_fault_is_found_wrong(deployment: Deployment) -> None:
    with deployment.shop(DEFECT):
        ended = told_again(deployment)
    assert ended.exit_code == 1, ended.output
    assert "MONEY-03" in ended.stdout
    assert not [secret for secret in PASSWORDS.values() if secret in ended.output]


def test_a_deployment_without_it_stands(deployment: Deployment) -> None:
    with deployment.shop():
        ended = told_again(deployment)
    assert ended.exit_code == 0, ended.output
    assert "Nothing was found: 1 story, 2 steps" in ended.stdout
