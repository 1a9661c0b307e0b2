"""What is judged of all scenarios of a run together, whatever each was about: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.verdict import korean
from conformance.verdict.algebra import ScenarioResult, Verdict, because
from conformance.verdict.reasons import Cause, Why

ANSWERS, NAMES = "WEBHOOK-14", "CHECKOUT-04"
"""The requirements that every scenario has a share in."""
SHOULD_SECONDS = 10.0
"""PortOne waits for 30 s (docs), in which an answer comes or does not."""
_MOST_NAMED = 3


def with_deliveries(results: Sequence[ScenarioResult]) -> list[ScenarioResult]:
    """The same results; WEBHOOK-14's first PASS is FAIL where webhooks of other scenarios went without an answer.

    It is WARN where every one was answered, one of them after more than 10 s.
    """
    unanswered = [result for result in results if result.unanswered]
    slow = [result for result in results if result.slowest_seconds > SHOULD_SECONDS]
    if unanswered:
        number = sum(result.unanswered for result in unanswered)
        facts = {"limit": "30", "number": str(number), **_where(unanswered)}
        return _judged(results, ANSWERS, Verdict.FAIL, Cause(Why.UNANSWERED, facts=facts))
    if slow:
        slowest = max(slow, key=lambda result: result.slowest_seconds)
        facts = {"limit": f"{SHOULD_SECONDS:g}", "seconds": f"{slowest.slowest_seconds:.1f}", **_where([slowest])}
        return _judged(results, ANSWERS, Verdict.WARN, Cause(Why.SLOWEST, facts=facts))
    return list(results)


def with_names(results: Sequence[ScenarioResult]) -> list[ScenarioResult]:
    """The same results; CHECKOUT-04's first PASS is FAIL where new orders had the merchant_uid of a paid one."""
    twice = [result for result in results if result.named_twice]
    if not twice:
        return list(results)
    names = dict.fromkeys(name for one in twice for name in one.named_twice.split())
    facts = {"names": ", ".join(names), **_where(twice)}
    return _judged(results, NAMES, Verdict.FAIL, Cause(Why.NAMED_TWICE, facts=facts))


def _where(results: Sequence[ScenarioResult]) -> Mapping[str, str]:
    """The titles of the first few, in both languages."""
    titles = [result.title for result in results[:_MOST_NAMED]]
    return {
        "where": ", ".join(f"“{title}”" for title in titles),
        "where_ko": ", ".join(f"“{korean.of_title(title) or title}”" for title in titles),
    }


def _judged(
    results: Sequence[ScenarioResult], requirement: str, verdict: Verdict, cause: Cause
) -> list[ScenarioResult]:
    """The same results, the requirement's first PASS with this verdict; where there is none, nothing is judged."""
    own = next((one for one in results if requirement in one.requirements and one.verdict is Verdict.PASS), None)
    return [because(own, verdict, cause) if result is own else result for result in results]
