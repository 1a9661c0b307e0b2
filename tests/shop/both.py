"""The shop and the emulator, side by side: one account, and a shop that uses it."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.shop.counter import GOES_TO, OPERATOR


@dataclass(frozen=True)
class Both:
    """One account at the emulator, and a shop that uses it."""

    shop: httpx.Client
    emulator: httpx.Client  # the account's part of the control plane

    def place(self, sku: str = "mug") -> dict[str, Any]:
        buyer = {"sku": sku, "buyer_name": "Mina Kim", "buyer_email": "mina@example.org", **GOES_TO}
        return self._json(self.shop.post("/api/orders", json=buyer), 201)

    def buy(self, order: dict[str, Any], **more: Any) -> dict[str, Any]:
        asked = {"merchant_uid": order["merchant_uid"], "amount": order["amount"], "currency": order["currency"]}
        about = {"name": "Stoneware mug", "buyer_email": "mina@example.org", "buyer_name": "Mina Kim"}
        payment = self._json(self.emulator.post("payments", json=asked | about | more), 201)
        self.settle()
        return payment

    def read(self, order: dict[str, Any]) -> dict[str, Any]:
        return self._json(self.shop.get(f"/api/orders/{order['order']}"), 200)

    def refund(self, order: dict[str, Any], **body: str) -> httpx.Response:
        return self.shop.post(f"/api/operator/orders/{order['order']}/refund", json=body, auth=OPERATOR)

    def advance(self, seconds: float) -> None:
        self._json(self.emulator.post("clock/advance", json={"seconds": seconds}), 200)
        self.settle()

    def settle(self) -> None:
        self._json(self.emulator.post("idle", json={"timeout_seconds": 5}), 200)

    def change(self, **settings: Any) -> None:
        self._json(self.emulator.patch("", json=settings), 200)

    @staticmethod
    def _json(answer: httpx.Response, status: int) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told
