"""What reporting costs: the share of an embedded run that its hooks and the pages at its end take.

Run it with `python -m benchmarks.reporting`; it runs the suite once, and is its own plugin in that run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from functools import partial, wraps
from pathlib import Path
from types import GeneratorType
from typing import Any

import pytest
import typer

from benchmarks import IMPORTED_EARLY

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 300
TARGET = 0.1
LARGEST_MEGABYTES = 3.0
_REPORTING = ("conformance.report", "allure_pytest", "_pytest.junitxml")


class Clock:
    """Adds up the time in which reporting has the main thread, by module; what it calls in between is its own."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._within = 0

    def timed(self, module: str, act: Callable[[], Any]) -> Any:
        """Count what `act` takes, unless it is called within another one."""
        began, self._within = time.perf_counter(), self._within + 1
        try:
            return act()
        finally:
            self._within -= 1
            if not self._within:
                self.seconds[module] = self.seconds.get(module, 0.0) + time.perf_counter() - began

    def watched(self, module: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same hook, counted; of a wrapper only what it does before and after the others."""

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            made = self.timed(module, lambda: function(*args, **kwargs))
            return Wrapper(self, module, made) if isinstance(made, GeneratorType) else made

        return called


class Wrapper:
    """A wrapper of a hook, of which only its own segments are counted, not what it is wrapped around."""

    def __init__(self, clock: Clock, module: str, own: Generator[Any, Any, Any]) -> None:
        self._timed = partial(clock.timed, module)
        self._own = own

    def __next__(self) -> Any:
        """What it does before the others."""
        return self._timed(lambda: next(self._own))

    def send(self, result: Any) -> Any:
        """What it does with their result."""
        return self._timed(lambda: self._own.send(result))

    def throw(self, error: BaseException) -> Any:
        """What it does with what they raised."""
        return self._timed(lambda: self._own.throw(error))

    def close(self) -> None:
        """It is not needed any more."""
        self._own.close()


_CLOCK, _BEGAN = Clock(), time.perf_counter()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Put the clock into every hook of the reporting, once all of them are there."""
    manager = session.config.pluginmanager
    for plugin in manager.get_plugins():
        for caller in manager.get_hookcallers(plugin) or ():
            for implementation in caller.get_hookimpls():
                module = getattr(implementation.function, "__module__", "")
                if implementation.plugin is plugin and module.startswith(_REPORTING):
                    watched = _CLOCK.watched(module, implementation.function)
                    implementation.function = watched  # type: ignore[misc]  # nobody else may, but a clock must


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Write what was counted."""
    whole = time.perf_counter() - _BEGAN
    Path(os.environ["REPORTING"]).write_text(json.dumps({"whole": whole, "parts": _CLOCK.seconds}), "utf-8")


def main() -> None:
    """Run the suite, and print what its reporting took of it, and how large the page is."""
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder) / "reporting.json"
        reports = [f"--alluredir={folder}/allure-results", f"--junit-xml={folder}/junit.xml"]
        command = [sys.executable, "-m", "pytest", "-q", *IMPORTED_EARLY, "-p", "benchmarks.reporting", *reports]
        environment = {**os.environ, "REPORTING": str(counted)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_SECONDS)
        told = json.loads(counted.read_text("utf-8"))
        megabytes = (Path(folder) / "conformance.html").stat().st_size / 1e6
    for module, seconds in sorted(told["parts"].items(), key=lambda part: -part[1]):
        print(f"  {module:<40}{seconds:7.2f} s")
    share = sum(told["parts"].values()) / told["whole"]
    _row("reporting / run", share, TARGET, "")
    _row("conformance.html", megabytes, LARGEST_MEGABYTES, " MB")


def _row(name: str, figure: float, target: float, unit: str) -> None:
    verdict = "holds" if figure <= target else "MISSED"
    print(f"{name:<28}{figure:8.2f}{unit:<3}  target at most {target:g}{unit}: {verdict}")


if __name__ == "__main__":
    typer.run(main)
