"""A scenario ends by itself as it does among all others; `make proof` tries every one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.depth import WHOLE
from tests.proof.alone import scenarios, unlike_the_whole
from tests.proof.judging import NoVerdicts

ONCE_NOT_ALONE = "test_a_third_is_refunded_and_then_the_rest"
"""Their tickets waited behind one that was opened to see, once a run, whether the merchant can refund."""


@pytest.mark.deeper
def test_every_scenario_ends_by_itself_as_among_the_others(tmp_path: Path) -> None:
    wanted = [id for id in scenarios() if WHOLE or ONCE_NOT_ALONE in id]
    assert len(wanted) > 2
    assert dict(unlike_the_whole(wanted, tmp_path)) == {}


def test_one_that_does_not_is_told_with_its_reason(tmp_path: Path) -> None:
    wanted = [id for id in scenarios() if "test_the_ticket_is_open" in id]
    [(id, told)] = unlike_the_whole(wanted, tmp_path, "--shop-defect=cancels-at-once")
    assert [id] == wanted
    assert told.startswith("FAIL: Expected order ")


def test_a_scenario_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoVerdicts, match="ended with status 4"):
        list(unlike_the_whole(["features/test_conformance.py::test_nothing"], tmp_path))
