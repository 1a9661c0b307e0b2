"""Every defect turns exactly its own red on the whole suite, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.target.rows import rows
from tests.proof import kept
from tests.proof.matrix import prove, without_defects

ROWS = rows()
pytestmark = pytest.mark.proof


@pytest.mark.parametrize("name", ROWS)
def test_a_defect_turns_its_own_red_and_nothing_else(name: str, tmp_path: Path) -> None:
    row = ROWS[name]
    without = without_defects(row, kept.folder() / os.environ.get("PYTEST_XDIST_WORKER", kept.FIRST_WORKER))
    proved = prove(row, without, tmp_path, kept.folder() / kept.ROWS)
    told = "".join(f"\n  {stray}" for stray in proved.strays)
    assert not proved.strays, f"{name} says {dict(row.expected)}; to see it: {row.command}{told}"
