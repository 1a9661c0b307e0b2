"""What anybody can send to a webhook address: bodies that no webhook has, and headers that claim a sender."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from conformance.acts import purchases
from conformance.network.receiver import Delivery
from conformance.portone import invented
from conformance.target.target import Target

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


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


def sent(target: Target, what: str, merchant_uid: str) -> Delivery:
    """Send such a body. It may have stopped the merchant: that it acts on webhooks must be shown again."""
    target.shown.discard(purchases.ACTS_ON_WEBHOOKS)
    target.shown.add(purchases.SENT_NONSENSE)
    body, write = BODIES[what](merchant_uid), target.receiver.spoken.write
    if isinstance(body, tuple):
        return target.receiver.send(*body)
    said = [write(one) for one in body] if isinstance(body, list) else write(body)
    return target.receiver.send(json.dumps(said).encode(), JSON)
