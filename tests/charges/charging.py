"""Charges a card at the emulator in a process of its own, and is killed: at a step, or at any moment.

`python -m tests.charges.charging` reads what it is to do from its standard input (JSON) and prints what came of it. The
children are forked from it, so that they start in no time; it has no threads.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import httpx

from conformance.merchant.protocol import Merchant
from conformance.merchant.toml.driver import TomlMerchant
from conformance.portone.api import Keys, PortOneApi
from conformance.real.charges import KeptCharges
from conformance.real.charging import accounted
from conformance.real.ledger import Ledger
from conformance.real.ledger_copy import Copy
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.settings.merchant_toml import read_merchant_file
from conformance.settings.real import ChargesSettings
from conformance.target.charging import Attempt
from conformance.target.own_shop import SHOP_TOML
from emulator.client import Control

AGAIN_HOURS = WATCH_HOURS = 2.5 / 3600
"""Here a ticket takes a moment, and a payment none: what has no result by then was never asked for."""
DIED, WENT_WELL = "died", "went well"


@dataclass(frozen=True)
class World:
    """Where the emulator and the shop are, with their keys, and where the ledger is."""

    portone: str
    imp_code: str
    imp_key: str
    imp_secret: str
    channel: str
    shop: str
    passwords: dict[str, str]
    ledger: str
    lines: str


def charge_and_give_back(
    world: World, number: int, wait_seconds: float, then: Callable[[], None] = lambda: None
) -> None:
    """One run: what earlier ones left goes back, then one order is paid (not by number 0), and all of it goes back."""
    timeline = Timeline(Redaction())
    api = PortOneApi(world.portone, Keys(world.imp_code, world.imp_key, world.imp_secret), timeline)
    driver = _driver(world, timeline)
    settings = ChargesSettings(
        allow_real_charges=True,
        max_amount={"USD": Decimal(100)},
        wait_seconds=wait_seconds,
        again_hours=AGAIN_HOURS,
        watch_hours=WATCH_HOURS,
    )
    ledger = Ledger(Path(world.ledger), api.clock)
    charges = KeptCharges(settings, ledger, api, world.imp_code, f"run-{number}", _noted(world), settle_seconds=0.5)
    charges.begin(driver, world.shop)
    then()
    if number:
        _buy(world, accounted(driver, charges), charges, asks_himself=number % 3 == 0)
    charges.give_back()
    ledger.close()


def _driver(world: World, timeline: Timeline) -> Merchant:
    return TomlMerchant(read_merchant_file(SHOP_TOML), world.shop, timeline, world.passwords)


def _noted(world: World) -> Callable[[str], None]:
    def say(line: str) -> None:
        with Path(world.lines).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    return say


def _buy(world: World, merchant: Merchant, charges: KeptCharges, *, asks_himself: bool) -> None:
    order = merchant.place_order()
    attempt = Attempt(order.merchant_uid, order.amount, order.currency, "cc", "A buyer pays")
    charges.begun(attempt)
    charges.permit(attempt)
    with Control(world.portone, world.imp_code) as control:
        buyer = {"buyer_name": "Grace Hopper", "buyer_email": "grace@example.com", "name": "One order"}
        control.pay(order.merchant_uid, str(order.amount), currency=order.currency, channel_key=world.channel, **buyer)
    charges.seen(order.merchant_uid)
    if asks_himself:
        merchant.ask_for_refund(order)


class Dying:
    """Kills this process before one of the steps of a charge: a line in the ledger, one in its copy, a call."""

    def __init__(self, step: int) -> None:
        self._left = step

    def everywhere(self) -> None:
        """Watch the ledger, its copy and what is sent."""
        self._around(Ledger, "_add")
        self._around(Copy, "keep_up_with")
        self._around(httpx.Client, "send")

    def _around(self, owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def watched(*given: Any, **named: Any) -> Any:
            self._step()
            return original(*given, **named)

        setattr(owner, name, watched)

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def child(work: Callable[[], None], kill_after: float | None = None) -> str:
    """Do it in a forked process, killed from outside after so many seconds; how it ended."""
    process = os.fork()
    if process == 0:
        _work_and_leave(work)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return DIED
    return WENT_WELL if os.waitstatus_to_exitcode(status) == 0 else "failed"


def _work_and_leave(work: Callable[[], None]) -> NoReturn:
    code = 1
    try:
        work()
        code = 0
    finally:  # its traceback stands on the standard error
        if code:
            sys.excepthook(*sys.exc_info())
        os._exit(code)


def at_each_step(world: World, first: int, limit: int) -> list[str]:
    """Kill a run at its first step, the next at its second, and so on until one comes to its end."""
    endings = []
    for step in range(1, limit + 1):

        def work(step: int = step) -> None:
            charge_and_give_back(world, first + step, 0.1, Dying(step).everywhere)

        endings.append(child(work))
        if endings[-1] != DIED:
            break
    return endings


def at_any_moment(world: World, first: int, times: int, seed: int) -> list[str]:
    """Kill so many runs, each at a random moment of the time that one takes which is left alone."""
    moments = random.Random(seed)
    assert child(lambda: charge_and_give_back(world, first, 0.1)) == WENT_WELL  # it has more to do than those after it
    began = time.monotonic()
    assert child(lambda: charge_and_give_back(world, first + 1, 0.1)) == WENT_WELL
    takes = time.monotonic() - began
    endings = []
    for number in range(first + 2, first + 2 + times):

        def work(number: int = number) -> None:
            charge_and_give_back(world, number, 0.1)

        endings.append(child(work, moments.uniform(0.0, takes)))
    return endings


def main() -> None:
    """What the standard input asks for."""
    told = json.load(sys.stdin)
    world = World(**told["world"])
    if told["how"] == "each step":
        endings = at_each_step(world, told["first"], told["limit"])
    elif told["how"] == "any moment":
        endings = at_any_moment(world, told["first"], told["times"], told["seed"])
    else:
        endings = [child(lambda: charge_and_give_back(world, 0, 30.0))]
    json.dump(endings, sys.stdout)


if __name__ == "__main__":
    main()
