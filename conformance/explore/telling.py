"""Tells a story to a target sentence by sentence, and has both books judged after each, once nothing is held back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from conformance.acts.agreement import judged
from conformance.acts.transit import IN_ORDER
from conformance.books import reading
from conformance.books.findings import Finding
from conformance.books.rules import changes
from conformance.explore.scene import Scene, opened
from conformance.explore.sentences import Said
from conformance.portone.emulated import EmulatorRefused
from conformance.record.timeline import Event
from conformance.target.target import Target
from conformance.verdict.endings import Blocked, MerchantStopped, MerchantUnreachable, NotApplicable, NotObservable

LET_GO = "When PortOne lets go what it held back"
COME = f"When the webhooks that were held up come {IN_ORDER}"
ENDINGS = (NotApplicable, NotObservable, Blocked, MerchantUnreachable, MerchantStopped, EmulatorRefused)
"""What ends a story early: it could not be told to this merchant, which says nothing about its books."""


@dataclass
class Telling:
    """A story as it was told so far: its sentences, and what was found in the books after the last one.

    `began` is when each sentence was said (wall-clock unix seconds), `events` what crossed until something was found.
    `seen` is told each state that was reached, `broke_off` why the story could not be told to its end.
    """

    scene: Scene
    said: list[str] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    broke_off: str = ""
    seen: Callable[[tuple[object, ...]], None] = lambda _: None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is told."""
        return bool(self.found or self.broke_off)

    def say(self, said: Said) -> None:
        """The next sentence; what is wrong afterwards is in `found`. Raises SuiteError and httpx.HTTPError."""
        self.said.append(str(said))
        self.scene.last = said.sentence.pattern
        self.scene.hung = self.scene.hung or said.is_slow
        self.began.append(time.time())
        try:
            said.sentence.act(self.scene, said.choice)
            if self.scene.is_calm:
                self._judge()
            else:
                self.scene.meanwhile += str(said) != LET_GO
                self.scene.books = reading.read(self.scene.target)
        except ENDINGS as why:
            self.broke_off = str(why)
            return
        self.seen(self.scene.state)

    def _judge(self) -> None:
        self.scene.books, self.found = judged(self.scene.target)
        if self.scene.changed:
            self.found += changes(*self.scene.changed)
            self.scene.changed = None
        if self.found:
            self.events = self.scene.target.timeline.events()

    def endings(self, known: Mapping[str, Said]) -> Iterator[Said]:
        """The sentences that are still needed, so that nothing is held back or up at the end."""
        if not self.scene.is_calm:
            yield known[LET_GO]
        if self.scene.transit.holds_up:
            yield known[COME]


def told(
    target: Target, texts: Sequence[str], known: Mapping[str, Said], *, passing_over: bool = False
) -> Telling | None:
    """The story of these sentences, as far as something was found; None where one of them makes no sense there.

    With `passing_over` such a sentence is left out instead.
    """
    with ExitStack() as stack:
        telling = Telling(opened(stack, target))
        for text in texts:
            if not known[text].is_ready(telling.scene):
                if passing_over:
                    continue
                return None
            telling.say(known[text])
            if telling.is_over:
                break
        else:
            for said in telling.endings(known):
                telling.say(said)
        return telling
