"""Output that cannot be written (a full disk): a program goes on, says so in one sentence, and ends with a code for it.

It takes nothing but the standard library; the emulator and the shop run it by its file.
"""

from __future__ import annotations

import atexit
import errno
import io
import os
import sys
from contextlib import suppress

CODE = 2
"""How a program ends whose output was not written in full."""


class _Noting(io.FileIO):
    """A file that takes what it cannot write as written, and notes why it could not."""

    def __init__(self, number: int, why: list[str], passed_on: frozenset[int]) -> None:
        super().__init__(number, "wb", closefd=False)
        self._why, self._passed_on = why, passed_on

    def write(self, data: object) -> int:
        """Raises OSError only for the numbers that are passed on."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as error:
            if error.errno in self._passed_on:
                raise
            self._why.append(error.strerror or str(error))
            return memoryview(data).nbytes  # type: ignore[arg-type]


def noting(stream: object, why: list[str], *, passed_on: frozenset[int] = frozenset()) -> io.TextIOWrapper | None:
    """A stream to the same file that notes in `why` what it could not write; None for a terminal, and for no file."""
    if not isinstance(stream, io.TextIOWrapper) or stream.isatty():
        return None
    try:
        number = stream.fileno()
    except OSError:
        return None
    file = io.BufferedWriter(_Noting(number, why, passed_on))
    return io.TextIOWrapper(
        file, stream.encoding, stream.errors, line_buffering=True, write_through=stream.write_through
    )


def watch() -> None:
    """Note what this program cannot print, and end with CODE and one sentence where there is such.

    A reader that has gone (`| head`) is not among it: that stays as it is.
    """
    why: list[str] = []
    watched = noting(sys.stdout, why, passed_on=frozenset({errno.EPIPE}))
    if watched is not None:
        sys.stdout = watched
        atexit.register(_end, watched, why)


def _end(watched: io.TextIOWrapper, why: list[str]) -> None:
    with suppress(OSError):  # a reader that has gone
        watched.flush()
    if not why:
        return
    with suppress(OSError):  # where errors are written to the same full place, the code says it
        sys.stderr.write(
            f"What this command prints cannot be written ({why[0]}): write it elsewhere, and run it again\n"
        )
        sys.stderr.flush()
    os._exit(CODE)
