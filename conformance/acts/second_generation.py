"""What only PortOne V2 has: signatures and their age, types of webhooks, attempts, cancellations that only wait."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conformance.acts import forgeries, mispayments, purchases
from conformance.acts.later import TICKET_TAKES
from conformance.acts.purchases import Purchase
from conformance.network.receiver import Delivery
from conformance.network.spoken import Spoken
from conformance.portone import invented
from conformance.portone.sdk_words import whole_minor
from conformance.target.target import Target

Signing = Callable[[Spoken, bytes], Mapping[str, str]]
OLD = timedelta(minutes=10)
"""Older than the five minutes within which a signature is good (Standard Webhooks)."""
SIGNED: Mapping[str, Signing] = {
    "without a signature": lambda _spoken, _body: {},
    "with an invented secret": lambda spoken, body: spoken.signed(body, truly=False),
    "with another body's signature": lambda spoken, _body: spoken.signed(json.dumps({}).encode(), truly=True),
    "with a signature that is ten minutes old": lambda spoken, body: spoken.signed(
        body, truly=True, at=datetime.now(UTC) - OLD
    ),
}
"""By what is said of a forged webhook, its headers."""
UNKNOWN: Mapping[str, Callable[[Purchase], Mapping[str, object]]] = {
    "its payment, of an unknown type": lambda purchase: {
        "type": "Transaction.Telegraphed",
        "merchant_uid": purchase.order.merchant_uid,
        "imp_uid": invented.imp_uid(),
    },
    "a billing key": lambda _purchase: {"type": "BillingKey.Issued", "billing_key": "billing-key-conformance"},
}
"""By what it is about, a webhook of a type that a shop which takes payments need not know, in V1's words."""


def reported_signed(target: Target, purchase: Purchase, how: str) -> None:
    """A webhook says paid of the purchase's payment; its signature is one of SIGNED."""
    spoken = target.receiver.spoken
    said = {**forgeries.uids(purchase), "status": "paid"}
    target.receiver.forge(said, sign=lambda body: SIGNED[how](spoken, body))


def sent_of_unknown_type(target: Target, purchase: Purchase, what: str) -> Delivery:
    """PortOne's webhook about something (one of UNKNOWN), and the merchant's answer."""
    return target.receiver.forge(UNKNOWN[what](purchase), source="portone")


def paid_by_the_second_attempt(target: Target, purchase: Purchase) -> Purchase:
    """The order, paid by its second attempt after the first was declined; the first one's result comes last."""
    with target.receiver.withholding():
        declined = mispayments.declined(target, purchase)
        paid = replace(purchase, payment=target.provider.pay(purchase.order))
        target.provider.idle()
    for one in (paid, declined):
        target.receiver.repeat(purchases.withheld(target, one))
    return paid


def total_in_minor_units(purchase: Purchase) -> int:
    """The order's amount as V2 counts it."""
    return whole_minor(purchase.order.amount, purchase.order.currency)


def reported_by_portone(target: Target, purchase: Purchase) -> None:
    """PortOne's webhook says paid of the purchase's payment, with the signature of this stage."""
    target.receiver.forge({**forgeries.uids(purchase), "status": "paid"}, source="portone")


def requested_in_console(target: Target, purchase: Purchase, *, told: bool) -> None:
    """The Operator cancels the payment in PortOne's console; its ticket waits. Whether the merchant hears about it."""
    target.provider.configure({"paymentwall": {"ticket_seconds": int(TICKET_TAKES.total_seconds())}})
    if told:
        target.provider.act(purchase.imp_uid, "cancel")
        target.provider.idle()
        return
    with target.receiver.withholding():
        target.provider.act(purchase.imp_uid, "cancel")
        target.provider.idle()
    target.see_to_open_orders(purchase.order)


def stopped(target: Target, purchase: Purchase) -> None:
    """The Operator calls the cancellation off that waits, and the merchant reconciles open orders."""
    target.provider.act(purchase.imp_uid, "stop")
    target.provider.idle()
    target.see_to_open_orders(purchase.order)


def disputed(target: Target, purchase: Purchase) -> None:
    """The buyer's bank disputes the payment; its money is not gone yet."""
    target.provider.act(purchase.imp_uid, "dispute")
    target.provider.idle()
