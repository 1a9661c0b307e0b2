"""Every order of a run was to have a merchant_uid of its own, whatever its scenario was about: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.verdict.algebra import ScenarioResult, Verdict

REQUIREMENT = "CHECKOUT-04"


def with_names(results: Sequence[ScenarioResult]) -> list[ScenarioResult]:
    """The same results; CHECKOUT-04's first PASS is FAIL where new orders had the merchant_uid of a paid one."""
    twice = [result for result in results if result.named_twice]
    own = next((one for one in results if REQUIREMENT in one.requirements and one.verdict is Verdict.PASS), None)
    if own is None or not twice:
        return list(results)
    where = "; ".join(f"{' and '.join(one.named_twice.split())} in “{one.title}”" for one in twice[:3])
    expected = "Expected each order to have a merchant_uid of its own."
    judged = replace(
        own,
        verdict=Verdict.FAIL,
        reason=f"{expected} In this run new orders had those of orders that were paid: {where}.",
        cause=(),
    )
    return [judged if result is own else result for result in results]
