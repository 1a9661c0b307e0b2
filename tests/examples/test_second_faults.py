"""What of the faults of the examples on PortOne V2 no run of the suite shows: PortOne signs with both secrets there."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.server import Emulator
from tests.examples.running import Example
from tests.examples.second import NEW, OLD, second

pytestmark = pytest.mark.proof


def test_who_knows_one_secret_refuses_what_the_other_signed(tmp_path: Path, emulator: Emulator) -> None:
    with second("express_v2", tmp_path, emulator, "knows-one-secret") as shop:
        order = shop.order()
        told = [
            shop.webhook("Transaction.Paid", order["payment_id"], secret=secret).status_code for secret in (OLD, NEW)
        ]
    assert told == [200, 400]


@pytest.mark.parametrize("name", ["express_v2", "flask_v2"])
def test_a_fault_that_is_none_is_refused_with_a_list(name: str, tmp_path: Path) -> None:
    example = Example.of(name, tmp_path)
    with pytest.raises(AssertionError) as refused, example.merchant("compares-nothin"):
        pass
    assert "choose from" in str(refused.value)
