"""What a reader needs first of a run, each thing once: reasons that are alike, and what is blocked by its root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.report.document import ConformanceDocument, RequirementFacts, ScenarioFacts
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Probe
from conformance.verdict.reasons import Causes, Language, Why, of_own_words, told

RED = (Verdict.FAIL, Verdict.WARN)
UNCHECKED = (None, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class Reason:
    """A reason as the first scenario has it, and all scenarios that have one alike; `text` where a step made it."""

    text: str
    causes: Causes
    scenarios: tuple[ScenarioFacts, ...]

    def lines(self, language: Language = "en") -> list[str]:
        """In words, a line for each that it was said in."""
        return [told(self.causes, language)] if self.causes else self.text.splitlines()


@dataclass(frozen=True)
class Unchecked:
    """Requirements that were not checked, or do not apply, for one reason; `by` is what blocks them, empty for none."""

    verdict: Verdict | None
    reason: Reason
    requirements: tuple[RequirementFacts, ...]
    by: str = ""


def reasons(requirement: RequirementFacts) -> list[Reason]:
    """Why a requirement has its verdict: the reasons of the scenarios that led to it, those that are alike as one.

    Two are alike where they begin with the same kind of cause and say the same in this project's own words: the orders,
    payments and times in them differ. One that a step said in its own words is alike only to itself.
    """
    found: dict[object, list[ScenarioFacts]] = {}
    for one in requirement.scenarios:
        if one.outcome is requirement.verdict and one.reason:
            found.setdefault(_kind(one), []).append(one)
    merged = [Reason(several[0].reason, tuple(several[0].cause), tuple(several)) for several in found.values()]
    return merged or ([Reason(requirement.reason, (), ())] if requirement.reason else [])


def _kind(scenario: ScenarioFacts) -> object:
    if not scenario.cause:
        return scenario.reason
    first = scenario.cause[0]
    return (first.kind, first.about, *sorted(of_own_words(first).items()))


def unchecked(document: ConformanceDocument) -> list[Unchecked]:
    """What was not checked and why, each reason once: what is blocked by its root, then the rest by its reason."""
    roots = _roots(document)
    found: dict[object, list[RequirementFacts]] = {}
    for one in document.requirements:
        if one.verdict in UNCHECKED:
            own = (one.verdict, "", str(one.verdict or of_a_storm(one)), *_first_words(one))
            key = (one.verdict, roots[one.id]) if one.id in roots else own
            found.setdefault(key, []).append(one)
    several = [_unchecked(own, roots.get(own[0].id, "")) for own in found.values()]
    return sorted(several, key=lambda one: (not one.by, _severity(one.verdict)))


def of_a_storm(requirement: RequirementFacts) -> bool:
    """Whether no scenario decides it, but `conformance storm`."""
    return Probe.LOAD in requirement.shown_by


def _unchecked(own: Sequence[RequirementFacts], by: str) -> Unchecked:
    """Several for one reason: what each has besides, as where a person looks, is told with it."""
    whole = reasons(own[0])
    causes = tuple(cause for one in whole for cause in (one.causes if len(own) == 1 else one.causes[:1]))
    known = bool(whole) and all(one.causes for one in whole)
    text = "\n".join(line for one in whole for line in one.lines())
    return Unchecked(own[0].verdict, Reason(text, causes if known else (), ()), tuple(own), by)


def besides(one: Unchecked, requirement: RequirementFacts, language: Language = "en") -> str:
    """What a requirement's reason says besides that of all: where a person looks, in words."""
    if one.by or len(one.requirements) == 1 or not one.reason.causes:
        return ""
    return " ".join(told(reason.causes[1:], language) for reason in reasons(requirement) if reason.causes[1:])


def _first_words(requirement: RequirementFacts) -> Iterator[str]:
    """What a requirement has in common with others that were not checked: the first cause of each reason."""
    for reason in reasons(requirement):
        yield told(reason.causes[:1]) if reason.causes else reason.text


def _severity(verdict: Verdict | None) -> int:
    return len(Verdict) if verdict is None else verdict.severity


def _roots(document: ConformanceDocument) -> Mapping[str, str]:
    """Of each requirement that only red ones kept from being shown the one that keeps the most from it."""
    red = {one.id for one in document.requirements if one.verdict in RED}
    blocked = {one.id: causes & red for one in document.requirements if (causes := _causes(one)) and causes & red}
    number = Counter(id for causes in blocked.values() for id in causes)
    return {id: min(causes, key=lambda one: (-number[one], one)) for id, causes in blocked.items()}


def _causes(requirement: RequirementFacts) -> set[str]:
    """What the suite found to have blocked it; empty where any scenario could not be shown for another reason."""
    if requirement.verdict is not Verdict.INCONCLUSIVE:
        return set()
    unshown = [one for one in requirement.scenarios if one.outcome is Verdict.INCONCLUSIVE]
    causes = [_blocked_by(one) for one in unshown]
    return set().union(*causes) if all(causes) else set()


def _blocked_by(scenario: ScenarioFacts) -> set[str]:
    said = {id for cause in scenario.cause if cause.kind is Why.BLOCKED for id in cause.about}
    return said or set(scenario.blocked_by)


def to_fix(document: ConformanceDocument) -> list[RequirementFacts]:
    """What must be fixed before READY, as the catalogue has it, MUSTs first; then what broke in the suite."""
    red = [one for one in document.requirements if one.verdict is Verdict.FAIL]
    broke = [one for one in document.requirements if one.verdict is Verdict.ERROR]
    return [*sorted(red, key=lambda one: one.level != "MUST"), *broke]
