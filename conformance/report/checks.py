"""What a person reads before the report, line by line, in one language: of the preflight, and of what is waited for."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.report.words import said
from conformance.verdict import korean
from conformance.verdict.reasons import Causes, Language, told


def line(leg: str, seen: Causes, seconds: float, language: Language) -> str:
    """One leg as it was found to stand."""
    return f"{leg + ' ':<10}{told(seen, language)} ({said('check_seconds', language, seconds=f'{seconds:.1f}')})"


def before_a_run(leg: str, seen: Causes, seconds: float, language: Language) -> str:
    """The same before the scenarios."""
    took = said("check_seconds", language, seconds=f"{seconds:.1f}")
    return f"{said('check_leg', language, leg=leg)}: {told(seen, language)} ({took})"


def passed(untried: Sequence[str], following: str, language: Language) -> str:
    """That every leg stands, which were not tried, and the command that comes next."""
    legs = said("check_untried", language, legs=", ".join(untried)) if untried else ""
    return said("check_passed", language, untried=legs, next=following)


def none_run(language: Language) -> str:
    """That no scenario is run, as the preflight failed."""
    return said("check_none_run", language)


def sentence(english: str, language: Language) -> str:
    """A scenario's sentence with its keyword; in English where it has none in the language."""
    return (language == "ko" and korean.of_sentence(english)) or english


def refunds(language: Language) -> str:
    """What the end of a run waits for."""
    return said("wait_refunds", language)


def waiting(what: str, waited_seconds: float, left_seconds: float, language: Language) -> str:
    """That something is waited for: whole seconds, so that the line changes once a second."""
    return said("wait_line", language, waited=f"{waited_seconds:.0f}", left=f"{left_seconds:.0f}", what=what)
