"""What every test finds, however the tests were started."""

from __future__ import annotations

import signal

import pytest

MARKS = (
    "proof: takes its time; `make proof` runs it, `make test` does not",
    "deeper: bounded in `make test`, and run whole in `make proof`",
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks, and hear Ctrl-C although a shell started this in the background, where it is ignored.

    Many tests end a program by it, as a user would; their children would not hear it either.
    """
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
