"""A story as it is kept and shown: a JSON file with its sentences, what was found, both books and what crossed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conformance.books.findings import BooksRead, Finding
from conformance.books.shown import side_by_side
from conformance.explore.scene import Scene
from conformance.explore.sentences import Said, gherkin
from conformance.explore.telling import Telling
from conformance.machine import whole
from conformance.machine.files import did_you_mean
from conformance.record.redaction import Redaction
from conformance.report.evidence import Evidence, Sentence, bounded, facts_of, shortened
from conformance.verdict.catalogue import Api, Probe, Stage, catalogue
from conformance.verdict.features import read_features
from conformance.verdict.showing import NEEDS

VERSION = 1
FOLDER = "explore"
SUFFIX = ".story.json"
AGREE, NOTHING_CHANGES = "both books agree", "nothing changes that was settled"
_LATE = "When a late notice and the Merchant's own job come after its end"


class StoryNotReadable(Exception):
    """A story cannot be told again; `str()` says which file, why, and what to do, in one line."""


class Story(BaseModel):
    """A story in which something was found, as short as it was made; `length` is how long it was at first.

    `sentences` are those of the features, each with its keyword; `seed` is the one of the exploration that found it.
    """

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    target: str
    stage: Stage
    api: Api = Api.V1
    seed: int
    length: Annotated[int, Field(ge=1)]
    sentences: Annotated[list[str], Field(min_length=1)]
    found: list[Finding]
    shop_defects: list[str] = []
    shop_variants: list[str] = []
    evidence: Evidence

    @property
    def name(self) -> str:
        """What it is called: the same for the same sentences."""
        digest = hashlib.sha256("\n".join(self.sentences).encode()).hexdigest()[:8]
        return f"{self.found[0].requirement.lower() if self.found else 'story'}-{digest}"


def story_of(telling: Telling, seed: int, length: int, redact: Redaction) -> Story:
    """The story as it may be kept, without secrets."""
    scene = telling.scene
    options = scene.target.options
    found = BooksRead(found=_once(telling.found)).masked(redact.text).found
    return Story(
        target=scene.target.name,
        stage=scene.target.stage,
        api=scene.target.api,
        seed=seed,
        length=length,
        sentences=telling.said,
        found=found,
        shop_defects=list(options.shop_defects),
        shop_variants=list(options.shop_variants),
        evidence=_evidence(telling, scene, redact),
    )


def _once(found: Iterable[Finding]) -> list[Finding]:
    return list({(one.requirement, one.order, one.told): one for one in found}.values())


def _evidence(telling: Telling, scene: Scene, redact: Redaction) -> Evidence:
    events = [shortened(event.masked(redact)) for event in telling.events]
    kept, marked, left_out = bounded(events, ())
    lines = gherkin(tuple(telling.said))
    sentences = [
        Sentence(text=line, began=began, ended="well") for line, began in zip(lines, telling.began, strict=True)
    ]
    sentences[-1].ended = "broken"
    accounts = [one.masked(redact) for one in side_by_side(scene.books, _once(telling.found))]
    return Evidence(
        nodeid="explore",
        sentences=sentences,
        events=kept,
        marked=marked,
        left_out=left_out,
        reason=" ".join(redact.text(one.told) for one in _once(telling.found)),
        books=accounts,
        target=facts_of(scene.target),
    )


def scenario(story: Story, needs: Iterable[Probe] = ()) -> str:
    """The story as a Gherkin scenario in the features' own sentences, with the tags that its Rule needs."""
    requirement = story.found[0].requirement
    then = NOTHING_CHANGES if story.sentences[-1] == _LATE else AGREE
    own = {*catalogue()[requirement].probes}
    tags = " ".join(f"@{NEEDS}{probe}" for probe in sorted(set(needs) - own))
    lines = [*([tags] if tags else []), f"Scenario: {title(story)}"]
    lines += [f"  {line}" for line in gherkin(tuple(story.sentences))]
    return "\n".join([*lines, f"  Then {then}"])


def title(story: Story) -> str:
    """A title that no scenario of the features has."""
    finding = story.found[0]
    return f"Story {story.name.rpartition('-')[2]} shows {finding.cause}"


def place(story: Story) -> str:
    """The feature under whose Rule the scenario belongs, as `features/money.feature`."""
    requirement = story.found[0].requirement
    files = [one.place.file for one in read_features() if requirement in one.tags]
    return f"features/{Path(files[0]).name}"


def write(story: Story, folder: Path) -> Path:
    """Keep the story in the folder. Returns the file. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    return whole.write(folder / f"{story.name}{SUFFIX}", story.model_dump_json(exclude_defaults=False, indent=1))


def read(path: Path, known: Mapping[str, Said]) -> Story:
    """The story of a file, whose sentences are all known. Raises StoryNotReadable."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoryNotReadable(f"{path} cannot be read: {error.strerror}") from error
    try:
        story = Story.model_validate_json(content)
    except ValidationError as error:
        raise StoryNotReadable(_not_read(path, error)) from error
    for text in story.sentences:
        if text not in known:
            meant = did_you_mean(text, known)
            hint = f"; {meant}" if meant else "."
            raise StoryNotReadable(f"{path}: there is no sentence {text!r}{hint}")
    return story


def _not_read(path: Path, error: ValidationError) -> str:
    wrong: Sequence[Any] = error.errors(include_url=False)
    if any(one["type"] == "json_invalid" for one in wrong):
        return f"{path} is not JSON: name a file that `explore` wrote ({SUFFIX})"
    versions = [one for one in wrong if one["loc"] == ("version",)]
    if versions:
        return f"{path} has version {versions[0]['input']!r}, and this suite reads version {VERSION}: explore again"
    first = wrong[0]
    where = ".".join(map(str, first["loc"])) or "the file"
    return f"{path} is no story: {where}: {first['msg']}"


def kept(folder: Path) -> Iterator[Path]:
    """The files of stories that were found before."""
    yield from sorted(folder.glob(f"*{SUFFIX}"))


def lacking(story: Story, known: Mapping[str, Said], capabilities: frozenset[Probe]) -> Mapping[str, frozenset[Probe]]:
    """What a target lacks for the story: by sentence, the probes."""
    needed = {text: known[text].sentence.needs - capabilities for text in story.sentences}
    return {text: missing for text, missing in needed.items() if missing}
