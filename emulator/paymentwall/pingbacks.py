"""Pingbacks: Paymentwall tells a project's pingback URL what became of a charge, until it is answered `OK`.

Source: Paymentwall's documentation, "Pingback" (`OK`, one try every 30 minutes, the addresses they come from) and
PortOne's Paymentwall page. That the pingbacks of one charge keep their order is inferred.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.answers import WireError
from emulator.clock import Clock
from emulator.journal import Journal
from emulator.paymentwall.parameters import Pingback, parameters
from emulator.paymentwall.project import Project
from emulator.wire import Wire

RETRY_SECONDS = 1800.0
KEPT = 1_000  # of what is only looked at: pingbacks on their way, delivery notices

# Where pingbacks come from (Paymentwall docs, "Pingback Security"; client libraries). The emulator's come from the
# machine it runs on: a receiver that lets only these in must let that one in, too.
WHITELISTED_ADDRESSES = (
    "174.36.92.186", "174.36.92.187", "174.36.92.192", "174.36.96.66", "174.37.14.28", "216.127.71.0/24",
)  # fmt: skip

TellingState = Literal["waiting", "answered", "given_up"]


@dataclass(frozen=True, slots=True)
class Try:
    """One try: what was said at `at` (virtual unix seconds), and the answer or why there was none."""

    query: dict[str, str]
    at: float
    status: int | None
    body: str | None
    error: str | None

    @property
    def heard(self) -> bool:
        return self.status == 200 and self.body is not None and self.body.strip() == "OK"


@dataclass(slots=True, eq=False)
class Telling:
    """One pingback on its way; `next_at` is when (virtual unix seconds) it is sent again, None when it is not.

    `query` and what follows it are the last try: what was said, when, and the answer or why there was none.
    """

    id: int
    pingback: Pingback
    tries: int = 0
    state: TellingState = "waiting"
    next_at: float | None = None
    query: dict[str, str] = field(default_factory=dict)
    sent_at: float | None = None
    status: int | None = None
    body: str | None = None
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "ref": self.pingback.charge.ref,
            "imp_uid": self.pingback.charge.goods_id,
            "type": self.pingback.type.value,
            "reason": None if self.pingback.reason is None else self.pingback.reason.value,
            "state": self.state,
            "amount": None if self.pingback.amount is None else str(self.pingback.amount),
            "tries": self.tries,
            "next_at": self.next_at,
            "sent_at": self.sent_at,
            "query": self.query,
            "answer": {"status": self.status, "body": self.body, "error": self.error},
        }


class Pingbacks:
    """What the pingback URL of one project is told: what is on its way, by charge, and the last tries at it.

    `project` gives the settings of the moment, at each try: who corrects the URL gets what is still to be told.
    """

    def __init__(self, project: Callable[[], Project], clock: Clock, journal: Journal, wire: Wire) -> None:
        self._project, self._clock, self._journal, self._wire = project, clock, journal, wire
        self.to_tell: dict[str, list[Telling]] = {}
        self.tellings: deque[Telling] = deque(maxlen=KEPT)
        self._told = 0

    def announce(self, pingback: Pingback) -> Awaitable[None]:
        """Start to send a pingback, and wait for its answer not longer than a buyer in front of the widget would.

        It is an event of the clock, so that the account is not idle while a slow answer is still awaited.
        """
        tried = asyncio.Event()

        async def send() -> None:
            try:
                await self.deliver(pingback)
            finally:
                tried.set()

        async def waited() -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(tried.wait(), self._project().pingback.patience_seconds)

        self._clock.after(0, pingback.label, send)
        return waited()

    async def deliver(self, pingback: Pingback) -> None:
        """Send a pingback; where it is not answered `OK`, have it sent again in 30 minutes (virtual).

        It waits until earlier ones about the same charge were answered or given up: a refund that is told before the
        payment would be lost. Each try is made with the settings of its moment: who corrects the URL in the console
        gets what is still to be told.
        """
        if self._project().pingback.type != "url":
            return
        self._told += 1
        telling = Telling(self._told, pingback)
        self.tellings.append(telling)
        queue = self.to_tell.setdefault(pingback.charge.ref, [])
        queue.append(telling)
        if len(queue) == 1:
            await self._tell(pingback.charge.ref)

    def go_on(self) -> None:
        """Take up again what is still to be told, when it was to be tried next, or now where that was under way."""
        self._told = max((telling.id for telling in self.tellings), default=0)
        for telling in self.tellings:
            if telling.state == "waiting":
                self.to_tell.setdefault(telling.pingback.charge.ref, []).append(telling)
        for queue in self.to_tell.values():
            self._try_again(queue[0], (queue[0].next_at or 0.0) - self._clock.now())

    async def _tell(self, ref: str) -> None:
        """Work off what is to be told about one charge, up to the first pingback that finds no hearing."""
        queue = self.to_tell[ref]
        while queue:
            telling = queue[0]
            telling.tries, telling.next_at = telling.tries + 1, None
            attempt = await self.send_once(telling.pingback)
            telling.query, telling.sent_at = attempt.query, attempt.at
            telling.status, telling.body, telling.error = attempt.status, attempt.body, attempt.error
            if attempt.heard:
                telling.state = "answered"
            elif telling.tries <= self._project().pingback.retries:
                telling.next_at = self._clock.now() + RETRY_SECONDS
                self._try_again(telling, RETRY_SECONDS)
                return
            else:
                telling.state = "given_up"
            queue.pop(0)
        del self.to_tell[ref]

    def _try_again(self, telling: Telling, seconds: float) -> None:
        ref = telling.pingback.charge.ref
        self._clock.after(seconds, telling.pingback.label, lambda: self._tell(ref))

    async def send_once(self, pingback: Pingback) -> Try:
        """One try, no retry, whatever comes of it."""
        url, query = self._project().pingback.url, parameters(pingback, self._project())
        began, answer, error = time.time(), None, None
        try:
            answer = await self._wire.send("GET", url, params=query)
        except WireError as failure:
            error = str(failure)
        status, text = (answer.status, answer.text) if answer else (None, None)
        attempt = Try(query, self._clock.now(), status, text, error)
        self._journal.record(
            kind="pingback",
            source="paymentwall",
            target="portone",
            began=began,
            ended=time.time(),
            clock=attempt.at,
            method="GET",
            url=url,
            body=query,
            status=attempt.status,
            response=attempt.body,
            error=error,
            imp_uid=pingback.charge.goods_id,
        )
        return attempt
