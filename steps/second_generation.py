"""What only PortOne V2 has: who signs, types that are not known, attempts, and cancellations that were requested."""

from __future__ import annotations

import json

from pytest_bdd import given, parsers, then, when

from conformance.acts import purchases, reviews
from conformance.acts import second_generation as v2
from conformance.acts.purchases import Purchase
from conformance.browser.visits import Visit
from conformance.network.receiver import Delivery
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.observation import failing_as
from conformance.verdict.reasons import Why, term

SIGNED, UNKNOWN = "|".join(v2.SIGNED), "|".join(v2.UNKNOWN)


@when(parsers.re(rf"the Attacker reports that payment as paid, (?P<how>{SIGNED})"))
def the_attacker_reports_it_signed_so(target: Target, purchase: Purchase, how: str) -> None:
    v2.reported_signed(target, purchase, how)


@given(
    parsers.re(r"PortOne signs its webhooks with a second secret too, (?P<where>before|after) the merchant's"),
)
def portone_signs_with_a_second_secret(target: Target, where: str) -> None:
    target.provider.sign_with_another(first=where == "before")


@given(parsers.re(r"PortOne signs its webhooks with the (?P<which>first|second) of the merchant's two secrets alone"))
def portone_signs_with_one_secret_alone(target: Target, which: str) -> None:
    target.provider.sign_with_one(first=which == "first")


@when(parsers.re(rf"PortOne sends a webhook about (?P<what>{UNKNOWN})"), target_fixture="delivery")
def portone_sends_a_webhook_about(target: Target, purchase: Purchase, what: str) -> Delivery:
    return v2.sent_of_unknown_type(target, purchase, what)


@then("the merchant took it")
@speaks_of("delivery")
def the_merchant_took_it(delivery: Delivery) -> None:
    answer = term("answer", f"HTTP {delivery.status}" if delivery.status else "nothing")
    with failing_as(Why.UNKNOWN_TYPE, type=str(delivery.fields.get("type")), **answer):
        assert delivery.status in range(200, 300)


@when(
    "its first attempt is declined, its second one goes through, and PortOne reports the first one last",
    target_fixture="purchase",
)
def its_second_attempt_pays_it(target: Target, purchase: Purchase) -> Purchase:
    return v2.paid_by_the_second_attempt(target, purchase)


@when("PortOne reports that its payment is pending", target_fixture="purchase")
def portone_reports_it_as_pending(target: Target, purchase: Purchase) -> Purchase:
    return reviews.pending(target, purchase)


@given("an order whose payment PortOne has reported as pending", target_fixture="purchase")
def an_order_whose_payment_is_pending(target: Target) -> Purchase:
    return reviews.pending(target, purchases.placed(target))


@then("the total that it asks for is the order's amount in minor units")
@speaks_of("sdk-request_pay")
def the_total_is_in_minor_units(purchase: Purchase, visit: Visit) -> None:
    asked, expected = visit.request.get("totalAmount"), v2.total_in_minor_units(purchase)
    price = {"amount": str(purchase.order.amount), "currency": purchase.order.currency}
    with failing_as(Why.MINOR_UNITS, asked=json.dumps(asked), expected=str(expected), **price):
        assert type(asked) is int
        assert asked == expected


@when("PortOne reports that payment as paid, with the live stage's signature")
def portone_reports_it_with_the_live_signature(target: Target, purchase: Purchase) -> None:
    v2.reported_by_portone(target, purchase)


@when("its cancellation is requested in PortOne's console, and the merchant reconciles open orders")
def its_cancellation_is_requested_and_looked_at(target: Target, purchase: Purchase) -> None:
    v2.requested_in_console(target, purchase, told=False)


@when("the Operator requests its cancellation in PortOne's console")
def the_operator_requests_its_cancellation(target: Target, purchase: Purchase) -> None:
    v2.requested_in_console(target, purchase, told=True)


@when("the Operator stops its cancellation at PortOne, and the merchant reconciles open orders")
def the_operator_stops_its_cancellation(target: Target, purchase: Purchase) -> None:
    v2.stopped(target, purchase)


@when("the Buyer's bank disputes its payment")
def the_buyers_bank_disputes_its_payment(target: Target, purchase: Purchase) -> None:
    v2.disputed(target, purchase)


@then("somebody is told about the dispute")
def somebody_is_told_of_the_dispute(target: Target, purchase: Purchase) -> None:
    told = target.a_person_is_told(purchase.order)
    with failing_as(Why.DISPUTE_UNTOLD, payment=purchase.imp_uid, order=purchase.order.reference):
        assert told
