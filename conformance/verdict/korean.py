"""The scenarios' titles and sentences in Korean: `features/korean.toml`, with the rows of outlines filled in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.machine.files import text_of
from conformance.machine.places import FEATURES
from conformance.verdict.features import filled, read_features, reported

FILE = "korean.toml"


@dataclass(frozen=True)
class Korean:
    """The Korean of each title and sentence as it is written, of the words in outlines' rows, and of the keywords."""

    title: Mapping[str, str]
    sentence: Mapping[str, str]
    word: Mapping[str, str]
    keyword: Mapping[str, str]


@cache
def korean(folder: Path = FEATURES) -> Korean:
    """What the file beside the features says; nothing where there is none."""
    if not (folder / FILE).exists():
        return Korean({}, {}, {}, {})
    told = tomllib.loads(text_of(folder / FILE))
    return Korean(told["title"], told["sentence"], told["word"], told["keyword"])


def of_title(title: str) -> str:
    """A scenario's title, an outline's with its row filled in, in Korean; empty where nothing says it."""
    return _titles().get(title, "")


def of_sentence(text: str) -> str:
    """A sentence with its keyword ("Given an order") in Korean; empty where nothing says it."""
    keyword, _, sentence = text.partition(" ")
    known = _sentences().get(sentence)
    return f"{korean().keyword[keyword]} {known}" if known and keyword in korean().keyword else ""


@cache
def _titles() -> Mapping[str, str]:
    return {
        reported(one, row): filled(korean().title[one.title], _row(row))
        for one in read_features()
        if one.title in korean().title
        for row in one.examples or ({},)
    }


@cache
def _sentences() -> Mapping[str, str]:
    return {
        filled(sentence, row): filled(korean().sentence[sentence], _row(row))
        for one in read_features()
        for sentence in one.sentences
        if sentence in korean().sentence
        for row in one.examples or ({},)
    }


def _row(row: Mapping[str, str]) -> Mapping[str, str]:
    return {column: korean().word.get(value, value) for column, value in row.items()}
