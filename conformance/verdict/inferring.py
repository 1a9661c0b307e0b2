"""What a person would have to look up in a console, and this run's behaviour tells: pure, and said to be inferred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conformance.verdict.algebra import ScenarioResult, Verdict, because, worst
from conformance.verdict.reasons import Cause, Why, has, said


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
NO_RESULT = ("SETUP-07", "SETUP-08", "SETUP-12")


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
