"""A plugin that runs what a row may touch briefly: first rows of outlines, first scenarios, and elsewhere a part."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Wanted = Callable[[str], bool]
"""Whether a requirement's first scenario is run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name what is run in full, and of which areas each requirement is run, or a part."""
    parser.addoption("--in-full", default="", metavar="IDS", help="requirements of which every row is run")
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
    from fixtures.judging.outcomes import OBSERVATION  # pytest wants to rewrite the suite's assertions first

    in_full = set(config.getoption("in_full").split(","))
    wanted = _wanted(config) if config.getoption("part") else None
    outlines: set[object] = set()
    shown: set[str] = set()
    left: list[pytest.Item] = []
    for item in items:
        outline = getattr(item, "function", item)
        cited = item.stash[OBSERVATION].requirements if OBSERVATION in item.stash else ()
        known = outline in outlines or (wanted and not any(wanted(id) and id not in shown for id in cited))
        if known and not in_full.intersection(cited):
            left.append(item)
            continue
        outlines.add(outline)
        shown.update(cited)
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


def _wanted(config: pytest.Config) -> Wanted:
    from fixtures.judging.catalogue import catalogue

    areas = set(config.getoption("areas").split(","))
    first, every = (int(number) for number in config.getoption("part").split("/"))
    places = {one.id: place for place, one in enumerate(catalogue().requirement)}
    return lambda id: catalogue()[id].area in areas or places[id] % every == first
