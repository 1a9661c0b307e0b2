"""What a person would have to look up in a console, and this run's behaviour tells: pure, and said to be inferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.verdict.algebra import ScenarioResult, Verdict, worst


@dataclass(frozen=True)
class Rule:
    """A setting that shows in what another requirement's scenarios found: `good` where they passed, `bad` where not.

    `title` and `failure` narrow that down to scenarios with these words in their title, and failures with those in
    their reason; empty: any. With `bad` empty a failure may have several causes, and tells nothing.
    """

    requirement: str
    shown_by: str
    good: str
    bad: str = ""
    title: str = ""
    failure: str = ""


RULES = (
    Rule(
        "SETUP-11",
        "COUNTRY-01",
        "payments come with the buyer's country, which Paymentwall sends only with this setting",
        "payments come without the buyer's country: the setting is missing",
    ),
    Rule(
        "SETUP-10",
        "CHECKOUT-06",
        "pw_1 opened and took a payment, which it does in version 1.2 only (guide)",
        "pw_1 did not open, as in any version but 1.2 (guide)",
        title="pw_1",
        failure="no widget opened",
    ),
    Rule("SETUP-07", "WEBHOOK-01", "PortOne received a payment's result, which comes by Paymentwall's pingback"),
    Rule("SETUP-08", "WEBHOOK-01", "PortOne accepted Paymentwall's pingback, which it does only if it is signed so"),
    Rule("SETUP-12", "WEBHOOK-01", "PortOne's webhook about a payment came to that address"),
)
NO_RESULT = ("SETUP-07", "SETUP-08", "SETUP-12")
CAUSES = (
    "No result of a payment arrived in this run. Possible causes: the pingback's type or URL at Paymentwall "
    "(SETUP-07), its signature version (SETUP-08), the webhook address at PortOne (SETUP-12), or the "
    "way from PortOne to there"
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
        if rule.requirement == requirement and (decided := _by(rule, results)):
            verdict, reason = decided
            return replace(result, verdict=verdict, reason=f"inferred from {rule.shown_by}: {reason}")
    if never_came and requirement in NO_RESULT and not result.reason.startswith(CAUSES):
        return replace(result, reason=f"{CAUSES}. {result.reason}")
    return result


def _by(rule: Rule, results: Sequence[ScenarioResult]) -> tuple[Verdict, str] | None:
    shown = [one for one in results if rule.shown_by in one.requirements and rule.title in one.title]
    found = worst(one.verdict for one in shown if one.verdict in (Verdict.PASS, Verdict.FAIL))
    if found is Verdict.PASS:
        return found, rule.good
    failed = [one for one in shown if one.verdict is Verdict.FAIL and rule.failure in one.reason]
    return (Verdict.FAIL, rule.bad) if failed and rule.bad else None
