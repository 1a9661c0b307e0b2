"""Several processes explore at once: one that finds something, or breaks, ends the others, and their counts are one."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import exploring, verbs
from conformance.explore.beside import SEEDS_APART, Explore, Others, others
from conformance.explore.running import ExploreEnd
from conformance.verdict.endings import SuiteError
from tests.explore.beside_the_first import cannot_go_on, counts, finds, goes_on, is_killed, tally_of
from tests.explore.test_reporting import STORY

LIMIT_SECONDS = 60.0
SEED = 7


def _waited(beside: Others) -> None:
    """Until the other processes ended the exploring."""
    until = time.monotonic() + LIMIT_SECONDS
    while not beside.over.is_set() and time.monotonic() < until:
        beside.listen()
        beside.over.wait(0.05)
    assert beside.over.is_set()


def test_what_all_of_them_told_is_one_count() -> None:
    with others(2, counts, 5, SEED) as beside:
        ended = beside.joined(ExploreEnd("embedded", "test", SEED, tally=tally_of(1, SEED)))
    assert (ended.tally.stories, ended.tally.steps) == (11, 22)
    own = [(f"of {SEED + nth * SEEDS_APART}",) for nth in range(3)]
    assert ended.tally.states == {("placed",), *own}  # each from a seed of its own, and what all reached counts once
    assert ended.tally.used == {"an order is placed": 11}
    assert ended.seed == SEED


def test_what_one_of_them_finds_ends_the_others_and_is_what_was_found() -> None:
    with others(1, finds, None, SEED) as beside:
        _waited(beside)
        ended = beside.joined(ExploreEnd("embedded", "test", SEED))
    assert (ended.story, ended.seed) == (STORY, SEED + SEEDS_APART)


def test_when_the_first_has_ended_the_others_end() -> None:
    with others(1, goes_on, None, SEED) as beside:
        processes = list(beside.running.values())
        beside.joined(ExploreEnd("embedded", "test", SEED))
        for process in processes:
            process.join(LIMIT_SECONDS)
        assert [process.exitcode for process in processes] == [0]


@pytest.mark.parametrize(
    ("explore", "told"),
    [(cannot_go_on, "the shop answers no more"), (is_killed, "a process that explored beside this one was ended")],
)
def test_one_that_breaks_ends_the_others(explore: Explore, told: str) -> None:
    with others(1, explore, None, SEED) as beside:
        _waited(beside)
        with pytest.raises(SuiteError, match=told):
            beside.joined(ExploreEnd("embedded", "test", SEED))


def test_who_leaves_while_they_explore_leaves_none_behind() -> None:
    with others(2, goes_on, None, SEED) as beside:
        processes = list(beside.running.values())
    assert [process.is_alive() for process in processes] == [False, False]


def test_a_fault_is_found_by_the_command_in_whichever_process_comes_upon_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exploring, "REPORTS", tmp_path)
    ended = CliRunner().invoke(verbs.app, ["explore", "--processes", "2", "--shop-defect", "fulfils-each-time"])
    assert ended.exit_code == 1, ended.output
    found = json.loads((tmp_path / "explore.json").read_text("utf-8"))
    assert found["seed"] == found["story"]["seed"]
    assert [one["requirement"] for one in found["story"]["found"]] == ["MONEY-03"]
    assert (tmp_path / "explore" / found["file"]).is_file()
