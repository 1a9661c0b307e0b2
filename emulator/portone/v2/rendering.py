"""A payment as PortOne's V2 API writes it; what is not known of it is left out.

Source: PortOne's V2 OpenAPI. Which of the optional fields Paymentwall fills is not documented (inferred). A payment of
V1 is shown too: its `version` says so, and its `transactionId` is its imp_uid (docs); that its `id` is its merchant_uid
is inferred.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from emulator.portone.console import Console
from emulator.portone.minor import to_minor
from emulator.portone.payments import Cancellation, Dispute, Payment
from emulator.portone.records import decided_at
from emulator.portone.v2.signed import REDELIVERY_MINUTES, moment
from emulator.portone.webhooks import Addressed
from emulator.wire import as_form, as_json

_STATUSES = {"ready": "READY", "paid": "PAID", "cancelled": "CANCELLED", "failed": "FAILED"}
_PLATFORMS = {"pc": "PC", "mobile": "MOBILE", "api": "API"}
_EASY = {"kakaopay": "KAKAOPAY", "paypal": "PAYPAL"}
_TRIGGERS = {"api": "API", "console": "CONSOLE"}
PAID_STATUSES = frozenset(("PAID", "PARTIAL_CANCELLED", "CANCELLED"))


def status_of(payment: Payment) -> str:
    """One of the statuses of V2; what waits at Paymentwall changes none of them (inferred)."""
    if payment.status == "ready" and payment.pending:
        return "PAY_PENDING"
    if payment.status == "paid" and payment.history:
        return "PARTIAL_CANCELLED"
    return _STATUSES[payment.status]


def changed_at(payment: Payment) -> int:
    """When it came into its status, in virtual unix seconds."""
    return payment.history[-1].cancelled_at if payment.history else decided_at(payment)


def payment_object(payment: Payment, console: Console, sent: Iterable[Addressed] = ()) -> dict[str, Any]:
    """A `Payment` of the description; `sent` are the webhooks about it."""
    status = status_of(payment)
    shown: dict[str, Any] = {
        "status": status,
        "id": payment.merchant_uid,
        "transactionId": payment.imp_uid,
        "merchantId": console.v2.merchant_id,
        "storeId": console.v2.store_id,
        "method": _method(payment) if status in PAID_STATUSES else None,
        "channel": _channel(payment, console),
        "version": payment.version,
        "webhooks": [webhook_object(one) for one in sent if one.tries] if payment.version == "V2" else None,
        "requestedAt": moment(payment.started_at),
        "updatedAt": moment(payment.updated_at or payment.started_at),
        "statusChangedAt": moment(changed_at(payment)),
        "orderName": payment.name,
        "amount": _amount(payment),
        "currency": payment.currency,
        "customer": _customer(payment),
        "origin": _known(
            platformType=_PLATFORMS[payment.channel], userAgent=payment.user_agent, ipAddress=payment.browser_ip or ""
        ),
        "customData": payment.custom_data,
        "country": _country(payment.country_code),
    }
    if status == "PAY_PENDING":
        shown["pgTxId"] = payment.pg_tid
    elif status == "FAILED":
        shown["failedAt"] = moment(payment.failed_at)
        shown["failure"] = _known(reason=payment.fail_reason, pgMessage=payment.fail_reason)
    elif status in PAID_STATUSES:
        shown |= _paid(payment, status)
    return _known(**shown)


def transaction_object(payment: Payment, console: Console, sent: Iterable[Addressed] = ()) -> dict[str, Any]:
    """A `PaymentTransaction` of the description: one attempt of a payment."""
    whole = payment_object(payment, console, sent)
    left_out = {"id", "transactionId", "origin", "disputes"}
    if whole["status"] == "PAID":
        left_out.add("cancellations")  # the description has them on the payment alone
    return {
        "id": payment.imp_uid,
        "paymentId": payment.merchant_uid,
        **{name: value for name, value in whole.items() if name not in left_out},
    }


def cancellation_object(cancellation: Cancellation, payment: Payment) -> dict[str, Any]:
    """A `PaymentCancellation` of the description: a ticket that waits is `REQUESTED` (inferred)."""
    amount = to_minor(cancellation.amount, payment.currency)
    waits = any(one.cancellation_id == cancellation.cancellation_id for one in payment.waiting)
    return _known(
        status="REQUESTED" if waits else "SUCCEEDED" if cancellation.cancelled_at else "FAILED",
        id=cancellation.cancellation_id,
        totalAmount=amount,
        taxFreeAmount=0,
        vatAmount=_vat(amount),
        reason=cancellation.told_reason,
        cancelledAt=moment(cancellation.cancelled_at) if cancellation.cancelled_at else None,
        requestedAt=moment(cancellation.requested_at or cancellation.cancelled_at),
        trigger="CHARGEBACK" if cancellation.charged_back else _TRIGGERS.get(cancellation.asked_by),
    )


def _paid(payment: Payment, status: str) -> dict[str, Any]:
    every = sorted(
        (*payment.history, *payment.waiting, *payment.refused),
        key=lambda one: one.requested_at or one.cancelled_at,
    )
    found: dict[str, Any] = {
        "paidAt": moment(payment.paid_at),
        "pgTxId": payment.pg_tid,
        "receiptUrl": payment.receipt_url,
        "cancellations": [cancellation_object(one, payment) for one in every],
    }
    if status == "PAID":
        found["disputes"] = [_dispute(one) for one in payment.disputes]
    else:
        found["cancelledAt"] = moment(payment.history[-1].cancelled_at)
    return found


def _amount(payment: Payment) -> dict[str, int]:
    total = to_minor(payment.amount, payment.currency)
    vat = _vat(total)
    return {
        "total": total,
        "taxFree": 0,
        "vat": vat,
        "supply": total - vat,
        "discount": 0,
        "paid": total if payment.paid_at else 0,
        "cancelled": to_minor(payment.cancel_amount, payment.currency),
        "cancelledTaxFree": 0,
    }


def _vat(amount: int) -> int:
    """A page that gives none has it as one eleventh (docs); how that is rounded is inferred."""
    return round(Decimal(amount) / 11)


def _customer(payment: Payment) -> dict[str, Any]:
    address = {"type": "ONE_LINE", "oneLine": payment.buyer_addr} if payment.buyer_addr else None
    return _known(
        id=payment.customer_id or payment.customer_uid,
        name=payment.buyer_name,
        email=payment.buyer_email,
        phoneNumber=payment.buyer_tel,
        address=address,
        zipcode=payment.buyer_postcode,
    )


def _channel(payment: Payment, console: Console) -> dict[str, Any]:
    channel = next((one for one in console.channels if one.channel_key == payment.channel_key), None)
    return _known(
        type="TEST" if payment.sandbox else "LIVE",
        key=payment.channel_key,
        name=channel.channel_name if channel else None,
        pgProvider=payment.pg_provider.upper(),
        pgMerchantId=payment.pg_id,
    )


def _method(payment: Payment) -> Mapping[str, Any] | None:
    """A card or a wallet that V2 has a name for; Paymentwall's other methods have none there (inferred)."""
    if payment.pay_method == "card":
        return {"type": "PaymentMethodCard"}
    provider = _EASY.get(payment.pay_method)
    return {"type": "PaymentMethodEasyPay", "provider": provider} if provider else None


