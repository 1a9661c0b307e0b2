"""Merchants who are wholly different from a good one pass nothing that they do not earn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.verdict.algebra import Verdict
from tests.proof.forking import Job, run
from tests.proof.judging import found
from tests.proof.strangers import STRANGERS

SHORT = ("--limit=1",)
"""Who never does what is waited for is waited for a second: a longer wait would change no verdict."""
LIMITS: Mapping[str, tuple[str, ...]] = {
    "believes-everything": ("--limit=10",),
    "never-answers": (*SHORT, "--limit-scale=0.03"),
}

# What the accounts earn, whichever merchant they are for.
ACCOUNTS = frozenset(
    {"SETUP-01", "SETUP-02", "SETUP-06", "SETUP-07", "SETUP-08", "SETUP-10", "SETUP-11", "SETUP-15", "SETUP-17"}
    | {"COUNTRY-01"}
)


@dataclass(frozen=True)
class Expected:
    """The verdicts that say something; all others are INCONCLUSIVE or NOT_APPLICABLE."""

    passed: frozenset[str]
    failed: frozenset[str]
    warned: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()


def these(*ids: str) -> frozenset[str]:
    """Requirements of one area by their numbers, as these("CHECKOUT 01 06", "WEBHOOK 01")."""
    return frozenset(f"{area}-{number}" for area, *numbers in map(str.split, ids) for number in numbers)


EXPECTED: Mapping[str, Expected] = {
    "does-nothing": Expected(
        passed=ACCOUNTS | these("SETUP 13", "WEBHOOK 14"),  # it does answer, in time and without a server error
        failed=these("CHECKOUT 01 06", "WEBHOOK 01 17"),
    ),
    "fails": Expected(
        passed=ACCOUNTS | these("WEBHOOK 14"),
        failed=these("CHECKOUT 01 06", "WEBHOOK 01 17"),
        warned=these("SETUP 13"),
    ),
    "never-answers": Expected(
        passed=ACCOUNTS,
        failed=these("CHECKOUT 01 06", "WEBHOOK 01 14 17"),
        warned=these("SETUP 13"),
    ),
    "believes-everything": Expected(
        passed=ACCOUNTS
        | these("SETUP 03 09 12 13", "CHECKOUT 01 02 03 05 06 07 09 10 12 13 17 20", "WEBHOOK 01 02 03 09 11 14 16")
        | these("APPROVAL 01 03", "CANCEL 15", "COUNTRY 03 05"),
        failed=these("CHECKOUT 04 08 11 14 16", "WEBHOOK 04 05 06 07 08 10 12 15 17", "APPROVAL 02", "DELIVERY 01")
        | these("CANCEL 01 02 07 14 17"),
        warned=these("CHECKOUT 15", "WEBHOOK 18 19 20"),
    ),
    "refuses-everything": Expected(
        passed=ACCOUNTS | these("WEBHOOK 14"),
        failed=these("CHECKOUT 01 06", "WEBHOOK 01 17"),
        warned=these("SETUP 13"),
    ),
}


@pytest.mark.proof
@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_is_found_to_be_what_it_is(name: str, tmp_path: Path) -> None:
    chosen = ("-p", "tests.proof.strangers", "--stranger", name, *LIMITS.get(name, SHORT))
    job = Job(name, chosen, str(tmp_path))
    [ended] = run([job])
    shown = found(job, ended)
    by_verdict = {verdict: {id for id, one in shown.items() if one.verdict is verdict} for verdict in Verdict}
    expected = EXPECTED[name]
    reasons = {id: str(one) for id, one in shown.items() if one.verdict in (Verdict.FAIL, Verdict.ERROR)}
    assert by_verdict[Verdict.PASS] == expected.passed, "passed without having earned it, or not although it did"
    assert by_verdict[Verdict.FAIL] == expected.failed, reasons
    assert by_verdict[Verdict.WARN] == expected.warned
    assert by_verdict[Verdict.ERROR] == expected.errors, reasons


def test_every_stranger_has_its_expectations() -> None:
    assert EXPECTED.keys() == STRANGERS.keys()
