"""A storm against somebody else's deployment: by its file, its secrets and its own database, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.deployed import PASSWORDS, Deployment, clean_environment
from tests.storm.storms import make


@pytest.mark.proof
def test_a_deployment_is_driven_by_its_file_in_every_process_of_the_load(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.configure()
    environ = {**clean_environment(), **PASSWORDS, "SHOP_DATABASE": deployment.database.as_posix()}
    options = ("--rate=5", "--seconds=3", "--look-up-delay=0.1", "--workers=2")
    with deployment.shop():
        ended = make(tmp_path / "out", *options, where=tmp_path, environ=environ)
    document = ended.document
    assert (ended.code, document.target, document.unmet) == (0, "merchant", []), ended.stdout
    assert (document.placed, document.paid, document.shape.workers) == (15, 15, 2)
    for file in ("storm.html", "storm.json"):
        written = (tmp_path / "out" / file).read_text("utf-8")
        assert not [secret for secret in PASSWORDS.values() if secret in written]
