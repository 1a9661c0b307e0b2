"""The feature files as they are written: scenarios, steps and tags, from the Gherkin itself."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gherkin.errors import CompositeParserException
from gherkin.parser import Parser

from conformance.machine.files import NotReadable, text_of
from conformance.machine.places import FEATURES

_BEGINS = ("Scenario", "Rule:")
SINCE = "since-"
"""A tag before the month of the first set that a scenario, or a table of Examples, belongs to."""


@dataclass(frozen=True)
class Place:
    """A line of a feature file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class RawStep:
    """A step as it is written, with an outline's values filled in."""

    type: str
    text: str
    place: Place


@dataclass(frozen=True)
class RawScenario:
    """A scenario as it is written; `tags` includes its Rule's and its feature's, `rows` counts an outline's rows.

    `examples` are those rows by column, `sentences` the steps' texts with the outline's columns in <…>.
    """

    title: str
    tags: frozenset[str]
    steps: tuple[RawStep, ...]
    rows: int
    place: Place
    examples: tuple[Mapping[str, str], ...] = ()
    sentences: tuple[str, ...] = ()


class UnreadableFeature(Exception):
    """A feature file is no Gherkin; `str()` says where and why in one line."""


def read_features(folder: Path = FEATURES) -> list[RawScenario]:
    """Every scenario of the feature files, from the Gherkin itself: pytest-bdd's own view has lost duplicates.

    Folders in the folder count, as they do for pytest-bdd. Raises UnreadableFeature.
    """
    return [scenario for path in sorted(folder.rglob("*.feature")) for scenario in _read(path, folder)]


def _read(path: Path, folder: Path) -> Sequence[RawScenario]:
    file = path.relative_to(folder.parent).as_posix()
    try:
        return _parsed(text_of(path), file)
    except NotReadable as reason:
        raise UnreadableFeature(f"{file}: {reason.reason}") from reason


@lru_cache(maxsize=64)  # a run asks five times, and a parser takes longer than many a scenario
def _parsed(text: str, file: str) -> Sequence[RawScenario]:
    try:
        feature = Parser().parse(text).get("feature")
    except CompositeParserException as error:
        first = error.errors[0]
        said = str(first).partition("): ")[2]
        raise UnreadableFeature(f"{file}:{first.location['line']}: {said}") from error
    if feature is None:
        raise UnreadableFeature(f"{file}:1: this file has no Feature")
    return tuple(_scenarios(feature["children"], _tags(feature), (), file))


def _scenarios(
    children: Sequence[Any], tags: frozenset[str], background: tuple[Any, ...], file: str
) -> Iterator[RawScenario]:
    for child in children:
        if "background" in child:
            background += (*_misspelt(child["background"]), *child["background"]["steps"])
        elif "rule" in child:
            rule = child["rule"]
            yield from _scenarios(rule["children"], tags | _tags(rule), background, file)
        elif "scenario" in child:
            yield _scenario(child["scenario"], tags, background, file)


def _scenario(raw: Any, tags: frozenset[str], background: tuple[Any, ...], file: str) -> RawScenario:
    tables = [table for table in raw["examples"] if table.get("tableHeader")]
    rows = [
        dict(zip(_cells(table["tableHeader"]), _cells(row), strict=True))
        for table in tables
        for row in table["tableBody"]
    ]
    raw_steps = [*background, *_misspelt(raw), *raw["steps"]]
    steps = tuple(step for row in rows or [{}] for step in _steps(raw_steps, row, file))
    example_tags = frozenset[str]().union(*map(_tags, raw["examples"]))
    place = Place(file, raw["location"]["line"])
    return RawScenario(
        title=raw["name"],
        tags=tags | _tags(raw) | example_tags,
        steps=tuple(dict.fromkeys(steps)),
        rows=len(rows) if raw["examples"] else 1,
        place=place,
        examples=tuple(rows),
        sentences=tuple(raw_step["text"] for raw_step in raw_steps),
    )


def months(folder: Path = FEATURES) -> frozenset[str]:
    """What scenarios are tagged with, as the month of the first set that they belong to."""
    texts = (path.read_text("utf-8-sig") for path in folder.rglob("*.feature"))
    return frozenset(month for text in texts for month in re.findall(rf"(?<=@{SINCE})\S+", text))


def source_of(scenario: RawScenario, folder: Path = FEATURES) -> str:
    """The scenario as it is written, with its tables and without what stands around it."""
    lines = text_of(folder.parent / scenario.place.file).splitlines()[scenario.place.line - 1 :]
    begins = [index for index, line in enumerate(lines) if index and line.lstrip().startswith(_BEGINS)]
    end = begins[0] if begins else len(lines)
    while begins and lines[end - 1].lstrip().startswith("@"):  # tags of what begins there
        end -= 1
    return textwrap.dedent("\n".join(lines[:end])).rstrip()


def reported(scenario: RawScenario, row: Mapping[str, str]) -> str:
    """The title by which reports name a row; by its values where the title names no column."""
    title = filled(scenario.title, row)
    return title if title != scenario.title or not row else f"{title} ({', '.join(row.values())})"


def places(folder: Path = FEATURES) -> Mapping[str, Place]:
    """Where each scenario is written, by the title by which reports name it."""
    found = read_features(folder)
    return {reported(one, row): one.place for one in found for row in one.examples or ({},)}


def _misspelt(raw: Any) -> list[dict[str, Any]]:
    """Gherkin takes "Givn an order" for a description and drops it; here it is the step that it was meant to be."""
    lines = raw["description"].split("\n") if raw["description"] else []
    return [{"keywordType": "Unknown", "text": line.strip(), "location": raw["location"]} for line in lines]


def _steps(raw_steps: Iterable[Any], row: dict[str, str], file: str) -> Iterator[RawStep]:
    type = "given"
    for raw in raw_steps:
        type = {"Context": "given", "Action": "when", "Outcome": "then"}.get(raw["keywordType"], type)
        yield RawStep(type, filled(raw["text"], row), Place(file, raw["location"]["line"]))


def filled(text: str, row: Mapping[str, str]) -> str:
    """A text of an outline with the values of a row in place of its columns."""
    for name, value in row.items():
        text = text.replace(f"<{name}>", value)
    return text


def _cells(row: Any) -> list[str]:
    return [cell["value"] for cell in row["cells"]]


def _tags(raw: Any) -> frozenset[str]:
    return frozenset(tag["name"].removeprefix("@") for tag in raw["tags"])
