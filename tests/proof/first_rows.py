"""A plugin that runs of every outline its first row only, but those of some requirements in full."""

from __future__ import annotations

import pytest

from fixtures.outcomes import OBSERVATION


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names what is run in full."""
    parser.addoption("--in-full", default="", metavar="IDS", help="requirements of which every row is run")


@pytest.hookimpl(trylast=True)  # after everything else was left out and put into order
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out all rows of an outline but the first."""
    in_full = set(config.getoption("in_full").split(","))
    seen: set[object] = set()
    left: list[pytest.Item] = []
    for item in items:
        outline = getattr(item, "function", item)
        cited = item.stash[OBSERVATION].requirements if OBSERVATION in item.stash else ()
        if outline in seen and not in_full.intersection(cited):
            left.append(item)
        seen.add(outline)
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)
