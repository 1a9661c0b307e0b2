"""PortOne's REST API V1, as the owner of the account calls it, and the facts it gives."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from conformance.machine.places import NAME
from conformance.network.connections import LIMITS, client_of
from conformance.record.timeline import Event, Timeline
from conformance.verdict.endings import Blocked
from conformance.verdict.reasons import Cause, Causes, Why, told


@dataclass(frozen=True)
class Keys:
    """The account's identification code, REST API key and secret."""

    imp_code: str
    imp_key: str
    imp_secret: str

    @property
    def of_shop(self) -> Mapping[str, str]:
        """As settings of our own shop."""
        return {"imp_code": self.imp_code, "imp_key": self.imp_key, "imp_secret": self.imp_secret}


@dataclass(frozen=True)
class Channel:
    """A payment channel as `GET /users/pg` lists it; `pg_id` is the MID."""

    pg_provider: str
    pg_id: str
    sandbox: bool
    type: str
    channel_key: str

    @property
    def takes_paymentwall(self) -> bool:
        """Whether it takes payments through Paymentwall."""
        return self.pg_provider == "paymentwall" and self.type == "payment"


@dataclass(frozen=True)
class Payment:
    """A payment as PortOne knows it. Amounts in major units; `country` is extension.country_code, None where absent.

    `paid_at` is in unix seconds, 0 when it is not; `pay_method` is what PortOne calls the method, empty where it is
    not said. That it is Paymentwall's short code for methods other than cards is inferred. `pg_tid` is Paymentwall's
    number of the charge (inferred), empty where it is not said.
    """

    imp_uid: str
    merchant_uid: str
    amount: Decimal
    cancel_amount: Decimal
    currency: str
    status: str
    sandbox: bool
    country: str | None
    paid_at: int = 0
    pay_method: str = ""
    pg_tid: str = ""

    @property
    def was_paid(self) -> bool:
        """Whether it was paid, whatever became of it."""
        return self.status in ("paid", "cancelled")

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Payment:
        """The payment in an answer of the API."""
        extension = answer.get("extension") or {}
        return cls(
            imp_uid=answer["imp_uid"],
            merchant_uid=answer["merchant_uid"],
            amount=Decimal(str(answer["amount"])),
            cancel_amount=Decimal(str(answer["cancel_amount"])),
            currency=answer["currency"],
            status=answer["status"],
            sandbox=answer["sandbox"],
            country=extension.get("country_code"),
            paid_at=int(answer.get("paid_at") or 0),
            pay_method=answer.get("pay_method") or "",
            pg_tid=answer.get("pg_tid") or "",
        )


@dataclass(frozen=True)
class KeyedCard:
    """A card as `POST /subscribe/payments/onetime` wants it; the default is Paymentwall's test card that succeeds."""

    card_number: str = "4242-4242-4242-4242"
    expiry: str = "2034-12"
    cvc: str = "123"


class PortOneRefused(Exception):
    """PortOne answered with an error; the text has its HTTP status, code and message."""

    def __init__(self, call: str, status: int, code: object, message: object) -> None:
        said = {"call": call, "status": str(status), "code": str(code), "said": str(message)}
        self.cause: Causes = (Cause(Why.PORTONE_REFUSED, facts=said),)
        super().__init__(told(self.cause))
        self.status = status
        self.message = str(message)


