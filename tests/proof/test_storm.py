"""A storm finds what no run of the scenarios does: each defect of load, just its own, and nothing in the good shop."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.target.rows import storm_rows
from conformance.verdict.catalogue import Api
from tests.proof import kept
from tests.proof.matrix import prove, without_defects
from tests.storm.storms import ORDERS, SLOWER, make, short

ROWS = storm_rows()
pytestmark = pytest.mark.proof


both_generations = pytest.mark.parametrize("api", Api)


@both_generations
@pytest.mark.parametrize("name", ROWS)
def test_a_storm_finds_it_and_nothing_else(name: str, api: Api, tmp_path: Path) -> None:
    made = make(tmp_path, *short(name), *ROWS[name].option.split(), f"--api={api}")
    assert made.document.unmet == list(ROWS[name].expected), made.stdout
    assert (made.code, made.document.held) == (1, False)


@both_generations
@pytest.mark.parametrize("name", ["locks-four-orders", *SLOWER])
def test_the_good_shop_holds_in_the_same_storm(name: str, api: Api, tmp_path: Path) -> None:
    made = make(tmp_path, *short(name), f"--api={api}")
    assert made.document.unmet == [], made.stdout
    assert (made.code, made.document.placed, made.document.wrong) == (0, ORDERS, [])


@both_generations
@pytest.mark.parametrize("name", ROWS)
def test_no_run_of_the_scenarios_finds_it(name: str, api: Api, tmp_path: Path) -> None:
    unseen = replace(ROWS[name], turns_red=(), warns=(), api=api)
    without = without_defects(unseen, kept.folder() / os.environ.get("PYTEST_XDIST_WORKER", kept.FIRST_WORKER))
    proved = prove(unseen, without, tmp_path, kept.folder() / f"storm-{api}")
    assert not proved.strays, "".join(f"\n  {stray}" for stray in proved.strays)
