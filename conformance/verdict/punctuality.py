"""Every webhook of a run was to be answered in time, whatever its scenario was about: pure."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.verdict.algebra import ScenarioResult, Verdict, because
from conformance.verdict.reasons import Cause, Why

REQUIREMENT = "WEBHOOK-14"
SHOULD_SECONDS = 10.0
"""PortOne waits for 30 s (docs), in which an answer comes or does not."""


def with_deliveries(results: Sequence[ScenarioResult]) -> list[ScenarioResult]:
    """The same results; WEBHOOK-14's first PASS is FAIL where webhooks of other scenarios went without an answer.

    It is WARN where every one was answered, one of them after more than 10 s.
    """
    unanswered = [result for result in results if result.unanswered]
    slow = [result for result in results if result.slowest_seconds > SHOULD_SECONDS]
    own = next((one for one in results if REQUIREMENT in one.requirements and one.verdict is Verdict.PASS), None)
    if own is None or not (unanswered or slow):
        return list(results)
    if unanswered:
        number = sum(result.unanswered for result in unanswered)
        where = ", ".join(f"“{result.title}”" for result in unanswered[:3])
        facts = {"limit": "30", "number": str(number), "where": where}
        judged = because(own, Verdict.FAIL, Cause(Why.UNANSWERED, facts=facts))
    else:
        slowest = max(slow, key=lambda result: result.slowest_seconds)
        took = {"limit": f"{SHOULD_SECONDS:g}", "where": slowest.title, "seconds": f"{slowest.slowest_seconds:.1f}"}
        judged = because(own, Verdict.WARN, Cause(Why.SLOWEST, facts=took))
    return [judged if result is own else result for result in results]
