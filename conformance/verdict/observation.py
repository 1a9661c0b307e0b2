"""What is known of a scenario while it runs, and the verdict that its end means: pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace

from conformance.verdict.algebra import Level, Verdict, of_failed_assertion
from conformance.verdict.catalogue import Api, catalogue
from conformance.verdict.endings import (
    Blocked,
    MerchantStopped,
    MerchantUnreachable,
    NeedsReview,
    NotApplicable,
    NotDescribed,
    NotObservable,
    Reasoned,
    SuiteError,
    Unmet,
)
from conformance.verdict.reasons import Cause, Causes, Why, as_text, said, told, within
from conformance.verdict.terms import in_words_of

PROPERTIES = (
    "feature", "scenario", "requirements", "verdict", "reason", "blocked_by", "failed_step", "attempts",
    "unless_blocked", "unanswered", "slowest_seconds", "cause", "row", "books", "named_twice", "since",
)  # fmt: skip
"""What of it is told to whoever collects the verdicts."""


@contextmanager
def stands_on(*requirements: str) -> Iterator[None]:
    """Around a Given's own assertions: when one does not hold, the scenario is blocked by these requirements."""
    unknown = [requirement for requirement in requirements if requirement not in catalogue()]
    if unknown:
        raise SuiteError(f"a Given stands on {', '.join(unknown)}, which is not in the catalogue")
    try:
        yield
    except AssertionError as error:
        cause = error.cause if isinstance(error, Reasoned) else ()
        raise Blocked(requirements, message_of(error), cause) from error


@contextmanager
def for_cause(*why: Cause | Callable[[], Causes]) -> Iterator[None]:
    """Around an assertion that, when it does not hold, failed for these causes; without any its own words count.

    A function is asked for them only then: what was seen of the way there may have to be looked up.
    """
    try:
        yield
    except AssertionError as error:
        causes = [cause for one in why for cause in ((one,) if isinstance(one, Cause) else one())]
        if not causes:
            raise
        raise Unmet(*causes) from error


def failing_as(kind: Why, **facts: str) -> AbstractContextManager[None]:
    """Around an assertion that, when it does not hold, failed for one cause with these facts."""
    return for_cause(Cause(kind, facts=facts))


@dataclass
class Observation:
    """What is known of a scenario while it runs.

    Where a plugin runs it several times (`attempts`), the worst end counts, with what was `raised` then. `cause` is the
    reason as data where the suite made it; `row` is an outline's row, by column.
    """

    feature: str
    scenario: str
    requirements: tuple[str, ...]
    level: Level = Level.MUST
    verdict: Verdict | None = None
    reason: str = ""
    cause: Causes = ()
    row: Mapping[str, str] = field(default_factory=dict)
    blocked_by: tuple[str, ...] = ()
    failed_step: str = ""
    unless_blocked: Verdict | None = None
    unanswered: int = 0
    slowest_seconds: float = 0.0
    books: str = ""
    named_twice: str = ""
    since: str = ""
    step_type: str = field(default="", repr=False)
    attempts: int = 0
    raised: Exception | None = field(default=None, repr=False)
    broken_off: bool = field(default=False, repr=False)

    def conclude(self, verdict: Verdict, reason: str = "", cause: Causes = ()) -> None:
        """Set the verdict and its reason, in words or by its causes."""
        self.verdict, self.reason, self.cause = verdict, reason or told(cause), cause

    def begin(self) -> Observation | None:
        """Forget how it ended before, which is given: None where this is the first attempt."""
        before = replace(self) if self.verdict is not None else None
        self.verdict, self.reason, self.cause, self.blocked_by = None, "", (), ()
        self.failed_step, self.step_type = "", ""
        self.attempts, self.raised = (before.attempts if before else 0) + 1, None
        return before

    def count(self, before: Observation) -> None:
        """Let an earlier attempt's end stand where it is worse than this one's."""
        assert self.verdict is not None  # both have ended
        assert before.verdict is not None
        if before.verdict.severity < self.verdict.severity:
            self.verdict, self.reason, self.cause = before.verdict, before.reason, before.cause
            self.blocked_by = before.blocked_by
            self.failed_step, self.step_type, self.raised = before.failed_step, before.step_type, before.raised

    def properties(self) -> list[tuple[str, str]]:
        """As pytest's user_properties: plain text, so that xdist carries them and junit.xml shows them."""
        values = {name: getattr(self, name) for name in PROPERTIES}
        values["attempts"] = self.attempts if self.attempts > 1 else ""
        for name in ("requirements", "blocked_by"):
            values[name] = " ".join(values[name])
        values["cause"], values["row"] = as_text(self.cause), json.dumps(self.row) if self.row else ""
        return [(name, str(values[name] or "")) for name in PROPERTIES if values[name]]


