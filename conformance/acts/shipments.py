"""Purchases under way: the steps of a delivery that the merchant reports, and what PortOne was told about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from conformance.acts import purchases, seen
from conformance.acts.purchases import Purchase
from conformance.merchant.protocol import ActionAnswer, MerchantUnreachable
from conformance.record import calls
from conformance.record.orders import DeliveryStatus
from conformance.record.timeline import Event
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotApplicable, NotObservable
from conformance.verdict.observation import failing_as, stands_on
from conformance.verdict.reasons import Cause, Why, term

ALWAYS = (
    "imp_uid", "merchant_uid", "type", "status", "estimated_delivery_datetime", "estimated_update_datetime",
    "refundable", "shipping_address_email",
)  # fmt: skip
PHYSICAL = (
    "carrier_type", "carrier_tracking_id", "shipping_address_firstname", "shipping_address_lastname",
    "shipping_address_street", "shipping_address_city", "shipping_address_zip", "shipping_address_state",
    "shipping_address_country", "shipping_address_phone",
)  # fmt: skip
"""What PortOne requires, and of physical goods besides (docs, POST /paymentwall/delivery)."""
INCOMPLETE: Mapping[str, object] = {
    "code": 1,
    "message": "Please fill in all required fields",
    "response": {
        "error_code": 3008,
        "error": "Please fill in all required fields",
        "notices": ["carrier_tracking_id is required"],
    },
}
TROUBLES: Mapping[str, Mapping[str, object]] = {
    "Paymentwall finds a field missing": {"what": "answer", "status": 200, "body": INCOMPLETE},
    "PortOne answers with a server error": {"what": "answer", "status": 500},
    "PortOne's answer to the step is lost": {"what": "break"},
}
"""What may happen to a registration."""


def shipped(target: Target, purchase: Purchase) -> Purchase:
    """The same order after the merchant said that it is shipped; what it was answered is kept."""
    return _reported(target, purchase, _shipping_step(target))


def gone_its_way(target: Target, purchase: Purchase) -> Purchase:
    """The same order after every step of its delivery. Raises NotApplicable where the merchant knows one only."""
    steps = target.merchant.delivery_statuses
    if len(steps) < 2:
        raise NotApplicable(seen.of_merchant(Why.ONE_STEP, target, steps=", ".join(steps)))
    for status in steps:
        purchase = _reported(target, purchase, status)
    return purchase


def known_to_portone(target: Target) -> list[DeliveryStatus]:
    """The merchant's steps that PortOne has a word for."""
    return [status for status in target.merchant.delivery_statuses if status in target.provider.delivery_statuses]


def shipped_while(target: Target, purchase: Purchase, trouble: str) -> Purchase:
    """The same order after it was shipped and this went wrong with the registration.

    Raises Blocked by DELIVERY-01 where PortOne was never asked.
    """
    with target.provider.fault(call="delivery", times=None, **TROUBLES[trouble]):
        try:
            purchase = shipped(target, purchase)
        except MerchantUnreachable as unreachable:  # an error of the merchant's own is a way to show it
            purchase = replace(purchase, shipping=ActionAnswer(accepted=False, message=str(unreachable)))
        target.settled(purchase.order)
    with stands_on("DELIVERY-01"), failing_as(Why.NEVER_SENT, payment=purchase.imp_uid):
        assert registrations(target, purchase)
    return purchase


def shipped_again(target: Target, purchase: Purchase) -> Purchase:
    """The same order after the merchant did again what it does to register a delivery."""
    purchase = shipped(target, purchase)
    target.see_to_open_orders(purchase.order)
    return purchase


def registers(target: Target) -> None:
    """Make sure, once a run, that shipping an order registers it. Raises Blocked by DELIVERY-01."""
    target.once("registers deliveries", lambda: _registers(target))


def _registers(target: Target) -> None:
    purchase = shipped(target, purchases.paid(target))
    with stands_on("DELIVERY-01"), failing_as(Why.NOT_THERE, payment=purchase.imp_uid):
        assert registered(target, purchase)


def registrations(target: Target, purchase: Purchase) -> list[Event]:
    """Each time that the merchant told PortOne of the order's delivery."""
    return target.timeline.events("delivery", imp_uid=purchase.imp_uid, source="merchant", target="portone")


def registered(target: Target, purchase: Purchase, steps: Collection[str] = ()) -> list[Event]:
    """The registrations that PortOne took, as soon as these steps, or any, are among them."""
    return target.observed(
        lambda: [event for event in registrations(target, purchase) if calls.is_success(event)],
        lambda taken: bool(taken) and steps_of(taken).issuperset(steps),
    )


def steps_of(events: Iterable[Event]) -> set[str]:
    """The steps that these registrations are about, in PortOne's words."""
    return {str(calls.body_of(event).get("status")) for event in events}


def missing(event: Event) -> list[str]:
    """The fields that its type requires and a registration lacks, or leaves empty."""
    body = calls.body_of(event)
    names = ALWAYS if body.get("type") == "digital" else ALWAYS + PHYSICAL
    return [name for name in names if not str(body.get(name) if body.get(name) is not None else "").strip()]


def answers(target: Target, purchase: Purchase) -> Mapping[str, str]:
    """What PortOne answered to the registrations, as a fact."""
    return seen.listed("answers", [calls.answer_of(event) for event in registrations(target, purchase)])


def no_error_shown(target: Target, purchase: Purchase) -> Cause | None:
    """What is wrong with how the merchant showed that a delivery is not registered; None where it did.

    By the answer of its action, or, where it asks PortOne later, by what it brings to a person's attention. Raises
    NotObservable where its file says of neither how it is read.
    """
    answer = purchase.shipping
    if answer is None:
        return Cause(Why.SHIPPING_UNUSED)
    if target.settled(purchase.order).attention or not answer.accepted:
        return None
    if not answer.message and Probe.ATTENTION not in target.capabilities:
        raise NotObservable(seen.of_merchant(Why.NO_MESSAGE, target, **term("action", "shipping action")))
    return Cause(Why.SHIPPING_SHOWN, facts={"words": answer.message})


def _reported(target: Target, purchase: Purchase, status: DeliveryStatus) -> Purchase:
    return replace(purchase, shipping=target.merchant.ship(purchase.order, status))


def _shipping_step(target: Target) -> DeliveryStatus:
    """The step that says that goods left the house, or the merchant's first where it does not know it."""
    known = target.merchant.delivery_statuses
    return DeliveryStatus.ORDER_SHIPPED if DeliveryStatus.ORDER_SHIPPED in known else known[0]
