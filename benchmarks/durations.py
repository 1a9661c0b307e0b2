"""A pytest plugin that writes how long each phase of each scenario took (seconds), as JSON to $DURATIONS."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_phases: list[dict[str, Any]] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect; the keywords tell which scenarios use a browser."""
    browser = "browser" in report.keywords
    _phases.append({"nodeid": report.nodeid, "when": report.when, "seconds": report.duration, "browser": browser})


def pytest_sessionfinish() -> None:
    """Write what was collected."""
    Path(os.environ["DURATIONS"]).write_text(json.dumps(_phases), "utf-8")
