"""The Merchant: how it sends goods, and what PortOne receives about it."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from conformance.acts import purchases, shipments
from conformance.acts.purchases import Purchase
from conformance.acts.shipments import TROUBLES
from conformance.record import calls
from conformance.target.target import Target
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Why


@given("a merchant who registers deliveries")
def a_merchant_who_registers_deliveries(target: Target) -> None:
    shipments.registers(target)


@given("an order whose delivery could not be registered", target_fixture="purchase")
def an_order_whose_delivery_could_not_be_registered(target: Target) -> Purchase:
    return shipments.shipped_while(target, purchases.paid(target), "Paymentwall finds a field missing")


@when("the Merchant ships it", target_fixture="purchase")
def the_merchant_ships_it(target: Target, purchase: Purchase) -> Purchase:
    return shipments.shipped(target, purchase)


@when("the Merchant ships it once more", target_fixture="purchase")
def the_merchant_ships_it_once_more(target: Target, purchase: Purchase) -> Purchase:
    return shipments.shipped_again(target, purchase)


@when("the Merchant reports one step of its delivery after the other", target_fixture="purchase")
def the_merchant_reports_one_step_after_the_other(target: Target, purchase: Purchase) -> Purchase:
    return shipments.gone_its_way(target, purchase)


@when(parsers.re(rf"the Merchant ships it, and (?P<trouble>{'|'.join(TROUBLES)})"), target_fixture="purchase")
def the_merchant_ships_it_and(target: Target, purchase: Purchase, trouble: str) -> Purchase:
    return shipments.shipped_while(target, purchase, trouble)


@then("its delivery is registered at PortOne")
def its_delivery_is_registered(target: Target, purchase: Purchase) -> None:
    taken = shipments.registered(target, purchase)
    with failing_as(Why.NOT_REGISTERED, payment=purchase.imp_uid, **shipments.answers(target, purchase)):
        assert taken


@then("PortOne was given every field that the type of the goods requires")
def portone_was_told_with_every_field(target: Target, purchase: Purchase) -> None:
    lacking = sorted({name for event in shipments.registrations(target, purchase) for name in shipments.missing(event)})
    with failing_as(Why.REGISTRATION_LACKS, payment=purchase.imp_uid, fields=", ".join(lacking)):
        assert not lacking


@then("PortOne was given the e-mail address that the order was placed with")
def portone_was_given_the_orders_email(target: Target, purchase: Purchase) -> None:
    placed = purchase.order.buyer_email
    told = {str(calls.body_of(one).get("shipping_address_email")) for one in shipments.registrations(target, purchase)}
    wrong = sorted(one for one in told if placed is not None and one.lower() != placed.lower())
    with failing_as(Why.DELIVERY_EMAIL, expected=str(placed), email=", ".join(wrong)):
        assert not wrong


@then("PortOne was told that the goods are physical")
def portone_was_told_that_the_goods_are_physical(target: Target, purchase: Purchase) -> None:
    told = {str(calls.body_of(event).get("type")) for event in shipments.registrations(target, purchase)}
    wrong = sorted(told - {"physical"})
    with failing_as(Why.REGISTERED_AS, payment=purchase.imp_uid, types=", ".join(wrong)):
        assert not wrong


@then("each step is registered at PortOne")
def each_step_is_registered(target: Target, purchase: Purchase) -> None:
    every = shipments.known_to_portone(target)
    taken = shipments.steps_of(shipments.registered(target, purchase, every))
    lacking = [status for status in every if status not in taken]
    with failing_as(Why.STEPS_LACKING, steps=", ".join(lacking)):
        assert not lacking


@then("the Merchant was shown that its delivery is not registered")
def the_merchant_was_shown_that_it_is_not_registered(target: Target, purchase: Purchase) -> None:
    wrong = shipments.no_error_shown(target, purchase)
    with for_cause(*([wrong] if wrong else [])):
        assert wrong is None
