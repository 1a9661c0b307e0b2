"""Tests are run against what a module would be, in memory; what they find is told, and nothing is left behind."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.proof.mutants import path_of
from tests.proof.mutating import FAILED, HUNG, PASSED, NothingShown, run

MODULE = "emulator.portone.tokens"
TESTS = ("tests/emulator/test_tokens.py",)
ORIGINAL = path_of(MODULE).read_text("utf-8")
LIFE = "LIFE_SECONDS = 30 * 60"


def found(sources: Sequence[str], *, tests: Sequence[str] = TESTS, seconds: float = 60.0) -> dict[int, int]:
    until = time.monotonic() + seconds
    return dict(run(MODULE, tests, ORIGINAL, sources, until=until, spare_seconds=2.0))


def test_a_mutant_is_killed_survives_or_hangs_and_the_module_stays_as_it_is() -> None:
    assert LIFE in ORIGINAL
    shorter, worded = ORIGINAL.replace(LIFE, "LIFE_SECONDS = 60"), ORIGINAL.replace("Access", "Some")
    hanging, broken = ORIGINAL.replace(LIFE, "while True: pass"), ORIGINAL.replace(LIFE, "import nothing_like_it")
    ended = found([shorter, worded, hanging, broken])
    assert (ended[0], ended[1], ended[2]) == (FAILED, PASSED, HUNG)
    assert ended[3] not in (PASSED, HUNG)
    assert path_of(MODULE).read_text("utf-8") == ORIGINAL


def test_when_the_time_is_up_no_mutant_is_begun() -> None:
    assert found([ORIGINAL], seconds=0.0) == {}


def test_tests_that_fail_without_a_mutation_show_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_red.py").write_text(f"import {MODULE}\ndef test_red() -> None:\n    assert not {MODULE}\n")
    with pytest.raises(NothingShown, match=r"test_red\.py ended with 1 without a mutation:\n(.|\n)*not emulator"):
        found([ORIGINAL], tests=[str(tmp_path / "test_red.py")])


def test_tests_that_never_import_the_mutant_show_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_elsewhere.py").write_text("def test_elsewhere() -> None:\n    pass\n")
    with pytest.raises(NothingShown, match=r"test_elsewhere\.py never imported it"):
        found([ORIGINAL], tests=[str(tmp_path / "test_elsewhere.py")])


def test_what_ends_before_any_test_is_said() -> None:
    strict = ["-q"]  # without what QUICK says of warnings, which are errors here
    with pytest.raises(NothingShown, match=r"without a mutation:\n(.|\n)*PytestAssertRewriteWarning"):
        dict(run(MODULE, TESTS, ORIGINAL, [], until=time.monotonic() + 60, options=strict))
