"""What the tests of API payments ask for: a card that is keyed in, the billing key that it leaves, schedules."""

from typing import Any
from urllib.parse import quote

from pytest_httpserver import HTTPServer

from tests.emulator.driver import Driver

MINUTE, DAY = 60, 86_400
CUSTOMER = "grace"
CARD: dict[str, Any] = {"card_number": "4242-4242-4242-4242", "expiry": "2039-12", "cvc": "123"}
BUYER: dict[str, Any] = {
    "buyer_name": "Grace Hopper", "buyer_email": "grace@example.com", "buyer_tel": "010-1234-5678",
    "buyer_addr": "Arlington", "buyer_postcode": "22201",
}  # fmt: skip
FIRST: dict[str, Any] = {
    "merchant_uid": "first", "amount": 10.5, "currency": "USD", "name": "First month", "customer_uid": CUSTOMER,
    **BUYER, **CARD,
}  # fmt: skip
DECLINED = {"type": "Error", "object": "Error", "error": "Insufficient balance", "code": 3011}


class Biller:
    """A merchant with API payments, and with a billing key where `issued` was called."""

    def __init__(self, account: Driver) -> None:
        self.account = account
        account.set(api_payments=True)

    def issued(self, customer_uid: str = CUSTOMER, **changes: Any) -> dict[str, Any]:
        """The payment that issues a billing key, as one of a minute ago."""
        asked = {**FIRST, "customer_uid": customer_uid, "merchant_uid": f"first-{customer_uid}", **changes}
        paid: dict[str, Any] = self.account.post("/subscribe/payments/onetime", **asked).json()["response"]
        self.account.act("/idle")
        self.account.advance(MINUTE)
        return paid

    def now(self) -> int:
        return int(self.account.see("/clock")["now"])

    def entry(self, merchant_uid: str = "month-2", days: float = 30, **changes: Any) -> dict[str, Any]:
        """One of `schedules`, due in so many days."""
        at = self.now() + int(days * DAY)
        usual = {"schedule_at": at, "currency": "USD", "amount": 4.5, "name": "Next month"}
        return {"merchant_uid": merchant_uid, **usual, **changes}

    def ask(self, *entries: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """The envelope that answers `POST /subscribe/payments/schedule`."""
        asked = {"customer_uid": CUSTOMER, "schedules": list(entries), **fields}
        answer = self.account.post("/subscribe/payments/schedule", **asked)
        assert answer.status_code == 200
        envelope: dict[str, Any] = answer.json()
        return envelope

    def schedule(self, merchant_uid: str = "month-2", days: float = 30, **changes: Any) -> dict[str, Any]:
        envelope = self.ask(self.entry(merchant_uid, days, **changes))
        assert envelope["code"] == 0, envelope
        [made] = envelope["response"]
        found: dict[str, Any] = made
        return found

    def show(self, merchant_uid: str = "month-2") -> dict[str, Any]:
        answer = self.account.get(f"/subscribe/payments/schedule/{quote(merchant_uid)}").raise_for_status()
        found: dict[str, Any] = answer.json()["response"]
        return found

    def decline(self, times: int | None = None) -> None:
        """Have Paymentwall decline so many charges from now on."""
        self.have_brick_answer(400, DECLINED, times)

    def have_brick_answer(self, status: int, body: dict[str, Any], times: int | None = None) -> None:
        """Have this stand in for the answers to so many charges."""
        fault = {"what": "answer", "path": "/api/brick/charge", "status": status, "body": body, "times": times}
        self.account.client.post(f"{self.account.control}/faults", json=fault).raise_for_status()


def notices(receiver: HTTPServer, path: str = "/webhook") -> list[tuple[str, str]]:
    return [
        (request.json["merchant_uid"], request.json["status"])
        for request, _ in receiver.log
        if request.path == path and request.json
    ]


def upcoming(account: Driver) -> list[str]:
    return [one["label"] for one in account.see("/clock")["upcoming"]]
