"""Waits for several results at once: seldom asked for, at once seen where a webhook tells of one."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from conformance.machine import settling
from conformance.portone.api import Payment, PortOneRefused
from conformance.target.target import Target
from conformance.target.waits import Wait
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import Blocked

_SHORTEST, _LONGEST = 3.0, 60.0
"""How many seconds pass between two rounds of look-ups."""
_PART = 10
"""A round is made whenever a tenth of the time that was waited has passed again: nothing is seen later than that."""
_TELL_SECONDS = 1.0


@dataclass
class Together:
    """Waits for the first of several results; what it costs does not grow with the time that it takes.

    PortOne is asked at intervals that grow with the wait, and at once when a webhook comes. `limit_seconds` bounds all
    of it.
    """

    target: Target
    limit_seconds: float
    began: float = field(default_factory=time.monotonic)
    _next_round: float = 0.0

    def told(self, waits: Sequence[Wait]) -> str:
        """What is waited for, and how long at most, in words."""
        several = distinct(waits)
        since = min(wait.since for wait in several)
        results = "1 result" if len(several) == 1 else f"{len(several)} results"
        more = f"at most {self.limit_seconds:g} s more, for all of them together"
        return f"{results}, the first since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {more}"

    def first(self, waits: Sequence[Wait], end: float) -> list[Wait]:
        """Those whose result came, as soon as there is one; none at `end` (monotonic seconds)."""
        arrived = self.target.receiver.arrived
        while True:
            arrived.clear()
            if came := self._seen(waits):
                return came
            now = time.monotonic()
            if now >= end:
                return []
            pause = min(max(_SHORTEST, (now - self.began) / _PART), _LONGEST)
            self._next_round = min(now + pause, end)
            while (left := self._next_round - time.monotonic()) > 0 and not arrived.is_set():
                self._tell(end)
                arrived.wait(min(left, _TELL_SECONDS if settling.watchers else left))

    def _seen(self, waits: Sequence[Wait]) -> list[Wait]:
        """Every wait whose result is there, asking once for each payment."""
        fresh = [wait for wait in waits if self._may_have_come(wait)]
        payments = self._looked_up({wait.imp_uid for wait in fresh if wait.imp_uid})
        self.target.timeline.clear()  # its record would grow for as long as it takes
        return [wait for wait in fresh if _has_come(wait, payments)]

    def _looked_up(self, imp_uids: Collection[str]) -> Mapping[str, Payment | None]:
        """The payments as PortOne has them; none where it does not answer now: the wait is bounded, and goes on."""
        try:
            return self.target.provider.api.payments(imp_uids) if imp_uids else {}
        except (PortOneRefused, Blocked, httpx.TransportError):
            return {}

    def _may_have_come(self, wait: Wait) -> bool:
        """Whether it is worth asking: in each round, and between two of them where a webhook said cancelled."""
        if time.monotonic() >= self._next_round:
            return True
        receiver = self.target.receiver
        told = receiver.of(wait.merchant_uid) if Probe.DELIVERIES in receiver.capabilities else []
        return any(delivery.fields.get("status") == "cancelled" for delivery in told)

    def _tell(self, end: float) -> None:
        now = time.monotonic()
        for watch in settling.watchers:
            watch(now - self.began, max(0.0, end - now))


def distinct(waits: Iterable[Wait]) -> list[Wait]:
    """One wait for each result: several scenarios may wait for the same."""
    return list({_key(wait): wait for wait in waits}.values())


def _has_come(wait: Wait, payments: Mapping[str, Payment | None]) -> bool:
    if wait.until is not None:
        return datetime.now(UTC) >= wait.until
    if wait.imp_uid not in payments:
        return False
    payment = payments[wait.imp_uid]  # who goes on says that it is gone
    return payment is None or payment.cancel_amount > wait.cancelled_before


def _key(wait: Wait) -> tuple[object, ...]:
    return wait.imp_uid, wait.cancelled_before, wait.until
