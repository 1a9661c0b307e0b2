"""Which results of a payment the merchant hears of, by the rules of the generation that made the payment."""

from importlib import import_module
from types import ModuleType
from typing import Literal

from emulator.portone import webhooks
from emulator.portone.console import Console
from emulator.portone.endpoints import WebhookEndpoint
from emulator.portone.outbox import Outbox
from emulator.portone.payments import Cancellation, Payment
from emulator.portone.webhooks import Webhook

# Virtual seconds between a payment and its webhook where that shall come after the browser; our choice.
AFTER_BROWSER_SECONDS = 5.0

Event = Literal[
    "ready", "pending", "paid", "failed", "cancel_pending", "cancelled", "dispute_created", "dispute_resolved"
]
_SAID_BY_V1: tuple[Event, ...] = ("paid", "failed", "cancelled")


def is_told(payment: Payment, console: Console) -> bool:
    """Whether there is an address for this payment's results."""
    return bool(webhooks.addresses(payment, endpoint_of(payment, console)))


def endpoint_of(payment: Payment, console: Console) -> WebhookEndpoint:
    """The console's endpoint for this payment's generation and stage."""
    return console.endpoint(sandbox=payment.sandbox, version=payment.version)


def tell(outbox: Outbox, console: Console, payment: Payment, event: Event, done: Cancellation | None = None) -> None:
    """Send the webhook that an event means, if it means one; `done` is the cancellation that it is about."""
    if payment.version == "V2":
        second_generation().tell(outbox, console, payment, event, done)
    elif event in _SAID_BY_V1:
        _tell_v1(outbox, console, payment, event, done)


def second_generation() -> ModuleType:
    """How V2 tells; where nobody uses V2 it is not loaded."""
    return import_module("emulator.portone.v2.notices")


def _tell_v1(outbox: Outbox, console: Console, payment: Payment, event: Event, done: Cancellation | None) -> None:
    cancellation_id = done.cancellation_id if done else None
    webhook = Webhook(payment.imp_uid, payment.merchant_uid, event, cancellation_id)
    if done is None:
        urls = webhooks.addresses(payment, endpoint_of(payment, console))
        outbox.send(webhook, urls, sandbox=payment.sandbox, wait=wait_of(event, console))
    elif urls := webhooks.told_of(payment, done, console):
        outbox.send(webhook, urls, sandbox=payment.sandbox)
    else:
        outbox.write_down(webhook, sandbox=payment.sandbox)


def wait_of(event: Event, console: Console) -> float:
    """Virtual seconds that the webhook of an event is held back."""
    return AFTER_BROWSER_SECONDS if event == "paid" and console.webhook_order == "after" else 0.0
