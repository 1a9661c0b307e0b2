"""The buyer's browser is found in the promised order, or installed, or asked for in one line."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from conformance.browser import setup as browser_setup
from conformance.browser.setup import BrowserMissing, Origin, ensure_browser, find_browser
from conformance.machine import commands

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stand-ins are shell scripts on a PATH")


@pytest.fixture
def system(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a machine without any browser."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "playwright")}


def program(path: Path, script: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def installed(system: Mapping[str, str], name: str, script: str = "exit 0") -> Path:
    return program(Path(system["PATH"]) / name, script)


def downloaded(system: Mapping[str, str], *, finished: bool = True) -> Path:
    spec = find_spec("playwright")
    assert spec is not None
    assert spec.submodule_search_locations
    listed = Path(spec.submodule_search_locations[0]) / "driver" / "package" / "browsers.json"
    shell = next(b for b in json.loads(listed.read_text())["browsers"] if b["name"] == "chromium-headless-shell")
    folder = Path(system["PLAYWRIGHT_BROWSERS_PATH"]) / f"chromium_headless_shell-{shell['revision']}"
    path = program(folder / "chrome-headless-shell-linux64" / "chrome-headless-shell")
    if finished:
        (folder / "INSTALLATION_COMPLETE").touch()
    return path


def test_each_place_is_preferred_to_the_next(system: Mapping[str, str], tmp_path: Path) -> None:
    chrome = installed(system, "google-chrome")
    assert find_browser(environ=system) == browser_setup.Browser(chrome, Origin.SYSTEM_BROWSER)
    shell = installed(system, "chromium-headless-shell")
    assert find_browser(environ=system) == browser_setup.Browser(shell, Origin.SYSTEM_SHELL)
    own = downloaded(system)
    assert find_browser(environ=system) == browser_setup.Browser(own, Origin.PLAYWRIGHT)
    by_variable = program(tmp_path / "mine")
    named = {**system, browser_setup.VARIABLE: str(by_variable)}
    assert find_browser(environ=named) == browser_setup.Browser(by_variable, Origin.CONFIGURED)
    by_settings = program(tmp_path / "settings")
    assert find_browser(by_settings, named) == browser_setup.Browser(by_settings, Origin.CONFIGURED)


def test_a_download_that_was_interrupted_is_no_browser(system: Mapping[str, str]) -> None:
    downloaded(system, finished=False)
    with pytest.raises(BrowserMissing):
        find_browser(environ=system)


def test_no_browser_is_one_line_that_says_what_to_install(system: Mapping[str, str]) -> None:
    with pytest.raises(BrowserMissing, match=r"^No browser: install .*chromium-headless-shell.*CONFORMANCE_BROWSER.*$"):
        find_browser(environ=system)


@pytest.mark.parametrize("content", ["nothing", "folder", "no program"])
def test_a_configured_browser_is_not_replaced_by_another(
    system: Mapping[str, str], tmp_path: Path, content: str
) -> None:
    installed(system, "google-chrome")
    path = tmp_path / "configured"
    if content == "folder":
        path.mkdir()
    elif content == "no program":
        path.write_text("")
    with pytest.raises(BrowserMissing, match=r"configured is no program"):
        find_browser(path, system)


def test_a_configured_browser_that_does_not_start_is_said_and_not_replaced(
    system: Mapping[str, str], tmp_path: Path
) -> None:
    installed(system, "google-chrome")
    with pytest.raises(BrowserMissing, match="broken does not start"):
        ensure_browser(program(tmp_path / "broken", "exit 1"), system)


def test_what_only_looks_like_a_browser_is_passed_over(system: Mapping[str, str]) -> None:
    installed(system, "chromium-headless-shell", "echo 'install the snap' >&2; exit 1")
    chrome = installed(system, "google-chrome")
    assert ensure_browser(environ=system).executable == chrome


def test_where_downloads_work_playwright_brings_one(system: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def pretend(command: list[str], **_: object) -> commands.Ended:
        asked.append(tuple(str(part) for part in command[1:]))
        if "playwright" in command:
            downloaded(system)
        return commands.Ended(0, "")

    monkeypatch.setattr(commands, "run", pretend)
    said: list[str] = []
    assert ensure_browser(environ=system, say=said.append).origin is Origin.PLAYWRIGHT
    assert asked[0] == ("-m", "playwright", "install", "chromium-headless-shell")
    assert said == ["No browser yet: Playwright downloads its headless shell (once)"]


def test_as_root_on_debian_apt_brings_one_when_the_download_fails(
    system: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(system, "apt-get")
    asked: list[list[str]] = []

    def pretend(command: list[str], **_: object) -> commands.Ended:
        asked.append([str(part) for part in command])
        if "playwright" in command:
            return commands.Ended(1, "Error: getaddrinfo ENOTFOUND")
        if "install" in command:
            installed(system, "chromium-headless-shell")
        return commands.Ended(0, "")

    monkeypatch.setattr(commands, "run", pretend)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", system["PATH"])
    said: list[str] = []
    assert ensure_browser(environ=system, say=said.append).origin is Origin.SYSTEM_SHELL
    packages = [
        [word for word in command if word in {"update", "install"}] for command in asked if command[0] == "apt-get"
    ]
    assert packages == [["update"], ["install"]]
    assert "  it could not: Error: getaddrinfo ENOTFOUND" in said


def test_others_than_root_are_told_instead(system: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    installed(system, "apt-get", "exit 99")
    monkeypatch.setenv("PATH", system["PATH"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(commands, "run", lambda *_, **__: commands.Ended(1, "offline"))
    with pytest.raises(BrowserMissing, match="No browser: install"):
        ensure_browser(environ=system, say=lambda _: None)


def test_a_command_that_hangs_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    began = time.monotonic()
    ended = commands.run(["/bin/sh", "-c", f"sleep 600 & echo $! > {pid}; wait"], limit_seconds=0.5)
    assert ended.status == commands.TIMED_OUT
    assert ended.complaint == "it did not end in time"
    assert time.monotonic() - began < 10
    limit = time.monotonic() + 10
    while _runs(int(pid.read_text())):  # whoever adopted it needs a moment to bury it
        assert time.monotonic() < limit, "what the command started outlived it"


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_command_that_is_not_there_is_a_failure_and_no_traceback() -> None:
    assert commands.run(["/nowhere/at/all"], limit_seconds=1).status == commands.NOT_STARTED


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("npm warn old\nnpm error code ENOTFOUND\nnpm error errno", "npm error code ENOTFOUND"),
        (
            "WARNING: retrying after Error: no route\nERROR: No matching distribution",
            "ERROR: No matching distribution",
        ),
        ("E: Unable to locate package\n", "E: Unable to locate package"),
        ("first\nlast\n\n", "last"),
        ("", "exit status 3"),
    ],
)
def test_the_complaint_is_the_line_that_matters(output: str, complaint: str) -> None:
    assert commands.Ended(3, output).complaint == complaint
