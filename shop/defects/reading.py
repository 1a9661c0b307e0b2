"""Faults in how a looked-up payment is read and compared with its order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import select

from shop import machine, results
from shop.database import Order
from shop.defects.registry import OnV2, defect, together
from shop.defects.speaking import reading
from shop.life import LIFE, Event, State
from shop.portone import Payment
from shop.results import Result, objection
from shop.settings import Stage
from shop.store import Store


def _objecting(instead: Any) -> AbstractContextManager[Any]:
    return patch.object(results, "objection", instead)


@defect("WEBHOOK-06", "MONEY-01", why="goods are given away unpaid")
def compares_whole_units() -> AbstractContextManager[Any]:
    """Only the whole units of the amounts are compared, so that 10.01 pays 10.50."""

    def objects(order: Order, payment: Payment, stage: Stage) -> str | None:
        alike = int(payment.amount) == int(order.amount)
        return objection(order, replace(payment, amount=order.amount) if alike else payment, stage)

    return _objecting(objects)


@defect("WEBHOOK-06", "MONEY-01", why="goods are given away unpaid")
def takes_too_much_for_enough() -> AbstractContextManager[Any]:
    """Whatever is not less than the order's amount pays it, and nobody learns of the rest."""

    def objects(order: Order, payment: Payment, stage: Stage) -> str | None:
        enough = payment.amount >= order.amount
        return objection(order, replace(payment, amount=order.amount) if enough else payment, stage)

    return _objecting(objects)


@defect("WEBHOOK-15")
def lets_a_late_failure_undo() -> AbstractContextManager[Any]:
    """A look-up that says failed makes a paid order failed, however old it is."""
    return patch.dict(LIFE, {(State.PAID, Event.FAILED): State.FAILED})


@defect(
    *("WEBHOOK-07", "MONEY-01", "MONEY-02"), why="goods are given away unpaid and money is kept and no goods are given"
)
def pays_the_order_that_the_payment_names_itself() -> AbstractContextManager[Any]:
    """The order is taken from the payment's custom_data, which the buyer's browser wrote."""
    kept = results.keep
    named: dict[str, str] = {}

    def change(payment: Payment, answer: Mapping[str, Any]) -> Payment:
        custom_data = answer.get("custom_data") or answer.get("customData")
        written = json.loads(custom_data) if custom_data else {}
        if "merchant_uid" in written:
            named[payment.imp_uid] = str(written["merchant_uid"])
        return payment

    def keep(store: Store, payment: Payment) -> Result | None:
        return kept(store, replace(payment, merchant_uid=named.get(payment.imp_uid, payment.merchant_uid)))

    return together(reading(change), patch.object(results, "keep", keep))


@defect(
    *("WEBHOOK-17", "APPROVAL-01", "APPROVAL-02", "MONEY-02"),
    why="an order whose payment is under review is unpaid, too, and nothing pays it after that",
    on_v2=OnV2(
        "V2 tells of a payment that failed, so that its order is not unpaid when the job runs",
        spares=("APPROVAL-01", "APPROVAL-02", "MONEY-02"),
    ),
)
def cancels_unpaid_orders_unseen() -> AbstractContextManager[Any]:
    """The job that runs from time to time cancels unpaid orders without asking PortOne."""
    reconciled = results.reconcile

    def reconcile(store: Store, reference: str | None = None) -> dict[str, int]:
        with store.database.transaction() as session:
            unpaid = select(Order).where(Order.state == State.UNPAID, Order.reference == reference)
            for order in session.scalars(unpaid.with_for_update()):
                order.state = State.CANCELLED
        return reconciled(store, reference)

    return patch.object(machine, "reconcile", reconcile)


@defect("WEBHOOK-17")
def looks_only_where_somebody_opens_the_order() -> AbstractContextManager[Any]:
    """The job that runs from time to time finds no order to look at."""
    return patch.object(machine, "reconcile", lambda _store, _reference=None: {})
