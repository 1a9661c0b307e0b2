"""Whatever is changed of what decides about money in the shop, no run of the suite ends READY, or it is accepted."""

from __future__ import annotations

import pytest

from tests.proof import mutation
from tests.proof.rule_code import SHOP
from tests.proof.test_rules import nothing_survives

pytestmark = pytest.mark.proof


@pytest.mark.parametrize("module", SHOP)
def test_no_change_of_the_shop_ends_ready(module: str) -> None:
    [count] = mutation.of_shop([module])
    nothing_survives(count)
