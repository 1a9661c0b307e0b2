"""A plugin that runs what a row may touch briefly: first rows of outlines, first scenarios, and elsewhere a part.

Of what the row turns red every scenario is run until the first FAIL: a merchant can earn no worse verdict.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Wanted = Callable[[str], bool]
"""Whether a requirement's first scenario is run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name what is run in full, and of which areas each requirement is run, or a part."""
    parser.addoption(
        "--in-full", default="", metavar="IDS", help="requirements of which every row is run, until the first FAIL"
    )
    parser.addoption(
        "--areas",
        default="",
        metavar="AREAS",
        help="with --part: areas of which each requirement's first scenario is run",
    )
    parser.addoption(
        "--part",
        metavar="K/N",
        help="of the other areas every Nth requirement's first scenario, beginning with the Kth (default: "
        "every scenario of every area)",
    )


@pytest.hookimpl(trylast=True)  # after everything else was left out and put into order
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out all rows of an outline but the first, and of a part what is known already or not in it."""
    in_full = set(config.getoption("in_full").split(","))
    wanted = _wanted(config) if config.getoption("part") else None
    outlines: set[object] = set()
    shown: set[str] = set()
    left: list[pytest.Item] = []
    for item in items:
        outline = getattr(item, "function", item)
        cited = _cited(item)
        known = outline in outlines or (wanted and not any(wanted(id) and id not in shown for id in cited))
        if known and not in_full.intersection(cited):
            left.append(item)
            continue
        outlines.add(outline)
        shown.update(cited)
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


class _NothingMore:
    """Runs no further scenario of a requirement that is to be run in full and came out FAIL."""

    def __init__(self, in_full: str) -> None:
        self._in_full = set(in_full.split(","))
        self._failed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Pass over a scenario that can change no verdict."""
        return True if _cited(item) and self._failed.issuperset(_cited(item)) else None

    @pytest.hookimpl(trylast=True)  # when it is known how the scenario ended
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Note what has failed."""
        from fixtures.judging.outcomes import OBSERVATION
        from fixtures.judging.verdicts import Verdict

        if OBSERVATION in item.stash and item.stash[OBSERVATION].verdict is Verdict.FAIL:
            self._failed |= self._in_full.intersection(_cited(item))


def pytest_configure(config: pytest.Config) -> None:
    """Run what is to be run in full no further than needed."""
    config.pluginmanager.register(_NothingMore(config.getoption("in_full")), "nothing-more")


def _cited(item: pytest.Item) -> tuple[str, ...]:
    from fixtures.judging.outcomes import OBSERVATION  # pytest wants to rewrite the suite's assertions first

    return item.stash[OBSERVATION].requirements if OBSERVATION in item.stash else ()


def _wanted(config: pytest.Config) -> Wanted:
    from fixtures.judging.catalogue import catalogue

    areas = set(config.getoption("areas").split(","))
    first, every = (int(number) for number in config.getoption("part").split("/"))
    places = {one.id: place for place, one in enumerate(catalogue().requirement)}
    return lambda id: catalogue()[id].area in areas or places[id] % every == first
