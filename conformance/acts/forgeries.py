"""Webhooks that anybody can send: about this order's payment, another one or none; and bodies that no webhook has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from conformance.acts import purchases, troubles, ways
from conformance.acts.purchases import Purchase
from conformance.network.receiver import Delivery
from conformance.portone import invented
from conformance.target.target import Target

STATUSES = ("paid", "failed", "ready")
MORE: Mapping[str, str] = {"a question mark": "?", "a slash": "/"}
"""What may stand behind a payment's name in an address, which then leads to the same payment."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def reported_as(target: Target, purchase: Purchase, status: str) -> None:
    """A webhook says this of the purchase's payment (one of STATUSES). Raises Blocked as `ways.needs_webhooks`."""
    ways.needs_webhooks(target)
    target.receiver.forge({**uids(purchase), "status": status})


def reported_in_the_other_content_type(target: Target, purchase: Purchase) -> None:
    """A webhook says paid of the purchase's payment, as JSON where PortOne sends forms, else as a form.

    Raises Blocked as `reported_as`.
    """
    ways.needs_webhooks(target)
    other = FORM if target.provider.console().webhook_content_type == JSON else JSON
    target.receiver.forge({**uids(purchase), "status": "paid"}, other)


def reported_by_another_name(target: Target, purchase: Purchase, more: str) -> None:
    """A webhook names the purchase's payment with one of MORE behind it, which an address may not be told apart by.

    Raises Blocked as `reported_as`.
    """
    ways.needs_webhooks(target)
    target.receiver.forge({**uids(purchase, of=f"{purchase.imp_uid}{MORE[more]}"), "status": "paid"})


def reported_as_cancelled(target: Target, purchase: Purchase) -> None:
    """A webhook says that it was cancelled, with the name of a cancellation. Raises Blocked as `reported_as`."""
    ways.needs_webhooks(target)
    target.receiver.forge({**uids(purchase), "status": "cancelled", "cancellation_id": invented.cancellation_id()})


def invented_payment(target: Target, purchase: Purchase) -> None:
    """A webhook says that a payment that PortOne does not know paid the order."""
    target.receiver.forge({**uids(purchase, of=invented.imp_uid()), "status": "paid"})


def others_payment(target: Target, purchase: Purchase, elses: Purchase) -> None:
    """A webhook says that somebody else's payment paid the order. Raises Blocked as `reported_as`."""
    ways.needs_webhooks(target)
    target.receiver.forge({**uids(purchase, of=elses.imp_uid), "status": "paid"})


def strays_payment(target: Target, purchase: Purchase) -> Delivery:
    """A webhook says that a payment for an order that the merchant does not have paid this one; its answer to it.

    Raises Blocked as `reported_as`.
    """
    ways.needs_webhooks(target)
    paid = target.provider.pay(troubles.unknown_order())
    return target.receiver.forge({**uids(purchase, of=paid.imp_uid), "status": "paid"})


def uids(purchase: Purchase, *, of: str | None = None) -> dict[str, str]:
    """The fields that name the purchase's payment, or another one (imp_uid) for its order."""
    return {"imp_uid": of or purchase.imp_uid, "merchant_uid": purchase.order.merchant_uid}


def _form(fields: Mapping[str, str]) -> tuple[bytes, str]:
    return urlencode(fields).encode(), FORM


ODD = "\x00\ud800 ' OR 1=1 -- {{7*7}}"
Body = tuple[bytes, str] | dict[str, object] | list[dict[str, object]]
"""A body with its Content-Type, or what one says, one thing or several, in V1's words."""
BODIES: Mapping[str, Callable[[str], Body]] = {
    "an empty body": lambda _: (b"", JSON),
    "text that is no JSON": lambda merchant_uid: (f"paid {merchant_uid} ".encode() + b"\xff", JSON),
    "a list": lambda merchant_uid: [{"imp_uid": invented.imp_uid(), "merchant_uid": merchant_uid, "status": "paid"}],
    "a body without imp_uid": lambda merchant_uid: {"merchant_uid": merchant_uid, "status": "paid"},
    "numbers instead of texts": lambda _: {"imp_uid": 1, "merchant_uid": 2.5, "status": True},
    "a megabyte": lambda merchant_uid: {"imp_uid": invented.imp_uid(), "merchant_uid": merchant_uid, "x": "x" * 2**20},
    "an odd merchant_uid": lambda _: {"imp_uid": invented.imp_uid(), "merchant_uid": ODD * 9, "status": "paid"},
    "JSON that breaks off": lambda merchant_uid: (f'{{"merchant_uid": "{merchant_uid}", "imp_uid": "im'.encode(), JSON),
    "JSON ten thousand deep": lambda _: (b"[" * 10_000 + b"]" * 10_000, JSON),
    "an object instead of imp_uid": lambda merchant_uid: {"imp_uid": {}, "merchant_uid": merchant_uid},
    "an empty form": lambda _: (b"", FORM),
    "a form without imp_uid": lambda merchant_uid: _form({"merchant_uid": merchant_uid, "status": "paid"}),
    "a form that is no text": lambda merchant_uid: (f"merchant_uid={merchant_uid}".encode() + b"&imp_uid=\xff\0", FORM),
    "a form of a megabyte": lambda merchant_uid: _form({"merchant_uid": merchant_uid, "x": "x" * 2**20}),
}
"""By what it is called; about an attempt where it can name one."""

STRANGERS_ADDRESS = "203.0.113.9"
"""One that is nobody's (RFC 5737)."""


def sent_nonsense(target: Target, what: str, merchant_uid: str) -> Delivery:
    """Send such a body. It may have stopped the merchant: that it acts on webhooks must be shown again."""
    target.shown.discard(purchases.ACTS_ON_WEBHOOKS)
    target.shown.add(purchases.SENT_NONSENSE)
    body, write = BODIES[what](merchant_uid), target.receiver.spoken.write
    if isinstance(body, tuple):
        return target.receiver.send(*body)
    said = [write(one) for one in body] if isinstance(body, list) else write(body)
    return target.receiver.send(json.dumps(said).encode(), JSON)
