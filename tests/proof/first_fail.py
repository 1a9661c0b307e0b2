"""A plugin that ends a run of the suite at its first FAIL: a merchant can earn no better conclusion after it.

What needs no browser comes first, since it is the quicker.
"""

from __future__ import annotations

import pytest

BROWSERS = frozenset({"new_journey", "new_context", "page", "context"})
"""The fixtures that open a browser."""


@pytest.hookimpl(trylast=True)  # after everything else was left out and put into order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what a browser is opened for behind the rest."""
    items.sort(key=lambda item: bool(BROWSERS.intersection(getattr(item, "fixturenames", ()))))


@pytest.hookimpl(trylast=True)  # when it is known how the scenario ended
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Begin nothing more after a FAIL, or after an ERROR, which is none of the merchant's doing and no conclusion."""
    from conformance.verdict.algebra import Verdict  # pytest wants to rewrite the suite's assertions first
    from fixtures.stash import OBSERVATION

    if OBSERVATION in item.stash and item.stash[OBSERVATION].verdict in (Verdict.FAIL, Verdict.ERROR):
        item.session.shouldstop = "a requirement has failed"
