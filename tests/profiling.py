"""A plugin that notes what each test takes, for `python -m benchmarks.tests`.

It is no part of the package `benchmarks`, which imports what pytest rewrites before it can.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any
from unittest.mock import patch

import pytest

_MANAGERS = ("npm", "pip", "apt-get")
VARIABLE = "TESTS_PROFILE"
_started: Counter[str] = Counter()
_forked_seconds = [0.0]


def _processor_seconds() -> float:
    used = [getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + _forked_seconds[0]


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        words = [str(word) for word in ([arguments[1]] if isinstance(arguments[1], (str, bytes)) else arguments[1])]
        _started["processes"] += 1
        if any(Path(word).name.startswith(_MANAGERS) for word in words[:4]):
            _started["package managers"] += 1


def pytest_configure() -> None:
    """Count what is started, from here on."""
    from playwright.sync_api import BrowserType

    from tests import forks

    sys.addaudithook(_count)
    launch, fork, wait = BrowserType.launch, forks.Started.__init__, forks.Started.wait

    def launched(self: BrowserType, **options: Any) -> Any:
        _started["browsers"] += 1
        return launch(self, **options)

    def forked(self: forks.Started, *arguments: Any) -> None:
        _started["processes"] += 1
        fork(self, *arguments)

    def waited(self: forks.Started, timeout: float | None = None) -> int:
        before = self.returncode
        status = wait(self, timeout)
        _forked_seconds[0] += self.processor_seconds if before is None else 0.0
        return status

    for owner, name, counted in (
        (BrowserType, "launch", launched),
        (forks.Started, "__init__", forked),
        (forks.Started, "wait", waited),
    ):
        patch.object(owner, name, counted).start()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note what one test took, set-up and tear-down included."""
    wall, processor, before = time.monotonic(), _processor_seconds(), _started.copy()
    try:
        return (yield)
    finally:
        facts = {
            "file": item.nodeid.partition("::")[0],
            "wall": time.monotonic() - wall,
            "computing": _processor_seconds() - processor,
            **(_started - before),
        }
        with Path(os.environ[VARIABLE]).open("a", encoding="utf-8") as out:
            out.write(json.dumps(facts) + "\n")
