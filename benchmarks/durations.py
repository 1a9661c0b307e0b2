"""A pytest plugin that writes what each phase of each scenario took, in seconds and memory, as JSON to $DURATIONS.

With $SCENARIOS, a JSON list of titles, only those are run.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import pytest

_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
_phases: list[dict[str, Any]] = []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not named."""
    named = json.loads(os.environ.get("SCENARIOS", "[]"))
    if named:
        left = [item for item in items if dict(item.user_properties)["scenario"] not in named]
        items[:] = [item for item in items if dict(item.user_properties)["scenario"] in named]
        config.hook.pytest_deselected(items=left)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect; the keywords tell which scenarios use a browser, `peak_bytes` is the process's highest so far.

    `passed` is False of what did not apply, too.
    """
    peak = getrusage(RUSAGE_SELF).ru_maxrss * _MAXRSS_BYTES
    facts = {"nodeid": report.nodeid, "when": report.when, "seconds": report.duration, "passed": report.passed}
    _phases.append({**facts, "browser": "browser" in report.keywords, "peak_bytes": peak})


def pytest_sessionfinish() -> None:
    """Write what was collected."""
    Path(os.environ["DURATIONS"]).write_text(json.dumps(_phases), "utf-8")
