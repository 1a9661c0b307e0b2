"""What the emulator costs, side by side with a thin handler on the same kind of server, in one run.

The thin handler looks a payment up in a dictionary and writes it as JSON, without any check. Another one that holds
finished bytes is shown too: nobody would write it, but it tells what the server itself costs.

Run it with `python -m benchmarks.emulator`; it prints each figure with its target. Quote the ratios: seconds belong to
the machine. `--fake-iamport DIR` takes fake-iamport-server along, from a folder where somebody has built it.
`--record` appends a line to `benchmarks/FIGURES.md` and ends with 1 where a figure is worse than in the line before.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import figures
from benchmarks.embedded import bare
from benchmarks.emulator_fake import fake_iamport
from benchmarks.emulator_load import Orders, Result
from benchmarks.emulator_servers import LOOPBACK, account, bought
from emulator.clock import Clock
from emulator.server import Emulator

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 180
RECEIVED_SLOWLY = 60  # seconds for the clock's jump with all its webhooks


@dataclass(frozen=True)
class Effort:
    """How much is done; the targets are meant for `FULL`."""

    rounds: int
    requests: int
    payments: int
    memory_requests: int
    webhooks: int
    events: int


FULL = Effort(rounds=15, requests=8_000, payments=1_000, memory_requests=200_000, webhooks=2_000, events=10_000)
QUICK = Effort(rounds=7, requests=2_000, payments=100, memory_requests=20_000, webhooks=300, events=10_000)


@dataclass(frozen=True)
class Figure:
    """One line of the table: `met` is None where there is no target. `kept` is what FIGURES.md gets, by column."""

    name: str
    measured: str
    target: str = ""
    met: bool | None = None
    kept: Mapping[str, float] = field(default_factory=dict)


@contextmanager
def serving(name: str, *options: str, told: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """One of `benchmarks.emulator_servers` in a process of its own: what it printed, and its `pid`."""
    command = [sys.executable, "-m", "benchmarks.emulator_servers", name, *options]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            if told is not None:
                process.stdin.write(json.dumps(told) + "\n")
                process.stdin.flush()
            yield {**json.loads(process.stdout.readline()), "pid": process.pid}
        finally:
            process.kill()


def load(where: dict[str, Any], requests: int) -> Result:
    """Ask a server, from another process."""
    orders = Orders(where["port"], where["paths"], where["authorization"], requests=requests, seconds=60)
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.emulator_load"],
        cwd=ROOT, input=json.dumps(asdict(orders)), stdout=subprocess.PIPE, text=True, check=True,
        timeout=LIMIT_SECONDS,
    )  # fmt: skip
    result = Result(**json.loads(ended.stdout))
    if result.wrong:
        raise RuntimeError(f"{result.wrong} of {result.requests} answers were not 200.")
    return result


def look_ups(effort: Effort, fake: Path | None) -> Iterator[Figure]:
    """All servers in turn, again and again: a busy machine slows all of them."""
    with ExitStack() as running:
        ours = running.enter_context(serving("emulator", str(effort.payments)))
        headers = {"Authorization": ours["authorization"]}
        body = httpx.get(f"http://{LOOPBACK}:{ours['port']}{ours['paths'][0]}", headers=headers).content
        servers = {
            "emulator": ours,
            "thin handler": running.enter_context(serving("thin", "written", told=ours)),
            "finished bytes": running.enter_context(serving("thin", "kept", told=ours)),
        }
        if fake is not None:
            servers["fake-iamport-server"] = running.enter_context(fake_iamport(fake))
        for where in servers.values():
            load(where, 2_000)
        rounds = [{name: load(where, effort.requests) for name, where in servers.items()} for _ in range(effort.rounds)]

    def ratio(other: str) -> float:
        return median(one["emulator"].per_second / one[other].per_second for one in rounds)

    for name in servers:
        rate = median(one[name].per_second for one in rounds)
        yield Figure(f"look-ups a second, {len(body):,} bytes: {name}", f"{rate:,.0f}")
    thin = ratio("thin handler")
    yield Figure("  of the thin handler", f"{thin:.2f}", ">= 0.65", thin >= 0.65, {"thin": thin})
    yield Figure("  of finished bytes", f"{ratio('finished bytes'):.2f}")
    if fake is not None:
        against = ratio("fake-iamport-server")
        yield Figure("  of fake-iamport-server", f"{against:.2f}", ">= 1.50", against >= 1.5, {"peer": against})
    p99 = {name: median(one[name].p99_ms for one in rounds) for name in ("emulator", "thin handler")}
    measured = f"{p99['emulator']:.2f} ms (thin: {p99['thin handler']:.2f})"
    met = p99["emulator"] < 5 if p99["thin handler"] < 5 else None  # the machine is too busy to tell
    kept = {"p99": p99["emulator"]}
    yield Figure("  99 % answered within, 16 connections", measured, "< 5 ms where the thin one's is", met, kept)


def one_look_up(_: Effort) -> Iterator[Figure]:
    """A test's own look-up: client and emulator in one process."""
    with Emulator(tls=False) as emulator, httpx.Client(base_url=emulator.url) as client:
        made = account(client)
        path = f"/payments/{bought(client, made['imp_code'], 'order-1')}"
        connection = http.client.HTTPConnection(LOOPBACK, emulator.port, timeout=10)
        took = []
        for _asked in range(2_000):
            began = time.perf_counter()
            connection.request("GET", path, headers={"Authorization": made["token"]})
            answer = connection.getresponse()
            answer.read()
            took.append(1000 * (time.perf_counter() - began))
            if answer.status != 200:
                raise RuntimeError(f"The answer to a look-up was {answer.status}.")
        connection.close()
    middle = median(took)
    yield Figure("one look-up in one process, median", f"{middle:.2f} ms", "< 1 ms", middle < 1, {"alone": middle})


