"""Asks one server of this machine the same questions over some kept connections, and says how fast it answered.

A process of its own: `python -m benchmarks.emulator_load`, its orders as JSON on standard input. It ends by itself,
after the requests it may send or the seconds it may take, whichever comes first.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib import import_module
from itertools import cycle
from typing import cast

LOOPBACK = "127.0.0.1"
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True)
class Orders:
    """What to ask: GET each of `paths` in turn, with this Authorization header. Bounds: `requests`, `seconds`."""

    port: int
    paths: list[str]
    authorization: str
    connections: int = 16
    requests: int = 20_000
    seconds: float = 10.0


@dataclass(frozen=True)
class Result:
    """What came of it; latencies in milliseconds. `wrong` counts answers other than 200."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    wrong: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


@dataclass
class Load:
    """What all connections share."""

    orders: Orders
    done: asyncio.Event
    latencies: list[float] = field(default_factory=list)
    sent: int = 0
    wrong: int = 0
    open: int = 0

    def __post_init__(self) -> None:
        head = f"Host: {LOOPBACK}\r\nAuthorization: {self.orders.authorization}\r\nAccept: */*\r\n"
        self.questions = cycle([f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in self.orders.paths])
        self.ends = time.perf_counter() + self.orders.seconds

    def next(self) -> bytes | None:
        """The next request, None when it was enough."""
        if self.sent >= self.orders.requests or time.perf_counter() >= self.ends:
            return None
        self.sent += 1
        return next(self.questions)


class Connection(asyncio.Protocol):
    """One kept connection: a request as soon as the answer before it is whole."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.load.open += 1
        self._ask()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(END_OF_HEAD)
        if head < 0:
            return
        headers = self.buffer[:head].lower()
        start = headers.index(LENGTH) + len(LENGTH)
        end = headers.find(b"\r\n", start)
        length = int(headers[start : end if end > 0 else None])
        if len(self.buffer) < head + len(END_OF_HEAD) + length:
            return
        self.load.latencies.append(time.perf_counter() - self.asked)
        self.load.wrong += not self.buffer.startswith(b"HTTP/1.1 200")
        self.buffer = b""
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.load.open -= 1
        if self.load.open == 0:
            self.load.done.set()

    def _ask(self) -> None:
        question = self.load.next()
        if question is None:
            self.transport.close()
            return
        self.asked = time.perf_counter()
        self.transport.write(question)


async def run(orders: Orders) -> Result:
    """Carry the orders out."""
    loop = asyncio.get_running_loop()
    load = Load(orders, asyncio.Event())
    began = time.perf_counter()
    for _ in range(orders.connections):
        await loop.create_connection(lambda: Connection(load), LOOPBACK, orders.port)
    await asyncio.wait_for(load.done.wait(), orders.seconds + 30)
    took = time.perf_counter() - began
    ordered = sorted(load.latencies)
    p50, p99 = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return Result(len(ordered), took, 1000 * p50, 1000 * p99, load.wrong)


def main() -> None:
    orders = Orders(**json.load(sys.stdin))
    factory = None if sys.platform == "win32" else import_module("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        print(json.dumps(asdict(runner.run(run(orders)))))


if __name__ == "__main__":
    main()
