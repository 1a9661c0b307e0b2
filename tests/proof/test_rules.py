"""Every rule of the emulator and of the suite is held by a test: one fails on each change of it, or it is accepted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.proof import mutation
from tests.proof.accepted import accepted
from tests.proof.mutating import QUICK
from tests.proof.rule_code import RULES

pytestmark = pytest.mark.proof


def nothing_survives(module: str, tests: Sequence[str], options: Sequence[str]) -> None:
    """Make sure that each change of a module is noticed, or accepted, and nothing accepted that is noticed."""
    said: list[str] = []
    counts = mutation.report({module: tests}, minutes=mutation.MINUTES, say=said.append, options=options)
    assert not counts[0].untried, said
    known = [one for one in accepted() if one.module == module]
    assert {str(one) for one in known} == {str(one) for one in counts[0].accepted}, "accepted for nothing"
    assert not counts[0].survivors, "\n".join(said)


@pytest.mark.parametrize("module", RULES)
def test_no_change_of_a_rule_goes_unnoticed(module: str) -> None:
    nothing_survives(module, RULES[module], QUICK)
