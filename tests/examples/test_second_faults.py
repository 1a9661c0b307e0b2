"""The faults of the examples on PortOne V2 are chosen by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.running import Example

pytestmark = pytest.mark.proof


@pytest.mark.parametrize("name", ["express_v2", "flask_v2"])
def test_a_fault_that_is_none_is_refused_with_a_list(name: str, tmp_path: Path) -> None:
    example = Example.of(name, tmp_path)
    with pytest.raises(AssertionError) as refused, example.merchant("compares-nothin"):
        pass
    assert "choose from" in str(refused.value)
