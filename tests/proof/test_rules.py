"""Every rule is held by a test, and what decides about money in the shop by a run of the suite.

One fails on each change of it, or it is accepted.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.proof import mutation
from tests.proof.accepted import accepted
from tests.proof.mutating import QUICK
from tests.proof.rule_code import RULES, SHOP, THE_SUITE

pytestmark = pytest.mark.proof


@pytest.mark.parametrize(
    ("module", "tests", "options"),
    [*((m, tests, QUICK) for m, tests in RULES.items()), *((m, tests, THE_SUITE) for m, tests in SHOP.items())],
    ids=[*RULES, *SHOP],
)
def test_no_change_of_a_rule_goes_unnoticed(module: str, tests: Sequence[str], options: Sequence[str]) -> None:
    said: list[str] = []
    counts = mutation.report({module: tests}, minutes=mutation.MINUTES, say=said.append, options=options)
    assert not counts[0].untried, said
    known = [one for one in accepted() if one.module == module]
    assert {str(one) for one in known} == {str(one) for one in counts[0].accepted}, "accepted for nothing"
    assert not counts[0].survivors, "\n".join(said)
