"""What the emulator's tests do with it over HTTP, as a merchant and as the one who runs the emulator."""

from typing import Any

import httpx


class Driver:
    """One account of a running emulator; `settings` are those it was created with."""

    def __init__(self, client: httpx.Client, settings: dict[str, Any]) -> None:
        self.client = client
        self.settings = settings
        self.control = f"/_emulator/accounts/{settings['imp_code']}"

    def token(self) -> str:
        pair = {"imp_key": self.settings["imp_key"], "imp_secret": self.settings["imp_secret"]}
        answer = self.client.post("/users/getToken", json=pair).raise_for_status()
        return str(answer.json()["response"]["access_token"])

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query, headers={"Authorization": self.token()})

    def post(self, path: str, method: str = "POST", **fields: Any) -> httpx.Response:
        return self.client.request(method, path, json=fields, headers={"Authorization": self.token()})

    def look_up(self, imp_uid: str, **query: str) -> dict[str, Any]:
        answer = self.get(f"/payments/{imp_uid}", include_sandbox="true", **query).raise_for_status()
        found: dict[str, Any] = answer.json()["response"]
        return found

    def cancel(self, imp_uid: str, **fields: Any) -> dict[str, Any]:
        """The envelope that answers `POST /payments/cancel`."""
        answer = self.client.post(
            "/payments/cancel", json={"imp_uid": imp_uid, **fields}, headers={"Authorization": self.token()}
        )
        envelope: dict[str, Any] = answer.raise_for_status().json()
        return envelope

    def pay(self, merchant_uid: str = "order-1", **purchase: Any) -> dict[str, Any]:
        """A purchase by a buyer without a browser; the payment."""
        asked = {"merchant_uid": merchant_uid, "amount": 10.5, "currency": "USD", **purchase}
        payment: dict[str, Any] = self.act("/payments", **asked)
        return payment

    def set(self, **settings: Any) -> None:
        self.client.patch(self.control, json=settings).raise_for_status()

    def act(self, path: str, **body: Any) -> Any:
        return self.client.post(self.control + path, json=body).raise_for_status().json()

    def see(self, path: str) -> Any:
        return self.client.get(self.control + path).raise_for_status().json()

    def advance(self, seconds: float) -> int:
        """How many events ran, once what was sent before has arrived: else the newer could arrive first."""
        self.act("/idle")
        return int(self.act("/clock/advance", seconds=seconds)["events"])

    def entries(self, *kinds: str) -> list[dict[str, Any]]:
        """The journal's entries of these kinds (of all where none is named), once the emulator is idle."""
        self.act("/idle")
        return [entry for entry in self.see("/journal")["entries"] if not kinds or entry["kind"] in kinds]
