"""An account's virtual clock: what is due later happens when the clock gets there, and never by waiting."""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

Action = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)

# What the event that is being worked off has started so far. A context variable, because it follows the work
# through in-memory hops between the two sides: a pingback sent by an event makes PortOne start a webhook,
# which belongs to it.
_started_by_event: ContextVar[list[asyncio.Task[None]] | None] = ContextVar("_started_by_event", default=None)


@dataclass(order=True, slots=True)
class Event:
    """Something due at `due` (virtual unix seconds); equal times run in the order of asking.

    `kept` says as JSON what it is, so that it can be made again after a restart.
    """

    due: float
    number: int
    label: str = field(compare=False)
    action: Action = field(compare=False, repr=False)
    cancelled: bool = field(default=False, compare=False)
    kept: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    def cancel(self) -> None:
        """The event will not happen; without effect on one that has begun."""
        self.cancelled = True


class Clock:
    """Virtual time of one account, in unix seconds.

    Frozen unless `run` was called; belongs to one event loop.
    """

    def __init__(self, start: float | None = None) -> None:
        self._base = time.time() if start is None else start
        self._speed = 0.0
        self._base_monotonic = 0.0
        self._queue: list[Event] = []
        self._numbers = itertools.count()
        self._in_flight: dict[asyncio.Task[None], Event] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Virtual unix seconds."""
        if not self._speed:
            return self._base
        return self._base + (time.monotonic() - self._base_monotonic) * self._speed

    @property
    def speed(self) -> float:
        """Virtual seconds per real one, 0 while it is frozen."""
        return self._speed

    def run(self, speed: float) -> None:
        """Let time pass by itself, at `speed` virtual seconds per real one; 0 freezes it. Needs the loop."""
        if speed < 0:
            raise ValueError("A clock's speed is 0 or more: time does not run backwards.")
        self._move_to(self.now())
        self._speed = speed
        self._set_alarm()

    def after(self, seconds: float, label: str, action: Action, *, kept: Mapping[str, Any] | None = None) -> Event:
        """Have `action` run `seconds` (virtual) from now; 0 or less starts it at once, without waiting for it.

        What has no `kept` does not survive a restart.
        """
        event = Event(self.now() + max(seconds, 0.0), next(self._numbers), label, action, kept=kept)
        if seconds <= 0:
            self._start(event)
        else:
            heapq.heappush(self._queue, event)
            self._set_alarm()
        return event

    async def advance(self, seconds: float) -> int:
        """Move `seconds` ahead; every event due by then runs in order, each awaited with all that it started.

        What others started meanwhile (say a webhook whose receiver takes its time) is not waited for: `idle`
        does that. Returns how many events ran. Raises what an event raised, and ValueError for negative
        seconds.
        """
        if seconds < 0:
            raise ValueError("A clock cannot be moved back.")
        target, count = self.now() + seconds, 0
        while self._queue and self._queue[0].due <= target:
            event = heapq.heappop(self._queue)
            if event.cancelled:
                continue
            self._move_to(max(self.now(), event.due))
            count += 1
            await self._finish(event)
        self._move_to(max(self.now(), target))
        self._set_alarm()
        return count

    async def idle(self, timeout_seconds: float) -> list[str]:
        """Wait (real seconds) until nothing is in flight or overdue; the labels of what still is, if any."""
        deadline = time.monotonic() + timeout_seconds
        while self._in_flight and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait(self._in_flight, timeout=left)
        return [
            *(event.label for event in self._in_flight.values()),
            *(event.label for event in self._pending() if event.due <= self.now()),
        ]

    def unfinished(self) -> list[Event]:
        """What is in flight and what is due later, soonest first."""
        return sorted([*self._in_flight.values(), *self._pending()])

    def upcoming(self) -> list[Event]:
        """What is due later, soonest first."""
        return sorted(self._pending())

    def reset(self, start: float) -> None:
        """Begin anew, frozen at `start`; what was due or in flight does not happen any more."""
        self.close()
        self._move_to(start)

    def close(self) -> None:
        """Freeze, and drop what is due and what is in flight."""
        self._move_to(self.now())
        self._speed = 0.0
        self._queue.clear()
        self._set_alarm()
        for task in self._in_flight:
            task.cancel()

    def _pending(self) -> list[Event]:
        return [event for event in self._queue if not event.cancelled]

    def _move_to(self, now: float) -> None:
        self._base, self._base_monotonic = now, time.monotonic()

    def _start(self, event: Event) -> None:
        started = _started_by_event.get()
        task = asyncio.get_running_loop().create_task(_act(event), name=event.label)
        self._in_flight[task] = event
        task.add_done_callback(self._ended)
        if started is not None:
            started.append(task)

    async def _finish(self, event: Event) -> None:
        started: list[asyncio.Task[None]] = []
        token = _started_by_event.set(started)
        try:
            self._start(event)
        finally:
            _started_by_event.reset(token)
        # The list grows while it is walked: whatever a started task starts is appended to it.
        for task in started:
            await asyncio.wait((task,))
            if not task.cancelled():  # by a reset meanwhile
                task.result()

    def _ended(self, task: asyncio.Task[None]) -> None:
        label = self._in_flight.pop(task).label
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s failed in the emulator", label, exc_info=error)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._speed and self._queue:
            wait = max(self._queue[0].due - self.now(), 0.0) / self._speed
            self._alarm = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        while self._queue and self._queue[0].due <= self.now():
            event = heapq.heappop(self._queue)
            self._start(event)
        self._set_alarm()


async def _act(event: Event) -> None:
    if not event.cancelled:
        await event.action()
