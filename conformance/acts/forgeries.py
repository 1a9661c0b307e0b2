"""Webhooks that anybody can send: about a payment of this order, about somebody else's, about none."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.acts import troubles, ways
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