def _country(code: str | None) -> str | None:
    return code if code and len(code) == 2 and code.isascii() and code.isupper() else None


def _dispute(dispute: Dispute) -> dict[str, Any]:
    resolved = dispute.resolved_at
    return _known(
        status="RESOLVED" if resolved else "UNRESOLVED",
        pgDisputeId=dispute.id,
        reason=dispute.reason,
        createdAt=moment(dispute.created_at),
        resolvedAt=moment(resolved) if resolved else None,
    )


def webhook_object(addressed: Addressed) -> dict[str, Any]:
    """A `PaymentWebhook` of the description."""
    signed, last = addressed.webhook.signed, addressed.last
    assert signed is not None  # a payment of V2 sends none of V1's
    asked, answered = None, None
    if last is not None:
        fields = addressed.webhook.fields()
        in_form = last.content_type.startswith("application/x-www-form-urlencoded")
        body = as_form(fields) if in_form else as_json(fields)
        asked = {"header": f"content-type: {last.content_type}", "body": body, "requestedAt": moment(addressed.sent_at)}
        if last.status is not None:
            answered = {
                "code": str(last.status), "header": "", "body": last.body or "",
                "respondedAt": moment(addressed.sent_at),
            }  # fmt: skip
    return _known(
        paymentStatus=signed.payment_status,
        id=signed.id,
        status=_delivered(addressed),
        url=addressed.url,
        isAsync=signed.trigger is not None,
        currentExecutionCount=addressed.tries,
        maxExecutionCount=1 + len(REDELIVERY_MINUTES),
        trigger="MANUAL" if addressed.resent else signed.trigger,
        request=asked,
        response=answered,
        triggeredAt=moment(signed.occurred_at),
    )


def _delivered(addressed: Addressed) -> str | None:
    last = addressed.last
    if last is None:
        return None
    if last.taken:
        return "SUCCEEDED"
    return "FAILED_UNEXPECTED_ERROR" if last.status is None else "FAILED_NOT_OK_RESPONSE"


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
