"""PortOne V2 by its official SDK, with what that leaves to the merchant: time limits, and answers that say nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx
from portone_server_sdk import PaymentClient, webhook
from portone_server_sdk.errors import (
    AlreadyPaidError,
    PaymentNotFoundError,
    PgProviderError,
    PortOneError,
    UnknownError,
)
from portone_server_sdk.payment import (
    CancelledPayment,
    CancelPaymentError,
    FailedPayment,
    FailedPaymentCancellation,
    PaidPayment,
    PartialCancelledPayment,
    PayPendingPayment,
    ReadyPayment,
    RequestedPaymentCancellation,
    SucceededPaymentCancellation,
    VirtualAccountIssuedPayment,
)
from werkzeug.datastructures import Headers

PATIENCE_SECONDS = float(os.environ.get("PORTONE_PATIENCE_SECONDS", "5"))
STATUSES: Mapping[type, str] = {
    ReadyPayment: "READY",
    PayPendingPayment: "PAY_PENDING",
    VirtualAccountIssuedPayment: "VIRTUAL_ACCOUNT_ISSUED",
    FailedPayment: "FAILED",
    PaidPayment: "PAID",
    PartialCancelledPayment: "PARTIAL_CANCELLED",
    CancelledPayment: "CANCELLED",
}
CANCELLATIONS: Mapping[type, str] = {
    RequestedPaymentCancellation: "REQUESTED",
    SucceededPaymentCancellation: "SUCCEEDED",
    FailedPaymentCancellation: "FAILED",
}
NO_ANSWER = (PortOneError, httpx.HTTPError, ValueError, KeyError, TypeError)
"""What the SDK raises where the answer is another than the documented ones, or there is none."""


class Refused(Exception):
    """PortOne said no; the text is its message."""


class Unclear(Exception):
    """No answer came, or none that says anything."""


@dataclass(frozen=True)
class Cancellation:
    """One cancellation of a payment: `REQUESTED` is a ticket that waits, and no money moved; SUCCEEDED or FAILED."""

    id: str
    status: str


@dataclass(frozen=True)
class Payment:
    """What the shop needs of a payment; amounts in minor units. `disputed` is None where PortOne does not say."""

    id: str
    status: str
    total: int
    cancelled: int
    currency: str
    store_id: str
    test: bool | None
    country: str | None
    disputed: bool | None
    cancellations: tuple[Cancellation, ...]


class PortOne:
    """PortOne's API with the shop's keys, for many threads."""

    def __init__(self) -> None:
        url = os.environ.get("PORTONE_API_URL", "https://api.portone.io")
        self._payments = PaymentClient(secret=os.environ["PORTONE_API_SECRET"], base_url=url)
        self._payments._sync_client.timeout = PATIENCE_SECONDS  # the SDK has no setting for it, and waits a minute
        self._secrets = os.environ["PORTONE_WEBHOOK_SECRETS"].replace(",", " ").split()

    def verified(self, body: str, headers: Headers) -> webhook.Webhook | None:
        """The content of a webhook, None where PortOne did not sign it, or it is no JSON.

        The SDK takes one secret: while a new one takes the old one's place, both are right. `body` is the text as it
        came: what is signed is every byte. `headers` are the request's own, which know no upper and lower case.
        """
        for secret in self._secrets:
            try:
                return webhook.verify(secret, body, headers)
            except (webhook.WebhookVerificationError, json.JSONDecodeError):
                continue
        return None

    def look_up(self, payment_id: str) -> Payment | None:
        """The payment as PortOne has it now, None where it knows none. Raises Unclear."""
        try:
            found = self._payments.get_payment(payment_id=payment_id)
        except PaymentNotFoundError:
            return None
        except NO_ANSWER as error:
            raise _unclear(error) from error
        status = STATUSES.get(type(found))
        if isinstance(found, dict) or status is None or found.id != payment_id:
            raise Unclear("PortOne's answer is no payment that is understood")
        return Payment(
            id=found.id,
            status=status,
            total=found.amount.total,
            cancelled=found.amount.cancelled,
            currency=found.currency,
            store_id=found.store_id,
            test=found.channel.type != "LIVE" if found.channel else None,
            country=found.country,
            disputed=any(one.status == "UNRESOLVED" for one in found.disputes)
            if isinstance(found, PaidPayment) and found.disputes
            else None,  # without any the answer may be of before the dispute, and come late
            cancellations=tuple(map(_cancellation, getattr(found, "cancellations", None) or ())),
        )

    def pre_register(self, payment_id: str, total: int, currency: str) -> None:
        """Register what an order costs: the browser cannot ask for another amount.

        Raises Refused where it is paid already, and Unclear.
        """
        try:
            self._payments.pre_register_payment(payment_id=payment_id, total_amount=total, currency=currency)
        except AlreadyPaidError as error:
            raise Refused("it is paid already") from error
        except NO_ANSWER as error:
            raise _unclear(error) from error

    def cancel(self, payment_id: str, amount: int, left: int, reason: str) -> Cancellation:
        """Ask for a cancellation; amounts in minor units. Raises Refused, and Unclear where it may have been taken."""
        try:
            answer = self._payments.cancel_payment(
                payment_id=payment_id, amount=amount, current_cancellable_amount=left, reason=reason
            )
        except UnknownError as error:
            raise _unclear(error) from error
        except PgProviderError as error:
            raise Refused(error.pg_message) from error
        except CancelPaymentError as error:
            raise Refused(error.message or "no reason was given") from error
        except NO_ANSWER as error:
            raise _unclear(error) from error
        made = _cancellation(answer.cancellation)
        if made.status == "FAILED":
            raise Refused("the cancellation failed")
        return made


def _cancellation(told: Any) -> Cancellation:
    status = CANCELLATIONS.get(type(told))
    if status is None:
        raise Unclear("PortOne's answer has a cancellation that is not understood")
    return Cancellation(cast(str, told.id), status)


def _unclear(error: Exception) -> Unclear:
    return Unclear(f"PortOne did not answer: {type(error).__name__}")
