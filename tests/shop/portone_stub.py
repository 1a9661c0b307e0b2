"""PortOne as the shop's own tests need it: payments that a test puts there, and the calls that the shop made."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

Cancelling = Literal["by ticket", "at once", "refused", "lost", "lost but done", "broken", "unreachable"]


@dataclass(frozen=True)
class Call:
    """One request of the shop's."""

    method: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]


@dataclass
class PortOneStub:
    """Answers the shop's calls; look-ups are answered with `failures` first."""

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    cancelling: Cancelling = "by ticket"
    failures: list[httpx.Response] = field(default_factory=list)
    delivering: httpx.Response | None = None  # what a registration of a delivery is answered with, None: code 0
    token: str = "token-1"
    gate: threading.Event | None = None
    held: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        with self._lock:
            self.payments, self.calls, self.failures = {}, [], []
            self.cancelling, self.gate, self.held = "by ticket", None, threading.Event()
            self.delivering = None

    def pay(self, merchant_uid: str, amount: float | str = 10.5, currency: str = "USD", **more: Any) -> str:
        """A payment as PortOne would have it, paid unless said otherwise."""
        imp_uid = f"imp_{len(self.payments) + 1:03}_{merchant_uid.replace('-', '_')}"
        self.payments[imp_uid] = {
            "imp_uid": imp_uid,
            "merchant_uid": merchant_uid,
            "amount": amount,
            "cancel_amount": 0,
            "currency": currency,
            "status": "paid",
            "sandbox": True,
            "receipt_url": f"https://receipts.test/{imp_uid}",
            "apply_num": "30001",
            "extension": {"country_code": "KR"},
            "a_field_of_tomorrow": {"x": 1},
        } | more
        return imp_uid

    def cancelled(self, imp_uid: str, amount: float | None = None) -> None:
        """The result of a cancellation arrived; `amount` more was given back, all of it without one."""
        payment = self.payments[imp_uid]
        total = float(payment["amount"])
        payment["cancel_amount"] = total if amount is None else payment["cancel_amount"] + amount
        if payment["cancel_amount"] >= total:
            payment["status"] = "cancelled"

    def called(self, path: str) -> list[Call]:
        """The shop's calls whose path begins so."""
        return [call for call in self.calls if call.path.startswith(path)]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        path = request.url.path
        with self._lock:
            self.calls.append(Call(request.method, path, dict(request.url.params), body))
        if path == "/users/getToken":
            return _answer({"access_token": self.token, "now": 1_000, "expired_at": 2_800})
        if request.headers["Authorization"] != f"Bearer {self.token}":
            return _answer(None, 401, -1, "Unauthorized")
        if path == "/payments/cancel":
            return self._cancel(request, body)
        if path == "/paymentwall/delivery":
            return self.delivering or _answer({"error_code": None, "error": None, "notices": None})
        if path == "/payments/prepare":
            return _answer(body)
        if path.startswith("/payments/find/"):
            found = [p for p in self.payments.values() if p["merchant_uid"] == path.rpartition("/")[2]]
            return _answer(found[-1]) if found else _unknown()
        return self._look_up(request, path.rpartition("/")[2])

    def _look_up(self, request: httpx.Request, imp_uid: str) -> httpx.Response:
        if self.failures:
            return self.failures.pop(0)
        payment = self.payments.get(imp_uid)
        if payment is None or (payment["sandbox"] and request.url.params.get("include_sandbox") != "true"):
            return _unknown()
        if request.url.params.get("extension") != "true":
            payment = {name: value for name, value in payment.items() if name != "extension"}
        answer = _answer(payment)
        if self.gate is not None:  # the answer is as old as the question when the gate opens
            self.held.set()
            self.gate.wait(timeout=10)
        return answer

    def _cancel(self, request: httpx.Request, body: dict[str, Any]) -> httpx.Response:
        match self.cancelling:
            case "refused":
                return _answer(None, 200, 1, "취소할 수 없는 결제수단입니다.")
            case "broken":
                return _answer(None, 500, -1, "internal error")
            case "unreachable":
                raise httpx.ConnectError("connection refused", request=request)
            case "lost":
                raise httpx.ReadTimeout("timed out", request=request)
            case "lost but done":
                self.cancelled(body["imp_uid"], body["amount"])
                raise httpx.ReadTimeout("timed out", request=request)
            case "at once":
                self.cancelled(body["imp_uid"], body["amount"])
        return _answer(self.payments[body["imp_uid"]])


def _answer(response: Any, status: int = 200, code: int = 0, message: str | None = None) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": message, "response": response})


def _unknown() -> httpx.Response:
    return _answer(None, 404, -1, "존재하지 않는 결제정보입니다.")
