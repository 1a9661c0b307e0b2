"""What was told so far in a run of `explore`, and when that is enough."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What was told so far. `states` are the distinct ones that were reached, `used` the rules by their sentence."""

    stories: int = 0
    steps: int = 0
    broken_off: Counter[str] = field(default_factory=Counter)
    states: set[tuple[object, ...]] = field(default_factory=set)
    used: Counter[str] = field(default_factory=Counter)


@dataclass
class Bounds:
    """When to stop: `until` in seconds of time.monotonic(), after so many `stories` or `steps`; None: no such bound.

    Also when it is `over` elsewhere.
    """

    until: float | None = None
    stories: int | None = None
    steps: int | None = None
    over: Callable[[], bool] = lambda: False

    def are_reached(self, tally: Tally) -> bool:
        """Whether that is over."""
        return (
            self.over()
            or (self.until is not None and time.monotonic() >= self.until)
            or (self.stories is not None and tally.stories >= self.stories)
            or (self.steps is not None and tally.steps >= self.steps)
        )
