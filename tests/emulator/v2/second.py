"""What the tests of V2 do with the emulator, as a merchant on PortOne V2."""

from typing import Any

import httpx

from tests.emulator.driver import Driver

DAY = 86_400.0


class Second:
    """A merchant's V2 half of an account of a running emulator."""

    def __init__(self, account: Driver) -> None:
        self.account = account
        self.client = account.client
        self.settings: dict[str, Any] = account.settings["v2"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"PortOne {self.settings['api_secret']}"}

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query or None, headers=self.headers)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.client.post(path, json=fields, headers=self.headers)

    def pay(self, payment_id: str = "order-1", **purchase: Any) -> str:
        """A purchase by a buyer without a browser; its transactionId."""
        return str(self.account.pay(payment_id, version="V2", **purchase)["imp_uid"])

    def look_up(self, payment_id: str = "order-1") -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/payments/{payment_id}").raise_for_status().json()
        return found

    def cancel(self, payment_id: str = "order-1", **fields: Any) -> httpx.Response:
        return self.post(f"/payments/{payment_id}/cancel", **{"reason": "changed my mind", **fields})

    def cancelled(self, payment_id: str = "order-1", **fields: Any) -> dict[str, Any]:
        """The cancellation that was asked for."""
        found: dict[str, Any] = self.cancel(payment_id, **fields).raise_for_status().json()["cancellation"]
        return found

    def ask_for_payment(self, **params: Any) -> dict[str, Any]:
        """What the SDK's service answers a page."""
        answer = self.client.post("/v2/sdk/request_payment", json={"params": {**self.request(), **params}})
        told: dict[str, Any] = answer.raise_for_status().json()
        return told

    def request(self) -> dict[str, Any]:
        """What a page gives `PortOne.requestPayment`."""
        return {
            "storeId": self.settings["store_id"],
            "channelKey": self.account.settings["channels"][0]["channel_key"],
            "paymentId": "order-1",
            "orderName": "Two tickets",
            "totalAmount": 1050,
            "currency": "USD",
            "customer": {"customerId": "grace", "email": "grace@example.com"},
        }

    def told(self) -> list[str]:
        """The types of the webhooks that were sent, in their order."""
        return [entry["request"]["body"]["type"] for entry in self.account.entries("webhook")]


def error(answer: httpx.Response) -> tuple[int, str]:
    """The status and the type of an error, which has a message for people besides."""
    told = answer.json()
    assert isinstance(told["message"], str)
    assert told["message"]
    return answer.status_code, told["type"]
