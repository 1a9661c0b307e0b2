"""PortOne's V1 REST API, as far as the shop needs it: look-ups, preparing, cancelling."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from shop import money
from shop.settings import ShopSettings

# A token lives 30 minutes; asking inside its last minute prolongs it (docs), so the shop asks shortly before.
RENEW_SECONDS_BEFORE_END = 30.0


class PortOneUnclear(Exception):
    """No usable answer: time-out, broken connection, 5xx, or nothing of PortOne's. It may have acted."""


class PortOneUnreachable(PortOneUnclear):
    """The request certainly was not worked off: no connection came about, or no access token."""


class PortOneRefused(Exception):
    """PortOne answered no: a non-zero code, whatever the HTTP status (docs: errors come with 200 too)."""

    def __init__(self, message: str, code: int, http_status: int, response: object = None) -> None:
        super().__init__(message)
        self.message, self.code, self.http_status, self.response = message, code, http_status, response


@dataclass(frozen=True)
class Payment:
    """What one look-up showed. Amounts in major units of `currency`."""

    imp_uid: str
    merchant_uid: str
    status: str  # ready, paid, cancelled, failed
    amount: Decimal
    cancelled_amount: Decimal
    currency: str
    sandbox: bool
    country: str | None  # alpha-2, upper case; None where the account does not report it
    receipt_url: str | None
    approval_number: str | None
    fail_reason: str | None
    disputed: bool | None = None  # whether a dispute is open; None where the look-up tells of none
    failed_cancellations: frozenset[str] = frozenset()  # by their ids at PortOne; V1 tells none


# A proxy that the environment names leads to the world; an emulator on this machine is reached without it.
HERE: Mapping[str, None] = {f"all://{host}": None for host in ("127.0.0.1", "localhost")}


# Servers close what was idle for 5 s (common defaults); a request that meets the closing is lost.
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=2.0)


def line_to(settings: ShopSettings, transport: httpx.BaseTransport | None) -> httpx.Client:
    """The connections to PortOne's API, of either generation. To be closed."""
    return httpx.Client(
        base_url=settings.portone_api_url,
        timeout=settings.portone_timeout_seconds,
        limits=LIMITS,
        transport=transport,
        mounts=HERE if settings.by_environments_proxy else None,
        trust_env=settings.by_environments_proxy,
    )


def reach(line: httpx.Client, method: str, path: str, **parts: Any) -> httpx.Response:
    """PortOne's answer, whatever its status. Raises PortOneUnreachable, PortOneUnclear."""
    try:
        return line.request(method, path, **parts)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise PortOneUnreachable(f"PortOne could not be reached: {str(error) or type(error).__name__}") from error
    except httpx.RequestError as error:
        raise PortOneUnclear(f"PortOne's answer did not arrive: {str(error) or type(error).__name__}") from error


