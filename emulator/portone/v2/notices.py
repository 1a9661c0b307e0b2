"""Which webhook of V2 an event means, and who gets it."""

from collections.abc import Mapping
from typing import Literal
from uuid import uuid4

from emulator.portone import webhooks
from emulator.portone.console import Console
from emulator.portone.outbox import Outbox
from emulator.portone.payments import Cancellation, Payment
from emulator.portone.telling import Event, endpoint_of, wait_of
from emulator.portone.v2.rendering import status_of
from emulator.portone.v2.signed import Signed
from emulator.portone.webhooks import Webhook

_KINDS: Mapping[Event, str] = {
    "ready": "Ready",
    "pending": "PayPending",
    "paid": "Paid",
    "failed": "Failed",
    "cancel_pending": "CancelPending",
    "cancelled": "Cancelled",
    "dispute_created": "DisputeCreated",
    "dispute_resolved": "DisputeResolved",
}
_TRIGGERS: Mapping[Event, str] = {
    "pending": "ASYNC_PAY_PENDING",
    "dispute_created": "DISPUTE_CREATED",
    "dispute_resolved": "DISPUTE_RESOLVED",
}
_NEWER_ONLY: tuple[Event, ...] = ("dispute_created", "dispute_resolved")  # docs: the older version has no such status


def tell(outbox: Outbox, console: Console, payment: Payment, event: Event, done: Cancellation | None = None) -> None:
    """Send the webhook of an event: to `noticeUrls` in place of the console's address (docs).

    A cancellation that came about is not told where the call that asked for it said `skipWebhook` (docs); that it was
    asked for is told all the same (inferred).
    """
    if event in _NEWER_ONLY and console.v2.webhook_version == "2024-01-01":
        return
    if event == "ready" and not console.v2.window_webhook:
        return
    skipped = event == "cancelled" and done is not None and done.asked_by == "api" and not done.notify
    kind = "PartialCancelled" if event == "cancelled" and payment.status == "paid" else _KINDS[event]
    moment = outbox.now()
    late = event == "cancelled" and done is not None and 0 < done.requested_at < int(moment)
    signed = Signed(
        str(uuid4()), kind, console.v2.store_id, console.v2.webhook_version, moment, status_of(payment),
        "ASYNC_CANCEL_APPROVED" if late else _TRIGGERS.get(event),
    )  # fmt: skip
    cancellation_id = done.cancellation_id if done else None
    webhook = Webhook(payment.imp_uid, payment.merchant_uid, kind, cancellation_id, signed)
    if skipped:
        outbox.write_down(webhook, sandbox=payment.sandbox)
        return
    urls = webhooks.addresses(payment, endpoint_of(payment, console))
    outbox.send(webhook, urls, sandbox=payment.sandbox, wait=wait_of(event, console))


def tested(console: Console, status: Literal["paid", "ready"], now: float) -> Webhook:
    """What the console's "call test" sends (inferred: no page shows one)."""
    kind = _KINDS[status]
    signed = Signed(str(uuid4()), kind, console.v2.store_id, console.v2.webhook_version, now)
    return Webhook(str(uuid4()), "payment-1234567890", kind, None, signed)
