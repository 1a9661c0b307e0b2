"""Runs pytest, or the emulator, in a process of its own: it has the terminal, hears of signals, and ends by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.machine import interrupts


def run(arguments: Sequence[str | Path], folder: Path) -> int:
    """pytest's exit code, as `passed_on` has it."""
    return passed_on(["-m", "pytest", *arguments], folder)


def passed_on(arguments: Sequence[str | Path], folder: Path) -> int:
    """A Python's exit code. A signal that stops this process is passed on, and waited with until that one has ended."""
    started: list[subprocess.Popen[bytes]] = []

    def pass_on(by: signal.Signals) -> None:
        for process in started:
            interrupts.send(process.pid, by)

    interrupts.listeners.append(pass_on)
    try:
        with interrupts.deferred():
            command = [sys.executable, *map(str, arguments)]
            started.append(subprocess.Popen(command, cwd=folder, env=os.environ))
            if by := interrupts.came():
                pass_on(by)
            return started[0].wait()
    finally:
        interrupts.listeners.remove(pass_on)
