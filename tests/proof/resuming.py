"""A plugin of the proof's runs: leaves out what has passed in this state of the project, and takes a shard.

What is not begun when the time is over stays for the next run.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.proof import kept

VARIABLE = "PROOF"
"""The environment's variable with settings as JSON: `until` (Unix time), `shard` of `shards`, `counted` (a file)."""


class _Resuming:
    def __init__(self, until: float, shard: int, shards: int, counted: str) -> None:
        self._until, self._shard, self._shards, self._counted = until, shard, shards, counted
        self._failed: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what other shards have, and what has passed."""
        own = items[self._shard - 1 :: self._shards]
        known = kept.passed()
        left = [item for item in own if item.nodeid not in known]
        if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
            Path(self._counted).write_text(json.dumps([item.nodeid for item in own]), "utf-8")
        config.hook.pytest_deselected(items=[item for item in items if item not in left])
        items[:] = left

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> bool | None:
        """Begin nothing once the time is over."""
        return True if time.time() > self._until else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what has passed, its tear-down included."""
        if report.failed:
            self._failed.add(report.nodeid)
        if report.when == "teardown" and report.nodeid not in self._failed and "PYTEST_XDIST_WORKER" not in os.environ:
            kept.keep(report.nodeid)


def pytest_configure(config: pytest.Config) -> None:
    """Do so in this run."""
    config.pluginmanager.register(_Resuming(**json.loads(os.environ[VARIABLE])), "resuming")
