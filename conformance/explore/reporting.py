"""What people and pipelines take from a run of `explore`: lines for a terminal, `explore.json`, `.md` and `.html`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from conformance.books.shown import as_table
from conformance.explore import stories
from conformance.explore.running import ExploreEnd, needs_of
from conformance.explore.stories import Story
from conformance.explore.tally import Tally
from conformance.explore.vocabulary import VOCABULARY
from conformance.machine import whole
from conformance.machine.places import COMMAND
from conformance.report import diagram, page
from conformance.report.words import LANGUAGES, both
from conformance.report.words import words as words_of_the_page
from conformance.verdict.catalogue import Api, catalogue
from conformance.verdict.terms import in_words_of, page_in_words_of

NAME = "explore"
_FOLDER = Path(__file__).resolve().parent / "page"
_MOST_NAMED = 3


class ExploreDocument(BaseModel):
    """A run of `explore` as programs read it.

    `used` says how often each sentence was said, `broken_off` how many stories ended early, by the reason; `again` are
    the earlier stories that were told first (by file, whether something was found in them still), `left_out` what the
    target cannot do, by what it lacks. `scenario` is the story in Gherkin.
    """

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)

    version: Literal[1] = 1
    target: str
    stage: str
    api: Api = Api.V1
    seed: int
    seconds: float
    stories: int
    steps: int
    states: Annotated[int, Field(description="distinct states that were reached")]
    used: dict[str, int]
    broken_off: dict[str, int] = {}
    again: dict[str, bool] = {}
    left_out: dict[str, list[str]] = {}
    story: Story | None = None
    file: str = ""
    scenario: str = ""

    @property
    def unused(self) -> list[str]:
        """Sentences that the target can do and that no story had."""
        cannot = {pattern for patterns in self.left_out.values() for pattern in patterns}
        return [one.pattern for one in VOCABULARY if one.pattern not in self.used and one.pattern not in cannot]


def document_of(ended: ExploreEnd) -> ExploreDocument:
    """The run as it is written."""
    tally = ended.tally
    return ExploreDocument(
        target=ended.target,
        stage=ended.stage,
        api=ended.api,
        seed=ended.seed,
        seconds=round(ended.seconds, 1),
        stories=tally.stories,
        steps=tally.steps,
        states=len(tally.states),
        used=dict(tally.used.most_common()),
        broken_off=dict(tally.broken_off.most_common()),
        again=dict(ended.again),
        left_out={probe.meaning: list(patterns) for probe, patterns in ended.left_out.items()},
        story=ended.story,
        file=ended.file.name if ended.file else "",
        scenario=stories.scenario(ended.story, needs_of(ended.story)) if ended.story else "",
    )


def write(document: ExploreDocument, folder: Path) -> None:
    """Write the three reports, and the diagram of a story as a file of its own. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    whole.write(folder / f"{NAME}.json", document.model_dump_json(indent=1))
    whole.write(folder / f"{NAME}.md", "\n".join(markdown(document)) + "\n")
    whole.write(folder / f"{NAME}.html", page_in_words_of(document.api, html(document)))


def progress(tally: Tally, seconds: float, of: float | None) -> str:
    """How far it is, in a line."""
    used = f"{len(tally.used)} of {len(VOCABULARY)} sentences used"
    if tally.used:
        (most, often), *_ = tally.used.most_common(1)
        used += f" (most: {often} × “{most}”)"
    limit = f" of {of:g}" if of else ""
    counts = f"{tally.stories} stories, {tally.steps} steps, {len(tally.states)} distinct states"
    return f"{counts}, {used}, {seconds:.0f}{limit} s"


def lines(document: ExploreDocument, folder: Path) -> Iterator[str]:
    """What is told at the end in a terminal; the scenario as a feature file has it, on V2 too."""
    for line in _lines(document, folder):
        yield line if line == document.scenario else in_words_of(document.api, line)


def _lines(document: ExploreDocument, folder: Path) -> Iterator[str]:
    if document.story is None:
        yield f"Nothing was found: {_counts(document)}."
    else:
        story = document.story
        yield from _found(story)
        yield ""
        yield document.scenario
        yield ""
        yield as_table(story.evidence.books)
        yield ""
        if document.file:
            path = folder / stories.FOLDER / document.file
            yield f"The story: {path}; again: {COMMAND} explore --replay {path}{_switches(story)}"
        yield f"As a scenario it belongs under the Rule of {story.found[0].requirement} in {stories.place(story)}."
    if gone := [name for name, found in document.again.items() if not found]:
        yield f"Earlier stories in which nothing is found any more: {', '.join(gone)}"
    for lack, patterns in document.left_out.items():
        named = "; ".join(f"“{pattern}”" for pattern in patterns[:_MOST_NAMED])
        more = f" and {len(patterns) - _MOST_NAMED} more" if len(patterns) > _MOST_NAMED else ""
        yield f"Left out, as target {document.target} lacks {lack}: {named}{more}"
    yield f"Seed {document.seed}. The report: {folder / f'{NAME}.html'}"


def _switches(story: Story) -> str:
    """The options that make the embedded shop what it was."""
    defects = [f" --shop-defect {name}" for name in story.shop_defects]
    return "".join([*defects, *(f" --shop-variant {name}" for name in story.shop_variants)])


def _found(story: Story) -> Iterator[str]:
    shorter = f", shortened from {story.length}" if story.length > len(story.sentences) else ""
    yield f"FOUND in a story of {len(story.sentences)} sentences{shorter}:"
    for one in story.found:
        yield f"  {one.requirement}  {catalogue()[one.requirement].title}"
        yield f"    {one.told}"


def _counts(document: ExploreDocument) -> str:
    told = "1 story" if document.stories == 1 else f"{document.stories} stories"
    return f"{told}, {document.steps} steps, {document.states} distinct states, {document.seconds:g} s"


def markdown(document: ExploreDocument) -> Iterator[str]:
    """The report for pull requests and job summaries."""
    story = document.story
    yield f"# Stories that nobody wrote: {'something was found' if story else 'nothing was found'}"
    yield ""
    yield f"Target `{document.target}`, stage {document.stage}, seed {document.seed}: {_counts(document)}."
    if story is not None:
        yield ""
        yield from _found(story)
        yield from ("", "```gherkin", document.scenario, "```", "", "```", as_table(story.evidence.books), "```")
    yield from ("", "| sentence | said |", "|---|---:|")
    yield from (f"| {pattern} | {often} |" for pattern, often in document.used.items())
    yield from _list("Said in no story", document.unused)
    yield from _list("Stories that ended early", [f"{why} ({often})" for why, often in document.broken_off.items()])
    for lack, patterns in document.left_out.items():
        yield from _list(f"Left out: the target lacks {lack}", patterns)


def _list(title: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield from ("", f"**{title}**", "", *(f"- {entry}" for entry in entries))


def html(document: ExploreDocument) -> str:
    """The report that people read, in the look of conformance.html; one file that loads nothing, in two languages."""
    words: Mapping[str, Mapping[str, str]] = tomllib.loads((_FOLDER / "words.toml").read_text("utf-8"))
    story = document.story
    drawn = Markup(diagram.sequence(story.evidence, page.drawing("emulator"), alone=False)) if story else Markup("")
    return page.template("explore.html.jinja", _FOLDER).render(
        document=document,
        story=story,
        drawn=drawn,
        t=lambda key, **filled: both(*(words[key][lang].format(**filled) for lang in LANGUAGES)),
        says=words_of_the_page().say,
        both=both,
        known=catalogue(),
        place=stories.place(story) if story else "",
        look=page.look(),
    )
