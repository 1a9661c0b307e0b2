"""Every rule of the emulator and of the suite is held by a test: one fails on each change of it, or it is accepted."""

from __future__ import annotations

import pytest

from tests.proof import mutation
from tests.proof.accepted import accepted
from tests.proof.rule_code import RULES

pytestmark = pytest.mark.proof


@pytest.mark.parametrize("module", RULES)
def test_no_change_of_a_rule_goes_unnoticed(module: str) -> None:
    said: list[str] = []
    counts = mutation.report({module: RULES[module]}, minutes=mutation.MINUTES, say=said.append)
    assert not counts[0].untried, said
    known = [one for one in accepted() if one.module == module]
    assert {str(one) for one in known} == {str(one) for one in counts[0].accepted}, "accepted for nothing"
    assert not counts[0].survivors, "\n".join(said)
