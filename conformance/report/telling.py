"""What the reports say alike in words, in each language: what it cost, what was red, how one scenario is run alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.books.costs import SIDES, Loss, Side, amount_of, sum_of
from conformance.books.findings import written
from conformance.machine.places import COMMAND, to_run
from conformance.report import words
from conformance.report.document import ConformanceDocument, RequirementFacts, ScenarioFacts
from conformance.report.gist import Reason, Unchecked
from conformance.verdict.algebra import Verdict
from conformance.verdict.reasons import Language

_RED = (Verdict.FAIL, Verdict.ERROR, Verdict.WARN)


def titles(document: ConformanceDocument) -> dict[str, str]:
    """The titles of the scenarios by nodeid."""
    return {one.nodeid: one.title for requirement in document.requirements for one in requirement.scenarios}


def broken(document: ConformanceDocument) -> list[tuple[str, str]]:
    """What broke outside any scenario, in English and in Korean, which is empty where nobody knows it."""
    known = document.errors_ko if len(document.errors_ko) == len(document.errors) else [""] * len(document.errors)
    return list(zip(document.errors, known, strict=True))


def headline(document: ConformanceDocument, language: Language = "en") -> str:
    """In a sentence or two what the faults cost; empty where no books were read."""
    if language == "en":
        return document.headline
    money = document.money
    told = []
    if money.losses:
        lost, kept = (", ".join(map(_by_cause, money.of(side))) for side in SIDES)
        parts = [
            words.said(f"money_sum_{side}", language, sum=sums)
            for side, sums in zip(SIDES, (lost, kept), strict=True)
            if sums
        ]
        told += [words.said("money_lost", language, wrong=money.costly, read=money.read), *parts]
        if more := money.wrong - money.costly:
            told.append(words.said("money_differs_too", language, wrong=more))
    elif money.wrong:
        told.append(words.said("money_differs", language, wrong=money.wrong, read=money.read))
    elif money.read:
        told.append(words.said("money_agrees", language, read=money.read))
    if money.unread:
        told.append(words.said("money_unread", language, unread=money.unread))
    return " ".join(told)


def _by_cause(losses: Sequence[Loss]) -> str:
    """In Korean, as the headline has it in English: the sum of a currency with its causes."""
    causes = ", ".join(
        f"{words.said(f'cause {one.cause}', 'ko')} {written(one.amount, one.currency)}" for one in losses
    )
    return f"{sum_of(losses)}({causes})"


def beside_the_conclusion(document: ConformanceDocument, language: Language = "en") -> list[str]:
    """What must be known of it: by which set of requirements it is, and that it is the shipped shop's."""
    told = [newer(document, language)] if document.requirements_of else []
    return [*told, own_shop(language)] if document.shipped_shop else told


def newer(document: ConformanceDocument, language: Language = "en") -> str:
    """By which set of requirements the merchant is judged, and what is newer than it and not PASS."""
    month, number = document.requirements_of, sum(not one.counts for one in document.requirements)
    red = [(one.verdict, one.id) for one in document.requirements if not one.counts and one.verdict in _RED]
    scenarios = {one.nodeid: (one, id) for id, one in newer_scenarios(document)}
    red += [(one.outcome, id) for one, id in scenarios.values() if one.outcome in _RED]
    told = words.said("judged_by", language, month=month, number=number)
    if scenarios:
        told = f"{told} {words.said('judged_by_scenarios', language, number=len(scenarios))}"
    named = [f"{words.said(f'verdict {verdict}', language)} {id}" for verdict, id in dict.fromkeys(red)]
    return f"{told} ({', '.join(named)})" if named else told


def newer_scenarios(document: ConformanceDocument) -> Iterator[tuple[str, ScenarioFacts]]:
    """The scenarios that decide nothing, although their requirement does, each with the requirement's ID."""
    for requirement in document.requirements:
        if requirement.counts:
            yield from ((requirement.id, one) for one in requirement.scenarios if not one.counts)


