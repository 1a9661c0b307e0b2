"""Hypothesis's state machine whose rules say the sentences: it tells stories at random until one is found wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx
from hypothesis import HealthCheck, Phase, configuration, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from conformance.explore.scene import opened
from conformance.explore.sentences import Phrase, Said, by_text
from conformance.explore.tally import Bounds, Tally
from conformance.explore.telling import Telling
from conformance.explore.vocabulary import GROUPS
from conformance.machine.places import CACHE
from conformance.target.target import Target
from conformance.verdict.endings import SuiteError

LONGEST = 14
"""How many sentences a story has at most, before it is shortened."""
CHUNK = 200
"""How many stories Hypothesis tells from one seed."""


class _Over(BaseException):
    """Nothing more is told: no exception of the tools in between catches it."""


@dataclass
class Exploration:
    """How exploring ended: the story in which something was found, None where nothing was."""

    tally: Tally
    telling: Telling | None = None


def explored(
    target: Target,
    sentences: Sequence[Phrase],
    bounds: Bounds,
    seed_number: int,
    watch: Callable[[Tally], None] = lambda _: None,
) -> Exploration:
    """Tell stories in these sentences until one is found wrong or the bounds are reached. Raises SuiteError."""
    tally = Tally()
    course = _Course(target, sentences, by_text(sentences), tally, bounds, watch)
    groups = [[one for one in group if one in sentences] for group in GROUPS]
    rules = {f"group_{number}": _rule(group) for number, group in enumerate(groups) if group}
    machine = type("Stories", (_Stories,), {"course": course, **rules})
    configuration.set_hypothesis_home_dir(CACHE / "hypothesis")  # it reads all modules for numbers, once
    number = seed_number
    while not bounds.are_reached(tally):
        # Where a story is broken off, or two threads decide how it goes, Hypothesis finds the drawing flaky.
        with suppress(_Over, FlakyStrategyDefinition):
            run_state_machine_as_test(seed(number)(machine), settings=_SETTINGS)
        if course.broke is not None:
            raise SuiteError(f"{course.broke} (in the story: {'; '.join(course.said)})") from course.broke
        if course.found is not None:
            break
        number += 1
    return Exploration(tally, course.found)


_SETTINGS = settings(
    max_examples=CHUNK,
    stateful_step_count=LONGEST,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    derandomize=False,
)
"""Hypothesis makes the stories. It neither keeps nor shrinks them: both are done by their sentences (shortening.py)."""


@dataclass
class _Course:
    """What all stories of one exploration have in common, and how it ended: something was `found`, or it `broke`."""

    target: Target
    phrases: Sequence[Phrase]
    known: Mapping[str, Said]
    tally: Tally
    bounds: Bounds
    watch: Callable[[Tally], None]
    found: Telling | None = None
    broke: Exception | None = None
    said: list[str] = field(default_factory=list)


class _Stories(RuleBasedStateMachine):
    """One story; a subclass has its course, and a rule for each group of sentences."""

    course: ClassVar[_Course]

    def __init__(self) -> None:
        super().__init__()
        tally = self.course.tally
        if self.course.bounds.are_reached(tally):
            raise _Over
        self.stack = ExitStack()
        self.telling = Telling(opened(self.stack, self.course.target), seen=tally.states.add)
        self._ready: Mapping[Phrase, Sequence[Said]] = {}
        self._ready_after = -1
        tally.stories += 1

    def say(self, said: Said) -> None:
        """Say one sentence. Raises _Over where something was found, or the suite broke."""
        tally = self.course.tally
        tally.steps += 1
        tally.used[said.sentence.pattern] += 1
        try:
            self.telling.say(said)
        except (SuiteError, httpx.HTTPError) as error:
            self.course.broke, self.course.said = error, self.telling.said
            raise _Over from error
        if self.telling.broke_off:
            tally.broken_off[self.telling.broke_off] += 1
        self.course.watch(tally)
        if self.telling.found:
            self.course.found = self.telling
            raise _Over

    @property
    def ready(self) -> Mapping[Phrase, Sequence[Said]]:
        """What can be said next, by its sentence."""
        if self._ready_after != len(self.telling.said):
            scene = self.telling.scene
            able = (one for one in self.course.phrases if one.ready(scene))
            said = {one: [each for each in one.every if each.fits(scene)] for one in able}
            self._ready = {one: every for one, every in said.items() if every}
            self._ready_after = len(self.telling.said)
        return self._ready

    @precondition(lambda self: self.telling.is_over)
    @rule()
    def rest(self) -> None:
        """A story that is over tells nothing more."""

    def teardown(self) -> None:
        """End the story with nothing held back or up."""
        with self.stack:
            if not self.telling.is_over:
                for said in self.telling.endings(self.course.known):
                    self.say(said)


def _rule(group: Sequence[Phrase]) -> Any:
    """Says one of the group's sentences that are ready: with a rule for each, Hypothesis would say few again and again.

    It leaves out some rules in each story, so that there are stories without refunds, or in which no time passes.
    """

    weighted = [one for one in group for _ in range(one.weight)]

    def told(self: Any, data: Any) -> None:
        phrase = data.draw(st.sampled_from([one for one in weighted if one in self.ready]))
        self.say(data.draw(st.sampled_from(self.ready[phrase])))

    def is_ready(self: Any) -> bool:
        return not self.telling.is_over and any(one in self.ready for one in group)

    made: Any = rule
    return precondition(is_ready)(made(data=st.data())(told))
