"""Something changed: a number that grows, and callers who wait until it has grown."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Changes:
    """Counts what happens to one account; belongs to one event loop where anybody waits."""

    def __init__(self) -> None:
        self.number = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._closed = False

    def happened(self) -> None:
        """Count one change and wake whoever waits."""
        self.number += 1
        if self._waiting:
            self.wake()

    def wake(self) -> None:
        """Have everybody who waits look again."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Nobody waits any longer, now or later."""
        self._closed = True
        self.wake()

    async def until(self, look: Callable[[], Found], seconds: float) -> Found:
        """What `look` finds, as soon as it is true; after `seconds` (real) what it then finds."""
        deadline = time.monotonic() + seconds
        while not (found := look()) and not self._closed and (left := deadline - time.monotonic()) > 0:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await asyncio.wait((future,), timeout=left)
            if not future.done():
                self._waiting.remove(future)
        return found
