"""The first command works with Python and make alone: what is missing is installed, or named in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from conformance.browser.driver_setup import ensure_driver, start_once
from conformance.browser.setup import Browser, BrowserMissing, Origin, ensure_browser, find_browser
from conformance.cli.checking import _OwnBrowser
from conformance.machine import commands
from tests.test_browser_setup import downloaded, installed, program, system  # noqa: F401  # a fixture
from tests.test_tooling import PROJECT, ROOT, checkout, make, pins  # noqa: F401  # a fixture

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stand-ins are shell scripts on a PATH")
LACKS = (
    "error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file or directory"
)
NO_DRIVER = "Playwright's driver does not start: it lacks libatomic.so.1"


def test_each_pinned_package_takes_the_first_release_of_the_oldest_python() -> None:
    """Debian 12 stays with Python 3.11.2 for good: one package that wants 3.11.5 leaves it with none."""
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=") + ".0"
    names = pins(ROOT / "lock-dev.txt")
    asked = {name: metadata(name)["Requires-Python"] for name in names}
    assert len(asked) > 50
    assert {name: python for name, python in asked.items() if oldest not in SpecifierSet(python or "")} == {}


class Machine:
    """A slim Debian: a Node.js that lacks a library until apt-get has installed it, and an apt-get that is watched."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.library = folder / "libatomic1"
        self.path = f"{folder / 'bin'}:/usr/bin:/bin"
        lacking = f'test -e {self.library} || {{ echo "$0: {LACKS}" >&2; exit 127; }}'
        node = program(folder / "node", f"{lacking}\necho v26")
        program(folder / "bin" / "ldd", f"test -e {self.library} || echo '\tlibatomic.so.1 => not found'")
        program(
            folder / "bin" / "apt-get",
            f'echo "$@" >>{folder}/asked\ncase "$*" in *libatomic1*) touch {self.library};; esac',
        )
        monkeypatch.setenv("PATH", self.path)
        monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(node))
        monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(folder / "playwright"))
        self._patch = monkeypatch

    def be_user(self, number: int) -> None:
        self._patch.setattr(os, "geteuid", lambda: number)

    @property
    def asked(self) -> list[list[str]]:
        """What apt-get was asked for, without its options."""
        told = self.folder / "asked"
        lines = told.read_text("utf-8").splitlines() if told.exists() else []
        return [[word for word in line.split() if not word.startswith("-") and "::" not in word] for line in lines]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_as_root_the_library_that_the_driver_lacks_is_installed(machine: Machine) -> None:
    machine.be_user(0)
    said: list[str] = []
    ensure_driver(say=said.append)
    assert machine.asked == [["update"], ["install", "libatomic1"]]
    assert said == [f"{NO_DRIVER}: apt-get installs libatomic1 (once)"]


def test_a_driver_that_starts_is_left_alone(machine: Machine) -> None:
    machine.be_user(0)
    machine.library.touch()
    ensure_driver(say=pytest.fail)
    assert machine.asked == []


@pytest.mark.parametrize(
    ("browser", "command"),
    [
        (True, "Debian, Ubuntu: apt-get install libatomic1"),
        (False, "Debian: apt-get install libatomic1 chromium-headless-shell"),
    ],
    ids=["a browser", "no browser"],
)
def test_others_than_root_are_told_one_command_for_all_that_is_missing(
    machine: Machine, browser: bool, command: str
) -> None:
    machine.be_user(1000)
    if browser:
        program(machine.folder / "bin" / "google-chrome")
    with pytest.raises(BrowserMissing) as caught:
        ensure_driver({**os.environ, "PATH": str(machine.folder / "bin")}, say=pytest.fail)
    assert str(caught.value) == f"{NO_DRIVER}. Install what is missing ({command}), then run this again."
    assert machine.asked == []


