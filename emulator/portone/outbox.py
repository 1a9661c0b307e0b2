"""An account's webhooks on their way: sent once, again where redelivery is on, and by hand from the console."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from emulator.answers import Timeouts
from emulator.clock import Action, Clock
from emulator.journal import Journal
from emulator.portone.console import Console
from emulator.portone.endpoints import WebhookEndpoint
from emulator.portone.v2 import signed
from emulator.portone.webhooks import FIRST_DELIVERY, REDELIVERY, Addressed, Delivery, State, Webhook, deliver
from emulator.wire import Wire

REDELIVERIES = 5  # docs
REDELIVERY_SECONDS = 60.0  # docs: one minute apart, on the account's clock
LONGEST_HISTORY = 10_000  # webhooks; the oldest go first
KIND = "webhook"


class Outbox:
    """The webhooks of one account, newest last; `console` gives the settings of the moment."""

    def __init__(self, console: Callable[[], Console], clock: Clock, journal: Journal, wire: Wire) -> None:
        self._console, self._clock, self._journal, self._wire = console, clock, journal, wire
        self._all: dict[int, Addressed] = {}
        self._number = 0
        self._first: dict[int, tuple[str, asyncio.Event]] = {}
        self._about: dict[str, list[int]] = {}

    def __iter__(self) -> Iterator[Addressed]:
        return iter(self._all.values())

    def clear(self) -> None:
        """Forget all of them; numbers go on, and nobody waits for one any more."""
        for _, ended in self._first.values():
            ended.set()
        self._all.clear()
        self._first.clear()
        self._about.clear()

    def put(self, addressed: Addressed) -> None:
        """Keep this state of one, as after a restart."""
        if addressed.id not in self._all:
            self._about.setdefault(addressed.webhook.imp_uid, []).append(addressed.id)
        self._all[addressed.id] = addressed
        self._number = max(self._number, addressed.id)

    def now(self) -> float:
        """The account's virtual unix seconds."""
        return self._clock.now()

    def about(self, imp_uid: str) -> list[Addressed]:
        """Those about one payment, oldest first."""
        return [self._all[number] for number in self._about.get(imp_uid, ()) if number in self._all]

    def send(self, webhook: Webhook, urls: tuple[str, ...], *, sandbox: bool, wait: float = 0.0) -> None:
        """Send to each address, now or in `wait` virtual seconds; nobody's return waits for what is due later.

        One in so many may come later still, as the account is set.
        """
        console = self._console()
        for url in urls:
            addressed = self._new(Addressed(0, webhook, url, sandbox))
            is_late = console.webhook_late_every and addressed.id % console.webhook_late_every == 0
            due = wait + (console.webhook_late_seconds if is_late else 0.0)
            if due <= 0:
                self._first[addressed.id] = webhook.imp_uid, asyncio.Event()
            self._plan(addressed, due)

    def write_down(self, webhook: Webhook, *, sandbox: bool) -> None:
        """Keep in the history what is not sent; it can be sent from the console, where an address is saved."""
        url = self._endpoint(webhook, sandbox=sandbox).url
        if url:
            self._new(Addressed(0, webhook, url, sandbox, state="recorded"))

    async def answered(self, imp_uid: str) -> None:
        """Wait until the first deliveries about a payment have ended."""
        for ended in [ended for about, ended in self._first.values() if about == imp_uid]:
            await ended.wait()

    async def resend(self, number: int) -> Delivery:
        """Send one again by hand, and give how that ended. Raises KeyError for an unknown number."""
        addressed = self._all[number]
        self.put(replace(addressed, resent=addressed.resent + 1))
        return await self._deliver(addressed, REDELIVERY)

    async def call_test(self, webhook: Webhook, *, sandbox: bool) -> Delivery:
        """Send `webhook` to the saved address, as the console's "call test" does; it is in no history."""
        endpoint = self._endpoint(webhook, sandbox=sandbox)
        if endpoint.url is None:
            return Delivery(None, "No webhook address is saved for this stage.")
        return await self._sent(webhook, endpoint.url, endpoint, FIRST_DELIVERY)

    def revived(self, kept: Mapping[str, Any]) -> Action:
        """The delivery that was due before a restart."""
        return partial(self._due, int(kept["id"]), repeat=bool(kept.get("repeat")))

    def _new(self, addressed: Addressed) -> Addressed:
        numbered = replace(addressed, id=self._number + 1)
        self.put(numbered)
        if len(self._all) > LONGEST_HISTORY:
            oldest = next((one.id for one in self if one.state != "waiting"), None)
            if oldest is not None:
                del self._all[oldest]
        return numbered

    def _plan(self, addressed: Addressed, wait: float, *, repeat: bool = False) -> None:
        label = f"webhook {addressed.webhook.status} for {addressed.webhook.merchant_uid}"
        kept = {"kind": KIND, "id": addressed.id, "repeat": repeat}
        self._clock.after(wait, label, partial(self._due, addressed.id, repeat=repeat), kept=kept)

    async def _due(self, number: int, *, repeat: bool) -> None:
        addressed = self._all.get(number)
        if addressed is None or not (repeat or addressed.state == "waiting"):
            return  # forgotten by a reset, or delivered by hand meanwhile
        try:
            delivery = await self._deliver(addressed, REDELIVERY if addressed.tries else FIRST_DELIVERY)
        finally:
            if number in self._first:
                self._first.pop(number)[1].set()
        self._go_on(number, delivery)

    async def _deliver(self, addressed: Addressed, timeouts: Timeouts) -> Delivery:
        now = self._clock.now()
        endpoint = self._endpoint(addressed.webhook, sandbox=addressed.sandbox)
        delivery = await self._sent(addressed.webhook, addressed.url, endpoint, timeouts)
        latest = self._all.get(addressed.id)
        if latest is not None:
            state: State = latest.state if latest.state in ("waiting", "delivered") else "given up"
            state = "delivered" if delivery.taken else state
            self.put(replace(latest, tries=latest.tries + 1, state=state, sent_at=now, last=delivery))
        return delivery

    def _go_on(self, number: int, delivery: Delivery) -> None:
        """After a delivery on schedule: another one, or none."""
        addressed, console = self._all.get(number), self._console()
        if addressed is None:
            return
        if delivery.taken:
            if addressed.repeats < console.webhook_repeats:
                self.put(replace(addressed, repeats=addressed.repeats + 1))
                # Inferred: repeats are documented, when they come is not.
                self._plan(addressed, REDELIVERY_SECONDS, repeat=True)
        elif addressed.state == "waiting":
            wait = _wait_after(addressed, delivery, console)
            if wait is not None:
                self._plan(addressed, wait)
            else:
                self.put(replace(addressed, state="given up"))

    def _endpoint(self, webhook: Webhook, *, sandbox: bool) -> WebhookEndpoint:
        return self._console().endpoint(sandbox=sandbox, version="V2" if webhook.signed else "V1")

    async def _sent(self, webhook: Webhook, url: str, endpoint: WebhookEndpoint, timeouts: Timeouts) -> Delivery:
        console, now = self._console(), self._clock.now()
        limits = signed.TIMEOUTS if webhook.signed else timeouts
        return await deliver(
            self._wire, self._journal, webhook, url, endpoint, clock=now,
            sent_at=now if console.token_clock == "virtual" else time.time(),
            timeouts=limits.scaled(console.timeout_scale),
        )  # fmt: skip


def _wait_after(addressed: Addressed, delivery: Delivery, console: Console) -> float | None:
    """Virtual seconds from a delivery that was not taken until the next one on schedule; None where there is none."""
    delivered = addressed.tries - addressed.resent
    if addressed.webhook.signed is not None:
        return signed.wait_seconds(delivered, console.v2.redelivery_jitter) if console.v2.redelivery else None
    again = console.redelivery and delivery.may_come_again and delivered <= REDELIVERIES
    return REDELIVERY_SECONDS if again else None