def message_of(error: BaseException) -> str:
    """The first paragraph of what was raised: pytest appends its introspection after it."""
    text = str(error).partition("\nassert ")[0].strip()
    return text or type(error).__name__


def classify(observation: Observation, error: Exception) -> None:
    """Conclude what was raised, by its kind and by the step that it broke."""
    message, cause = message_of(error), error.cause if isinstance(error, Reasoned) else ()
    match error:
        case Blocked():
            observation.blocked_by = error.requirements
            observation.conclude(Verdict.INCONCLUSIVE, message, error.cause)
        case NotApplicable():
            observation.conclude(Verdict.NOT_APPLICABLE, message, cause)
        case NotObservable():
            observation.conclude(Verdict.INCONCLUSIVE, message, cause)
        case NeedsReview():
            observation.conclude(Verdict.REVIEW, message, cause)
        case MerchantStopped():  # whatever the scenario was about, a merchant that is gone takes no payments
            observation.conclude(Verdict.FAIL, message, cause)
        case MerchantUnreachable() if not isinstance(error, NotDescribed):
            _of_a_wrong_answer(observation, error.stands_on, message, cause)
        case AssertionError() if observation.step_type == "then":
            observation.conclude(of_failed_assertion(observation.level), message, cause)
        case _:
            observation.conclude(Verdict.ERROR, f"{type(error).__name__}: {message}")


def _of_a_wrong_answer(observation: Observation, stands_on: tuple[str, ...], message: str, cause: Causes) -> None:
    """The merchant answered one of the suite's requests wrongly, or not at all: never an error of the suite.

    It fails what it was asked for. A scenario about something else is blocked by that; where that did not fail in the
    run, the merchant failed in this very scenario. A Given that speaks of no requirement shows nothing.
    """
    failed = of_failed_assertion(observation.level)
    if set(stands_on) & set(observation.requirements):
        observation.conclude(failed, message, cause)
    elif stands_on:
        observation.blocked_by, observation.unless_blocked = stands_on, failed
        observation.conclude(Verdict.INCONCLUSIVE, message, cause)
    elif observation.step_type == "given":
        observation.conclude(Verdict.INCONCLUSIVE, cause=(Cause(Why.NOT_BEGUN, facts=within(said(message, cause))),))
    else:
        observation.conclude(failed, message, cause)


def failure_of(observation: Observation, api: Api = Api.V1) -> str:
    """A failure in the requirement's words, with remedy and source for a merchant that speaks this generation."""
    known = catalogue(api)
    scenario = (f"Scenario: {observation.scenario}", f"  {observation.failed_step}", "", observation.reason)
    lines = [in_words_of(api, line) for line in scenario]
    for id in observation.requirements:
        requirement = known[id]
        source = known.source_of(requirement)
        lines += ["", f"{id} ({requirement.level}): {requirement.title}", f"Remedy: {requirement.remedy}"]
        lines += [f"Source: {source.title}, {source.url} ({requirement.provenance})"]
    return "\n".join(lines)
