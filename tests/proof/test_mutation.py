"""What survives is listed and fails the proof, unless it is written down with a reason."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from tests.proof import mutation
from tests.proof.accepted import Accepted, accepted, as_toml
from tests.proof.mutants import ROOT, Mutant, mutants, path_of
from tests.proof.mutating import FAILED, HUNG, PASSED
from tests.proof.mutation import Count, judged, tried
from tests.proof.rule_code import RULES, SHOP

MODULE = "emulator.paymentwall.money"
MUTANT = Mutant(MODULE, 3, "exact", 'if text == "\\d":', "if text == 'it\\'s':", "")
TAKEN = Accepted(MODULE, "exact", MUTANT.was, MUTANT.now, "Both mean the same.")


def ending(monkeypatch: pytest.MonkeyPatch, statuses: Sequence[int]) -> None:
    """Let the first mutants end so, and the others not be tried."""

    def run(*_: object, **__: object) -> Iterator[tuple[int, int]]:
        yield from enumerate(statuses)

    monkeypatch.setattr(mutation, "run", run)


def test_what_became_of_each_mutant_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *others = every = list(mutants(MODULE))
    ending(monkeypatch, [PASSED, PASSED, FAILED, HUNG, 2])
    known = Accepted(MODULE, second.function, second.was, second.now, "It means the same.")
    count = tried(MODULE, RULES[MODULE], [known], until=time.monotonic() + 60)
    assert count == Count(MODULE, 2, 1, [known], [first], len(others) - 3)
    assert str(count) == (
        f"{MODULE}: {len(every)} mutants, 2 killed, 1 hung, 1 accepted, 1 survive, {len(others) - 3} not tried"
    )


def test_without_time_nothing_is_tried() -> None:
    count = tried(MODULE, RULES[MODULE], [], until=time.monotonic())
    assert count == Count(MODULE, untried=len(list(mutants(MODULE))))


def test_a_survivor_fails_and_is_shown_as_it_would_be_written_down() -> None:
    said: list[str] = []
    with pytest.raises(SystemExit, match=r"^1 mutants survive: write a test"):
        judged([Count(MODULE, 3, survivors=[MUTANT])], [], said.append)
    assert said == [as_toml(MUTANT)]


def test_where_nothing_else_survives_all_is_well_and_what_was_not_tried_is_said() -> None:
    said: list[str] = []
    judged([Count(MODULE, 3, accepted=[TAKEN], untried=2)], [TAKEN], said.append)
    assert said[0] == "2 mutants were not tried: --minutes gives more."
    assert said[1] == "No mutant of 1 modules survives that is not accepted."


@pytest.mark.parametrize(("untried", "lines"), [(0, 2), (1, 2)])
def test_what_is_accepted_for_nothing_is_said_once_all_was_tried(untried: int, lines: int) -> None:
    said: list[str] = []
    judged([Count(MODULE, 3, untried=untried)], [TAKEN], said.append)
    assert len(said) == lines
    assert ("take it out" in said[0]) == (not untried)


def test_a_survivor_is_written_down_as_it_reads() -> None:
    [told] = tomllib.loads(as_toml(MUTANT))["accepted"]
    assert Accepted(**told).covers(MUTANT)
    assert not Accepted(**{**told, "function": "another"}).covers(MUTANT)
    assert not Accepted(**told).covers(replace(MUTANT, nth=2))
    assert Accepted(**tomllib.loads(as_toml(replace(MUTANT, nth=2)))["accepted"][0]).nth == 2


def test_every_accepted_mutant_has_its_place_and_its_reason() -> None:
    assert accepted()
    for one in accepted():
        assert one.module in {**RULES, **SHOP}, one
        assert re.fullmatch(r"[A-Z`].{15,}\.", one.reason), one
        written = " ".join(
            line.partition("  #")[0].strip() for line in path_of(one.module).read_text("utf-8").split("\n")
        )
        assert one.was in written, f"{one} is no mutant any more; take it out"
        assert one.now != one.was
    assert len({(str(one), one.nth) for one in accepted()}) == len(accepted())


def test_every_rule_is_held_by_test_files_that_there_are() -> None:
    for module, tests in RULES.items():
        assert path_of(module).is_file()
        assert tests
        assert all((ROOT / test.partition("::")[0]).is_file() for test in tests), module


def test_a_module_that_is_not_mutated_is_refused_in_one_line() -> None:
    command = [sys.executable, "-m", "tests.proof.mutation", "--module", "emulator.nothing"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert line.startswith("--module emulator.nothing: no rules of it are mutated; choose of emulator.paymentwall.")
