"""The control plane's verbs in Python, over HTTP, for one account of a running emulator."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

import httpx

from emulator.faults import CallName

Json = dict[str, Any]
READ_SECONDS = 120.0
"""Longer than what a verb waits for: a webhook's first delivery, 10 + 30 s, and its redeliveries, 5 × 15 s (docs)."""
# Idle connections are dropped long before the emulator does.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)


class ControlError(Exception):
    """The control plane refused; the text is its sentence, `status` the HTTP status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Control:
    """What people do on the page and in the consoles, for one account.

    `url` is the emulator's, `token` the control plane's where it wants one. Money is in major currency units, as a
    number or a text; `seconds` of the clock are virtual, those of waiting real. Every verb raises ControlError with
    the emulator's sentence, and httpx.HTTPError where there is no answer. May be used from several threads.
    """

    def __init__(self, url: str, imp_code: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.imp_code = imp_code
        # No proxy leads to loopback.
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/_emulator",
            headers=headers,
            timeout=READ_SECONDS,
            trust_env=False,
            limits=LIMITS,
        )
        self._account = f"/accounts/{imp_code}"

    @classmethod
    def of_new_account(cls, url: str, settings: Mapping[str, Any] | None = None, token: str | None = None) -> "Control":
        """Make an account with these settings; what is left out is made up."""
        with cls(url, "", token) as opening:
            made = opening._told("POST", "/accounts", json=dict(settings or {}))
        return cls(url, made["imp_code"], token)

    def close(self) -> None:
        """Let connections go."""
        self._client.close()

    def __enter__(self) -> "Control":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Settings and the account as a whole

    def settings(self) -> Json:
        return self._get("")

    def set(self, **settings: Any) -> Json:
        """Change settings: objects are merged, lists replaced. All settings as they are then."""
        return self._told("PATCH", self._account, json=settings)

    def remove(self) -> None:
        """Forget the account with everything in it."""
        self._told("DELETE", self._account)

    def reset(self) -> Json:
        return self._post("/reset")

    def revoke_tokens(self) -> None:
        """Refuse the access tokens that were given so far, as if they were old."""
        self._post("/tokens/revoke")

    def restore_tokens(self) -> None:
        """Take them again."""
        self._post("/tokens/restore")

    def snapshot(self) -> Json:
        return self._get("/snapshot")

    def restore(self, snapshot: Mapping[str, Any]) -> Json:
        return self._post("/restore", **snapshot)

    # Time

    def now(self) -> float:
        """Virtual unix seconds."""
        return float(self._get("/clock")["now"])

    def clock(self) -> Json:
        """`now`, `speed` and what is `upcoming`."""
        return self._get("/clock")

    def advance(self, seconds: float) -> int:
        """Move the clock; how many due events ran. Returns when what they started has ended."""
        return int(self._post("/clock/advance", seconds=seconds)["events"])

    def run(self, speed: float = 1.0) -> None:
        """Let time pass by itself, at `speed` virtual seconds per real one."""
        self._post("/clock/run", speed=speed)

    def stop(self) -> None:
        """Freeze the clock."""
        self._post("/clock/stop")

    def idle(self, timeout_seconds: float = 5.0) -> None:
        """Wait until nothing is in flight or overdue. ControlError (503) names what still is."""
        self._post("/idle", timeout_seconds=timeout_seconds)

    # Payments

    def pay(self, merchant_uid: str, amount: float | str, **purchase: Any) -> Json:
        """A buyer without a browser; the payment. More fields: see `emulator.buyer.Purchase`."""
        return self._post("/payments", merchant_uid=merchant_uid, amount=amount, **purchase)

    def payments(self) -> list[Json]:
        return self._listed("payments")

    def cancel(self, imp_uid: str, *, amount: float | str | None = None, reason: str | None = None) -> Json:
        """Cancel in PortOne's console; the payment."""
        return self._post(f"/payments/{imp_uid}/cancel", amount=amount, reason=reason)

    def charge_back(
        self,
        imp_uid: str,
        *,
        amount: float | str | None = None,
        reason: Literal["chargeback", "card_fraud", "other_fraud"] = "chargeback",
    ) -> Json:
        """The buyer's bank takes the money back; the payment."""
        return self._post(f"/payments/{imp_uid}/chargeback", amount=amount, reason=reason)

    def refund(self, imp_uid: str, *, amount: float | str | None = None) -> Json:
        """Paymentwall gives the money back by itself; the payment."""
        return self._post(f"/payments/{imp_uid}/refund", amount=amount)

    def accept_review(self, imp_uid: str) -> Json:
        return self._post(f"/payments/{imp_uid}/review/accept")

    def decline_review(self, imp_uid: str) -> Json:
        return self._post(f"/payments/{imp_uid}/review/decline")

    def void(self, imp_uid: str) -> Json:
        """Paymentwall lets an authorisation go that is held for review; the payment."""
        return self._post(f"/payments/{imp_uid}/review/void")

    def charges(self) -> list[Json]:
        """Paymentwall's side of the payments."""
        return self._listed("charges")

    # Tickets, webhooks, pingbacks

    def tickets(self) -> list[Json]:
        return self._listed("tickets")

    def complete(self, ticket: int) -> None:
        """Paymentwall accepts a waiting ticket now."""
        self._post(f"/tickets/{ticket}/complete")

    def refuse(self, ticket: int) -> None:
        """Paymentwall refuses a waiting ticket now; nobody is told."""
        self._post(f"/tickets/{ticket}/refuse")

    def webhooks(self) -> list[Json]:
        return self._listed("webhooks")

    def resend_webhook(self, webhook: int) -> Json:
        """Send one again; `status` and `error` of that delivery."""
        return self._post(f"/webhooks/{webhook}/resend")

    def call_test(
        self, stage: Literal["test", "live"] | None = None, status: Literal["paid", "ready"] = "paid"
    ) -> Json:
        """The console's test webhook, by default of the stage in use; `status` and `error` of its delivery.

        `status` is what the webhook says.
        """
        return self._post("/webhooks/test", stage=stage, status=status)

    def pingbacks(self) -> list[Json]:
        return self._listed("pingbacks")

    def try_pingback(self, kind: int = 0, imp_uid: str = "test", *, reason: int | None = None) -> Json:
        """Paymentwall's Test Pingback Tool; `status` and `body` of the answer, or the `error`."""
        return self._post("/pingbacks/test", type=kind, imp_uid=imp_uid, reason=reason)

    def resend_pingback(self, pingback: int) -> None:
        self._post(f"/pingbacks/{pingback}/resend")

    def deliveries(self) -> list[Json]:
        """What Paymentwall was told of goods on their way: `imp_uid`, `ref`, `told_at` and all `fields`."""
        return self._listed("deliveries")

    # Faults

    def break_call(
        self,
        what: Literal["answer", "garbage", "delay", "hold", "hang", "break"],
        call: CallName | None = None,
        *,
        times: int | None = 1,
        **more: Any,
    ) -> int:
        """Have calls go wrong; the fault's id. More fields: see `emulator.faults.Fault`."""
        return int(self._post("/faults", what=what, call=call, times=times, **more)["id"])

    def faults(self) -> list[Json]:
        return self._listed("faults")

    def waits_in(self, fault: int, seconds: float = 5.0) -> list[Json]:
        """Who waits in a fault, as soon as somebody does; nobody when the seconds have passed."""
        found = self._told("GET", f"{self._account}/faults/{fault}", params={"wait_seconds": seconds}, wait=seconds)
        waiting: list[Json] = found["waiting"]
        return waiting

    def release(self, fault: int) -> None:
        """Let everybody go who waits in a fault."""
        self._post(f"/faults/{fault}/release")

    def mend(self, fault: int | None = None) -> None:
        """Remove one fault, or all of them."""
        self._told("DELETE", f"{self._account}/faults" + ("" if fault is None else f"/{fault}"))

    # What happened

    def journal(
        self,
        after: int = 0,
        *,
        kind: str | Sequence[str] | None = None,
        source: str | None = None,
        imp_uid: str | None = None,
        merchant_uid: str | None = None,
        wait_seconds: float = 0.0,
    ) -> Json:
        """`entries` above the number `after`, the `next` number to ask after, how many were `dropped`.

        With `wait_seconds` it waits until there is an entry that fits.
        """
        kinds = kind if kind is None or isinstance(kind, str) else ",".join(kind)
        asked = {"after": after, "kind": kinds, "source": source, "imp_uid": imp_uid, "merchant_uid": merchant_uid}
        params = {name: value for name, value in asked.items() if value is not None}
        return self._told(
            "GET", f"{self._account}/journal", params={**params, "wait_seconds": wait_seconds}, wait=wait_seconds
        )

    def _get(self, path: str) -> Json:
        return self._told("GET", self._account + path)

    def _listed(self, what: str) -> list[Json]:
        found: list[Json] = self._get(f"/{what}")[what]
        return found

    def _post(self, path: str, /, **body: Any) -> Json:
        return self._told("POST", self._account + path, json=_given(body))

    def _told(self, method: str, path: str, *, wait: float = 0.0, **request: Any) -> Json:
        answer = self._client.request(method, path, timeout=READ_SECONDS + wait, **request)
        try:
            told = answer.json()
        except ValueError:
            told = {}
        if answer.is_error or not isinstance(told, dict):
            said = told.get("error") or told.get("waiting_for") if isinstance(told, dict) else None
            raise ControlError(answer.status_code, str(said or f"HTTP {answer.status_code} instead of an answer"))
        return told


def _given(fields: Mapping[str, Any]) -> Json:
    # `times` may be null on purpose: until the fault is removed.
    return {name: value for name, value in fields.items() if value is not None or name == "times"}
