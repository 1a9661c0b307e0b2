"""What Paymentwall decides without being asked by anybody: how a review ends, and that money goes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from conformance.acts import ways
from conformance.acts.purchases import Purchase
from conformance.target.target import Target

DELAYS = {"at once": timedelta(0), "two minutes later": timedelta(minutes=2), "three days later": timedelta(days=3)}
DECISIONS = {"approves": "review/accept", "declines": "review/decline", "voids": "review/void"}
TAKEN_BACK: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "a chargeback": ("chargeback", {}),
    "a card fraud": ("chargeback", {"reason": "card_fraud"}),
    "another fraud": ("chargeback", {"reason": "other_fraud"}),
    "a refund of its own": ("refund", {}),
}
"""How Paymentwall takes money back without anybody at PortOne having asked (Paymentwall docs, pingback reasons)."""


def reviewed(target: Target, purchase: Purchase, decides: str, later: str) -> Purchase:
    """The purchase after its review ended so (one of DECISIONS), so much later (one of DELAYS)."""
    target.advance(DELAYS[later])
    target.provider.act(purchase.imp_uid, DECISIONS[decides])
    return purchase


def taken_back(target: Target, purchase: Purchase, what: str) -> None:
    """Paymentwall takes the money back (one of TAKEN_BACK). Raises Blocked where a result by webhook comes in vain."""
    ways.needs_webhooks(target)
    act, details = TAKEN_BACK[what]
    target.provider.act(purchase.imp_uid, act, **details)
