"""A stranger, started with what it needs as its run.toml says, and runs of the suite against it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.machine.settling import eventually
from conformance.settings.conformance_toml import EmulatorSettings
from emulator.certificates import certificates_in
from tests.emulator.clients.environments import npm_folder, virtual_environment
from tests.fixtures.deployed import ROOT, answers, clean_environment
from tests.ports import free_ports
from tests.strangers.truth import Truth, differences, truths_in

STRANGERS = ROOT / "tests" / "strangers"
START_SECONDS = 60
RUN_SECONDS = 1800
LIMITS = ("--limit=10", "--limit-scale=0.2")
"""A merchant that never answers is waited for a fifth of PortOne's 30 seconds."""

PHP_MODULES = {"curl", "pdo_sqlite"}
"""What the strangers in PHP use that Debian packages apart."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class NotStarted(Exception):
    """A stranger cannot be started here; `str()` says what is missing, or what it said."""


@dataclass(frozen=True)
class Stranger:
    """One of the strangers: its folder, how it is started, and what is right for it, stage by stage."""

    folder: Path
    stack: str
    start: Sequence[str]
    environ: Mapping[str, str]
    truths: Mapping[str, Truth]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def config(self) -> Path:
        """Its description for the suite."""
        return self.folder / "conformance.toml"


@dataclass(frozen=True)
class Run:
    """How a run of the suite against a stranger ended: verdict and reason of each requirement, and how long it took."""

    stranger: Stranger
    stage: str
    verdicts: Mapping[str, str]
    reasons: Mapping[str, str]
    seconds: float
    output: str

    @property
    def truth(self) -> Truth:
        """What is right for it in this stage."""
        return self.stranger.truths[self.stage]

    @property
    def title(self) -> str:
        """The stranger's name, with the stage where it is judged in several."""
        return self.stranger.name if len(self.stranger.truths) == 1 else f"{self.stranger.name} ({self.stage})"

    def differences(self, requirements: Sequence[str] = ()) -> Mapping[str, tuple[str, str]]:
        """What is right, and what the suite said instead, of all requirements or of these."""
        found = differences(self.truth, self.verdicts)
        return {id: pair for id, pair in found.items() if not requirements or id in requirements}


def strangers() -> Mapping[str, Stranger]:
    """All strangers, by name."""
    return {path.parent.name: _read(path) for path in sorted(STRANGERS.glob("*/run.toml"))}


def _read(path: Path) -> Stranger:
    told: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
    truths = truths_in(path.parent, told.get("stage", "test"))
    return Stranger(path.parent, told["stack"], told["start"], told.get("env", {}), truths)


def run(stranger: Stranger, folder: Path, *arguments: str, stage: str = "") -> Run:
    """Start the stranger in `folder`, and run the suite on it; on what its truth names, where that is a part only.

    Raises NotStarted.
    """
    stage = stage or next(iter(stranger.truths))
    ports = dict(zip(("merchant", "plain", "tls", "receiver", "browser", "server"), free_ports(6), strict=True))
    shutil.rmtree(folder, ignore_errors=True)
    with started(stranger, folder, ports) as environ:
        began = time.monotonic()
        output = _suite(stranger, folder, ports, environ, f"--stage={stage}", *_selection(stranger, stage), *arguments)
        seconds = time.monotonic() - began
    verdicts, reasons = _read_verdicts(folder / "reports" / "conformance.json")
    return Run(stranger, stage, verdicts, reasons, seconds, output)


def _selection(stranger: Stranger, stage: str) -> list[str]:
    truth = stranger.truths[stage]
    return [] if truth.whole else [f"--requirement={id}" for id in truth.verdicts]


