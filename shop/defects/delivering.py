"""Faults in what PortOne is told about a delivery, and in what is made of its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any
from unittest.mock import patch

from shop import orders, shipping
from shop.database import DeliveryReport
from shop.defects.registry import defect
from shop.defects.speaking import at_portone
from shop.deliveries import reports
from shop.generations import Account
from shop.portone import PortOneRefused
from shop.store import Store


@defect("DELIVERY-01")
def never_registers_deliveries() -> AbstractContextManager[Any]:
    """Goods are sent, and PortOne is never told."""
    return patch.object(shipping, "_registered", lambda _store, _fields: None)


def registering(change: Callable[[Mapping[str, Any]], Mapping[str, object]]) -> AbstractContextManager[Any]:
    """What PortOne is told of a delivery, changed."""
    return at_portone("register_delivery", lambda told, account, fields: told(account, change(fields)))


@defect("DELIVERY-01")
def leaves_the_tracking_number_out() -> AbstractContextManager[Any]:
    """The registration says nothing of the carrier and the tracking number."""
    return registering(lambda fields: {**fields, "carrier_type": "", "carrier_tracking_id": ""})


@defect("DELIVERY-01")
def announces_the_order_without_its_parcel() -> AbstractContextManager[Any]:
    """Before goods are sent PortOne is told that they were ordered, without the parcel that it asks for: it refuses."""

    def register(told: Any, account: Account, fields: Mapping[str, object]) -> None:
        if fields["status"] == "order_shipped":
            unknown_yet = dict.fromkeys(("carrier_type", "carrier_tracking_id"), "")
            with suppress(PortOneRefused):
                told(account, {**fields, **unknown_yet, "status": "order_placed"})
        told(account, fields)

    return at_portone("register_delivery", register)


@defect("DELIVERY-01")
def registers_parcels_as_digital() -> AbstractContextManager[Any]:
    """Goods that are sent in a parcel are registered as digital ones, of which nothing more is asked."""
    parcel = ("carrier_", "shipping_address_")

    def change(fields: Mapping[str, Any]) -> Mapping[str, object]:
        return {**{name: "" if name.startswith(parcel) else fact for name, fact in fields.items()}, "type": "digital"}

    return registering(change)


@defect("DELIVERY-02")
def registers_the_first_step_only() -> AbstractContextManager[Any]:
    """Only the first step of a delivery that PortOne takes is registered."""
    reported = shipping.report

    def report(store: Store, reference: str, parcel: shipping.Parcel) -> shipping.ShippingAnswer:
        with store.database.reading() as session:
            order, _ = orders.read(session, reference)
            known = any(one.registered for one in reports(session, order))
        return shipping.ShippingAnswer(True, "Noted.") if known else reported(store, reference, parcel)

    return patch.object(shipping, "report", report)


@defect("DELIVERY-03")
def swallows_delivery_errors() -> AbstractContextManager[Any]:
    """What PortOne finds wrong with a delivery is dropped, and the step counts as registered."""
    registered = shipping._registered

    def swallow(store: Store, fields: dict[str, object]) -> None:
        registered(store, fields)

    return patch.object(shipping, "_registered", swallow)


@defect("DELIVERY-03")
def never_sends_a_step_again() -> AbstractContextManager[Any]:
    """A step that was reported once is not reported again, whether PortOne took it or not."""
    reported = shipping.report

    def report(store: Store, reference: str, parcel: shipping.Parcel) -> shipping.ShippingAnswer:
        with store.database.reading() as session:
            order, _ = orders.read(session, reference)
            earlier: list[DeliveryReport] = [one for one in reports(session, order) if one.status == parcel.status]
        return (
            shipping.ShippingAnswer(False, "It was reported before.") if earlier else reported(store, reference, parcel)
        )

    return patch.object(shipping, "report", report)
