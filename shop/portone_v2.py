"""PortOne's V2 REST API, as far as the shop needs it; the one place where minor units become major ones.

Source: PortOne's V2 OpenAPI. A payment is kept by its paymentId, of which one transaction at most can succeed (docs).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from shop import money
from shop.portone import Payment, PortOneRefused, PortOneUnclear, line_to, reach
from shop.settings import ShopSettings

# In V1's words, which the shop keeps: what waits at Paymentwall is not paid yet.
STATUSES: Mapping[str, str] = {
    "READY": "ready",
    "PAY_PENDING": "ready",
    "VIRTUAL_ACCOUNT_ISSUED": "ready",
    "FAILED": "failed",
    "PAID": "paid",
    "PARTIAL_CANCELLED": "paid",
    "CANCELLED": "cancelled",
}
DELIVERY_STATUSES: Mapping[str, str] = {
    "order_placed": "ORDER_PLACED",
    "order_shipped": "ORDER_SHIPPED",
    "delivering": "ORDER_SHIPPED",  # V2 has no word for it
    "delivered": "DELIVERED",
}
ADDRESS = ("email", "firstname", "lastname", "street", "city", "zip", "state", "country", "phone")


class PortOneV2:
    """One account at PortOne, for many threads. `transport` stands in for the network in tests."""

    def __init__(self, settings: ShopSettings, transport: httpx.BaseTransport | None = None) -> None:
        self._http = line_to(settings, transport)
        self._http.headers["Authorization"] = f"PortOne {settings.api_secret.get_secret_value()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def look_up(self, payment_id: str) -> Payment | None:
        """The payment as PortOne has it now; None where there is none. Raises PortOneUnclear where no answer came."""
        found = self._found(payment_id)
        return None if found is None else payment_from(found)

    def find(self, payment_id: str) -> Payment | None:
        """The same: an attempt and its payment have one number."""
        return self.look_up(payment_id)

    def prepare(self, payment_id: str, amount: Decimal, currency: str) -> None:
        """Registers an attempt's amount: the SDK refuses any other. Raises PortOneRefused, PortOneUnclear."""
        body = {"totalAmount": money.minor(amount, currency), "currency": currency}
        self._call("POST", f"{_path(payment_id)}/pre-register", body)

    def cancel(self, payment_id: str, amount: Decimal, cancellable: Decimal, reason: str, currency: str) -> str:
        """Asks for a cancellation; its id. `REQUESTED` waits for its result, and `SUCCEEDED` a look-up shows (docs).

        Raises PortOneRefused, PortOneUnreachable (nothing was asked) or PortOneUnclear (may have been asked).
        """
        body = {
            "reason": reason,
            "amount": money.minor(amount, currency),
            "currentCancellableAmount": money.minor(cancellable, currency),
        }
        match self._call("POST", f"{_path(payment_id)}/cancel", body):
            case {"cancellation": {"status": "FAILED"}} as answer:
                raise PortOneRefused("the cancellation failed", 0, 200, answer)
            case {"cancellation": {"status": "REQUESTED" | "SUCCEEDED", "id": str(cancellation_id)}}:
                return cancellation_id
        raise PortOneUnclear("PortOne's answer is not a cancellation")

    def register_delivery(self, fields: Mapping[str, object]) -> None:
        """Registers how far the goods of a payment have come, told in V1's words (docs: without it no settlement).

        Raises PortOneRefused, PortOneUnclear.
        """
        found = self._found(str(fields["imp_uid"]))
        if found is None:
            raise PortOneRefused("there is no such payment", 0, 404)
        body = {
            "transactionId": found.get("transactionId"),
            "deliveryType": str(fields["type"]).upper(),
            "deliveryStatus": DELIVERY_STATUSES[str(fields["status"])],
            "estimatedDeliveryDatetime": _moment(fields["estimated_delivery_datetime"]),
            "estimatedUpdateDatetime": _moment(fields["estimated_update_datetime"]),
            "refundable": fields["refundable"] == "yes",
            "details": str(fields["status"]).replace("_", " "),
            "carrierType": fields["carrier_type"],
            "carrierTrackingId": fields["carrier_tracking_id"],
        }
        address = {f"shippingAddress{part.capitalize()}": fields[f"shipping_address_{part}"] for part in ADDRESS}
        self._call("POST", "/paymentwall/delivery/confirm", body | address)

    def _found(self, payment_id: str) -> dict[str, Any] | None:
        try:
            return self._call("GET", _path(payment_id))
        except PortOneRefused as refused:
            match refused.response:
                case {"type": "PAYMENT_NOT_FOUND"}:
                    return None
            # Any other no to a question says nothing about the payment.
            raise PortOneUnclear(f"PortOne answered {refused.http_status} to a look-up: {refused.message}") from refused

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        response = reach(self._http, method, path, json=body)
        try:
            answer = response.json()
        except ValueError as error:
            raise PortOneUnclear(f"PortOne's answer ({response.status_code}) was not JSON") from error
        match answer:
            case dict() if response.status_code < 400:
                return answer
            # What the provider said is a no; any other 5xx may have been worked off.
            case {"type": str(kind)} if response.status_code < 500 or kind == "PG_PROVIDER":
                told = answer.get("pgMessage") or answer.get("message") or kind
                raise PortOneRefused(str(told), 0, response.status_code, answer)
        raise PortOneUnclear(f"PortOne's answer ({response.status_code}) was not understood")


def payment_from(answer: Mapping[str, Any]) -> Payment:
    """A payment of the description as facts. Raises PortOneUnclear where a required field is odd."""
    match answer:
        case {
            "id": str(payment_id),
            "status": str(status),
            "amount": {"total": int(total), "cancelled": int(cancelled)},
            "currency": str(currency),
            "channel": {"type": "TEST" | "LIVE" as channel},
        } if status in STATUSES:
            cancellations, disputes = answer.get("cancellations"), answer.get("disputes") or None
            failure = answer.get("failure")
            return Payment(
                imp_uid=payment_id,
                merchant_uid=payment_id,
                status=STATUSES[status],
                amount=money.major(total, currency),
                cancelled_amount=money.major(cancelled, currency),
                currency=currency,
                sandbox=channel == "TEST",
                country=_text(answer.get("country")),
                receipt_url=_text(answer.get("receiptUrl")),
                approval_number=None,
                fail_reason=_text(failure.get("reason")) if isinstance(failure, dict) else None,
                disputed=None if disputes is None else bool(_with_status("UNRESOLVED", disputes)),
                failed_cancellations=frozenset(str(one.get("id")) for one in _with_status("FAILED", cancellations)),
            )
    raise PortOneUnclear("PortOne's answer is not a payment")


def _with_status(status: str, listed: object) -> list[dict[str, Any]]:
    every = listed if isinstance(listed, list) else []
    return [one for one in every if isinstance(one, dict) and one.get("status") == status]


def _path(payment_id: str) -> str:
    return f"/payments/{quote(payment_id, safe='')}"


def _moment(unix_seconds: object) -> str:
    """RFC 3339 in UTC."""
    return datetime.fromtimestamp(float(str(unix_seconds)), UTC).isoformat()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