def costs(document: ConformanceDocument, language: Language = "en") -> list[str]:
    """What each cause cost, and in which scenarios, in words: the largest amount of a currency first."""
    named = titles(document)

    def of(loss: Loss) -> str:
        shown = dict.fromkeys(words.title(named[nodeid], language) for nodeid in loss.scenarios)
        return f"{words.said(f'cause {loss.cause}', language)}, {amount_of(loss)}: {_listed(list(shown), language)}"

    sides: tuple[Side, ...] = SIDES
    return [of(loss) for side in sides for losses in document.money.of(side) for loss in losses]


def red_in(requirement: RequirementFacts, language: Language = "en") -> str:
    """Which of several scenarios are red, in words; empty where none is, or there is but one."""
    red = [one.title for one in requirement.scenarios if one.outcome in _RED]
    if not red or len(requirement.scenarios) == 1:
        return ""
    key = "red_one" if len(red) == 1 else "red_several"
    return words.said(key, language, number=len(red), of=len(requirement.scenarios), titles=_titles(red, language))


def others_passed(requirement: RequirementFacts, language: Language = "en") -> str:
    """What stands beside a verdict that is not PASS: which of its scenarios passed; empty where none did."""
    if requirement.verdict is Verdict.PASS or not requirement.passed:
        return ""
    passed = [one.title for one in requirement.scenarios if one.outcome is Verdict.PASS]
    return words.said(
        "passed_beside",
        language,
        number=requirement.passed,
        of=len(requirement.scenarios),
        titles=_titles(passed, language),
    )


def _titles(english: Sequence[str], language: Language) -> str:
    return _listed([words.title(one, language) for one in dict.fromkeys(english)], language)


_MOST = 6
"""So many titles are named in one sentence."""


def _listed(several: Sequence[str], language: Language) -> str:
    more = len(several) - _MOST
    if more <= 0:
        return "; ".join(several)
    return "; ".join([*several[:_MOST], words.said("and_more", language, number=more)])


def reason_lines(reason: Reason, language: Language = "en") -> Iterator[str]:
    """A reason in words, and in how many more scenarios it is alike."""
    lines = reason.lines(language)
    more = len(reason.scenarios) - 1
    if more < 1:
        yield from lines
        return
    *first, last = lines
    yield from first
    yield f"{last} {words.said('alike_one' if more == 1 else 'alike', language, number=more)}"


def unchecked_line(one: Unchecked, language: Language = "en") -> str:
    """How many requirements were not checked for one reason, and which."""
    ids = ", ".join(requirement.id for requirement in one.requirements)
    number = len(one.requirements)
    if one.by:
        return (
            words.said("not_before_one" if number == 1 else "not_before", language, number=number) + f" {one.by}: {ids}"
        )
    return words.said("for_one_reason_one" if number == 1 else "for_one_reason", language, number=number) + f": {ids}"


def conclusion(document: ConformanceDocument, language: Language = "en") -> str:
    """The conclusion with what it means in that language."""
    if language == "en":
        return document.conclusion
    return f"{words.said(document.conclusion, language)} ({document.conclusion})"


def title_of(requirement: RequirementFacts, language: Language = "en") -> str:
    """A requirement's title."""
    return (language == "ko" and requirement.title_ko) or requirement.title


def remedy_of(requirement: RequirementFacts, language: Language = "en") -> str:
    """What to change where it fails."""
    return (language == "ko" and requirement.remedy_ko) or requirement.remedy


def alone(document: ConformanceDocument, nodeid: str) -> str:
    """The command that runs one scenario by itself, with the options of this run."""
    return to_run(*document.options, nodeid)


def own_shop(language: Language = "en") -> str:
    """That a run on the shop that comes with the suite says nothing about the reader's."""
    return words.said("shipped_shop", language, command=f"{COMMAND} init")


def money_key(document: ConformanceDocument) -> tuple[str, dict[str, object]]:
    """The key of the words for whether real cards were charged and who played PortOne, and their facts."""
    provider = document.provider
    facts: dict[str, object] = {
        "charged": provider.charged,
        "returned": provider.returned,
        "address": document.addresses.get("portone", ""),
    }
    if not provider.charges_cards:
        return f"no_money {provider.kind}", facts
    return ("money" if provider.charged else "no_charge"), facts
