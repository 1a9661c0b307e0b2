"""Every rule of the emulator and of the suite is held by a test: one fails on each change of it, or it is accepted."""

from __future__ import annotations

import pytest

from tests.proof import mutation
from tests.proof.accepted import accepted
from tests.proof.mutation import Count
from tests.proof.rule_code import RULES

pytestmark = pytest.mark.proof


def nothing_survives(count: Count) -> None:
    """Make sure that each change of a module is noticed, or accepted, and nothing accepted that is noticed."""
    assert not count.untried, count
    known = [one for one in accepted() if one.module == count.module]
    assert {str(one) for one in known} == {str(one) for one in count.accepted}, "accepted for nothing"
    assert not count.survivors, "\n".join(map(str, count.survivors))


@pytest.mark.parametrize("module", RULES)
def test_no_change_of_a_rule_goes_unnoticed(module: str) -> None:
    [count] = mutation.report({module: RULES[module]}, minutes=mutation.MINUTES)
    nothing_survives(count)
