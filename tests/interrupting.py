"""What Ctrl-C does to somebody who waits, without ending pytest itself."""

import signal
import threading
from collections.abc import Callable

import pytest


class _Interrupted(Exception):
    pass


def interrupt(wait: Callable[[], None]) -> None:
    """Begin to wait on the main thread and be interrupted by a signal; fails where the wait ends by itself."""

    def raise_it(*_: object) -> None:
        raise _Interrupted

    main = threading.main_thread().ident
    assert main is not None
    before = signal.signal(signal.SIGUSR1, raise_it)
    soon = threading.Timer(0.1, signal.pthread_kill, (main, signal.SIGUSR1))
    soon.start()
    try:
        with pytest.raises(_Interrupted):
            wait()
    finally:
        soon.join()
        signal.signal(signal.SIGUSR1, before)
