"""Finds the browser that the buyer uses, or installs one where that is possible."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from conformance.machine import commands, system_packages

VARIABLE = "CONFORMANCE_BROWSER"
PACKAGE = "chromium-headless-shell"
"""Debian's; Ubuntu has none that is no snap."""

DOWNLOAD_LIMIT_SECONDS = 300
START_LIMIT_SECONDS = 20

_SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
_BROWSERS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "microsoft-edge-stable",
)
_MACOS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)


_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
OTHERWISE = (
    "install Chrome or Chromium (Debian: apt-get install chromium-headless-shell), "
    f"or set {VARIABLE} to the path of one."
)
ADVICE = f"No browser: {OTHERWISE}"
NO_WINDOW = (
    "No browser that can show a window, which buyer.by = 'person' needs: install Chrome or Chromium "
    f"(Debian: apt-get install chromium), or set {VARIABLE} to the path of one."
)
NO_SCREEN = (
    "No screen to show the browser on, which buyer.by = 'person' needs: run this in a desktop session, or under a "
    "virtual display (xvfb-run)."
)


class Origin(StrEnum):
    """Where a browser comes from, in the order in which they are preferred."""

    CONFIGURED = "configured"
    PLAYWRIGHT = "Playwright's headless shell"
    SYSTEM_SHELL = "the system's headless shell"
    SYSTEM_BROWSER = "the system's browser"


@dataclass(frozen=True)
class Browser:
    """A Chromium of any make, ready for Playwright's `executable_path`."""

    executable: Path
    origin: Origin

    def __str__(self) -> str:
        return str(self.executable)


class BrowserMissing(Exception):
    """There is no usable browser; `str()` is one line that says what to do."""


def launch_arguments(found: Browser, *, visible: bool = False, trusted_key: str = "") -> Mapping[str, Any]:
    """How Playwright starts this Chromium: without calls of its own, and as root without its sandbox.

    `visible`: with a window that a person sees. `trusted_key`: the hash of a certificate's public key that it accepts,
    in a service worker's requests too, where Playwright's `ignore_https_errors` does not reach. Chromium heeds it only
    with a profile of its own, which Playwright always makes.
    """
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    trusting = [f"--ignore-certificate-errors-spki-list={trusted_key}"] if trusted_key else []
    arguments = [*_QUIET, *trusting, *(["--no-sandbox"] if as_root else [])]
    return {"executable_path": str(found.executable), "args": arguments, **({"headless": False} if visible else {})}


def find_visible_browser(environ: Mapping[str, str] = os.environ) -> Browser:
    """The first browser that can show a window, which a headless shell cannot; only looks. Raises BrowserMissing."""
    if sys.platform == "linux" and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        raise BrowserMissing(NO_SCREEN)
    windowed = (Origin.CONFIGURED, Origin.SYSTEM_BROWSER)
    browser = next((one for one in _found(None, environ) if one.origin in windowed), None)
    if browser is None:
        raise BrowserMissing(NO_WINDOW)
    return browser


