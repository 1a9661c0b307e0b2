"""Webhooks from PortOne to the merchant: who gets one, in which form, sent once and recorded."""

import time
from dataclasses import dataclass

from emulator.journal import Journal
from emulator.portone.console import WebhookEndpoint
from emulator.portone.payments import Payment
from emulator.wire import Answer, ConnectFailed, TimedOut, Timeouts, Wire

FIRST_DELIVERY = Timeouts(connect_seconds=10.0, read_seconds=30.0)  # docs


@dataclass(frozen=True, slots=True)
class Webhook:
    """The notice itself. Unsigned in V1: its receiver must look the payment up."""

    imp_uid: str
    merchant_uid: str
    status: str
    cancellation_id: str | None = None

    def fields(self) -> dict[str, str]:
        """The body's fields; `cancellation_id` only on cancellations (docs)."""
        found = {"imp_uid": self.imp_uid, "merchant_uid": self.merchant_uid, "status": self.status}
        return found if self.cancellation_id is None else {**found, "cancellation_id": self.cancellation_id}


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one sending ended: the HTTP status, or why there is none."""

    status: int | None
    error: str | None


# What the console's "call test" sends (seen).
TEST_WEBHOOK = Webhook(imp_uid="imp_1234567890", merchant_uid="merchant_1234567890", status="paid")


def addresses(payment: Payment, endpoint: WebhookEndpoint, *, console_only: bool = False) -> tuple[str, ...]:
    """Where its webhooks go: to `notice_url` in place of the console's address, if not `console_only`."""
    if payment.notice_urls and not console_only:
        return payment.notice_urls
    return (endpoint.url,) if endpoint.url else ()


async def deliver(
    wire: Wire,
    journal: Journal,
    webhook: Webhook,
    url: str,
    endpoint: WebhookEndpoint,
    *,
    clock: float,
    scale: float = 1.0,
) -> Delivery:
    """Send once to `url` in the endpoint's Content-Type; `scale` is applied to the documented time-outs."""
    fields = webhook.fields()
    headers = {"content-type": endpoint.content_type_header}
    as_form = endpoint.content_type == "application/x-www-form-urlencoded"
    began = time.time()
    answer: Answer | None = None
    error: str | None = None
    try:
        answer = await wire.send(
            "POST", url, data=fields if as_form else None, json=None if as_form else fields,
            headers=headers, timeouts=FIRST_DELIVERY.scaled(scale),
        )  # fmt: skip
    except (ConnectFailed, TimedOut) as problem:
        error = str(problem)
    journal.record(
        kind="webhook", source="portone", target="merchant", began=began, ended=time.time(), clock=clock,
        method="POST", url=url, headers=headers, body=fields, status=answer.status if answer else None,
        response=answer.text if answer else None, error=error, imp_uid=webhook.imp_uid,
        merchant_uid=webhook.merchant_uid,
    )  # fmt: skip
    return Delivery(answer.status if answer else None, error)
