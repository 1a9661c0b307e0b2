"""A plugin that ends a run of the suite at its first FAIL: a merchant can earn no better conclusion after it.

What needs no browser comes first, since it is the quicker.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)  # after everything else was left out and put into order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what a browser is opened for behind the rest."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(trylast=True)  # when it is known how the scenario ended
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Begin nothing more after a FAIL, or where the books do not agree, which is one.

    An ERROR ends it too: it is none of the merchant's doing, and no conclusion.
    """
    from conformance.books.findings import of_text  # pytest wants to rewrite the suite's assertions first
    from conformance.verdict.algebra import Verdict
    from fixtures.stash import OBSERVATION

    if OBSERVATION not in item.stash:
        return
    seen = item.stash[OBSERVATION]
    books = of_text(seen.books)
    if seen.verdict in (Verdict.FAIL, Verdict.ERROR) or (books and books.found):
        item.session.shouldstop = "a requirement has failed"
