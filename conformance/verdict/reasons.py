"""Why a verdict is as it is, as data, and the one place where the suite's own reasons become sentences."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args

from pydantic import TypeAdapter

from conformance.verdict.kinds import Why as Why

Language = Literal["en", "ko"]


@dataclass(frozen=True)
class Cause:
    """One reason for a verdict: its kind, the names that it is `about` (requirements, probes …), and other facts.

    The facts are those that the kind's sentence names, each as text; one that is known in Korean, too, stands there as
    `…_ko`, and what the merchant's driver says of a name that the cause is about stands under that name. `said` is what
    a step or the merchant's file said, in English or as it was written. Raises ValueError for any other fact, and where
    one is missing: a sentence never has a hole.
    """

    kind: Why
    about: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fields = fields_of(self.kind)
        named = {*fields, *self.about}
        known = named | {f"{one}_{language}" for one in named for language in get_args(Language)}
        wrong = [f"it has no {one}" for one in fields if one not in self.facts]
        wrong += [f"{one} is no fact of it" for one in self.facts if one not in known]
        if wrong:
            raise ValueError(f"a reason of the kind {self.kind}: {', '.join(wrong)} (see reasons.toml)")


Causes = tuple[Cause, ...]
_CAUSES: TypeAdapter[Causes] = TypeAdapter(Causes)
_NAMED_IN: Mapping[Why, str] = {
    Why.PROFILE: "profile",
    Why.LACKING: "probe",
    Why.NO_WAY: "probe",
    Why.INFERRED: "inferred",
}
"""The table of `reasons.toml` with words for the names that such a cause is about; others stand as they are."""
_ADDED = (Why.PAGE_RAISED, Why.GATEWAY_REFUSED, Why.PAGE_ANSWERED, Why.PAGE_SHOWS, Why.WIDGET_SHOWED)
_OF_A_RUN = tuple(kind for kind in Why if kind.startswith("run-"))
_BESIDE = tuple(kind for kind in Why if kind.startswith("also-"))
_JOINED = dict.fromkeys((Why.ATTESTED, *_ADDED, *_OF_A_RUN, *_BESIDE), "; ") | dict.fromkeys(
    (Why.NOT_IN_TIME, Why.BROWSER_SAYS), ": "
)
"""What stands before such a cause where it follows another; a space before all the rest."""


def told(causes: Sequence[Cause], language: Language = "en") -> str:
    """The causes in words, one after the other."""
    text = ""
    for cause in causes:
        text += (_JOINED.get(cause.kind, " ") if text else "") + _told(cause, language)
    return text


def fields_of(kind: Why) -> tuple[str, ...]:
    """The facts that a cause of this kind has: those that its sentence names."""
    sentence = _words()["reason"][kind]["en"]
    named = (name for _, name, _, _ in Formatter().parse(sentence) if name)
    return tuple(dict.fromkeys(name for name in named if name != "about"))


def name(table: str, key: str, language: Language = "en") -> str:
    """What a probe or a profile is called in the middle of a sentence."""
    words: str = _words()[table][key][language]
    return words


def term(fact: str, *words: str) -> Mapping[str, str]:
    """A fact of this project's own words (`[term]` in `reasons.toml`), in every language; others stay as they are."""
    known = _words()["term"]
    said = {one: ", ".join(known.get(word, {}).get(one, word) for word in words) for one in get_args(Language)}
    return {fact if one == "en" else f"{fact}_{one}": text for one, text in said.items()}


def spoken(word: str) -> str:
    """The Korean of a word of this project's own (`[term]`); any other as it is: an identifier, an amount."""
    korean: str = _words()["term"].get(word, {}).get("ko", word)
    return korean


def of_own_words(cause: Cause) -> Mapping[str, str]:
    """The facts of a cause that are this project's own words: those known in several languages."""
    return {key: value for key, value in cause.facts.items() if f"{key}_ko" in cause.facts}


def has(causes: Sequence[Cause], *kinds: Why) -> bool:
    """Whether one of the causes is of one of these kinds."""
    return any(cause.kind in kinds for cause in causes)


def said(reason: str, causes: Causes = ()) -> Causes:
    """The causes behind a reason; one that a step gave in its own words is a cause of its own."""
    return causes or ((Cause(Why.SAID, facts={"said": reason}),) if reason else ())


def within(causes: Causes, fact: str = "said") -> Mapping[str, str]:
    """The causes as a fact of another one, in every language, to stand in the middle of its sentence."""
    in_korean = told(causes, "ko").rstrip(".")
    return {fact: told(causes).rstrip("."), f"{fact}_ko": in_korean}


def masked(causes: Causes, redact: Callable[[str], str]) -> Causes:
    """The causes as they may be written."""
    return tuple(replace(one, facts={key: redact(value) for key, value in one.facts.items()}) for one in causes)


def as_text(causes: Causes) -> str:
    """The causes as JSON; empty without any."""
    return _CAUSES.dump_json(causes).decode() if causes else ""


def from_text(text: str) -> Causes:
    """The causes that were written so."""
    return _CAUSES.validate_json(text) if text else ()


def _told(cause: Cause, language: Language) -> str:
    words = _words()["reason"][cause.kind]
    table = _NAMED_IN.get(cause.kind)
    each = words.get("each", {}).get(language, "{words}")
    names = [
        each.format(name=one, words=name(table, one, language) if table else _of_term(one, language))
        + _because(cause, one, language)
        for one in cause.about
    ]
    between = words.get("between", {}).get(language, ", ")
    sentence: str = words[language].format(about=between.join(names), **_facts(cause, language))
    return sentence


def _of_term(word: str, language: Language) -> str:
    return spoken(word) if language == "ko" else word


def _because(cause: Cause, one: str, language: Language) -> str:
    """What the merchant's driver says of a name, where it says something."""
    reason = cause.facts.get(f"{one}_{language}") or cause.facts.get(one)
    return f" ({reason})" if reason else ""


def _facts(cause: Cause, language: Language) -> Mapping[str, str]:
    """The facts; one that is known in the language, too (`look_ko`), in that."""
    known = {key: cause.facts.get(f"{key}_{language}") or value for key, value in cause.facts.items()}
    return {key: value for key, value in known.items() if key not in cause.about}


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
