"""An example merchant on PortOne V2 beside an emulator of its own: what its people, PortOne and an attacker do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook

from conformance.machine.settling import eventually
from emulator.client import Control
from emulator.server import Emulator
from tests.examples.running import Example
from tests.fixtures.deployed import PASSWORDS

DAY = 86_400.0
OLD, NEW = "whsec_b2xkIGV4YW1wbGU=", "whsec_bmV3IGV4YW1wbGU="
"""What the merchant knows while its secrets rotate."""


@dataclass(frozen=True)
class SecondShop:
    """The merchant at `http`, and the control plane of the account it has at PortOne."""

    control: Control
    http: httpx.Client
    store_id: str

    def order(self, **asked: str) -> dict[str, Any]:
        """A new order."""
        return self.told(self.http.post("/api/orders", json=asked))

    def read(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.told(self.http.get(f"/api/orders/{order['order']}"))

    def told(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def pay(self, order: dict[str, Any], amount: str = "10.50", currency: str = "USD", **purchase: Any) -> str:
        """A buyer without a browser pays in major units; PortOne's number of the transaction."""
        payment_id = str(purchase.pop("payment_id", order["payment_id"]))
        paid = self.control.pay(payment_id, amount, currency=currency, version="V2", **purchase)
        self.control.idle()
        return str(paid["imp_uid"])

    def paid(self) -> tuple[dict[str, Any], str]:
        """An order that is paid, and the transaction that paid it."""
        order = self.order()
        transaction = self.pay(order)
        assert self.read(order)["status"] == "paid"
        return order, transaction

    def operator(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(f"/operator/{path}", json=body, auth=("operator", PASSWORDS["OPERATOR_PASSWORD"]))

    def refund(self, order: dict[str, Any], **body: Any) -> httpx.Response:
        answer = self.operator(f"orders/{order['order']}/refund", **body)
        self.control.idle()
        return answer

    def days_later(self, days: float = 3) -> None:
        self.control.advance(days * DAY)
        self.control.idle()

    def status_is(self, order: dict[str, Any], wanted: str) -> bool:
        return bool(eventually(lambda: self.read(order)["status"] == wanted, bool, limit_seconds=5))

    def webhook(self, kind: str, payment_id: str, *, secret: str = OLD, age: float = 0, **more: Any) -> httpx.Response:
        """What somebody sends who has this secret, that many seconds ago."""
        data = {"storeId": self.store_id, "paymentId": payment_id, "transactionId": "019aa"}
        sent = datetime.fromtimestamp(datetime.now(UTC).timestamp() - age, UTC)
        body = json.dumps({"type": kind, "timestamp": "2026-11-30T10:00:00.000Z", "data": data, **more})
        headers = {
            "content-type": "application/json",
            "webhook-id": "msg",
            "webhook-timestamp": str(int(sent.timestamp())),
            "webhook-signature": Webhook(secret).sign("msg", sent, body),
        }
        return self.http.post("/webhooks/portone", content=body, headers=headers)


@contextmanager
def second(name: str, folder: Path, emulator: Emulator, defect: str = "", **more: str) -> Iterator[SecondShop]:
    """The example of that name with an account of its own; its webhooks reach it."""
    example = Example.of(name, folder)
    url = f"http://127.0.0.1:{example.ports[0]}"
    endpoint = {"url": f"{url}/webhooks/portone", "secrets": [OLD]}
    with Control.of_new_account(emulator.url, {"v2": {"webhook": {"test": endpoint, "live": endpoint}}}) as control:
        settings = control.settings()
        environ = {
            "PORTONE_API_URL": emulator.url,
            "PORTONE_API_SECRET": settings["v2"]["api_secret"],
            "PORTONE_STORE_ID": settings["v2"]["store_id"],
            "PORTONE_CHANNEL_KEY": settings["channels"][0]["channel_key"],
            "PORTONE_WEBHOOK_SECRETS": f"{OLD} {NEW}",
            "PORTONE_SDK_URL": f"{emulator.url}/v2/browser-sdk.js",
            **more,
        }
        with example.merchant(defect, **environ), httpx.Client(base_url=url, trust_env=False) as http:
            yield SecondShop(control, http, settings["v2"]["store_id"])


def at_once(number: int, act: Callable[[], httpx.Response]) -> list[int]:
    """The HTTP statuses of so many calls at the same moment."""
    with ThreadPoolExecutor(number) as threads:
        return [call.result().status_code for call in [threads.submit(act) for _ in range(number)]]
