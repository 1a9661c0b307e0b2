"""Processes of this project's commands, forked from one that has imported everything, in place of a new Python each.

A new Python imports for two seconds before a run of a tenth of a second. Where there is no fork, each is a new one. A
test of how Python itself starts (its options, the folder it imports from) wants a new one everywhere.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
OWN = ("benchmarks", "conformance", "conftest", "emulator", "features", "fixtures", "shop", "steps", "tests")
"""The top-level modules of this project."""
_BY_FORK = hasattr(os, "fork")


@dataclass(frozen=True)
class Ended:
    """How a process ended: its status (a signal's number is negative), what it printed, its processor's seconds."""

    returncode: int
    stdout: str
    stderr: str
    processor_seconds: float = 0.0

    @property
    def output(self) -> str:
        """All that it printed."""
        return self.stdout + self.stderr


class Started:
    """A process under way, as `subprocess.Popen` has it in a `with`; its `stdout` is read here unless it has a file."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        stdout: IO[Any] | None,
        stderr: IO[Any] | None,
    ) -> None:
        self.returncode: int | None = None
        self.processor_seconds = 0.0
        self.stdout: IO[str] | None = None
        told = {"module": module, "arguments": list(arguments), "folder": str(folder), "environ": dict(environ)}
        with ExitStack() as theirs:
            if stdout is None:
                ours, their_out = os.pipe()
                self.stdout = os.fdopen(ours, "r", encoding="utf-8", errors="replace")
                stdout = theirs.enter_context(os.fdopen(their_out, "wb", 0))
            ours, their_end = os.pipe()
            self._end = os.fdopen(ours, "r", encoding="utf-8")
            says = theirs.enter_context(os.fdopen(their_end, "wb", 0))
            nothing = theirs.enter_context(Path(os.devnull).open("rb"))
            _server().ask(told, [file.fileno() for file in (nothing, stdout, stderr or stdout, says)])
        self.pid = int(self._end.readline())

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        if self.stdout is not None:
            self.stdout.close()

    def poll(self) -> int | None:
        """Its status if it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; raises subprocess.TimeoutExpired after so many seconds."""
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._end, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            ended = json.loads(self._end.readline() or '{"status": -9, "processor_seconds": 0}')
            self._end.close()
            self.returncode, self.processor_seconds = ended["status"], ended["processor_seconds"]
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is there still."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it with everything that it started."""
        if self.poll() is None:
            end_group(self.pid)


Process = Started | subprocess.Popen[str]


def run(
    module: str,
    *arguments: str,
    folder: Path = ROOT,
    environ: Mapping[str, str] | None = None,
    limit_seconds: float = 120,
) -> Ended:
    """Run `python -m MODULE ARGUMENTS` in a folder with exactly this environment (None: this process's own).

    Raises subprocess.TimeoutExpired at the limit, when it and all that it started are ended.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start(module, *arguments, folder=folder, environ=environ, stdout=out, stderr=err)
        try:
            status = process.wait(limit_seconds)
        finally:
            process.kill()
            process.wait()
        seconds = process.processor_seconds if isinstance(process, Started) else 0.0
        return Ended(status, _read(out), _read(err), seconds)


def start(
    module: str,
    *arguments: str,
    folder: Path = ROOT,
    environ: Mapping[str, str] | None = None,
    stdout: IO[Any] | None = None,
    stderr: IO[Any] | None = None,
) -> Process:
    """Start `python -m MODULE ARGUMENTS`; what it prints as errors goes where the rest goes unless it has a file."""
    given = dict(os.environ if environ is None else environ)
    if _BY_FORK:
        return Started(module, arguments, folder, given, stdout, stderr)
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=stdout or subprocess.PIPE,
        stderr=stderr or subprocess.STDOUT,
        text=True,
    )


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace").replace("\r\n", "\n")


class _Server:
    """The process that forks, started with the first that is wanted and ended with this one."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asking = threading.Lock()
        self.of = os.getpid()
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CONFORMANCE_"))}
        command = [sys.executable, "-m", "tests.forking", str(theirs.fileno())]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=clean, pass_fds=[theirs.fileno()], start_new_session=True
        )
        theirs.close()
        atexit.register(self.stop)

    def ask(self, told: Mapping[str, object], files: Sequence[int]) -> None:
        with self._asking:
            socket.send_fds(self._ours, [json.dumps(told).encode()], files)

    def stop(self) -> None:
        if self.of == os.getpid():
            self._ours.close()  # upon which it ends what is under way
            self._process.wait()


_servers: list[_Server] = []
_starting = threading.Lock()


def _server() -> _Server:
    with _starting:
        if not _servers or _servers[0].of != os.getpid():
            _servers[:] = [_Server()]
        return _servers[0]


def end_group(pid: int) -> None:
    """End a process with everything that it started, if it is there still."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
