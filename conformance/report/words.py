"""The suite's own words in the reports, in every language that they speak: `page/words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from typing import get_args

from markupsafe import Markup

from conformance.report.checklist import Item
from conformance.verdict import korean
from conformance.verdict.reasons import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
_FILE = Path(__file__).resolve().parent / "page" / "words.toml"


@dataclass(frozen=True)
class Words:
    """The suite's own words by key, in each language."""

    words: Mapping[str, Mapping[str, str]]
    diagram: Mapping[str, Mapping[str, str]]
    checklist: Sequence[Item] = field(default_factory=list)

    def say(self, key: str, **filled: object) -> Markup:
        """The words of a key in every language, of which the page shows one at a time."""
        return both(*(self.words[key][language].format(**filled) for language in LANGUAGES))


@cache
def words() -> Words:
    """The words of the data file."""
    told = tomllib.loads(_FILE.read_text("utf-8"))
    items = [
        Item(
            {language: row[language] for language in LANGUAGES},
            tuple(row["requirements"]),
            row.get("stage", ""),
            tuple(row.get("scenarios", ())),
            row.get("production", False),
        )
        for row in told["checklist"]
    ]
    return Words(told["words"], told["diagram"], items)


@cache
def events_in_korean() -> Mapping[str, str]:
    """The suite's own acts and deliveries in Korean, by kind; the English is the event's summary."""
    told: Mapping[str, str] = tomllib.loads(_FILE.read_text("utf-8"))["event"]
    return told


def said(key: str, language: Language, **filled: object) -> str:
    """The words of a key in one language, with their facts filled in."""
    return words().words[key][language].format(**filled)


def title(english: str, language: Language) -> str:
    """A scenario's title in a language; in English where it has none there."""
    return korean.of_title(english) or english if language == "ko" else english


def both(english: str, korean: str = "") -> Markup:
    """A text in both languages, of which the page shows one; where there is no Korean the English one stays."""
    if not korean:
        return Markup('<span lang="en">{}</span>').format(english)
    if korean == english:  # the same in every language
        return Markup("{}").format(english)
    return Markup('<span class="l" lang="en">{}</span><span class="l" lang="ko">{}</span>').format(english, korean)


def spans(english: str, korean: str) -> str:
    """The same as content of an SVG text."""
    told = {"en": english, "ko": korean}
    return "".join(f'<tspan class="l" lang="{one}">{escape(told[one])}</tspan>' for one in LANGUAGES)
