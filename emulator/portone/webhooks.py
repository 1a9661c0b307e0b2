"""Webhooks from PortOne to the merchant: what one says, who gets it, in which form, and one delivery of it."""

import time
from dataclasses import dataclass
from typing import Any, Literal

from emulator.answers import Answer, ConnectFailed, TimedOut, Timeouts
from emulator.journal import Journal
from emulator.portone.console import Console
from emulator.portone.endpoints import WebhookEndpoint
from emulator.portone.payments import Cancellation, Payment
from emulator.portone.v2.settings import SignedEndpoint
from emulator.portone.v2.signed import Signed
from emulator.wire import Wire, as_form, as_json

FIRST_DELIVERY = Timeouts(connect_seconds=10.0, read_seconds=30.0)  # docs
REDELIVERY = Timeouts(connect_seconds=15.0, read_seconds=15.0, total_seconds=15.0)  # docs: 15 s in all

LONGEST_ANSWER = 1_000  # characters of an answer that the history keeps

State = Literal["waiting", "delivered", "given up", "recorded"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """The notice itself. Unsigned in V1: its receiver must look the payment up. One of V2 is `signed`."""

    imp_uid: str
    merchant_uid: str
    status: str
    cancellation_id: str | None = None
    signed: Signed | None = None

    def fields(self) -> dict[str, Any]:
        """The body's fields; `cancellation_id` only on cancellations (docs)."""
        if self.signed is not None:
            return self.signed.fields(self.merchant_uid, self.imp_uid, self.cancellation_id)
        found = {"imp_uid": self.imp_uid, "merchant_uid": self.merchant_uid, "status": self.status}
        return found if self.cancellation_id is None else {**found, "cancellation_id": self.cancellation_id}


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one sending ended: the HTTP status, or why there is none, and the beginning of what was answered."""

    status: int | None
    error: str | None
    body: str | None = None
    content_type: str = ""
    """That of the request."""

    @property
    def taken(self) -> bool:
        """Whether the merchant answered well."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def may_come_again(self) -> bool:
        """Network errors and 5xx answers are delivered again, where that is switched on; others are not (docs)."""
        return self.status is None or self.status >= 500


@dataclass(frozen=True, slots=True)
class Addressed:
    """A webhook on its way to one address, as the console's history shows it; `sent_at` in virtual unix seconds.

    `recorded` is the history of a cancellation that nobody asked to hear about: written down, not sent (docs).
    """

    id: int
    webhook: Webhook
    url: str
    sandbox: bool
    tries: int = 0
    resent: int = 0
    """How many of the tries were made by hand."""
    repeats: int = 0
    state: State = "waiting"
    sent_at: float = 0.0
    last: Delivery | None = None

    def as_json(self) -> dict[str, Any]:
        """For the console, with the last delivery."""
        last = self.last
        return {
            "id": self.id,
            "imp_uid": self.webhook.imp_uid,
            "merchant_uid": self.webhook.merchant_uid,
            "status": self.webhook.status,
            "cancellation_id": self.webhook.cancellation_id,
            "url": self.url,
            "tries": self.tries,
            "state": self.state,
            "sent_at": self.sent_at,
            "request": None if last is None else {"content_type": last.content_type, "body": self.webhook.fields()},
            "answer": None if last is None else {"status": last.status, "body": last.body, "error": last.error},
            **({"webhook_id": self.webhook.signed.id} if self.webhook.signed else {}),
        }


# What the console's "call test" sends: these two identifiers, and `paid` or `ready` (seen).
TEST_WEBHOOK = Webhook(imp_uid="imp_1234567890", merchant_uid="merchant_1234567890", status="paid")


def addresses(payment: Payment, endpoint: WebhookEndpoint, *, console_only: bool = False) -> tuple[str, ...]:
    """Where its webhooks go: to `notice_url` in place of the console's address, if not `console_only`."""
    if payment.notice_urls and not console_only:
        return payment.notice_urls
    return (endpoint.url,) if endpoint.url else ()


def told_of(payment: Payment, done: Cancellation, console: Console) -> tuple[str, ...]:
    """Who hears about a cancellation that came to pass.

    One made in the console is notified (docs). One made through the API only where the call asked for it, and then
    at the console's address (docs), or where the account is set to notify all of them (guide); in both cases only
    where the payment itself was notified (docs). That a chargeback is notified is inferred.
    """
    endpoint = console.endpoint(sandbox=payment.sandbox)
    if done.asked_by != "api":
        return addresses(payment, endpoint)
    if not payment.notified or not (done.notify or console.cancel_notice == "always"):
        return ()
    return addresses(payment, endpoint, console_only=done.notify)


async def deliver(
    wire: Wire,
    journal: Journal,
    webhook: Webhook,
    url: str,
    endpoint: WebhookEndpoint,
    *,
    clock: float,
    sent_at: float,
    timeouts: Timeouts = FIRST_DELIVERY,
) -> Delivery:
    """Send once to `url` in the endpoint's Content-Type; a signed one says `sent_at` (unix seconds).

    An HTTPS address whose certificate is not valid gets nothing (inferred: no page says whether PortOne looks).
    """
    fields = webhook.fields()
    headers = {"content-type": endpoint.content_type_header}
    in_form = endpoint.content_type == "application/x-www-form-urlencoded"
    if webhook.signed is not None and isinstance(endpoint, SignedEndpoint):
        body = as_form(fields) if in_form else as_json(fields)
        headers.update(webhook.signed.headers(body, endpoint.secrets, sent_at))
    began = time.time()
    answer: Answer | None = None
    error: str | None = None
    try:
        answer = await wire.send(
            "POST", url, data=fields if in_form else None, json=None if in_form else fields,
            headers=headers, timeouts=timeouts,
        )  # fmt: skip
    except (ConnectFailed, TimedOut) as problem:
        error = str(problem)
    journal.record(
        kind="webhook", source="portone", target="merchant", began=began, ended=time.time(), clock=clock,
        method="POST", url=url, headers=headers, body=fields, status=answer.status if answer else None,
        response=answer.text if answer else None, error=error, imp_uid=webhook.imp_uid,
        merchant_uid=webhook.merchant_uid,
    )  # fmt: skip
    said = answer.text[:LONGEST_ANSWER] if answer else None
    return Delivery(answer.status if answer else None, error, said, headers["content-type"])
