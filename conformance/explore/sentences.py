"""What a sentence of a story is: the words that a feature has for it, what it does, and when it makes sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import product
from typing import Literal

from conformance.explore.scene import Scene
from conformance.verdict.catalogue import Probe

Choice = Mapping[str, str]
Keyword = Literal["Given", "When"]
SLOW = frozenset({"silence", "PortOne never answers"})
"""What the merchant's own limits end, on a real clock: it takes seconds, and comes once in a story at most."""


@dataclass(frozen=True, eq=False)
class Phrase:
    """A sentence of the features with what may stand in its gaps (`{gap}`).

    `act` does it, as the step of these words does; `ready` says whether it makes sense where a story stands, `needs`
    what the target must have for it, `fits` whether this in its gaps makes sense there too. It is said `weight` times
    as often as others of its kind.
    """

    keyword: Keyword
    pattern: str
    act: Callable[[Scene, Choice], object]
    ready: Callable[[Scene], bool]
    gaps: Mapping[str, Sequence[str]] = field(default_factory=dict)
    needs: frozenset[Probe] = frozenset()
    fits: Callable[[Scene, Choice], bool] = lambda _scene, _choice: True
    weight: int = 1

    def said(self, choice: Choice) -> Said:
        """The sentence with this in its gaps."""
        return Said(self, choice)

    @cached_property
    def every(self) -> tuple[Said, ...]:
        """The sentence with all that may stand in its gaps."""
        return tuple(self.said(dict(zip(self.gaps, one, strict=True))) for one in product(*self.gaps.values()))


@dataclass(frozen=True)
class Said:
    """A sentence as it was said."""

    sentence: Phrase
    choice: Choice

    @property
    def text(self) -> str:
        """As a feature has it, without its keyword."""
        return self.sentence.pattern.format(**self.choice)

    def __str__(self) -> str:
        return f"{self.sentence.keyword} {self.text}"

    @property
    def is_slow(self) -> bool:
        """Whether a call of the merchant's gets no answer in it."""
        return not SLOW.isdisjoint(self.choice.values())

    def is_ready(self, scene: Scene) -> bool:
        """Whether it makes sense there."""
        return self.sentence.ready(scene) and self.fits(scene)

    def fits(self, scene: Scene) -> bool:
        """Whether it makes sense where the sentence does, with this in its gaps."""
        return self.sentence.fits(scene, self.choice) and not (scene.hung and self.is_slow)


def by_text(sentences: Sequence[Phrase]) -> Mapping[str, Said]:
    """Every sentence as it can be said, by its words with the keyword."""
    return {str(said): said for sentence in sentences for said in sentence.every}


def possible(sentences: Sequence[Phrase], capabilities: frozenset[Probe]) -> list[Phrase]:
    """Those that a target with these capabilities can do."""
    return [one for one in sentences if one.needs <= capabilities]


def left_out(sentences: Sequence[Phrase], capabilities: frozenset[Probe]) -> Mapping[Probe, list[str]]:
    """What a target cannot do, by what it lacks for it."""
    lacking: dict[Probe, list[str]] = {}
    for one in sentences:
        for probe in sorted(one.needs - capabilities):
            lacking.setdefault(probe, []).append(one.pattern)
    return lacking


@cache
def gherkin(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences as a scenario has them: a keyword that is the last one's too is And."""
    lines: list[str] = []
    before = ""
    for text in texts:
        keyword, _, rest = text.partition(" ")
        lines.append(f"And {rest}" if keyword == before else text)
        before = keyword
    return tuple(lines)
