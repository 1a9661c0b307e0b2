"""The SDK's service with both sides in memory, one account, and a buyer who pays in the window."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from emulator.accounts import Account, Accounts
from emulator.answers import Answer
from emulator.portone.payments import Payment
from emulator.portone.tokens import Tokens
from emulator.server import HOSTS, application
from emulator.wire import Wire
from tests.emulator.stage import CARD, play

PARAMS = {
    "pg": "paymentwall",
    "merchant_uid": "A1B2C3-1",
    "name": "Mug",
    "amount": 10.5,
    "currency": "USD",
    "buyer_name": "Minji Kim",
    "buyer_email": "minji@shop.example",
}


class Service:
    """Both sides in memory with one account."""

    def __init__(self, **settings: Any) -> None:
        self.wire = Wire()
        accounts = Accounts(self.wire)
        app = application(accounts, Tokens())
        self.wire.hosts.update(dict.fromkeys((*HOSTS, "localhost"), app))
        self.account: Account = accounts.create(settings)

    async def ask(self, origin: str = "https://service.iamport.kr", **asked: Any) -> Any:
        """The answer to `IMP.request_pay`'s own call."""
        body = {"imp_code": self.account.settings.imp_code, "params": PARAMS, "mobile": False, **asked}
        answer = await self.wire.send("POST", f"{origin}/sdk/request_pay", json=body)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
        return answer.json()

    async def pay(self, opened: dict[str, Any], cvv: str = "123") -> str:
        """Pay in the window; the address it leads back to."""
        parts = urlsplit(opened["widget_url"])
        url = f"{parts.scheme}://{parts.netloc}/api/subscription/charge?{parts.query}"
        charged = (await self.wire.send("POST", url, json={"method": "cc", "card": {**CARD, "cvv": cvv}})).json()
        assert charged["result"] in ("paid", "review")
        return str(charged["location"])

    def sent_webhooks(self) -> list[dict[str, Any]]:
        """The bodies of the webhooks sent so far."""
        return [entry.request["body"] for entry in self.account.journal if entry.kind == "webhook"]

    def payment(self, imp_uid: str) -> Payment:
        found = self.account.portone.payments.get(imp_uid)
        assert found is not None
        return found


def told_to_parent(page: Answer) -> Any:
    found = re.search(r"response: (\{.*\}) \}, \"\*\"\)", page.text)
    assert found, page.text
    return json.loads(found[1])


def scene_with(play_it: Callable[[Service], Awaitable[None]], **settings: Any) -> None:
    async def scene() -> None:
        await play_it(Service(**settings))

    play(scene)
