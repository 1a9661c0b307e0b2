"""A plugin that notes through which functions of the steps and fixtures each scenario runs."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Generator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import pytest

NAME = "functions.json"
ROOT = Path(__file__).resolve().parents[2]
_WATCHED = tuple(f"{ROOT / folder}/" for folder in ("steps", "conformance", "fixtures"))


class Watch:
    """Notes the calls on the main thread, on which every step is run.

    A Given that is shown once a run is shown in every scenario that stands on it: each runs through its functions where
    it is alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._through: dict[str, set[str]] = defaultdict(set)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Watch one scenario."""
        from conformance.target.target import Target  # pytest wants to rewrite the suite's assertions first

        def called(frame: FrameType, event: str, _argument: Any) -> None:
            if event == "call" and frame.f_code.co_filename.startswith(_WATCHED):
                path = Path(frame.f_code.co_filename).relative_to(ROOT).with_suffix("")
                self._through[f"{'.'.join(path.parts)} {frame.f_code.co_name}"].add(item.nodeid)

        with patch.object(Target, "once", lambda _target, _what, show: show()):
            sys.setprofile(called)
            try:
                yield
            finally:
                sys.setprofile(None)

    def pytest_sessionfinish(self) -> None:
        """Write what was noted."""
        noted = {function: sorted(scenarios) for function, scenarios in self._through.items()}
        (self._folder / NAME).write_text(json.dumps(noted), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Watch every scenario of this run."""
    config.pluginmanager.register(Watch(Path(config.option.xmlpath).parent), "watch")


def reached(folder: Path) -> Mapping[tuple[str, str], set[str]]:
    """The scenarios (node IDs) that run through a function, by module and function, as a watched run noted them."""
    through: dict[tuple[str, str], set[str]] = defaultdict(set)
    for function, scenarios in json.loads((folder / NAME).read_text("utf-8")).items():
        module, name = function.split(" ")
        through[module, name].update(scenarios)
    return through
