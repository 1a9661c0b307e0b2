"""What the scenarios of a run show together, beyond what each was about: pure.

The requirements that every scenario has a share in, and those of a console that the run's behaviour tells: the verdict
on the latter says that it is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conformance.verdict import korean
from conformance.verdict.algebra import ScenarioResult, Verdict, because, worst
from conformance.verdict.reasons import Cause, Why, has, said

ANSWERS, NAMES = "WEBHOOK-14", "CHECKOUT-04"
"""The requirements that every scenario has a share in."""
SHOULD_SECONDS = 10.0
"""PortOne waits for 30 s (docs), in which an answer comes or does not."""
_MOST_NAMED = 3
NO_RESULT = ("SETUP-07", "SETUP-08", "SETUP-12")


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


@dataclass(frozen=True)
class Rule:
    """A setting that shows in what another requirement's scenarios found: it is right where they passed.

    Where they failed it is wrong, if it `shows_faults`; else a failure may have several causes, and tells nothing.
    `row` narrows that down to the scenarios of one row of an outline, `failure` to failures for one cause.
    """

    requirement: str
    shown_by: str
    shows_faults: bool = False
    row: Mapping[str, str] = field(default_factory=dict)
    failure: Why | None = None

    def cause(self, verdict: Verdict) -> Cause:
        """What the verdict is inferred from; its words are in `reasons.toml`."""
        found = "good" if verdict is Verdict.PASS else "bad"
        return Cause(Why.INFERRED, (f"{self.requirement}-{found}",), {"shown_by": self.shown_by})


RULES = (
    Rule("SETUP-11", "COUNTRY-01", shows_faults=True),
    Rule("SETUP-10", "CHECKOUT-06", shows_faults=True, row={"widget": "pw_1"}, failure=Why.NO_WIDGET),
    Rule("SETUP-07", "WEBHOOK-01"),
    Rule("SETUP-08", "WEBHOOK-01"),
    Rule("SETUP-12", "WEBHOOK-01"),
)


def inferred(results: Sequence[ScenarioResult]) -> list[ScenarioResult]:
    """The same results, with those for review decided that the others tell; the rest stays for review.

    Results that never came have several causes: they are listed, and a person must look.
    """
    never_came = any({*NO_RESULT} & {*result.blocked_by} for result in results)
    return [_inferred(result, results, never_came) if _is_open(result) else result for result in results]


def _is_open(result: ScenarioResult) -> bool:
    return result.verdict is Verdict.REVIEW and len(result.requirements) == 1


def _inferred(result: ScenarioResult, results: Sequence[ScenarioResult], never_came: bool) -> ScenarioResult:
    [requirement] = result.requirements
    for rule in RULES:
        if rule.requirement == requirement and (verdict := _by(rule, results)):
            return because(result, verdict, rule.cause(verdict))
    if never_came and requirement in NO_RESULT and not has(result.cause, Why.NO_RESULT):
        return because(result, result.verdict, Cause(Why.NO_RESULT), *said(result.reason, result.cause))
    return result


def _by(rule: Rule, results: Sequence[ScenarioResult]) -> Verdict | None:
    shown = [one for one in results if rule.shown_by in one.requirements and rule.row.items() <= one.row.items()]
    found = worst(one.verdict for one in shown if one.verdict in (Verdict.PASS, Verdict.FAIL))
    if found is Verdict.PASS:
        return found
    failed = [one for one in shown if one.verdict is Verdict.FAIL]
    told = [one for one in failed if rule.failure is None or has(one.cause, rule.failure)]
    return Verdict.FAIL if told and rule.shows_faults else None
