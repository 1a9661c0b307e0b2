"""Every assertion of the steps and of the Givens is missed by a row when it is left out, or accepted with a reason."""

from __future__ import annotations

import pytest

from tests.proof import deletion

pytestmark = pytest.mark.proof


def test_a_row_misses_every_assertion_that_is_left_out() -> None:
    said: list[str] = []
    try:
        deletion.prove(say=said.append)
    except SystemExit as survivors:
        pytest.fail("\n".join([str(survivors), *said]))
    assert said[-1].endswith(f"but for {len(deletion.accepted())} that are accepted."), "\n".join(said)
