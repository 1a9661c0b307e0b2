"""An environment for each published client library and example: pinned, made once, apart from this project."""

import os
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from conformance.machine import commands
from conformance.report.allure_html import NotRendered, node_with_npm

Registry = Literal["pypi", "npm"]

ROOT = Path(__file__).resolve().parents[3]
PINS = Path(__file__).resolve().parent / "pins"
CACHE = ROOT / ".cache"

STAMP = "made-from"
INSTALL_LIMIT_SECONDS = 120


class NotInstalled(Exception):
    """A client library is not there; `str()` is one line that says why, and where all of it stands."""


@dataclass(frozen=True)
class Runner:
    """How to start the script that drives a client library, from the project's folder."""

    command: tuple[str | Path, ...]
    environ: dict[str, str]


def runner(registry: Registry, package: str, cache: Path = CACHE) -> Runner:
    """The runner of a package.

    The first call installs the package into `cache`/clients, as it is pinned; later ones use no network.
    Raises NotInstalled.
    """
    name = f"{registry}_{package.replace('-', '_')}"
    # Without proxies: old clients ask them even for an address of this machine.
    environ = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    if registry == "pypi":
        pins = PINS / "pypi" / f"{package}.txt"
        python = virtual_environment(f"pypi-{package}", pins, cache)
        return Runner((python, "-m", f"tests.emulator.clients.runners.{name}"), environ)
    node, modules = npm_folder(f"npm-{package}", PINS / "npm" / package, cache)
    script = ROOT / "tests" / "emulator" / "clients" / "runners" / f"{name}.cjs"
    return Runner((node, script), environ | {"NODE_PATH": str(modules), "NODE_NO_WARNINGS": "1"})


def virtual_environment(name: str, pins: Path, cache: Path = CACHE) -> Path:
    """The interpreter of an environment with what `pins` names, made once in `cache`/clients. Raises NotInstalled."""
    interpreter = Path("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def install(folder: Path) -> tuple[str, commands.Ended]:
        made = commands.run([sys.executable, "-m", "venv", "--without-pip", folder], limit_seconds=60)
        if not made.ok:
            return "python -m venv", made
        pip = (sys.executable, "-m", "pip", "--python", folder / interpreter, "--no-input")
        quiet = ("--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15")
        install = ("install", "--require-hashes", "--only-binary", ":all:", "-r", pins)
        return "pip install", commands.run([*pip, *quiet, *install], limit_seconds=INSTALL_LIMIT_SECONDS)

    return _made_once(pins, cache / "clients" / name, install) / interpreter


def npm_folder(name: str, pinned: Path, cache: Path = CACHE) -> tuple[Path, Path]:
    """node, and the modules that the lock file in `pinned` names, made once in `cache`/clients. Raises NotInstalled."""
    pins = pinned / "package-lock.json"
    try:
        node = node_with_npm(cache)
    except NotRendered as error:
        raise NotInstalled(f"{_title(name)} is not installed: {error}") from None

    def install(folder: Path) -> tuple[str, commands.Ended]:
        folder.mkdir()
        shutil.copy(pins.parent / "package.json", folder)
        shutil.copy(pins, folder)
        quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
        bounds = ("--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=2000")
        npm = (*node.npm, "ci", "--ignore-scripts", *quiet, *bounds)
        return "npm ci", commands.run(npm, limit_seconds=INSTALL_LIMIT_SECONDS, folder=folder)

    return node.executable, _made_once(pins, cache / "clients" / name, install) / "node_modules"


def _made_once(pins: Path, folder: Path, install: Callable[[Path], tuple[str, commands.Ended]]) -> Path:
    """`folder`, made by `install` unless it was made from these very pins: a copy of them is put there last."""
    if _same(pins, folder / STAMP):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside it, and then moved: parallel runs and threads that all find nothing do not write into one folder.
    new = folder.with_name(f"{folder.name}.{os.getpid()}-{threading.get_ident()}")
    shutil.rmtree(new, ignore_errors=True)
    what, ended = install(new)
    if not ended.ok:
        log = folder.with_suffix(".log")
        log.write_text(ended.output, "utf-8")
        shutil.rmtree(new, ignore_errors=True)
        raise NotInstalled(
            f"{_title(folder.name)} is not installed: {what} failed: {ended.complaint} (all of it: {log})"
        )
    shutil.copy(pins, new / STAMP)
    if not _same(pins, folder / STAMP):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        new.rename(folder)
    except OSError:
        if not _same(pins, folder / STAMP):
            raise
        shutil.rmtree(new)  # another run was faster
    return folder


def _title(folder: str) -> str:
    return folder.partition("-")[2]


def _same(pins: Path, stamp: Path) -> bool:
    return stamp.exists() and stamp.read_bytes() == pins.read_bytes()