def _suite(
    stranger: Stranger, folder: Path, ports: Mapping[str, int], environ: Mapping[str, str], *arguments: str
) -> str:
    """What a run of pytest on the features says; its reports are in the folder."""
    reports = folder / "reports"
    settings = {
        "MERCHANT__BASE_URL": f"http://127.0.0.1:{ports['merchant']}",
        "EMULATOR__PORT": ports["plain"],
        "EMULATOR__TLS_PORT": ports["tls"],
        "EMULATOR__CERTIFICATES": folder / "certificates",
        "RECEIVER__PORT": ports["receiver"],
        "GATEWAY__PORT": ports["browser"],
        **(
            {"SERVER_GATEWAY__PORT": ports["server"]}
            if "[server_gateway]" in stranger.config.read_text("utf-8")
            else {}
        ),
    }
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", "--target=merchant", f"--config={stranger.config}"]
    command += [f"--junit-xml={reports / 'junit.xml'}", f"--alluredir={reports / 'allure-results'}"]
    said = folder / "suite.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [*command, *LIMITS, *arguments],
            cwd=ROOT,
            env={**environ, **{f"CONFORMANCE_{name}": str(value) for name, value in settings.items()}},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        with _ending(process), suppress(subprocess.TimeoutExpired):
            process.wait(RUN_SECONDS)
    return said.read_text("utf-8")


def _read_verdicts(path: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Verdict and reason of each requirement, none of them where the run never began."""
    if not path.is_file():
        return {}, {}
    found = [one for one in json.loads(path.read_text("utf-8"))["requirements"] if one["verdict"]]
    return {one["id"]: one["verdict"] for one in found}, {one["id"]: one["reason"] for one in found}


@contextmanager
def started(stranger: Stranger, folder: Path, ports: Mapping[str, int]) -> Iterator[Mapping[str, str]]:
    """A copy of the stranger, answering at its port; gives the environment in which it was started.

    Raises NotStarted.
    """
    home, data = folder / "shop", folder / "data"
    shutil.copytree(stranger.folder, home, ignore=shutil.ignore_patterns("__pycache__", "*.toml", "*.md"))
    data.mkdir()
    known = {**_settings(folder, ports), **_stack(stranger, home), "folder": str(home), "data": str(data)}
    environ = {**clean_environment(), **{name: _filled(value, known) for name, value in stranger.environ.items()}}
    said = folder / "merchant.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [_filled(part, known) for part in stranger.start],
            cwd=home,
            env={**environ, "PYTHONDONTWRITEBYTECODE": "1", "NODE_NO_WARNINGS": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        with _ending(process):
            over = eventually(
                lambda: process.poll() is not None or answers(ports["merchant"]), bool, limit_seconds=START_SECONDS
            )
            if not over or process.poll() is not None:
                raise NotStarted(f"{stranger.name} does not answer: {said.read_text('utf-8').strip()[-1500:]}")
            yield environ


def _settings(folder: Path, ports: Mapping[str, int]) -> Mapping[str, str]:
    """What the placeholders of run.toml stand for in every stack."""
    keys = EmulatorSettings()
    return {
        "port": str(ports["merchant"]),
        "emulator": f"http://127.0.0.1:{ports['plain']}",
        "gateway": f"http://127.0.0.1:{ports['server']}",
        "webhook_url": f"http://127.0.0.1:{ports['receiver']}",
        "imp_code": keys.imp_code,
        "imp_key": keys.imp_key,
        "imp_secret": str(keys.imp_secret),
        "channel_key": keys.channel_key,
        "ca": str(certificates_in(folder / "certificates").ca_file),
    }


def _stack(stranger: Stranger, home: Path) -> Mapping[str, str]:
    """The program that runs the stranger, with what its pins name: made once, kept in .cache as the examples' are."""
    pins = stranger.folder / "requirements.txt"
    if pins.is_file():
        return {"python": str(virtual_environment(f"pypi-stranger-{stranger.name}", pins))}
    if (stranger.folder / "package-lock.json").is_file():
        node, modules = npm_folder(f"npm-stranger-{stranger.name}", stranger.folder)
        (home / "node_modules").symlink_to(modules, target_is_directory=True)
        return {"node": str(node)}
    program = shutil.which(stranger.stack)
    there = subprocess.run([program, "-m"], capture_output=True, text=True).stdout.split() if program else []
    lacking = PHP_MODULES.difference(there)
    if program is None or lacking:
        what = f"{stranger.stack} with {', '.join(sorted(lacking))}"
        raise NotStarted(f"{what} is not installed here (Debian, Ubuntu: apt-get install php-cli php-curl php-sqlite3)")
    return {stranger.stack: program}


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: known[found[1]] if found[1] in known else found[0], text)


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End it afterwards with its children, which may outlive the process that made them."""
    try:
        yield
    finally:
        if sys.platform == "win32":
            process.terminate()
        else:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
