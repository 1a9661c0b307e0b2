"""The first set-up does its three things side by side; only the packages decide how it ends."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conformance import setting_up
from conformance.browser.setup import BrowserMissing
from conformance.machine.commands import Ended
from conformance.report.allure_html import NotRendered
from tests.forks import ROOT

LOCK = Path("lock.txt")


@pytest.fixture(autouse=True)
def nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting_up, "install_packages", lambda _lock: None)
    monkeypatch.setattr(setting_up, "install_the_checkout", lambda: None)
    monkeypatch.setattr(setting_up, "install_browser", lambda: None)
    monkeypatch.setattr(setting_up, "install_allure", lambda: None)


def test_the_three_are_under_way_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    together, reached = threading.Barrier(3, timeout=30), list[int]()
    for name in ("install_packages", "install_browser", "install_allure"):
        monkeypatch.setattr(setting_up, name, lambda *_: reached.append(together.wait()))
    assert setting_up.main(LOCK) == 0
    said = capsys.readouterr().out
    assert [name for name in ("packages", "browser", "Allure") if f"{name}: there after" not in said] == []


def test_packages_that_cannot_be_had_end_it_in_pips_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setting_up, "install_packages", lambda _lock: "ERROR: No matching distribution\n")
    assert setting_up.main(LOCK) == 1
    said = capsys.readouterr()
    assert "packages: failed after" in said.out
    assert said.err == "ERROR: No matching distribution\n"


def test_pip_is_given_the_hashes_and_what_it_says_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> Ended:
        asked.append([str(word) for word in command])
        return Ended(1, "ERROR: these packages do not match the hashes")

    monkeypatch.setattr("conformance.setting_up.commands.run", run)
    assert setting_up.install_packages(LOCK) == "ERROR: these packages do not match the hashes"
    assert [words[-4:-1] for words in asked] == [["--no-deps", "--require-hashes", "-r"]] * 2


def test_a_browser_and_allure_that_cannot_be_had_end_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(setting_up, "install_packages", lambda _lock: None)
    tried: list[str] = []

    def missing() -> None:
        raise BrowserMissing("none")

    def not_rendered() -> None:
        raise NotRendered("No Allure report: npm ci failed: no network")

    monkeypatch.setattr(setting_up, "find_browser", missing)
    monkeypatch.setattr(setting_up, "install_package", lambda _say: tried.append("browser"))
    monkeypatch.setattr("conformance.setting_up.shutil.which", lambda _name: "/usr/bin/npm")
    monkeypatch.setattr(setting_up, "install", not_rendered)
    assert setting_up.main(LOCK) == 0
    assert tried == ["browser"]
    assert "npm ci failed: no network" in capsys.readouterr().out


def test_it_needs_no_package() -> None:
    """It runs before any is installed: in a Python that has none of them."""
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import conformance.setting_up",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr


def test_each_pin_is_in_one_half_with_its_hashes() -> None:
    lock = LOCK.read_text("utf-8")
    first, second = (set(re.findall(r"^(\S+==\S+) ", half, re.MULTILINE)) for half in setting_up.halves(lock))
    assert first | second == set(re.findall(r"^(\S+==\S+) ", lock, re.MULTILINE))
    assert not first & second
    assert min(len(first), len(second)) > 10
    assert sum(half.count("--hash=") for half in setting_up.halves(lock)) == lock.count("--hash=")


def test_the_project_is_installed_after_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its entry points: so this environment's programs find the suite wherever they are started."""
    monkeypatch.undo()
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> Ended:
        asked.append([str(word) for word in command])
        return Ended(0, "")

    monkeypatch.setattr("conformance.setting_up.commands.run", run)
    monkeypatch.setattr(setting_up, "install_browser", lambda: None)
    monkeypatch.setattr(setting_up, "install_allure", lambda: None)
    assert setting_up.main(LOCK) == 0
    assert asked[-1][-2:] == ["--editable", str(ROOT)]
    assert "--no-index" in asked[-1], "what it takes to build is among the packages"


def test_it_is_not_where_the_packages_could_not_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(setting_up, "install_packages", lambda _lock: "ERROR: no network")
    monkeypatch.setattr(setting_up, "install_the_checkout", lambda: installed.append("the project"))
    assert setting_up.main(LOCK) == 1
    assert installed == []
