"""What test_beside.py has other processes do: they import it by this name."""

from __future__ import annotations

import os
import signal

from conformance.explore.beside import Link
from conformance.explore.running import ExploreEnd
from conformance.explore.tally import Bounds, Tally
from tests.explore.test_reporting import STORY


def counts(wanted: int, seed: int, _: Link) -> ExploreEnd:
    """Tells so many stories of two steps, none of them wrong."""
    return ExploreEnd("embedded", "test", seed, tally=tally_of(wanted, seed))


def goes_on(_: object, seed: int, link: Link) -> ExploreEnd:
    """Explores until it is over elsewhere."""
    tally = Tally()
    while not Bounds(over=link.is_over).are_reached(tally):
        tally.stories += 1
        link.over.wait(0.01)
    return ExploreEnd("embedded", "test", seed, tally=tally)


def finds(_: object, seed: int, link: Link) -> ExploreEnd:
    """Finds a story, and says so before it is made short."""
    link.over.set()
    return ExploreEnd("embedded", "test", seed, story=STORY)


def cannot_go_on(_wanted: object, _seed: int, _link: Link) -> str:
    """The merchant answers no more."""
    return "the shop answers no more"


def is_killed(_wanted: object, _seed: int, _link: Link) -> ExploreEnd:
    """As by a machine that has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")


def tally_of(stories: int, seed: int) -> Tally:
    """So many stories, one of whose states no other seed reaches."""
    tally = Tally(stories, 2 * stories, states={("placed",), (f"of {seed}",)})
    tally.used["an order is placed"] += stories
    return tally