class PortOne:
    """One account at PortOne, for many threads. `transport` stands in for the network in tests."""

    def __init__(self, settings: ShopSettings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._http = line_to(settings, transport)
        self._lock = threading.Lock()
        self._token: str | None = None
        self._token_ends = 0.0  # time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def look_up(self, imp_uid: str) -> Payment | None:
        """The payment as PortOne has it now; None where PortOne knows no such payment.

        Raises PortOneUnclear where no answer came.
        """
        # Test payments are left out unless asked for; in the live stage they are not the shop's business.
        query = {"extension": "true"} | ({"include_sandbox": "true"} if self._settings.stage == "test" else {})
        return self._payment("GET", f"/payments/{quote(imp_uid, safe='')}", query)

    def find(self, merchant_uid: str) -> Payment | None:
        """The newest payment of an attempt of unknown imp_uid; None without one. Raises PortOneUnclear.

        `find` knows neither include_sandbox nor extension, so what was found is looked up.
        """
        found = self._payment("GET", f"/payments/find/{quote(merchant_uid, safe='')}", {"sorting": "-started"})
        return None if found is None else self.look_up(found.imp_uid)

    def prepare(self, merchant_uid: str, amount: Decimal, currency: str) -> None:
        """Registers an attempt's amount: the SDK refuses any other. Raises PortOneRefused, PortOneUnclear."""
        body = {"merchant_uid": merchant_uid, "amount": money.number(amount), "currency": currency}
        self._call("POST", "/payments/prepare", body=body)

    def cancel(self, imp_uid: str, amount: Decimal, checksum: Decimal, reason: str, _currency: str = "") -> None:
        """Asks for a cancellation. Returning means taken, not done: the ticket is worked off later (guide).

        `checksum` is what may still be cancelled; PortOne refuses where it thinks otherwise. V1 counts in major units
        and asks for no currency.
        Raises PortOneRefused, PortOneUnreachable (nothing was asked) or PortOneUnclear (may have been asked).
        """
        body = {
            "imp_uid": imp_uid,
            "amount": money.number(amount),
            "checksum": money.number(checksum),
            "reason": reason,
            "enable_webhook": True,  # cancellations made through the API are not notified otherwise (docs)
        }
        self._call("POST", "/payments/cancel", body=body)

    def register_delivery(self, fields: Mapping[str, object]) -> None:
        """Registers how far the goods of a payment have come (docs: without it the settlement is withheld).

        Raises PortOneRefused with all that PortOne and Paymentwall found wrong, or PortOneUnclear.
        """
        try:
            told = ", ".join(_complaints(self._call("POST", "/paymentwall/delivery", body=fields)))
        except PortOneRefused as refused:
            told = ", ".join([refused.message, *_complaints(refused.response, besides=refused.message)])
            raise PortOneRefused(told, refused.code, refused.http_status) from refused
        if told:  # an error may stand inside an answer whose code is 0
            raise PortOneRefused(told, 0, 200)

    def _payment(self, method: str, path: str, query: Mapping[str, str]) -> Payment | None:
        try:
            return payment_from(self._call(method, path, query=query))
        except PortOneRefused as refused:
            if refused.http_status == 404:
                return None
            # Any other no to a question says nothing about the payment.
            raise PortOneUnclear(f"PortOne answered {refused.http_status} to a look-up: {refused.message}") from refused

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> object:
        token = self._access_token()
        try:
            return self._send(method, path, token, query, body)
        except PortOneRefused as refused:
            if refused.http_status != 401:
                raise
        # Expired or withdrawn before its time: a new token, once.
        return self._send(method, path, self._access_token(instead_of=token), query, body)

    def _access_token(self, instead_of: str | None = None) -> str:
        with self._lock:
            usable = self._token is not None and time.monotonic() < self._token_ends
            if self._token is None or not usable or self._token == instead_of:
                self._token, lives_seconds = self._new_token()
                self._token_ends = time.monotonic() + lives_seconds - RENEW_SECONDS_BEFORE_END
            return self._token

    def _new_token(self) -> tuple[str, float]:
        keys = {
            "imp_key": self._settings.imp_key.get_secret_value(),
            "imp_secret": self._settings.imp_secret.get_secret_value(),
        }
        try:
            answer = self._send("POST", "/users/getToken", None, None, keys)
        except (PortOneRefused, PortOneUnclear) as error:
            raise PortOneUnreachable(f"PortOne gave no access token: {error}") from error
        match answer:
            case {"access_token": str(token), "now": int(now), "expired_at": int(end)}:
                return token, float(end - now)
        raise PortOneUnreachable("PortOne gave no access token: its answer was not understood")

    def _send(
        self,
        method: str,
        path: str,
        token: str | None,
        query: Mapping[str, str] | None,
        body: Mapping[str, object] | None,
    ) -> object:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = reach(self._http, method, path, params=query, json=body, headers=headers)
        if response.status_code >= 500:
            raise PortOneUnclear(f"PortOne answered {response.status_code}")
        try:
            envelope = response.json(parse_float=Decimal)
        except ValueError as error:
            raise PortOneUnclear(f"PortOne's answer ({response.status_code}) was not JSON") from error
        match envelope:
            case {"code": int(code), "message": str() | None as message}:
                if code != 0 or response.status_code >= 400:
                    refusal = message or f"code {code}"
                    raise PortOneRefused(refusal, code, response.status_code, envelope.get("response"))
                return envelope.get("response")
        raise PortOneUnclear(f"PortOne's answer ({response.status_code}) was not understood")


def payment_from(answer: object) -> Payment:
    """A payment object of PortOne's as facts. Raises PortOneUnclear where a required field is odd."""
    fields = answer if isinstance(answer, dict) else {}
    match fields:
        case {
            "imp_uid": str(imp_uid),
            "merchant_uid": str(merchant_uid),
            "status": "ready" | "paid" | "cancelled" | "failed" as status,
            "amount": amount,
            "cancel_amount": cancelled_amount,
            "currency": str(currency),
        }:
            return Payment(
                imp_uid=imp_uid,
                merchant_uid=merchant_uid,
                status=status,
                amount=_amount(amount),
                cancelled_amount=_amount(cancelled_amount or 0),
                currency=currency.upper(),
                sandbox=fields.get("sandbox") is True,
                country=_country(fields.get("extension")),
                receipt_url=_text(fields.get("receipt_url")),
                approval_number=_text(fields.get("apply_num")),
                fail_reason=_text(fields.get("fail_reason")),
            )
    raise PortOneUnclear("PortOne's answer is not a payment")


def _complaints(answer: object, besides: str = "") -> list[str]:
    """What `error_code`, `error` and `notices` in the answer to a delivery say, `besides` what was said already."""
    fields = answer if isinstance(answer, dict) else {}
    notices = fields.get("notices") or []
    said = [fields.get("error_code"), fields.get("error"), *(notices if isinstance(notices, list) else [notices])]
    return [str(part) for part in said if part and str(part) not in besides]


def _amount(value: Any) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or isinstance(value, bool):
        raise PortOneUnclear("PortOne's answer holds an amount that is none")
    return amount


def _country(extension: object) -> str | None:
    code = extension.get("country_code") if isinstance(extension, dict) else None
    # Any two letters: codes outside ISO's list (XK) are in use, and a list of our own would only age.
    return code.upper() if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha() else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
