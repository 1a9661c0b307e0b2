"""The process that `tests.forks` forks from: it has imported everything, and becomes what it is asked for."""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from tests.forks import OWN, ROOT, end_group

_BY_THEMSELVES = ("emulator", "shop")
"""Those that import nothing of the others."""
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
                        end_group(pid)
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
        end_group(pid)  # what a run that was cut off left behind
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
