"""An outbox on a stage: a shop that gives the answers that it is told, and what the outbox sent to it."""

import asyncio
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulator.answers import Answer, Timeouts
from emulator.clock import Clock
from emulator.journal import Journal
from emulator.portone.console import Console
from emulator.portone.outbox import Outbox
from emulator.portone.webhooks import (
    Webhook,
)
from emulator.wire import Wire
from tests.emulator.stage import NOW

URL = "http://shop.example/webhook"
WEBHOOK = Webhook("imp_1", "order-1", "paid")
MINUTE = 60.0


@dataclass
class Shop:
    """What stands at the address: answers with these statuses in turn, the last one again and again."""

    answers: list[int] = field(default_factory=lambda: [200])
    bodies: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    text: str = "answer"
    door: asyncio.Event | None = None
    """Before it is open nobody gets an answer."""

    async def take(self, request: Request) -> Response:
        if self.door is not None:
            await self.door.wait()
        self.bodies.append((await request.body()).decode())
        self.types.append(request.headers["content-type"])
        return PlainTextResponse(self.text, self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


class Listening(Wire):
    """Notes the time-outs of each request, and can break them all."""

    limits: list[Timeouts | None]
    broken: Exception | None = None

    async def send(self, *args: object, timeouts: Timeouts | None = None, **kwargs: object) -> Answer:
        self.limits.append(timeouts)
        if self.broken is not None:
            raise self.broken
        return await super().send(*args, timeouts=timeouts, **kwargs)  # type: ignore[arg-type]


class Desk:
    """An outbox whose webhooks go to one shop; `settings` are fields of `Console`."""

    def __init__(self, *answers: int, **settings: object) -> None:
        self.shop = Shop(list(answers) or [200])
        self.console = self._console(settings)
        self.clock, self.journal, self.wire = Clock(start=NOW), Journal(), Listening()
        self.wire.limits = []
        self.wire.hosts["shop.example"] = Starlette(
            routes=[Route(path, self.shop.take, methods=["POST"]) for path in ("/webhook", "/other")]
        )
        self.outbox = Outbox(lambda: self.console, self.clock, self.journal, self.wire)

    def _console(self, settings: dict[str, object]) -> Console:
        usual = {"imp_code": "imp1", "imp_key": "key", "imp_secret": "secret", "webhook": {"test": {"url": URL}}}
        return Console.model_validate({**usual, **settings})

    def set(self, **settings: object) -> None:
        self.console = self._console(settings)

    async def sent(self, *urls: str, wait: float = 0.0, webhook: Webhook = WEBHOOK) -> None:
        self.outbox.send(webhook, urls or (URL,), sandbox=True, wait=wait)
        assert await self.clock.idle(5) == []

    async def later(self, minutes: float) -> None:
        await self.clock.advance(minutes * MINUTE)

    def history(self) -> list[tuple[int, str, int]]:
        """Number, state and tries of each."""
        return [(one.id, one.state, one.tries) for one in self.outbox]
