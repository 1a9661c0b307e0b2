"""What every test finds, however the tests were started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Hear Ctrl-C although a shell started this in the background, where it is ignored: its children would not either.

    Many tests end a program by it, as a user would.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