def test_a_driver_that_fails_otherwise_is_told_in_its_words(machine: Machine) -> None:
    machine.be_user(0)
    machine.library.touch()
    program(machine.folder / "node", "echo 'Illegal instruction' >&2; exit 132")
    with pytest.raises(BrowserMissing) as caught:
        ensure_driver(say=pytest.fail)
    assert str(caught.value) == (
        "Playwright's driver does not start: Illegal instruction. "
        "Install what it lacks, or set PLAYWRIGHT_NODEJS_PATH to the path of a Node.js that starts."
    )


def test_the_browser_is_opened_by_the_driver_once() -> None:
    start_once(find_browser())


def test_a_browser_that_tells_its_version_and_does_not_open_is_said(tmp_path: Path) -> None:
    pretender = program(tmp_path / "chrome", 'test "$1" = --version')
    with pytest.raises(
        BrowserMissing, match=r"^The browser \S+/chrome does not start \(BrowserType\.launch: .*\): install"
    ):
        start_once(Browser(pretender, Origin.CONFIGURED))


def test_a_browser_that_lacks_a_library_is_not_called_missing(
    system: Mapping[str, str],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shell = downloaded(system)
    program(shell, f'echo "$0: {LACKS.replace("atomic", "nss")}" >&2; exit 127')
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("conformance.browser.setup._download", lambda _say: False)
    with pytest.raises(
        BrowserMissing, match=r"^The browser \S+ does not start \(.*libnss\.so\.1: .*\): install Chrome"
    ):
        ensure_browser(environ=system, say=pytest.fail)


def test_as_root_playwright_installs_the_libraries_of_the_shell_that_it_downloaded(
    system: Mapping[str, str],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on Ubuntu, where no package but a snap has a browser."""
    shell = downloaded(system)
    program(shell, "exit 127")
    usual, asked = commands.run, list[str]()

    def pretend(command: list[str], **options: object) -> commands.Ended:
        words = [str(word) for word in command]
        if "install-deps" in words:
            asked.append(words[-1])
            program(shell)
        return commands.Ended(0, "") if "playwright" in words else usual(command, **options)  # type: ignore[arg-type]

    installed(system, "apt-get", "exit 99")
    monkeypatch.setattr(commands, "run", pretend)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name, value in system.items():
        monkeypatch.setenv(name, value)
    assert ensure_browser(environ=system, say=lambda _line: None).executable == shell
    assert asked == ["chromium-headless-shell"]


def test_a_run_whose_driver_does_not_start_ends_with_that_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = program(tmp_path / "node", "echo 'Illegal instruction' >&2; exit 132")
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(node))
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--requirement=CHECKOUT-01",
            f"--junitxml={tmp_path / 'r' / 'junit.xml'}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert (
        "ERROR: Playwright's driver does not start: Illegal instruction. Install what it lacks"
        in ended.stdout + ended.stderr
    )
    assert "Traceback" not in ended.stdout + ended.stderr


def test_the_preflight_says_it_too(machine: Machine) -> None:
    machine.be_user(1000)
    program(machine.folder / "bin" / "google-chrome")
    with ExitStack() as stack, pytest.raises(BrowserMissing, match=f"^{NO_DRIVER}\\. Install what is missing"):
        _OwnBrowser(stack).start()


def test_make_installs_the_venv_package_as_root(checkout: Path) -> None:  # noqa: F811
    """On Debian `venv` is in a package of its own, which belongs to one version of Python."""
    shutil.rmtree(checkout / ".venv")
    there = checkout / "there"
    script = f"""case "$*" in
*ensurepip*) test -e {there};;
*conformance.machine.system_packages*) echo "asked for $3"; touch {there};;
*version_info\\[:2\\]*) echo python3.11-venv;;
*"-m venv"*) echo "made"; exit 3;;
esac"""
    program(checkout / "python3", script)
    ended = make(checkout, "conformance", "PYTHON=./python3")
    assert ended.stdout.splitlines()[:1] == ["asked for python3.11-venv"], ended.stderr
    assert "made" in ended.stdout
