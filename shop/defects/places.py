"""Faults in where things are: the country that a look-up names, and the order whose parcel is registered."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import select, text
from sqlalchemy.orm import object_session

from shop import results, shipping
from shop.database import KnownPayment, Order, ShippingAddress
from shop.defects.delivering import registering
from shop.defects.registry import SAME_NUMBER, defect, together
from shop.defects.speaking import reading
from shop.portone import Payment
from shop.results import Result
from shop.store import Store


def _countries(change: Callable[[str], str | None]) -> AbstractContextManager[Any]:
    return reading(
        lambda payment, _answer: replace(payment, country=change(payment.country) if payment.country else None)
    )


@defect("COUNTRY-02")
def keeps_no_country() -> AbstractContextManager[Any]:
    """The country that a look-up names is written down nowhere."""
    return _countries(lambda _code: None)


@defect("COUNTRY-02")
def calls_britain_by_its_other_code() -> AbstractContextManager[Any]:
    """GB is kept as UK and GR as EL, as forms for value-added tax have them."""
    return _countries(lambda code: {"GB": "UK", "GR": "EL"}.get(code, code))


@defect("COUNTRY-02")
def takes_norway_for_no() -> AbstractContextManager[Any]:
    """The country passes through YAML, where NO is not true, so that Norway is no country."""
    return _countries(lambda code: None if code == "NO" else code)


@defect("COUNTRY-02")
def counts_territories_to_their_state() -> AbstractContextManager[Any]:
    """Puerto Rico is kept as the United States, and Hong Kong as China."""
    return _countries(lambda code: {"PR": "US", "HK": "CN"}.get(code, code))


@defect("DELIVERY-01")
def registers_every_parcel_for_one_buyer() -> AbstractContextManager[Any]:
    """Every delivery is registered with the e-mail address of the shop's own logistics."""
    return registering(lambda fields: {**fields, "shipping_address_email": "logistics@example.net"})


@defect("DELIVERY-01")
def registers_the_newest_payment() -> AbstractContextManager[Any]:
    """A delivery is registered for the payment that came in last, whichever order is sent."""
    kept = results.keep
    newest: dict[str, str] = {}

    def keep(store: Store, payment: Payment) -> Result | None:
        result = kept(store, payment)
        if result is not None and payment.status == "paid":
            newest.update(imp_uid=payment.imp_uid, merchant_uid=payment.merchant_uid)
        return result

    return together(patch.object(results, "keep", keep), registering(lambda fields: {**fields, **newest}))


@defect("DELIVERY-01", only_v1=SAME_NUMBER)
def registers_the_first_payment_of_the_order() -> AbstractContextManager[Any]:
    """A delivery is registered for the first payment of its order, also where that failed and another paid it."""
    made = shipping._fields

    def fields(order: Order, address: ShippingAddress, step: Any) -> dict[str, object]:
        session = object_session(order)
        own = select(KnownPayment).where(KnownPayment.order_id == order.id).order_by(text("rowid"))
        first = session.scalars(own).first() if session else None
        named = {"imp_uid": first.imp_uid, "merchant_uid": first.merchant_uid} if first else {}
        return {**made(order, address, step), **named}

    return patch.object(shipping, "_fields", fields)
