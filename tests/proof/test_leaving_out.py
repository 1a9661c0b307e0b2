"""Every assertion of the steps and of the Givens is found, and can be left out without touching anything else."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import FunctionType

import pytest

from fixtures.merchant import Order, RefundAnswer
from fixtures.purchases import Purchase
from steps import merchant
from tests.proof.forking import Job, run
from tests.proof.judging import found
from tests.proof.leaving_out import Assertion, assertions, leave_out

ACCEPTED = RefundAnswer(accepted=True, message="The refund is on its way.")


@pytest.fixture
def step() -> Iterator[FunctionType]:
    """A step with three assertions, which is as it was afterwards."""
    function = inspect.unwrap(merchant.the_merchant_was_shown_that_it_was_refused)
    assert isinstance(function, FunctionType)
    code = function.__code__
    yield function
    function.__code__ = code


def of(function: str) -> list[Assertion]:
    return [assertion for assertion in assertions() if assertion.function == function]


def test_they_are_found_in_steps_and_in_givens() -> None:
    assert [one.text for one in of("the_merchant_was_shown_that_it_was_refused")] == [
        "assert answer is not None",
        "assert not answer.accepted",
        "assert answer.message",
    ]
    assert [one.text for one in of("partly_cancelled")] == [
        "assert view.state is expected",
        "assert view.cancelled_amount == a_third(purchase.order)",
    ]


def test_only_the_one_is_left_out(step: FunctionType) -> None:
    purchase = Purchase(Order("A", "A-1", Decimal(1), "USD"), refund=ACCEPTED)
    with pytest.raises(AssertionError, match="took the request"):
        step(purchase)
    leave_out("steps.merchant", of(step.__name__)[1].line)
    step(purchase)
    silent = Purchase(purchase.order, refund=RefundAnswer(accepted=False, message=""))
    with pytest.raises(AssertionError, match="was not told why"):
        step(silent)


def test_where_no_assertion_is_nothing_is_left_out() -> None:
    with pytest.raises(LookupError, match=r"merchant\.py:1 is no assertion"):
        leave_out("steps.merchant", 1)


def test_without_its_assertion_a_red_turns_green_in_its_own_process_only(tmp_path: Path) -> None:
    red = ("--shop-defect", "sends-no-checksum", "-m", "CANCEL-11")
    [assertion] = of("the_cancellation_carries_a_checksum")
    jobs = [
        Job("without", red, str(tmp_path / "without"), (assertion.module, assertion.line)),
        Job("with", red, str(tmp_path / "with")),
    ]
    ended = {one.name: one for one in run(jobs, at_once=1)}
    verdicts = {job.name: str(found(job, ended[job.name])["CANCEL-11"].verdict) for job in jobs}
    assert verdicts == {"without": "PASS", "with": "WARN"}
