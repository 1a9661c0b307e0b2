"""Makes a story in which something was found as short as it can be: no sentence of it can be left out.

It is done by sentences, not by what Hypothesis drew: a story that was read from a file is shortened as well, one that
two threads decide is told several times before it counts as shorter, and each attempt costs a fraction of a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from conformance.explore.sentences import Said
from conformance.explore.telling import COME, LET_GO, Telling, told
from conformance.target.target import Target

MOMENT = "at the same moment"
TRIES = 4
"""How often a story is told in which things happen at the same moment, before nothing counts as found in it."""
_BY_ONE: Mapping[tuple[str, ...], str] = {
    ("Given an order", "When PortOne reports its payment"): "Given an order that was paid",
    ("Given an order", "When a buyer pays it by card"): "Given an order that was paid",
    ("Given an order", "When a buyer pays it by PayPal"): (
        "Given an order that was paid with a method that is cancelled at once"
    ),
}
"""What two sentences say that one says too."""
_PLAINER: Mapping[str, str] = {
    "Given somebody else's order that was paid": "Given an order that was paid",
    "Given an order that was paid with a method that is cancelled at once": "Given an order that was paid",
    "Given an order that was paid with a method that cannot be cancelled": "Given an order that was paid",
    "Given an order in a currency with 0 decimals": "Given an order",
    "Given an order in a currency with 2 decimals": "Given an order",
    "Given an order in a currency with 3 decimals": "Given an order",
}


def shortest(
    target: Target,
    telling: Telling,
    known: Mapping[str, Said],
    until: float,
    watch: Callable[[int], None] = lambda _: None,
) -> Telling:
    """The shortest telling of the same finding that is found until then (seconds of time.monotonic()).

    `watch` is told the length whenever it is less. A finding is the same if it fails a requirement that it failed.
    """
    failed = {one.requirement for one in telling.found}
    best = telling
    tried: set[tuple[str, ...]] = set()
    while time.monotonic() < until:
        shorter = None
        for texts in _candidates(best.said, known):
            if texts in tried:
                continue
            tried.add(texts)
            if time.monotonic() >= until:
                return best
            shorter = again(target, texts, known, failed, passing_over=True)
            if shorter is not None:
                break
        if shorter is None:
            return best
        best = shorter
        watch(len(best.said))
    return best


def again(
    target: Target, texts: Sequence[str], known: Mapping[str, Said], failed: set[str], *, passing_over: bool = False
) -> Telling | None:
    """The story told once more, where one of these requirements fails again; several times if chance has a say.

    `passing_over` leaves out sentences that make no sense where they are said.
    """
    by_chance = any(MOMENT in text for text in texts)
    for _ in range(TRIES if by_chance else 1):
        telling = told(target, texts, known, passing_over=passing_over)
        if telling is None:
            return None
        if failed & {one.requirement for one in telling.found}:
            return telling
    return None


def _candidates(said: Sequence[str], known: Mapping[str, Said]) -> Iterator[tuple[str, ...]]:
    """Shorter or plainer stories, the shortest first."""
    texts = tuple(said)
    size = len(texts) // 2
    while size:
        for start in range(0, len(texts), size):
            yield texts[:start] + texts[start + size :]
        size //= 2
    for number, text in enumerate(texts):
        pair = texts[number : number + 2]
        if pair in _BY_ONE:
            yield (*texts[:number], _BY_ONE[pair], *texts[number + 2 :])
        if text in _PLAINER:
            yield (*texts[:number], _PLAINER[text], *texts[number + 1 :])
        if text not in (LET_GO, COME):
            yield from ((*texts[:number], plain, *texts[number + 1 :]) for plain in _plainer(known[text]))


def _plainer(said: Said) -> Iterator[str]:
    """The sentence with what stands first among the choices in one of its gaps."""
    for name, choices in said.sentence.gaps.items():
        if said.choice[name] != choices[0]:
            yield str(said.sentence.said({**said.choice, name: choices[0]}))
