"""What an order of a storm costs the emulator, and what it costs the shop: it is the shop that a storm measures.

Both serve from one thread of one process each, so that the processor time of an order says how many a second either can
hold at most, whatever else the machine does meanwhile. Run it with `python -m benchmarks.storm`; quote the ratio.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Any

import typer

from conformance.network.connections import client_of
from conformance.portone.accounts import account_settings
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.storm.buying import Buyers
from conformance.storm.happenings import Happening
from conformance.storm.plan import CLOCK_SPEED, LATE_EVERY, LATE_SECONDS, TICKET_SECONDS, LoadPlan
from conformance.target.own_shop import Driven
from conformance.verdict.catalogue import Stage
from emulator.client import Control

TARGET = 3.0
"""The emulator holds so many times the orders that the shop holds."""
BUYERS = 8
PASSWORDS = {"operator_password": "benchmark", "packer_password": "packer"}


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    url: str

    def seconds(self) -> float:
        """The processor time that it has taken so far."""
        return float(_asked(self.process, "")["seconds"])


@contextmanager
def serving(name: str, settings: dict[str, Any] | None = None) -> Iterator[Server]:
    """The server, until the block is left."""
    command = [sys.executable, "-m", "benchmarks.storm_servers", name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = _asked(process, json.dumps(settings)) if settings else json.loads(process.stdout.readline())
            yield Server(process, told["url"])
        finally:
            process.kill()


def _asked(process: subprocess.Popen[str], line: str) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def costs(orders: int, rounds: int) -> list[tuple[float, float]]:
    """The processor milliseconds of an order, of the emulator and of the shop, round by round."""
    with ExitStack() as stack:
        emulator = stack.enter_context(serving("emulator"))
        agreed = dict(account_settings(Stage.TEST, f"{emulator.url}/nowhere"))
        control = stack.enter_context(Control.of_new_account(emulator.url, agreed))
        account = control.settings()
        channel = account["channels"][0]["channel_key"]
        keys = {name: account[name] for name in ("imp_code", "imp_key", "imp_secret")}
        shop = stack.enter_context(
            serving("shop", {**keys, **PASSWORDS, "channel_key": channel, "portone_api_url": emulator.url})
        )
        webhook = f"{shop.url}/webhooks/portone"
        control.set(
            webhook={"test": {"url": webhook}},
            webhook_repeats=1,
            webhook_late_every=LATE_EVERY,
            webhook_late_seconds=LATE_SECONDS,
            paymentwall={"ticket_seconds": TICKET_SECONDS},
        )
        control.run(CLOCK_SPEED)
        plan = LoadPlan(
            target="embedded", rate=1, number=orders, users=BUYERS, seconds=0, emulator=emulator.url, token=None,
            imp_code=control.imp_code, channel_key=channel, webhook=webhook,
        )  # fmt: skip
        merchant = Driven(shop.url, PASSWORDS).driver(Timeline(Redaction()))
        stack.callback(merchant.close)
        sender = stack.enter_context(client_of(timeout=60.0))
        wrong: list[Happening] = []
        buyers = Buyers(plan, merchant, control, sender, lambda one: wrong.append(one) if one.said else None)
        _bought(buyers, control, BUYERS)  # what loads code comes before
        found = []
        for _ in range(rounds):
            before = emulator.seconds(), shop.seconds()
            _bought(buyers, control, orders)
            after = emulator.seconds(), shop.seconds()
            found.append(tuple(1000 * (now - then) / orders for now, then in zip(after, before, strict=True)))
        if wrong:
            raise RuntimeError(f"{len(wrong)} acts failed, first: {wrong[0].said}")
        return [(of_emulator, of_shop) for of_emulator, of_shop in found]


def _bought(buyers: Buyers, control: Control, orders: int) -> None:
    with ThreadPoolExecutor(BUYERS) as threads:
        list(threads.map(buyers.buy, range(orders)))
    control.advance(LATE_SECONDS + TICKET_SECONDS * orders)
    control.idle(60.0)


def main(
    orders: Annotated[int, typer.Option(help="of each round")] = 100,
    rounds: Annotated[int, typer.Option(help="of which the middle one counts")] = 5,
) -> None:
    """Print both figures, and end with 1 where the emulator holds less than three times what the shop holds."""
    rows = costs(orders, rounds)
    of_emulator, of_shop = (median(row[column] for row in rows) for column in (0, 1))
    ratio = median(shop / emulator for emulator, shop in rows)
    typer.echo(f"an order costs the emulator {of_emulator:.1f} ms of the processor: {1000 / of_emulator:.0f} a second")
    typer.echo(f"an order costs the shop     {of_shop:.1f} ms of the processor: {1000 / of_shop:.0f} a second")
    typer.echo(f"the emulator holds {ratio:.1f} times what the shop holds (target: at least {TARGET:g})")
    raise typer.Exit(0 if ratio >= TARGET else 1)


if __name__ == "__main__":
    typer.run(main)
