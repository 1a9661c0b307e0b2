"""PortOne's REST API V2, as the owner of the account calls it: the same questions, answered in the words of V1."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from conformance.portone.api import Channel, KeyedCard, Keys, Payment, PortOneApi, PortOneRefused
from conformance.record.minor import to_major, to_minor
from conformance.record.timeline import Event, Timeline
from conformance.settings.real import REAL_APIS
from conformance.verdict.catalogue import Api
from conformance.verdict.endings import Blocked, SuiteError

API_URL = REAL_APIS[Api.V2]
"""Where the API is (docs), and where a call that was made at a stand-in is made again."""
STATUSES: Mapping[str, str] = {
    "READY": "ready",
    "PAY_PENDING": "ready",
    "VIRTUAL_ACCOUNT_ISSUED": "ready",
    "FAILED": "failed",
    "PAID": "paid",
    "PARTIAL_CANCELLED": "paid",
    "CANCELLED": "cancelled",
}
"""V1 has a payment of which a part was cancelled as paid, and one that waits as not paid yet."""


class PortOneV2Api(PortOneApi):
    """As PortOneApi. A payment is asked for by its paymentId: `attempt_of` tells it of one that this has not seen.

    There is no call that lists channels: `listed` tells those that the console has.
    """

    def __init__(
        self,
        base_url: str,
        keys: Keys,
        timeline: Timeline,
        attempt_of: Callable[[str], str | None],
        listed: Callable[[], list[Channel]],
        *,
        trust_env: bool = False,
    ) -> None:
        super().__init__(base_url, keys, timeline, trust_env=trust_env)
        self._known_elsewhere, self._listed = attempt_of, listed
        self._attempts: dict[str, str] = {}

    def token(self) -> str:
        """An access token for the API secret (`POST /login/api-secret`)."""
        answer = self._asked("POST", "/login/api-secret", json={"apiSecret": self._keys.imp_secret})
        token = answer.get("accessToken")
        if not isinstance(token, str) or not token:
            raise PortOneRefused("POST /login/api-secret", 200, 0, "an answer without an access token")
        self._timeline.redact.learn(token, *(one for one in (answer.get("refreshToken"),) if isinstance(one, str)))
        return token

    def check_keys(self) -> None:
        """By a payment that does not exist: another store than the secret's is refused first (docs)."""
        self.token()
        try:
            self._asked("GET", f"{_path(f'conformance-{uuid4().hex}')}?storeId={quote(self._keys.imp_code)}")
        except PortOneRefused as refused:
            if refused.status != httpx.codes.NOT_FOUND:
                raise

    def channels(self) -> list[Channel]:
        """The account's channels, as the console lists them."""
        return self._listed()

    def payment_object(self, imp_uid: str) -> Mapping[str, Any]:
        """The payment, or that of its attempts which has this transactionId, as PortOne gives it."""
        path = self.path_of(imp_uid)
        answer: Mapping[str, Any] = self._call("GET", path)
        if answer.get("transactionId") in (None, imp_uid):
            return answer
        for one in self._call("GET", f"{path}/transactions")["items"]:
            if one["id"] == imp_uid:
                return {**one, "id": one["paymentId"], "transactionId": imp_uid}
        raise PortOneRefused(f"GET {path}", httpx.codes.NOT_FOUND, "PAYMENT_NOT_FOUND", "no such attempt")

    def payment(self, imp_uid: str) -> Payment:
        """The payment with its country (`GET /payments/{paymentId}`)."""
        return self._seen(payment_of(self.payment_object(imp_uid)))

    def payments(self, imp_uids: Iterable[str]) -> Mapping[str, Payment | None]:
        """Several payments; None: PortOne does not know it."""
        found: dict[str, Payment | None] = {}
        for imp_uid in imp_uids:
            try:
                found[imp_uid] = self.payment(imp_uid)
            except PortOneRefused as refused:
                if refused.status != httpx.codes.NOT_FOUND:
                    raise
                found[imp_uid] = None
        return found

    def found(self, merchant_uid: str) -> str | None:
        """The transactionId that stands for a paymentId, None without one."""
        every = self.payments_of(merchant_uid)
        return every[0].imp_uid if every else None

    def payments_of(self, merchant_uid: str) -> list[Payment]:
        """Every attempt at a paymentId, the newest first (`GET /payments/{paymentId}/transactions`)."""
        try:
            items = self._call("GET", f"{_path(merchant_uid)}/transactions")["items"]
        except PortOneRefused as refusal:
            if refusal.status == httpx.codes.NOT_FOUND:
                return []
            raise
        return [
            self._seen(payment_of({**one, "transactionId": one["id"], "id": one["paymentId"]}))
            for one in reversed(items)
        ]

    def cancel(self, payment: Payment, amount: Decimal, reason: str) -> Payment:
        """Ask for so much of it back; PortOne refuses it where anything was cancelled since it was looked up."""
        left = to_minor(payment.amount - payment.cancel_amount, payment.currency)
        asked = to_minor(amount, payment.currency)
        body = {"reason": reason, "currentCancellableAmount": left, **({} if asked == left else {"amount": asked})}
        self._call("POST", f"{_path(payment.merchant_uid)}/cancel", json=body)
        return self.payment(payment.imp_uid)

    def stop(self, imp_uid: str) -> None:
        """Call a cancellation off that waits. Raises SuiteError where none does."""
        shown = self.payment_object(imp_uid)
        waits = [one["id"] for one in shown.get("cancellations", ()) if one.get("status") == "REQUESTED"]
        if not waits:
            raise SuiteError(f"no cancellation of {imp_uid} waits")
        self._call("POST", f"{self.path_of(imp_uid)}/cancellations/{quote(waits[0], safe='')}/stop")

    def register(self, merchant_uid: str, amount: Decimal, currency: str) -> None:
        """Have PortOne expect this amount, in major units, where another was registered."""
        body = {"totalAmount": to_minor(amount, currency), "currency": currency}
        self._call("POST", f"{_path(merchant_uid)}/pre-register", json=body)

    def charge_keyed_in(self, channel: Channel, card: KeyedCard) -> Payment:
        """V2 has no such call for Paymentwall. Raises SuiteError."""
        raise SuiteError(f"V2 has no keyed-in payment through {channel.pg_provider} ({len(card.cvc)} digits)")

    def look_up_with(self, imp_uid: str, fields: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The path of the payment's look-up, and its answer with these fields of V1's in place of its own.

        The country is one of them, and a status that V2 tells in no other way than it does is none.
        """
        given = {name: fact for name, fact in fields.items() if name not in ("extension", "status")}
        country = {"country": fields["extension"].get("country_code")} if "extension" in fields else {}
        return self.path_of(imp_uid), {**self.payment_object(imp_uid), **given, **country}

    def path_of(self, imp_uid: str) -> str:
        """Where the payment is looked up."""
        return _path(self.attempt_of(imp_uid) or imp_uid)

    def attempt_of(self, imp_uid: str) -> str | None:
        """The paymentId of a payment, by its transactionId, None where neither this has seen it nor anybody else."""
        return self._attempts.get(imp_uid) or self._known_elsewhere(imp_uid)

    def _seen(self, payment: Payment) -> Payment:
        self._attempts[payment.imp_uid] = payment.merchant_uid
        return payment

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        """Raises Blocked by SETUP-01 where the API secret is refused."""
        try:
            return self._asked(method, path, **arguments)
        except PortOneRefused as refusal:
            if refusal.status == httpx.codes.UNAUTHORIZED:
                raise Blocked(("SETUP-01",), str(refusal)) from refusal
            raise

    def _asked(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        began = time.time()
        headers = {"Authorization": f"PortOne {self._keys.imp_secret}"}
        response = self._client.request(method, path, headers=headers, **arguments)
        self.note_time(response)
        try:
            answer = response.json()
        except ValueError:
            answer = {"type": "NO_JSON", "message": "an answer that is no JSON"}
        self._timeline.record(
            Event(
                "check", "suite", "portone", f"{method} {path}", began, time.time(),
                status=response.status_code, request=arguments, response=answer, method=method, url=f"{API_URL}{path}",
            )
        )  # fmt: skip
        if response.is_error or not isinstance(answer, dict) or answer.get("type") == "NO_JSON":
            told = answer if isinstance(answer, dict) else {}
            raise PortOneRefused(f"{method} {path}", response.status_code, told.get("type"), told.get("message"))
        return answer


def payment_of(answer: Mapping[str, Any]) -> Payment:
    """The payment in an answer of V2, in V1's words and major units."""
    currency, amount = str(answer["currency"]), answer["amount"]
    return Payment(
        imp_uid=str(answer["transactionId"]),
        merchant_uid=str(answer["id"]),
        amount=to_major(amount["total"], currency),
        cancel_amount=to_major(amount["cancelled"], currency),
        currency=currency,
        status=STATUSES[answer["status"]],
        sandbox=answer["channel"]["type"] == "TEST",
        country=answer.get("country"),
        paid_at=_unix(answer.get("paidAt")),
        pg_tid=str(answer.get("pgTxId") or ""),
    )


def _path(payment_id: str) -> str:
    return f"/payments/{quote(payment_id, safe='')}"


def _unix(moment: str | None) -> int:
    return int(datetime.fromisoformat(moment).astimezone(UTC).timestamp()) if moment else 0
