"""A plugin that runs the suite briefly: first rows of outlines, or first scenarios of requirements.

Of what is named to be run in full, every scenario is run until the first FAIL: a merchant can earn no worse verdict.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name what is run in full, and how little of the rest is."""
    parser.addoption(
        "--in-full", default="", metavar="IDS", help="requirements of which every row is run, until the first FAIL"
    )
    parser.addoption("--once", action="store_true", help="of each other requirement its first scenario only")


@pytest.hookimpl(trylast=True)  # after everything else was left out and put into order
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out all rows of an outline but the first, and where it is wanted what is about the same requirement."""
    in_full = set(config.getoption("in_full").split(","))
    once = config.getoption("once")
    outlines: set[object] = set()
    shown: set[str] = set()
    left: list[pytest.Item] = []
    for item in items:
        outline = getattr(item, "function", item)
        cited = _cited(item)
        known = outline in outlines or (once and shown.issuperset(cited))
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
        from conformance.verdict.algebra import Verdict
        from fixtures.stash import OBSERVATION

        if OBSERVATION in item.stash and item.stash[OBSERVATION].verdict is Verdict.FAIL:
            self._failed |= self._in_full.intersection(_cited(item))


def pytest_configure(config: pytest.Config) -> None:
    """Run what is to be run in full no further than needed."""
    config.pluginmanager.register(_NothingMore(config.getoption("in_full")), "nothing-more")


def _cited(item: pytest.Item) -> tuple[str, ...]:
    from fixtures.stash import OBSERVATION  # pytest wants to rewrite the suite's assertions first

    return item.stash[OBSERVATION].requirements if OBSERVATION in item.stash else ()
