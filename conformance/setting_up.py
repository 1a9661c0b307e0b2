"""`python -m conformance.setting_up LOCK`: what a first run needs, side by side: packages, the buyer's browser, Allure.

It runs in a new virtual environment, before anything is installed there. Only the packages decide how it ends: what is
missing of the others is installed, or said, by those who need it.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.browser.setup import BrowserMissing, find_browser, install_package
from conformance.machine import commands
from conformance.machine.places import ROOT
from conformance.report.allure_html import NotRendered, install

PACKAGES_LIMIT_SECONDS = 900
LARGEST = "playwright=="
_PIN = re.compile(r"^[^\s#][^\n]*\n(?:[ \t][^\n]*\n)*", re.MULTILINE)
# No byte code: what is imported is compiled when it is, the rest never. No search for what fits: the lock names all.
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", "--no-compile")


def install_packages(lock: Path) -> str | None:
    """What keeps the packages of a lock file from being installed, in pip's words; None where they are.

    By two pips at a time: each unpacks on one core, and no package of a lock file waits for another.
    """
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as threads:
        parts = [Path(folder) / f"{number}.txt" for number in range(2)]
        for part, pins in zip(parts, halves(lock.read_text("utf-8")), strict=True):
            part.write_text(pins, "utf-8")
        return next(filter(None, list(threads.map(_install, parts))), None)


def halves(lock: str) -> tuple[str, str]:
    """The pins of a lock file in two parts that take about as long: the largest package, with a few, and the rest."""
    pins = _PIN.findall(lock)
    first = [pin for number, pin in enumerate(pins) if pin.startswith(LARGEST) or number % 4 == 0]
    return "".join(first), "".join(pin for pin in pins if pin not in first)


def _install(pins: Path) -> str | None:
    ended = commands.run([*_PIP, "--no-deps", "--require-hashes", "-r", pins], limit_seconds=PACKAGES_LIMIT_SECONDS)
    return None if ended.ok else ended.output


def install_the_checkout() -> str | None:
    """What keeps the project from being installed, editable, in pip's words; None where it is.

    With it this environment's programs find the suite wherever they are started, and `conformance` is one of them.
    """
    ended = commands.run(
        [*_PIP, "--no-deps", "--no-index", "--no-build-isolation", "--editable", ROOT],
        limit_seconds=PACKAGES_LIMIT_SECONDS,
    )
    return None if ended.ok else ended.output


def install_browser() -> None:
    """A browser from the system's packages, where there is none and where they may be installed."""
    try:
        find_browser()
    except BrowserMissing:
        install_package(_silent)


def install_allure() -> None:
    """What renders the HTML report, where there is a Node.js with npm for it."""
    if shutil.which("npm"):
        try:
            install()
        except NotRendered as reason:
            print(reason, flush=True)


def _silent(_line: str) -> None:
    """Whoever needs the browser says what is missing."""


def main(lock: Path) -> int:
    """Set up, and say what took how long; 1 where the packages could not be installed."""
    began = time.monotonic()

    def timed(name: str, work: Callable[[], str | None]) -> str | None:
        failed = work()
        print(f"  {name}: {'failed' if failed else 'there'} after {time.monotonic() - began:.0f} s", flush=True)
        return failed

    print("Setting up (once): packages, browser and Allure, side by side", flush=True)
    with ThreadPoolExecutor() as threads:
        packages = threads.submit(timed, "packages", lambda: install_packages(lock) or install_the_checkout())
        others = [threads.submit(timed, "browser", install_browser), threads.submit(timed, "Allure", install_allure)]
        for one in others:
            one.result()
        failed = packages.result()
    if failed:
        print(failed.rstrip(), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
