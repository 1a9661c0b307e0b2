"""PortOne by its client library, with what that leaves to the merchant: time limits, test payments, unclear answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import requests
from iamport import Iamport

PATIENCE_SECONDS = float(os.environ.get("PORTONE_PATIENCE_SECONDS", "5"))


class Refused(Exception):
    """PortOne said no; the text is its message."""


class NotKnown(Refused):
    """PortOne has no such payment."""


class Unclear(Exception):
    """No answer came, or none that says anything."""


class _Patient(requests.adapters.HTTPAdapter):
    """The library's session without its retries, which would cancel twice, and with a limit, which it lacks."""

    def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:  # type: ignore[override]
        return super().send(request, **{**given, "timeout": PATIENCE_SECONDS})


class PortOne(Iamport):  # type: ignore[misc]  # the library is untyped
    """PortOne's API with the shop's keys. It asks for a token before each call, so that none is too old."""

    def __init__(self, *, live: bool, checksum: bool = True) -> None:
        url = os.environ.get("PORTONE_API_URL", "https://api.iamport.kr").rstrip("/") + "/"
        super().__init__(os.environ.get("PORTONE_API_KEY", "8765432187654321"), os.environ["PORTONE_API_SECRET"], url)
        self._live = live
        self._checksum = checksum
        for scheme in ("http://", "https://"):
            self.requests_session.mount(scheme, _Patient())

    def look_up(self, imp_uid: str) -> Mapping[str, Any] | None:
        """The payment as PortOne has it now, None where it knows none. Raises Unclear."""
        # The library's own find_by_imp_uid cannot ask for test payments, which are left out otherwise.
        return self._question(f"{self.imp_url}payments/{imp_uid}", {} if self._live else {"include_sandbox": "true"})

    def find(self, merchant_uid: str) -> str | None:
        """imp_uid of the newest payment for a merchant_uid, None where there is none. Raises Unclear."""
        found = self._question(f"{self.imp_url}payments/find/{merchant_uid}", {"sorting": "-started"})
        return str(found["imp_uid"]) if found else None

    def register(self, merchant_uid: str, amount: Decimal, currency: str) -> None:
        """Register what an order costs; that it is registered already is as good. Raises Unclear."""
        body = {"merchant_uid": merchant_uid, "amount": float(amount), "currency": currency}
        try:
            self._told(lambda: self._post(f"{self.imp_url}payments/prepare", body))
        except Refused:
            return

    def ask_to_cancel(self, imp_uid: str, amount: Decimal, left: Decimal) -> None:
        """Ask for a cancellation: returning means that it was taken, not that money moved. Raises Refused, Unclear."""
        more: dict[str, Any] = {"amount": float(amount), "enable_webhook": True}
        if self._checksum:
            more["checksum"] = float(left)
        self._told(lambda: self.cancel("Refund by the operator", imp_uid=imp_uid, **more))

    def _question(self, url: str, query: Mapping[str, str]) -> Mapping[str, Any] | None:
        try:
            return self._told(lambda: self._get(url, query))
        except NotKnown:
            return None
        except Refused as refused:
            raise Unclear(f"PortOne did not answer: {refused}") from refused

    def _told(self, call: Callable[[], Any], *, again: bool = True) -> Mapping[str, Any]:
        try:
            told = call()
        except Iamport.ResponseError as error:
            raise Refused(error.message or f"code {error.code}") from error
        except Iamport.HttpError as error:
            if error.code == requests.codes.unauthorized and again:  # the token's end came early, and nothing was done
                return self._told(call, again=False)
            if error.code == requests.codes.not_found:
                raise NotKnown("PortOne knows no such payment") from error
            raise Unclear(f"PortOne answered with HTTP {error.code}") from error
        except (requests.RequestException, ValueError, KeyError, AttributeError, TypeError) as error:
            raise Unclear(f"PortOne's answer was not understood: {type(error).__name__}") from error
        if not isinstance(told, dict):
            raise Unclear("PortOne's answer holds no payment")
        return told