def first_answer(_: Effort) -> Iterator[Figure]:
    """From the construction to the first answer, imports apart."""
    took = []
    for _start in range(7):
        began = time.perf_counter()
        with Emulator(tls=False) as emulator, socket.create_connection((LOOPBACK, emulator.port)) as asking:
            asking.sendall(b"GET /_emulator/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            asking.recv(15)
            took.append(1000 * (time.perf_counter() - began))
    middle = median(took)
    name = "start to the first answer, imports apart"
    yield Figure(name, f"{middle:.0f} ms", "< 200 ms", middle < 200, {"start": middle})


def memory(effort: Effort) -> Iterator[Figure]:
    """Resident memory of an emulator that is asked for long; the first look-ups, which load code, come before."""
    with serving("emulator", "100") as where:
        load(where, 1_000)
        before = _resident_megabytes(where["pid"])
        for _ in range(4):
            load(where, effort.memory_requests // 4)
        grown = _resident_megabytes(where["pid"]) - before
    name = f"resident memory, grown over {effort.memory_requests:,} look-ups"
    yield Figure(name, f"{grown:.1f} MB (from {before:.0f})", "< 20 MB", grown < 20, {"memory": grown})


def webhooks(effort: Effort) -> Iterator[Figure]:
    """All due when the clock jumps, delivered to a receiver in another process."""
    with serving("receiver") as receiver, Emulator(tls=False) as emulator:
        there = f"http://{LOOPBACK}:{receiver['port']}"
        rates = []
        with httpx.Client(base_url=emulator.url, timeout=RECEIVED_SLOWLY) as client:
            made = account(client, webhook={"live": {"url": f"{there}/webhook"}}, webhook_order="after")
            control = f"/_emulator/accounts/{made['imp_code']}"
            for turn in range(3):
                for number in range(effort.webhooks):
                    bought(client, made["imp_code"], f"order-{turn}-{number}")
                client.post(f"{control}/idle").raise_for_status()
                began = time.time()
                client.post(f"{control}/clock/advance", json={"seconds": 60}).raise_for_status()
                client.post(f"{control}/idle", json={"timeout_seconds": 30}).raise_for_status()
                arrived = httpx.get(there).json()["arrived"]
                if len(arrived) != effort.webhooks:
                    raise RuntimeError(f"{len(arrived)} webhooks arrived, not {effort.webhooks}.")
                rates.append(effort.webhooks / (max(arrived) - began))
    rate = median(rates)
    name = f"{effort.webhooks:,} webhooks delivered, a second"
    yield Figure(name, f"{rate:,.0f}", ">= 2,000", rate >= 2_000, {"webhooks": rate})


def due_events(effort: Effort) -> Iterator[Figure]:
    """The clock alone: each event at a time of its own, each with a task of its own."""

    async def jumped() -> float:
        clock, done = Clock(), 0

        async def happen() -> None:
            nonlocal done
            done += 1

        for number in range(effort.events):
            clock.after(1 + number, "an event", happen)
        began = time.perf_counter()
        await clock.advance(effort.events + 1)
        took = time.perf_counter() - began
        if done != effort.events:
            raise RuntimeError(f"{done} events happened, not {effort.events}.")
        return took

    took = median(asyncio.run(jumped()) for _ in range(3))
    name = f"{effort.events:,} due events of the clock alone, when it jumps"
    yield Figure(name, f"{took:.2f} s", "< 1 s", took < 1, {"events": took})


MEASURES: dict[str, Callable[[Effort], Iterator[Figure]]] = {
    "one look-up": one_look_up,
    "first answer": first_answer,
    "memory": memory,
    "webhooks": webhooks,
    "due events": due_events,
}


def _resident_megabytes(pid: int) -> float:
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(said.stdout) / 1024


def main(
    quick: Annotated[bool, typer.Option(help="Less of everything: to see that it works, not to quote.")] = False,
    fake: Annotated[
        Path | None, typer.Option("--fake-iamport", help="The folder of a built fake-iamport-server, version 9.")
    ] = None,
    record: Annotated[bool, typer.Option("--record", help="Append a line to benchmarks/FIGURES.md.")] = False,
) -> None:
    """Measure, and print each figure with its target."""
    if record and quick:
        raise typer.BadParameter("a quick measurement is not to be quoted: leave --quick out.", param_hint="--record")
    effort = QUICK if quick else FULL
    machine = f"{os.cpu_count()} processors, Python {sys.version.split()[0]}"
    table = Table("figure", "measured", "target", "verdict", title=machine)
    console = Console()
    kept: dict[str, float] = {}

    def add(measured: Iterator[Figure]) -> None:
        for figure in measured:
            kept.update(figure.kept)
            verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
            table.add_row(figure.name, figure.measured, figure.target, verdict)

    with console.status("look-ups"):
        add(look_ups(effort, fake))
    for name, measure in MEASURES.items():
        with console.status(name):
            add(measure(effort))
    console.print(table)
    if record:
        with console.status("a bare journey"):
            journey_ms = 1000 * median(bare()[1] for _ in range(3))
        line = figures.Line(figures.version(), datetime.now(UTC).date().isoformat(), machine, journey_ms, kept)
        lost = figures.record(line)
        for sentence in lost:
            console.print(f"worse: {sentence}")
        raise typer.Exit(int(bool(lost)))


if __name__ == "__main__":
    typer.run(main)
