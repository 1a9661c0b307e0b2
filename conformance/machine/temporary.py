"""One temporary folder for what a run and its browsers put there; what a killed run left is removed by the next one.

A run holds a lock on its folder for as long as it lives: the system lets go of it however the process ends. Without
such locks (Windows) the system's folder is used as it is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PREFIX = "conformance-run-"
ROOM_BYTES = 32 * 2**20
"""What a run needs there at least; without it the embedded shop's database is full, and the shop would be blamed."""
_LOCK = ".lock"
_VARIABLE = "TMPDIR"
_FLOCK: Any = import_module("fcntl") if find_spec("fcntl") else None


@contextmanager
def of_this_process() -> Iterator[None]:
    """Inside the block temporary files, also those of programs that are started, lie in a folder of their own."""
    named = os.environ.get(_VARIABLE)
    tempfile.tempdir = None  # who asked before may have asked in another environment
    try:
        own = Path(tempfile.mkdtemp(prefix=".")) if _FLOCK else None
    except OSError:  # there is no room: whoever needs some says so
        own = None
    if own is None:
        yield
        return
    usual = own.parent
    remove_what_was_left(usual)
    with (own / _LOCK).open("wb") as lock:
        _FLOCK.flock(lock, _FLOCK.LOCK_EX)
        own = own.rename(usual / f"{PREFIX}{own.name.lstrip('.')}")  # by this name only once it is locked
        tempfile.tempdir = os.environ[_VARIABLE] = str(own)
        try:
            yield
        finally:
            tempfile.tempdir = str(usual)
            os.environ.pop(_VARIABLE)
            if named is not None:
                os.environ[_VARIABLE] = named
            shutil.rmtree(own, ignore_errors=True)


def remove_what_was_left(usual: Path) -> None:
    """Remove the folders of processes that are gone, as far as they are this user's."""
    for folder in usual.glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            with (folder / _LOCK).open("rb") as lock:
                _FLOCK.flock(lock, _FLOCK.LOCK_EX | _FLOCK.LOCK_NB)
        except OSError:  # it is held, or was removed meanwhile
            continue
        shutil.rmtree(folder, ignore_errors=True)


def no_room() -> str:
    """Why a run cannot keep its temporary files, and what to do, in one sentence; empty where it can."""
    try:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"There is no temporary folder that can be written to ({error.strerror}): name one by {_VARIABLE}"
    if free >= ROOM_BYTES:
        return ""
    return (
        f"The temporary folder {folder} has {free / 2**20:.1f} MB left, and a run needs {ROOM_BYTES // 2**20}: "
        f"free that place, or name another by {_VARIABLE}"
    )
