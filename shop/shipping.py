"""Sending goods: each step of a delivery is registered at PortOne, and what could not be is shown and sent again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy.orm import Session

from shop import orders
from shop.database import DeliveryReport, Order, ShippingAddress
from shop.deliveries import reports, words
from shop.life import REFUNDABLE, State
from shop.portone import PortOneRefused, PortOneUnclear
from shop.results import note_attention
from shop.store import Store

USUAL_DAYS = 7
NEXT_UPDATE = timedelta(days=1)
LONGEST = 64  # characters of a carrier's name and of a tracking number (docs)
SHIPPABLE = frozenset({State.PAID, State.PARTLY_CANCELLED})


class Status(StrEnum):
    """How far the goods have come, in PortOne's words (docs)."""

    ORDER_PLACED = "order_placed"
    ORDER_SHIPPED = "order_shipped"
    DELIVERING = "delivering"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Parcel:
    """What the operator knows of the goods under way, checked."""

    status: Status
    carrier: str
    tracking_number: str
    arrives_at: datetime

    @classmethod
    def of(cls, fields: Mapping[str, object], now: datetime) -> Self:
        """From `status`, `carrier`, `tracking_number` and `arrives_on`, an ISO 8601 date; a week without one.

        Raises ValueError with one sentence for the operator.
        """
        status = fields.get("status")
        if status not in [*Status]:
            raise ValueError(f"The status of a delivery is one of {', '.join(Status)}.")
        carrier, tracking_number = (_line(fields.get(name)) for name in ("carrier", "tracking_number"))
        if not all(0 < len(text) <= LONGEST and text.isprintable() for text in (carrier, tracking_number)):
            raise ValueError(f"Please give the carrier and the tracking number, each of at most {LONGEST} characters.")
        arrives_at = now + timedelta(days=USUAL_DAYS)
        if fields.get("arrives_on"):
            try:
                day = date.fromisoformat(str(fields["arrives_on"]))
            except ValueError:
                raise ValueError("The day of arrival is a date such as 2026-03-08.") from None
            arrives_at = datetime.combine(day, time(12), UTC)
        return cls(Status(str(status)), carrier, tracking_number, arrives_at)


@dataclass(frozen=True)
class ShippingAnswer:
    """What the operator is told: whether the step is registered at PortOne, and if not, why."""

    registered: bool
    message: str


def next_step(known: Sequence[DeliveryReport]) -> Status:
    """What is to be reported next: the step after the furthest that PortOne knows of, or the last there is."""
    order: list[Status] = list(Status)
    passed = max((order.index(Status(one.status)) + 1 for one in known if one.registered), default=0)
    return order[min(passed, len(order) - 1)]


def report(store: Store, reference: str, parcel: Parcel) -> ShippingAnswer:
    """Keeps a step of the order's delivery and registers it at PortOne; doing so again is safe, and is the retry.

    Raises orders.NoSuchOrder.
    """
    with store.database.transaction() as session:
        order = orders.lock(session, reference)
        if not (order.state in SHIPPABLE or reports(session, order)):
            return ShippingAnswer(False, "Only an order that is paid can be sent.")
        address = session.get(ShippingAddress, order.id)
        if address is None:
            return ShippingAnswer(False, "The order has no address that it could be sent to.")
        kept = _kept(session, order, parcel, store.clock())
        fields = _fields(order, address, kept)
        report_id = kept.id
    complaint = _registered(store, fields)
    with store.database.transaction() as session:
        order = orders.lock(session, reference)
        kept = session.get_one(DeliveryReport, report_id)
        kept.registered, kept.message = complaint is None, complaint
        session.flush()
        note_attention(session, order)
    told = f"{words(parcel.status)}: registered at PortOne."
    return ShippingAnswer(complaint is None, complaint or told)


def _line(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _kept(session: Session, order: Order, parcel: Parcel, now: datetime) -> DeliveryReport:
    kept = DeliveryReport(
        order_id=order.id,
        status=parcel.status,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        arrives_at=parcel.arrives_at,
        reported_at=now,
        message="it was on its way to PortOne",
    )
    session.add(kept)
    session.flush()
    return kept


def _fields(order: Order, address: ShippingAddress, step: DeliveryReport) -> dict[str, object]:
    """Everything that PortOne requires of physical goods (docs); times in unix seconds."""
    first, _, last = order.buyer_name.partition(" ")
    next_update = step.reported_at + (timedelta() if step.status == Status.DELIVERED else NEXT_UPDATE)
    return {
        "imp_uid": order.imp_uid,
        "merchant_uid": order.merchant_uid,
        "type": "physical",
        "status": step.status,
        "carrier_type": step.carrier,
        "carrier_tracking_id": step.tracking_number,
        "estimated_delivery_datetime": int(step.arrives_at.timestamp()),
        "estimated_update_datetime": int(next_update.timestamp()),
        "refundable": "yes" if order.state in REFUNDABLE else "no",
        "shipping_address_email": order.buyer_email,
        "shipping_address_firstname": first[:40],
        "shipping_address_lastname": last[:40],
        "shipping_address_street": address.street,
        "shipping_address_city": address.city,
        "shipping_address_zip": address.zip,
        "shipping_address_state": address.state or "N/A",  # outside the USA (docs)
        "shipping_address_country": address.country,
        "shipping_address_phone": address.phone,
    }


def _registered(store: Store, fields: dict[str, object]) -> str | None:
    """Why PortOne did not register the step, None where it did."""
    try:
        store.portone.register_delivery(fields)
    except PortOneRefused as refused:
        return f"PortOne refused: {refused.message}"
    except PortOneUnclear as unclear:
        return f"whether it was registered is not known: {unclear}"
    return None