def find_browser(configured: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> Browser:
    """The first browser there is: configured, Playwright's shell, a system headless shell, Chrome or Edge.

    `configured` (a path, from the settings) wins over the variable CONFORMANCE_BROWSER, and either over what
    is installed. Only looks: nothing is started. Raises BrowserMissing, also when what is configured is none.
    """
    browser = next(_found(configured, environ), None)
    if browser is None:
        raise BrowserMissing(ADVICE)
    return browser


def ensure_browser(
    configured: str | Path | None = None,
    environ: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = print,
) -> Browser:
    """A browser that starts: found, else downloaded by Playwright, else (Debian, as root) installed from apt.

    Bounded in time, whatever the network does. Raises BrowserMissing.
    """
    broken: dict[Path, str] = {}
    browser = _first_that_starts(configured, environ, broken)
    for install in (_download, _install_libraries, install_package):
        if browser is None and install(say):
            browser = _first_that_starts(configured, environ, broken)
    if browser is None:
        told = [f"The browser {path} does not start ({why}): {OTHERWISE}" for path, why in broken.items()]
        raise BrowserMissing(next(iter(told), ADVICE))
    return browser


def _first_that_starts(
    configured: str | Path | None, environ: Mapping[str, str], broken: dict[Path, str]
) -> Browser | None:
    """Those that do not start are noted in `broken`, with what they said."""
    for browser in _found(configured, environ):
        why = _fault(browser)
        if why is None:
            return browser
        broken[browser.executable] = why
        if browser.origin is Origin.CONFIGURED:
            raise BrowserMissing(
                f"The configured browser {browser.executable} does not start: correct {VARIABLE} or leave it unset."
            )
    return None


def _found(configured: str | Path | None, environ: Mapping[str, str]) -> Iterator[Browser]:
    chosen = configured or environ.get(VARIABLE)
    if chosen:
        path = Path(chosen).expanduser()
        if not _is_program(path):
            raise BrowserMissing(
                f"The configured browser {path} is no program: correct the path or leave {VARIABLE} unset."
            )
        yield Browser(path, Origin.CONFIGURED)
        return
    for origin, path in _places(environ):
        if _is_program(path):
            yield Browser(path, origin)


def _places(environ: Mapping[str, str]) -> Iterator[tuple[Origin, Path]]:
    for path in _playwright_shells(environ):
        yield Origin.PLAYWRIGHT, path
    for origin, names in ((Origin.SYSTEM_SHELL, _SHELLS), (Origin.SYSTEM_BROWSER, _BROWSERS)):
        for name in names:
            if program := shutil.which(name, path=environ.get("PATH", "")):
                yield origin, Path(program)
    for folder, programs in _application_folders(environ):
        for program in programs:
            yield Origin.SYSTEM_BROWSER, folder / program


def _playwright_shells(environ: Mapping[str, str]) -> list[Path]:
    """The headless shell of the revision that the installed Playwright wants (none, or one)."""
    folder = playwrights_own("chromium-headless-shell", environ)
    if folder is None or not (folder / "INSTALLATION_COMPLETE").exists():
        return []
    return [p for p in sorted(folder.glob("*/*")) if p.stem in {"chrome-headless-shell", "headless_shell"}]


def playwrights_own(name: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where Playwright has, or would have, the program of that name in the revision that it wants; None without it.

    Read from Playwright's own list; asking Playwright would start its driver, 300 ms for a path.
    """
    spec = find_spec("playwright")
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0]) / "driver" / "package"
    browsers = json.loads((package / "browsers.json").read_text("utf-8"))["browsers"]
    revision = next((b["revision"] for b in browsers if b["name"] == name), None)
    return _playwright_folder(environ, package) / f"{name.replace('-', '_')}-{revision}"


def _playwright_folder(environ: Mapping[str, str], package: Path) -> Path:
    chosen = environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if chosen == "0":
        return package / ".local-browsers"
    if chosen:
        return Path(chosen)
    home = Path.home()
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "ms-playwright"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ms-playwright"
    return Path(environ.get("XDG_CACHE_HOME", home / ".cache")) / "ms-playwright"


def _application_folders(environ: Mapping[str, str]) -> list[tuple[Path, tuple[str, ...]]]:
    if sys.platform == "darwin":
        return [(folder / "Applications", _MACOS) for folder in (Path("/"), Path.home())]
    if sys.platform == "win32":
        folders = (environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"))
        return [(Path(folder), _WINDOWS) for folder in folders if folder]
    return []


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _fault(browser: Browser) -> str | None:
    """Why it does not run at all: a download may lack libraries, Ubuntu's package only names another one."""
    if sys.platform == "win32":  # chrome.exe --version opens a window there
        return None
    ended = commands.run([browser.executable, "--version"], limit_seconds=START_LIMIT_SECONDS)
    return None if ended.ok else ended.complaint.removeprefix(f"{browser}: ")


def _download(say: Callable[[str], None]) -> bool:
    say("No browser yet: Playwright downloads its headless shell (once)")
    ended = commands.run(
        [sys.executable, "-m", "playwright", "install", "chromium-headless-shell"],
        limit_seconds=DOWNLOAD_LIMIT_SECONDS,
        environ={"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "15000"},
    )
    if not ended.ok:
        say(f"  it could not: {ended.complaint}")
    return ended.ok


def _install_libraries(say: Callable[[str], None]) -> bool:
    """Whether what Playwright's headless shell needs of the system could be installed, as root."""
    if not system_packages.may_install() or not _playwright_shells(os.environ):
        return False
    say("Playwright's headless shell does not start: Playwright installs the libraries that it needs (once)")
    ended = commands.run(
        [sys.executable, "-m", "playwright", "install-deps", "chromium-headless-shell"],
        limit_seconds=system_packages.LIMIT_SECONDS,
        environ={"DEBIAN_FRONTEND": "noninteractive"},
    )
    if not ended.ok:
        say(f"  it could not: {ended.complaint}")
    return ended.ok


def install_package(say: Callable[[str], None] = print) -> bool:
    """Whether Debian's headless shell could be installed from the system's packages, as root."""
    return system_packages.install([PACKAGE], "No browser yet", say)
