"""Other decisions about money that comes in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from shop import orders, results
from shop.database import KnownPayment
from shop.portone import Payment
from shop.results import Result
from shop.store import Store
from shop.variants.registry import variant


@variant(only_v1="an attempt that failed and the one that pays have one number in V2")
def sends_back_what_is_approved_late() -> AbstractContextManager[Any]:
    """A payment that was seen to fail and went through later pays nothing any more: PortOne is asked to cancel it."""
    kept = results.keep
    sent_back: set[str] = set()

    def keep(store: Store, payment: Payment) -> Result | None:
        with store.database.reading() as session:
            known = session.get(KnownPayment, payment.imp_uid)
        if known is None or known.status != "failed" or payment.status != "paid":
            return kept(store, payment)
        if payment.imp_uid not in sent_back:
            sent_back.add(payment.imp_uid)
            whole, why = payment.amount, "It came too late."
            store.portone.cancel(payment.imp_uid, whole, whole, why, payment.currency)
        with store.database.reading() as session:
            order, _ = orders.read(session, orders.reference_of(store.database, payment.merchant_uid) or "")
        return Result(order.reference, order.state)

    return patch.object(results, "keep", keep)
