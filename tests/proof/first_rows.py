"""A plugin that runs what a row may touch briefly: first rows of outlines, and elsewhere first scenarios."""

from __future__ import annotations

import pytest

from fixtures.judging.catalogue import catalogue
from fixtures.judging.outcomes import OBSERVATION


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name what is run in full, and where every scenario is run."""
    parser.addoption("--in-full", default="", metavar="IDS", help="requirements of which every row is run")
    parser.addoption(
        "--every-scenario-of",
        default=",".join(catalogue().areas),
        metavar="AREAS",
        help="areas of which every scenario is run; of the others each requirement's first one (default: all areas)",
    )


@pytest.hookimpl(trylast=True)  # after everything else was left out and put into order
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out all rows of an outline but the first, and elsewhere all scenarios of a requirement but the first."""
    in_full = set(config.getoption("in_full").split(","))
    areas = set(config.getoption("every_scenario_of").split(","))
    seen: set[object] = set()
    left: list[pytest.Item] = []
    for item in items:
        outline = getattr(item, "function", item)
        cited = item.stash[OBSERVATION].requirements if OBSERVATION in item.stash else ()
        elsewhere = [id for id in cited if catalogue()[id].area not in areas]
        known = outline in seen or (elsewhere and seen.issuperset(elsewhere))
        if known and not in_full.intersection(cited):
            left.append(item)
        seen.update((outline, *cited))
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)
