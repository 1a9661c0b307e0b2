"""One run of `explore`: earlier stories first, then new ones until one is found wrong or the time is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conformance.books.reading import NEEDED
from conformance.explore import shortening, stories
from conformance.explore.sentences import Said, by_text, left_out, possible
from conformance.explore.stories import Story, StoryNotReadable
from conformance.explore.tally import Bounds, Tally
from conformance.explore.telling import Telling
from conformance.explore.vocabulary import VOCABULARY
from conformance.record.redaction import Redaction
from conformance.target.target import Target
from conformance.verdict.catalogue import Api, Probe

SHORTENING_SECONDS = 120.0
"""How long a story is shortened at most, beside the time for exploring."""
KNOWN: Mapping[str, Said] = by_text(VOCABULARY)


class CannotExplore(Exception):
    """No stories can be told there; the text is one line: what, why, what to do."""


@dataclass
class ExploreEnd:
    """How a run of `explore` ended. `story` is what was found, None where nothing was; `file` where it is kept.

    `again` are the earlier stories that were told first, with whether something was found in them still.
    `left_out` are sentences that the target cannot do, by what it lacks.
    """

    target: str
    stage: str
    seed: int
    seconds: float = 0.0
    tally: Tally = field(default_factory=Tally)
    story: Story | None = None
    file: Path | None = None
    again: Mapping[str, bool] = field(default_factory=dict)
    left_out: Mapping[Probe, Sequence[str]] = field(default_factory=dict)
    api: Api = Api.V1


@dataclass
class Explorer:
    """Explores one target; `folder` is where stories are kept, `say` tells a person a line, `watch` each step.

    With `tells_again` the stories that are kept there come first. `stop_others` is called once something was found.
    """

    target: Target
    folder: Path
    redact: Redaction
    say: Callable[[str], None] = lambda _: None
    watch: Callable[[Tally], None] = lambda _: None
    tells_again: bool = True
    stop_others: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        missing = NEEDED - self.target.capabilities
        if missing:
            lacks = "; ".join(probe.meaning for probe in sorted(missing))
            raise CannotExplore(f"Both books cannot be read on target {self.target.name}: it lacks {lacks}")

    def explore(self, bounds: Bounds, seed: int) -> ExploreEnd:
        """Tell earlier stories again, then new ones. Raises SuiteError, and httpx.HTTPError."""
        from conformance.explore.machine import (
            explored,  # Hypothesis takes a while to import, and no other verb needs it
        )

        began = time.monotonic()
        capabilities = self.target.capabilities
        ended = ExploreEnd(self.target.name, self.target.stage, seed, api=self.target.api)
        ended.left_out = left_out(VOCABULARY, capabilities)
        with _silent_logs():
            found = self._told_before(ended) if self.tells_again else None
            if bounds.until is not None:
                bounds.until += time.monotonic() - began  # so long new stories are told
            if found is None:
                sentences = possible(VOCABULARY, capabilities)
                result = explored(self.target, sentences, bounds, seed, self.watch)
                ended.tally, found = result.tally, result.telling
            ended.seconds = time.monotonic() - began
            if found is not None:
                self._keep(ended, found, seed)
        return ended

    def replay(self, story: Story) -> ExploreEnd:
        """Tell one story again. Raises CannotExplore where the target cannot do one of its sentences."""
        began = time.monotonic()
        ended = ExploreEnd(self.target.name, self.target.stage, story.seed, api=self.target.api)
        missing = stories.lacking(story, KNOWN, self.target.capabilities)
        for text, probes in missing.items():
            lacks = "; ".join(probe.meaning for probe in sorted(probes))
            raise CannotExplore(f"Target {self.target.name} cannot do {text!r}: it lacks {lacks}")
        with _silent_logs():
            telling = self._again(story)
            ended.tally.stories, ended.tally.steps = 1, len(story.sentences)
            ended.seconds = time.monotonic() - began
            if telling is not None:
                ended.story = stories.story_of(telling, story.seed, story.length, self.redact)
        return ended

    def _again(self, story: Story) -> Telling | None:
        return shortening.again(self.target, story.sentences, KNOWN, {one.requirement for one in story.found})

    def _told_before(self, ended: ExploreEnd) -> Telling | None:
        """The first of the earlier stories in which something is found still."""
        again: dict[str, bool] = {}
        ended.again = again
        for path in stories.kept(self.folder):
            try:
                story = stories.read(path, KNOWN)
            except StoryNotReadable as why:
                self.say(f"{why} (left out)")
                continue
            another = (story.stage, story.api) != (ended.stage, self.target.api)
            if another or stories.lacking(story, KNOWN, self.target.capabilities):
                continue
            telling = self._again(story)
            again[path.name] = telling is not None
            if telling is not None:
                return telling
        return None

    def _keep(self, ended: ExploreEnd, found: Telling, seed: int) -> None:
        self.stop_others()
        length = len(found.said)
        self.say(f"Found after {length} sentences: {found.found[0].told}")
        until = time.monotonic() + SHORTENING_SECONDS
        short = shortening.shortest(self.target, found, KNOWN, until)
        ended.story = stories.story_of(short, seed, length, self.redact)
        ended.file = stories.write(ended.story, self.folder)


def needs_of(story: Story) -> frozenset[Probe]:
    """What a target must have for its sentences, and for reading both books."""
    return NEEDED.union(*(KNOWN[text].sentence.needs for text in story.sentences))


@contextmanager
def _silent_logs() -> Iterator[None]:
    """What the embedded shop logs of calls that are made to go wrong is not for the terminal."""
    quiet = logging.NullHandler()
    logging.getLogger().addHandler(quiet)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(quiet)
