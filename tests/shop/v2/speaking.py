"""The shop and the emulator, side by side, on PortOne V2."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook

from emulator.portone.v2.settings import fresh_secret
from shop.settings import ShopSettings
from tests.shop.both import Both
from tests.shop.counter import OPERATOR

COMING = fresh_secret()
"""A webhook secret that the shop has, and PortOne's console not yet."""


@dataclass(frozen=True)
class Speaking(Both):
    """One account at the emulator, and a shop that uses it by V2."""

    settings: ShopSettings

    @property
    def secret(self) -> str:
        """The one that PortOne's console has."""
        return self.settings.webhook_secrets[1].get_secret_value()

    def listen(self, url: str | None, secrets: list[str]) -> None:
        self.change(v2={"webhook": {"test": {"url": url, "secrets": secrets}}})

    def unheard(self) -> dict[str, Any]:
        """An order that is paid, of which no webhook came."""
        self.listen(None, [self.secret])
        order = self.place()
        self.pay(order)
        assert self.read(order)["status"] == "unpaid"
        return order

    def pay(self, order: dict[str, Any], **more: Any) -> str:
        """A buyer's purchase; its transactionId."""
        return str(self.buy(order, version="V2", **more)["imp_uid"])

    def portone(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """A call of the merchant's to PortOne, past its shop."""
        headers = {"Authorization": f"PortOne {self.settings.api_secret.get_secret_value()}"}
        url = f"{self.settings.portone_api_url}{path}"
        return self._json(httpx.request(method, url, headers=headers, json=body or None), 200)

    def reconcile(self) -> None:
        answer = self.shop.post("/api/operator/reconcile", auth=OPERATOR)
        assert answer.json()["failed"] == 0

    def send(self, body: dict[str, Any], secret: str | None = None, age: timedelta = timedelta()) -> httpx.Response:
        """A webhook, signed with the secret of PortOne's console or another one."""
        text, sent = json.dumps(body), datetime.now(UTC) - age
        signature = Webhook(secret or self.secret).sign("webhook-1", sent, text)
        headers = {"webhook-id": "webhook-1", "webhook-timestamp": str(int(sent.timestamp()))}
        return self.post(text, headers | {"webhook-signature": signature})

    def post(self, text: str, headers: Mapping[str, str | bytes]) -> httpx.Response:
        sent = {"content-type": b"application/json"} | {
            name: value.encode() if isinstance(value, str) else value for name, value in headers.items()
        }
        raw = [(name.encode(), value) for name, value in sent.items()]
        return self.shop.post("/webhooks/portone", content=text, headers=raw)


def notice(order: dict[str, Any], kind: str = "Transaction.Paid") -> dict[str, Any]:
    """The body of a webhook, with fields that are not documented (yet)."""
    data = {"storeId": "store-1", "paymentId": order["merchant_uid"], "transactionId": "tx-1", "more": {"new": True}}
    return {"type": kind, "timestamp": "2026-11-30T12:00:00.000Z", "data": data, "later": 1}
