"""Every defect turns exactly its own red on the whole suite, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from fixtures.judging.catalogue import Stage
from tests.proof import kept
from tests.proof.judging import Shown
from tests.proof.matrix import prove, without_defects
from tests.proof.rows import rows

ROWS = rows()
pytestmark = pytest.mark.proof


@pytest.fixture(scope="session")
def without() -> Mapping[Stage, Mapping[str, Shown]]:
    """What is found of each stage without any defect."""
    return {stage: without_defects(stage, kept.folder()) for stage in Stage}


@pytest.mark.parametrize("name", ROWS)
def test_a_defect_turns_its_own_red_and_nothing_else(
    name: str, without: Mapping[Stage, Mapping[str, Shown]], tmp_path: Path
) -> None:
    row = ROWS[name]
    proved = prove(row, without[row.stage], tmp_path, kept.folder() / kept.ROWS)
    told = "".join(f"\n  {stray}" for stray in proved.strays)
    assert not proved.strays, f"{name} says {dict(row.expected)}; to see it: {row.command}{told}"
