"""Paymentwall's side alone on a stage: the test plays PortOne, which signs widget calls and receives
pingbacks.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulator.answers import Answer
from emulator.clock import Clock
from emulator.journal import Journal
from emulator.paymentwall import Project, ProjectState, routes
from emulator.paymentwall.charges import Charge
from emulator.paymentwall.signatures import Version, widget_signature
from emulator.wire import Wire

T = TypeVar("T")
KEY, SECRET = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
NOW = 1_750_000_000.0  # 15 June 2025
CARD = {"number": "4242 4242 4242 4242", "expiry": "12 / 29", "cvv": "123", "holder": "Minji Kim"}
WITH_TEST = {
    "cc": {"name_en": "Credit card", "name_ko": "신용카드", "type": "Credit Card"},
    "test": {"name_en": "Test Payment", "name_ko": "테스트 결제", "cancellation": "immediate"},
}
DECLINED_CARD = {**CARD, "number": "4000 0000 0000 0002"}


@dataclass
class Receiver:
    """The pingback URL: keeps what came, and gives the answers it is told, the last one again and again, each after
    `delay_seconds` (real).
    """

    answers: list[tuple[int, str]] = field(default_factory=lambda: [(200, "OK")])
    received: list[dict[str, str]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    delay_seconds: float = 0.0

    async def receive(self, request: Request) -> Response:
        self.received.append(dict(request.query_params))
        status, text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await asyncio.sleep(self.delay_seconds)
        self.answered.append(status)
        return PlainTextResponse(text, status)


class Stage:
    """One project; `settings` are fields of `Project`."""

    def __init__(self, **settings: Any) -> None:
        self.receiver = Receiver()
        self.wire = Wire()
        self.clock = Clock(start=NOW)
        self.journal = Journal()
        project = Project.model_validate({"project_key": KEY, "secret_key": SECRET, **settings})
        self.state = ProjectState(project, self.clock, self.journal, self.wire)
        self.wire.hosts["api.paymentwall.com"] = Starlette(
            routes=routes(
                lambda key: self.state if key == KEY else None, lambda key: self.state if key == SECRET else None
            )
        )
        self.wire.hosts["service.iamport.kr"] = Starlette(routes=[Route("/paymentwall/webhook", self.receiver.receive)])

    def set(self, **settings: Any) -> None:
        """Change the project's settings, as in the console."""
        merged = {**self.state.project.model_dump(), **settings}
        self.state.project = Project.model_validate(merged)

    def call(self, secret: str = SECRET, version: Version = 3, **changes: str | None) -> str:
        """The query of a widget call, signed in `version`; None takes a parameter out."""
        usual = {
            "key": KEY,
            "uid": "minji@shop.example",
            "widget": "pw_1",
            "ag_external_id": "imp_1",
            "ag_name": "Mug",
            "ag_type": "fixed",
            "amount": "10.50",
            "currencyCode": "USD",
            "email": "minji@shop.example",
            "success_url": "https://service.iamport.kr/back?imp_uid=imp_1&outcome=success",
            "failure_url": "https://service.iamport.kr/back?imp_uid=imp_1&outcome=failure",
            "sign_version": str(version),
        }
        query = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        return urlencode({**query, "sign": widget_signature(query, secret, version)})

    async def open(self, query: str, language: str = "en") -> Answer:
        url = f"https://api.paymentwall.com/api/subscription/?{query}"
        return await self.wire.send("GET", url, headers={"accept-language": language})

    async def press_pay(self, query: str, **form: Any) -> tuple[int, dict[str, Any]]:
        """What the window's button does; by card unless `form` names another method."""
        url = f"https://api.paymentwall.com/api/subscription/charge?{query}"
        answer = await self.wire.send("POST", url, json={"method": "cc", "country": "KR", "card": CARD, **form})
        return answer.status, json.loads(answer.text)

    async def charged(self, goods_id: str = "imp_1", method: str = "cc", amount: str = "10.50") -> Charge:
        """A charge that was paid through the window."""
        status, answer = await self.press_pay(self.call(ag_external_id=goods_id, amount=amount), method=method)
        assert status == 200, answer
        return self.state.charges[answer["ref"]]

    async def ticket(self, secret: str = SECRET, method: str = "POST", **fields: str) -> Any:
        """The API's answer to a signed request."""
        form = {"key": KEY, "type": "1", "message": "Please give it back", "sign_version": "3", **fields}
        form["sign"] = widget_signature(form, secret, 3)
        url = "https://api.paymentwall.com/developers/api/ticket"
        return (await self.wire.send(method, url, data=form)).json()

    def results(self, goods_id: str | None = None) -> list[tuple[str, str | None]]:
        """Type and reason of the pingbacks received so far."""
        found = self.receiver.received
        return [(one["type"], one.get("reason")) for one in found if goods_id in (None, one["goodsid"])]


def play(scene: Callable[[], Awaitable[T]]) -> T:
    """Run a test's coroutine on a loop of its own, in a thread of its own: Playwright's loop may run in this one."""

    async def played() -> T:
        return await scene()

    with ThreadPoolExecutor(1) as other:
        return other.submit(lambda: asyncio.run(played())).result()


def note(happened: list[str], what: str) -> Callable[[], Awaitable[None]]:
    """An act that notes that it happened."""

    async def action() -> None:
        happened.append(what)

    return action
