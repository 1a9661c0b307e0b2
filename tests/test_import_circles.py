"""No module imports one that imports it, not even for its types: each room is read from the top down once."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

ROOTS = ("conformance", "emulator", "fixtures", "shop", "steps")


@pytest.mark.parametrize("within", ["conformance", "emulator.paymentwall", "fixtures", "shop", "steps"])
def test_no_modules_import_each_other(within: str) -> None:
    graph = grimp.build_graph(*ROOTS, cache_dir=None)
    modules = {one for one in graph.modules if f"{one}.".startswith(f"{within}.")}
    assert len(modules) > 3
    try:
        TopologicalSorter({one: graph.find_modules_directly_imported_by(one) & modules for one in modules}).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
