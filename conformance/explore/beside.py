"""Explores in several processes at once, each with a target of its own: a story keeps one core busy."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import Any

from conformance.explore.running import ExploreEnd
from conformance.explore.tally import Tally
from conformance.machine import interrupts, temporary
from conformance.verdict.endings import SuiteError

SEEDS_APART = 10**6
"""Between the seeds of two processes: a run's own seed is less, and no run tells so many chunks of stories."""
_EVERY_SECONDS = 2.0
_PROCESSES = multiprocessing.get_context("spawn")
"""A new Python each: what a target starts in threads could not be forked."""


@dataclass
class Link:
    """What one of the other processes has to say to the first, and whether it is to stop."""

    connection: Connection
    over: Event
    _told: float = field(default_factory=time.monotonic)

    def watch(self, tally: Tally) -> None:
        """Say what was told so far, if that is not too soon."""
        if time.monotonic() - self._told > _EVERY_SECONDS:
            self._told = time.monotonic()
            self.connection.send(tally)

    def is_over(self) -> bool:
        """Whether another process found something, or the first is gone."""
        first = multiprocessing.parent_process()
        return self.over.is_set() or (first is not None and not first.is_alive())


Explore = Callable[[Any, int, Link], ExploreEnd | str]
"""Explores as is wanted, from this seed, and says how it ended, or in a sentence why it could not go on.

What is wanted, and the function, can be pickled.
"""


@dataclass
class Others:
    """The processes beside the first, and what each said last."""

    over: Event
    running: Mapping[Connection, BaseProcess]
    tallies: dict[Connection, Tally] = field(default_factory=dict)
    ends: list[ExploreEnd] = field(default_factory=list)
    broke: str = ""

    def listen(self) -> None:
        """Take what they have said since; none is waited for. One that broke ends the others."""
        for connection in self.running:
            while not connection.closed and connection.poll():
                self._take(connection)

    def _take(self, connection: Connection) -> None:
        try:
            said = connection.recv()
        except EOFError:
            connection.close()
            self.running[connection].join()
            if self.running[connection].exitcode != 0 and not self.over.is_set():
                self.broke = self.broke or "a process that explored beside this one was ended"
                self.over.set()
            return
        match said:
            case Tally():
                self.tallies[connection] = said
            case ExploreEnd():
                self.tallies[connection] = said.tally
                self.ends.append(said)
            case str():
                self.broke = self.broke or said
                self.over.set()

    def all(self, own: Tally) -> Tally:
        """What was told in all processes."""
        self.listen()
        return sum_of([own, *self.tallies.values()])

    def joined(self, own: ExploreEnd) -> ExploreEnd:
        """How the run ended in all of them, the finder first. Raises SuiteError where one of them broke."""
        self.over.set()
        while any(not connection.closed for connection in self.running):
            multiprocessing.connection.wait([one for one in self.running if not one.closed])
            self.listen()
        if self.broke:
            raise SuiteError(self.broke)
        own.tally = sum_of([own.tally, *(one.tally for one in self.ends)])
        for one in self.ends:
            if own.story is None and one.story is not None:
                own.story, own.file, own.seed = one.story, one.file, one.seed
        return own


def cores() -> int:
    """How many of the machine's cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sum_of(tallies: list[Tally]) -> Tally:
    """What was told in all of them together."""
    whole = Tally()
    for one in tallies:
        whole.stories += one.stories
        whole.steps += one.steps
        whole.broken_off += one.broken_off
        whole.states |= one.states
        whole.used += one.used
    return whole


@contextmanager
def others(number: int, explore: Explore, wanted: Any, seed: int) -> Iterator[Others]:
    """So many processes that explore as is wanted, each from a seed of its own, and gone when the block is left."""
    over = _PROCESSES.Event()
    running: dict[Connection, BaseProcess] = {}
    try:
        for nth in range(1, number + 1):
            hears, says = _PROCESSES.Pipe(duplex=False)
            process: BaseProcess = _PROCESSES.Process(
                target=_explore, args=(explore, wanted, seed + nth * SEEDS_APART, Link(says, over)), daemon=True
            )
            process.start()
            says.close()
            running[hears] = process
        yield Others(over, running)
    finally:
        over.set()
        for process in running.values():
            process.terminate()
            process.join()


def _explore(explore: Explore, wanted: Any, seed: int, link: Link) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of them; the first ends the others
    with suppress(interrupts.Interrupted), interrupts.handled(), temporary.of_this_process(), interrupts.window():
        link.connection.send(explore(wanted, seed, link))
