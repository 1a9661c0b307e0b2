"""A target whose clock nobody can make jump: the embedded one, whose tickets are answered after real seconds.

A plugin of the runs that the tests start. Each ticket is answered TICKET_SECONDS after it was asked for (never, if that
is 0), whatever else Paymentwall works on; with ANSWERED those that an earlier run left are answered at the start.
In the folder WORLD the account and the shop's orders outlive the run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any, NoReturn

from conformance.merchant.protocol import ActionAnswer, Order
from conformance.merchant.toml.driver import TomlMerchant
from conformance.portone.consoles import Console
from conformance.portone.emulated import EmulatedProvider, EmulatorRefused
from conformance.real.targets import TARGETS
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import SettingsError
from conformance.target import embedded, own_shop
from conformance.target.options import RunOptions
from conformance.target.target import Target
from conformance.verdict.catalogue import Api, Probe
from conformance.verdict.endings import NotObservable
from emulator.client import Control
from emulator.server import Emulator
from fixtures import options
from shop.settings import ShopSettings

TICKET_SECONDS = float(os.environ.get("TICKET_SECONDS", "1"))
ANSWERED = bool(os.environ.get("ANSWERED"))
WORLD = os.environ.get("WORLD", "")
KEYS = {
    "imp_code": "imp12345678",
    "imp_key": "1234567812345678",
    "imp_secret": "the-secret-of-an-account-that-stays",
}


class SlowProvider(EmulatedProvider):
    """What a real account lets one do: ask its API, and pay."""

    capabilities = frozenset({Probe.API, Probe.METHODS})

    def __init__(self, url: str, settings: Mapping[str, object], *arguments: Any) -> None:
        self._agreed = {**settings, **KEYS}
        super().__init__(url, self._agreed, *arguments)
        self.timers: list[Timer] = []
        if ANSWERED:
            self._answer_all()

    def _opened(self, url: str, settings: Mapping[str, object], token: str | None) -> Control:
        """An account that is there already gets the new webhook address."""
        try:
            return super()._opened(url, settings, token)
        except EmulatorRefused:
            there = Control(url, KEYS["imp_code"], token)
            there.set(webhook=settings["webhook"])
            return there

    def begin(self) -> None:
        """What was paid stays paid."""

    def configure(self, settings: Mapping[str, object]) -> None:
        """Nobody can."""
        _cannot(f"set {' and '.join(settings)}")

    def console(self) -> Console:
        """Nobody can."""
        _cannot("look into the consoles")

    def advance(self, delay: timedelta) -> None:
        """Nobody can."""
        _cannot(f"let {delay} pass")

    def tickets(self, imp_uid: str) -> list[Mapping[str, Any]]:
        """Nobody sees them."""
        _cannot(f"see the tickets for {imp_uid}")

    def answer_later(self, order: Order) -> None:
        """Answer the ticket of this order's payment when its time has come."""
        if TICKET_SECONDS:
            timer = Timer(TICKET_SECONDS, self._answer_now, [str(self.imp_uid(order.merchant_uid))])
            timer.daemon = True
            timer.start()
            self.timers.append(timer)

    def _answer_now(self, imp_uid: str) -> None:
        self._complete(super().tickets(imp_uid))

    def _answer_all(self) -> None:
        self._complete(self.control.tickets())

    def _complete(self, tickets: Iterable[Mapping[str, Any]]) -> None:
        for ticket in tickets:
            if ticket["state"] == "waiting":
                self.control.complete(ticket["id"])

    def act(self, imp_uid: str, what: str, **details: object) -> None:  # noqa: ARG002
        """Nobody can."""
        _cannot(f"do {what} to {imp_uid}")


def _cannot(what: str) -> NoReturn:
    raise NotObservable(f"nobody here can {what}")


class SlowMerchant(TomlMerchant):
    """The shop; its tickets take their time."""

    provider: SlowProvider

    def ask_for_refund(self, order: Order, amount: Decimal | None = None, **who: Any) -> ActionAnswer:
        """As ever, and the ticket is answered later."""
        answer = super().ask_for_refund(order, amount, **who)
        self.provider.answer_later(order)
        return answer


def with_orders_kept(**facts: Any) -> ShopSettings:
    """The shop's settings, with a database that outlives the run."""
    return ShopSettings(**{**facts, "database_url": f"sqlite:///{WORLD}/shop.sqlite3"})


@contextmanager
def slow(timeline: Timeline, asked: RunOptions) -> Iterator[Target]:
    """The embedded target in slow motion. Raises SettingsError where BROKEN says what is wrong with it."""
    if broken := os.environ.get("BROKEN"):
        raise SettingsError(broken)
    vars(embedded).update(PROVIDERS={Api.V1: SlowProvider})
    vars(own_shop).update(TomlMerchant=SlowMerchant)
    if WORLD:
        kept = partial(Emulator, state=Path(WORLD, "account.json"))
        vars(embedded).update(Emulator=kept)
        vars(own_shop).update(ShopSettings=with_orders_kept)
    with embedded.embedded(timeline, asked) as target:
        provider, merchant = target.provider, target.merchant
        assert isinstance(provider, SlowProvider)
        assert isinstance(merchant, SlowMerchant)
        merchant.provider = provider
        target.merchant_clock = None
        yield target
        for timer in provider.timers:
            timer.cancel()
            timer.join()


options.TARGET_NAMES += ("slow",)
options.REAL_TARGETS |= {"slow"}
TARGETS["slow"] = slow
