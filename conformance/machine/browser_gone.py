"""A browser that ends by itself, or with Ctrl-C: Playwright drives it by a process that may go before the run does.

Ctrl-C at a terminal reaches that process too. What is closed at the end of the run then finds nobody to close it, and
what was waited for when the run was stopped answers that it is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

from playwright._impl._errors import TargetClosedError  # the public package does not pass it on

from conformance.machine import interrupts

TOLD = (
    "The browser, or the Playwright process that drives it, ended by itself: what needed it from then on is ERROR, and "
    "says nothing about the merchant. Run it again"
)

_ABANDONED = ("Future exception was never retrieved", "Task exception was never retrieved")
"""How asyncio begins what it tells of an answer that nobody waits for: it gives neither a kind nor a code."""


def is_gone(error: BaseException) -> bool:
    """Whether nothing else went wrong than that there is no browser any more."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_gone, error.exceptions))
    return isinstance(error, TargetClosedError)


@contextmanager
def apart_from_the_terminal() -> Iterator[None]:
    """Start Playwright's process inside the block: Ctrl-C at a terminal is then for the run alone, which ends it."""
    start = asyncio.create_subprocess_exec
    with patch.object(asyncio, "create_subprocess_exec", partial(start, start_new_session=True)):
        yield


class NobodyWaits(logging.Filter):
    """Keeps asyncio from telling of an answer that nobody waits for any more, where it is that the browser is gone.

    The call was broken off (Ctrl-C) while it waited; its future is given this answer when the browser is closed.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is told."""
        error = record.exc_info[1] if record.exc_info else None
        abandoned = record.getMessage().startswith(_ABANDONED)
        return not (abandoned and error is not None and (interrupts.came() or is_gone(error)))
