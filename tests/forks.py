"""Processes of this project's commands, forked from one that has imported everything, in place of a new Python each.

A new Python imports for two seconds before a run of a tenth of a second. Where there is no fork, each is a new one. A
test of how Python itself starts (its options, the folder it imports from) wants a new one everywhere.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, redirect_stdout, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, ClassVar, NoReturn

ROOT = Path(__file__).resolve().parents[1]
OWN = ("benchmarks", "conformance", "conftest", "emulator", "features", "fixtures", "shop", "steps", "tests")
"""The top-level modules of this project."""
_BY_THEMSELVES = ("emulator", "shop")
"""Those that import nothing of the others."""
_BY_FORK = hasattr(os, "fork")
_MOST_BYTES = 1 << 20
_LATE = (
    "anyio._core._fileio",
    "cryptography.hazmat.backends.openssl",
    "emulator.network",
    "playwright._impl.json_pipe",
    "playwright._impl.local_utils",
    "playwright._impl.protocol_channels",
    "rich._emoji_codes",
    "rich._unicode_data.unicode17-0-0",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.auto",
)
"""What a run imports only when it needs it."""


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
            _end_group(self.pid)


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
        command = [sys.executable, "-m", "tests.forks", str(theirs.fileno())]
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


def _end_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _serve(asked: socket.socket) -> None:
    """Fork what is asked for, and say how it ended, until nobody is there to ask."""
    woken, waking = socket.socketpair()
    for one in (woken, waking):
        one.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    running: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        for one in (asked, woken):
            selector.register(one, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is woken:
                    woken.recv(4096)
                    _reap(running)
                    continue
                told, files, _, _ = socket.recv_fds(asked, _MOST_BYTES, 4)
                if not told:
                    for pid in running:
                        _end_group(pid)
                    return
                pid = os.fork()
                if not pid:
                    signal.set_wakeup_fd(-1)
                    _become(json.loads(told), files)
                *standard, says = files
                for file in standard:
                    os.close(file)
                os.write(says, f"{pid}\n".encode())
                running[pid] = says


def _reap(running: dict[int, int]) -> None:
    while running:
        pid, status, used = os.wait4(-1, os.WNOHANG)
        if not pid:
            return
        _end_group(pid)  # what a run that was cut off left behind
        says = running.pop(pid)
        ended = {"status": os.waitstatus_to_exitcode(status), "processor_seconds": used.ru_utime + used.ru_stime}
        with suppress(BrokenPipeError):
            os.write(says, f"{json.dumps(ended)}\n".encode())
        os.close(says)


def _become(told: dict[str, Any], files: Sequence[int]) -> NoReturn:
    """Be that command from here on."""
    os.setpgid(0, 0)  # a group of its own, which can be ended as a whole: a browser is in it
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for own, theirs in zip(files, (0, 1, 2), strict=False):
        os.dup2(own, theirs)
    os.closerange(3, max(files) + 1)
    for name, file in (("stdout", 1), ("stderr", 2)):  # those from before the fork know what they wrote to then
        errors = "backslashreplace" if file == 2 else "strict"
        fresh = open(file, "w", buffering=1, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, fresh)
        setattr(sys, f"__{name}__", fresh)
    os.environ.clear()
    os.environ.update(told["environ"])
    time.tzset()
    os.chdir(told["folder"])
    sys.path[0] = told["folder"]
    extra = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    sys.path[1:1] = [folder for folder in extra if folder not in sys.path]
    _forget_what_is_elsewhere(Path(told["folder"]))
    sys.argv = [told["module"], *told["arguments"]]
    os._exit(_ended_with(told["module"]))


def _forget_what_is_elsewhere(folder: Path) -> None:
    """In a copy of the project its own modules are imported, not those that were imported here."""
    copied = folder != ROOT and any((folder / name).exists() for name in OWN)
    kept = [name for name in _BY_THEMSELVES if not (folder / name).exists()]
    for name in list(sys.modules):
        is_run_as_main = name == "conformance" or name.endswith(".__main__")
        top = name.partition(".")[0]
        if is_run_as_main or (copied and top in OWN and top not in kept):
            del sys.modules[name]
    if copied:
        from _pytest.config import parse_warning_filter
        from pytest_bdd.steps import step_function_context_registry

        parse_warning_filter.cache_clear()  # classes of the modules that were imported here, and their steps' sentences
        step_function_context_registry.clear()


def _ended_with(module: str) -> int:
    """Run it as Python runs a module, and end as Python ends; the status is Python's."""
    status = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as asked:
        if isinstance(asked.code, int):
            status = asked.code
        elif asked.code is not None:
            status = 1
            print(asked.code, file=sys.stderr)
    except BaseException as error:  # noqa: BLE001  # as Python itself does
        status = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]  # what Python calls when it ends
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError, ValueError):
            stream.flush()
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return status


def _keep_templates() -> None:
    """Let what is forked compile none again that was compiled here, also where it is that of a copy."""
    from jinja2 import BytecodeCache, Environment
    from jinja2.bccache import Bucket

    class Compiled(BytecodeCache):
        known: ClassVar[dict[str, Any]] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            bucket.code = self.known.get(bucket.checksum)

        def dump_bytecode(self, bucket: Bucket) -> None:
            self.known[bucket.checksum] = bucket.code

    made: Any = Environment.__init__

    def make(self: Environment, *given: Any, **named: Any) -> None:
        made(self, *given, **{"bytecode_cache": Compiled(), **named})

    Environment.__init__ = make  # type: ignore[method-assign]


def _import_everything() -> None:
    """As a run does: by collecting, so that pytest rewrites the assertions of what it imports."""
    import pytest

    _keep_templates()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        status = pytest.main(["-q", "--color=no", "--collect-only"])
    if status is not pytest.ExitCode.OK:
        raise SystemExit(f"the scenarios cannot be collected (pytest ended with {int(status)})")
    import conformance  # noqa: F401
    import emulator.__main__  # noqa: F401
    import shop.__main__  # noqa: F401
    from conformance.report import page, words
    from conformance.verdict import korean

    for late in _LATE:
        with suppress(ModuleNotFoundError):  # some are there on some systems only
            import_module(late)
    for name in ("page.html.jinja", "storm.html.jinja"):
        page.template(name)
    words.words(), words.events_in_korean(), korean.korean()

    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if others:
        raise SystemExit(f"a process with threads must not be forked; alive: {', '.join(others)}")


def _main(file: str) -> None:
    asked = socket.socket(fileno=int(file))
    _import_everything()
    gc.collect()
    gc.freeze()
    atexit._clear()  # what was registered here is not for those that are forked
    _serve(asked)


if __name__ == "__main__":
    _main(sys.argv[1])