class PortOneApi:
    """The account's own view of PortOne.

    With `trust_env` by the proxy, and trusting the authorities, that the environment names. Every call raises
    PortOneRefused on an error answer or one that is no JSON, and httpx.TransportError where there is none.
    """

    def __init__(self, base_url: str, keys: Keys, timeline: Timeline, *, trust_env: bool = False) -> None:
        self.url = base_url
        if trust_env:
            self._client = httpx.Client(base_url=base_url, timeout=10.0, limits=LIMITS)
        else:
            self._client = client_of(base_url=base_url, timeout=10.0)
        self._client.headers["User-Agent"] = NAME  # so that its look-ups are not taken for the merchant's
        self._keys = keys
        self._timeline = timeline
        self._time: tuple[datetime, float] | None = None
        timeline.redact.learn(keys.imp_secret)

    def token(self) -> str:
        """An access token for the account's key and secret (`POST /users/getToken`)."""
        body = {"imp_key": self._keys.imp_key, "imp_secret": self._keys.imp_secret}
        answer = self._call("POST", "/users/getToken", json=body)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise PortOneRefused("POST /users/getToken", 200, 0, "an answer without an access token")
        self._timeline.redact.learn(token)
        return token

    def check_keys(self) -> None:
        """Raises PortOneRefused where the keys do not open the account."""
        self.token()

    def channels(self) -> list[Channel]:
        """The account's channels (`GET /users/pg`)."""
        rows = self._call("GET", "/users/pg", headers=self._let_in())
        names = Channel.__dataclass_fields__
        return [Channel(**{name: row.get(name) for name in names}) for row in rows]

    def payment(self, imp_uid: str) -> Payment:
        """The payment with the buyer's country, test payments included (`GET /payments/{imp_uid}`)."""
        return Payment.of(self.payment_object(imp_uid))

    def payment_object(self, imp_uid: str) -> Mapping[str, Any]:
        """The same as PortOne gives it, with every field."""
        return self._payment_object(imp_uid, self._let_in())

    def payments(self, imp_uids: Iterable[str]) -> Mapping[str, Payment | None]:
        """Several payments, each as `payment` gives it, by one access token; None: PortOne does not know it."""
        headers = self._let_in()
        found: dict[str, Payment | None] = {}
        for imp_uid in imp_uids:
            try:
                found[imp_uid] = Payment.of(self._payment_object(imp_uid, headers))
            except PortOneRefused as refused:
                if refused.status != httpx.codes.NOT_FOUND:
                    raise
                found[imp_uid] = None
        return found

    def _payment_object(self, imp_uid: str, headers: Mapping[str, str]) -> Mapping[str, Any]:
        params = {"extension": "true", "include_sandbox": "true"}
        answer: Mapping[str, Any] = self._call("GET", f"/payments/{imp_uid}", params=params, headers=headers)
        return answer

    def found(self, merchant_uid: str) -> str | None:
        """The imp_uid of an attempt's newest payment, None without one (`GET /payments/find/{merchant_uid}`)."""
        try:
            answer = self._call("GET", f"/payments/find/{merchant_uid}", headers=self._let_in())
        except PortOneRefused as refusal:
            if refusal.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return str(answer["imp_uid"])

    def payments_of(self, merchant_uid: str) -> list[Payment]:
        """Every payment of an attempt, the newest first (`GET /payments/findAll/{merchant_uid}`)."""
        try:
            answer = self._call("GET", f"/payments/findAll/{merchant_uid}", headers=self._let_in())
        except PortOneRefused as refusal:
            if refusal.status == httpx.codes.NOT_FOUND:
                return []
            raise
        return [Payment.of(row) for row in answer["list"]]

    def cancel(self, payment: Payment, amount: Decimal, reason: str) -> Payment:
        """Ask for so much of it back (`POST /payments/cancel`), and that the merchant is notified (`enable_webhook`).

        Where it is a ticket, the payment stays as it was [inferred]. PortOne refuses it where anything of the payment
        was cancelled since it was looked up (`checksum`).
        """
        left = payment.amount - payment.cancel_amount
        body = {"imp_uid": payment.imp_uid, "checksum": _number(left), "reason": reason, "enable_webhook": True}
        part = {} if amount == left else {"amount": _number(amount)}
        return Payment.of(self._call("POST", "/payments/cancel", json={**body, **part}, headers=self._let_in()))

    def register(self, merchant_uid: str, amount: Decimal, currency: str) -> None:
        """Have PortOne expect this amount, in major units, where another was registered (docs: PUT)."""
        body = {"merchant_uid": merchant_uid, "amount": _number(amount), "currency": currency}
        self._call("PUT", "/payments/prepare", json=body, headers=self._let_in())

    def clock(self) -> datetime:
        """The time (UTC) as PortOne's last answer told it, and as long ago as it was; this machine's before any."""
        if self._time is None:
            return datetime.now(UTC)
        told, at = self._time
        return told + timedelta(seconds=time.monotonic() - at)

    def charge_keyed_in(self, channel: Channel, card: KeyedCard) -> Payment:
        """A payment without a window, by a card that was keyed in (`POST /subscribe/payments/onetime`), of 1 USD."""
        buyer = {"buyer_name": "Grace Hopper", "buyer_email": "grace@example.com", "name": "One order"}
        bought = {"merchant_uid": f"keyed-in-{secrets.token_hex(8)}", "amount": 1, "currency": "USD"}
        by = {"pg": f"{channel.pg_provider}.{channel.pg_id}", **asdict(card)}
        body = {**buyer, **bought, **by}
        return Payment.of(self._call("POST", "/subscribe/payments/onetime", json=body, headers=self._let_in()))

    def _let_in(self) -> Mapping[str, str]:
        """The header that lets a call in. Raises Blocked by SETUP-01 when the keys are refused."""
        try:
            return {"Authorization": self.token()}
        except PortOneRefused as refusal:
            raise Blocked(("SETUP-01",), str(refusal)) from refusal

    def look_up_with(self, imp_uid: str, fields: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The path of the payment's look-up, and its answer with these fields in place of its own."""
        shown = {**self.payment_object(imp_uid), **fields}
        return self.path_of(imp_uid), {"code": 0, "message": None, "response": shown}

    def path_of(self, imp_uid: str) -> str:
        """Where the payment is looked up."""
        return f"/payments/{imp_uid}"

    def note_time(self, response: httpx.Response) -> None:
        """Remember what time an answer told."""
        if (told := _date(response)) is not None:
            self._time = told, time.monotonic()

    def close(self) -> None:
        """Let connections go."""
        self._client.close()

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        began = time.time()
        response = self._client.request(method, path, **arguments)
        self.note_time(response)
        try:
            answer = response.json()
        except ValueError:
            answer = {"message": "an answer that is no JSON", "response": None}
        self._timeline.record(
            Event(
                "check", "suite", "portone", f"{method} {path}", began, time.time(),
                status=response.status_code, request=arguments, response=answer, method=method, url=path,
            )
        )  # fmt: skip
        if response.is_error or answer.get("code") != 0:
            raise PortOneRefused(f"{method} {path}", response.status_code, answer.get("code"), answer.get("message"))
        return answer["response"]


def _number(amount: Decimal) -> int | float:
    """An amount as PortOne's JSON has it."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _date(response: httpx.Response) -> datetime | None:
    """When an answer was sent, by the clock of who sent it (header Date); None where it does not say."""
    try:
        return parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
