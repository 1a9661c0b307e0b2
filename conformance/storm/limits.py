"""The search for the rate at which a merchant breaks: twice as much each time, and then between the last two; pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

BETWEEN = 3
"""How many rates are tried between the last that held and the first that did not."""
REACHED = 0.8
"""The share of a rate that the load itself must reach; below it the machine of the buyers is what is measured."""


@dataclass(frozen=True)
class Tried:
    """A rate (orders a second) that was tried: what was reached of it, whether the merchant held, and why not."""

    rate: float
    reached: float
    held: bool
    slowest_seconds: float
    why: str = ""
    dead: bool = False

    @property
    def was_reached(self) -> bool:
        """Whether there was as much load as was asked for."""
        return self.reached >= REACHED * self.rate


@dataclass(frozen=True)
class Limit:
    """What the search found: the highest rate that held, and the lowest that did not; None where there is none."""

    tried: tuple[Tried, ...]

    @property
    def held(self) -> float | None:
        """The highest rate at which the merchant held, of those that the load reached."""
        return max((one.rate for one in self.tried if one.held and one.was_reached), default=None)

    @property
    def broke(self) -> float | None:
        """The lowest rate at which it did not."""
        return min((one.rate for one in self.tried if not one.held), default=None)


def find(first: float, most: float, attempt: Callable[[float], Tried]) -> Limit:
    """Try `first` orders a second and more, at most `most`, until the merchant does not hold or dies."""
    tried: list[Tried] = []
    rate = min(first, most)
    while True:
        tried.append(attempt(rate))
        if not tried[-1].held or not tried[-1].was_reached or rate >= most:
            break
        rate = min(rate * 2, most)
    for _ in range(BETWEEN):
        limit = Limit(tuple(tried))
        low, high = limit.held, limit.broke
        if low is None or high is None or tried[-1].dead or high - low < 1:
            break
        tried.append(attempt(round((low + high) / 2, 1)))
    return Limit(tuple(tried))
