"""Starts Playwright's driver, and the browser by it, once before a run: what they lack is installed, or named.

`python -m conformance.browser.driver_setup FILE` opens the browser at that path and closes it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from conformance.browser.setup import (
    OTHERWISE,
    PACKAGE,
    START_LIMIT_SECONDS,
    Browser,
    BrowserMissing,
    Origin,
    find_browser,
    launch_arguments,
)
from conformance.machine import commands, places, system_packages

OPENING_LIMIT_SECONDS = 60
PACKAGES = {"libatomic.so.1": "libatomic1", "libstdc++.so.6": "libstdc++6", "libgcc_s.so.1": "libgcc-s1"}
"""Which package of Debian and Ubuntu has a library that the driver needs; slim images lack the first."""
_NOT_FOUND = re.compile(r"^\s*(\S+) => not found$", re.MULTILINE)


@dataclass(frozen=True)
class DriverFault:
    """Why the driver does not start: the libraries that are missing, else what it said itself."""

    libraries: tuple[str, ...]
    said: str

    @property
    def packages(self) -> list[str]:
        """The packages that have those libraries, as far as they are known."""
        return [PACKAGES[library] for library in self.libraries if library in PACKAGES]

    def __str__(self) -> str:
        why = f"it lacks {', '.join(self.libraries)}" if self.libraries else self.said
        return f"Playwright's driver does not start: {why}"


def fault_of_the_driver(environ: Mapping[str, str] = os.environ) -> DriverFault | None:
    """What keeps Playwright's driver, a Node.js, from starting; None where it starts."""
    node = environ.get("PLAYWRIGHT_NODEJS_PATH") or _bundled()
    ended = commands.run([node, "--version"], limit_seconds=START_LIMIT_SECONDS)
    if ended.ok:
        return None
    return DriverFault(
        tuple(_NOT_FOUND.findall(commands.run(["ldd", node], limit_seconds=20).output)),
        ended.complaint.removeprefix(f"{node}: "),
    )


def _bundled() -> Path:
    spec = find_spec("playwright")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "driver" / ("node.exe" if sys.platform == "win32" else "node")


def ensure_driver(environ: Mapping[str, str] = os.environ, say: Callable[[str], None] = print) -> None:
    """The driver starts; as root on Debian or Ubuntu what it lacks is installed. Raises BrowserMissing."""
    fault = fault_of_the_driver(environ)
    if fault and fault.packages:
        system_packages.install(fault.packages, str(fault), say)
    require_driver(environ)


def require_driver(environ: Mapping[str, str] = os.environ) -> None:
    """Only looks. Raises BrowserMissing where the driver does not start; the text says what to type."""
    if fault := fault_of_the_driver(environ):
        raise BrowserMissing(f"{fault}. {_advice(fault, environ)}")


def _advice(fault: DriverFault, environ: Mapping[str, str]) -> str:
    """What to type: one command for the driver and, where there is none, the browser."""
    if not fault.packages:
        return "Install what it lacks, or set PLAYWRIGHT_NODEJS_PATH to the path of a Node.js that starts."
    try:
        find_browser(environ=environ)
        packages, system = fault.packages, "Debian, Ubuntu"
    except BrowserMissing:
        packages, system = [*fault.packages, PACKAGE], "Debian"
    return f"Install what is missing ({system}: apt-get install {' '.join(packages)}), then run this again."


def start_once(browser: Browser) -> None:
    """Open the browser as a run does, and close it. Raises BrowserMissing."""
    ended = commands.run(
        [sys.executable, "-m", "conformance.browser.driver_setup", browser.executable],
        limit_seconds=OPENING_LIMIT_SECONDS,
        folder=places.PACKAGES,
    )
    if not ended.ok:
        raise BrowserMissing(f"The browser {browser} does not start ({ended.complaint}): {OTHERWISE}")


def main(executable: Path) -> int:
    """Open this browser and close it; 1 with one line where it does not start."""
    from playwright.sync_api import Error, sync_playwright  # it takes a while to import

    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(**launch_arguments(Browser(executable, Origin.CONFIGURED))).close()
        except Error as error:
            print(error.message.partition("\n")[0])
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
