"""The Merchant: how it reconciles orders without a result."""

from __future__ import annotations

from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from conformance.acts import mispayments, troubles, untimely
from conformance.acts.purchases import Purchase
from conformance.merchant.protocol import OrderView
from conformance.record.orders import GONE
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.observation import failing_as
from conformance.verdict.reasons import Why, term


@when("an hour passes, and the merchant reconciles open orders")
def the_merchant_sees_to_open_orders_an_hour_later(target: Target, purchase: Purchase) -> None:
    target.advance(timedelta(hours=1))
    target.see_to_open_orders(purchase.order)


@when("an hour passes, and the merchant's job runs while nobody opens the order")
def the_merchants_job_runs_an_hour_later(target: Target, purchase: Purchase) -> None:
    target.advance(timedelta(hours=1))
    troubles.reconciled_by_one_look(target, purchase, troubles.JOB)()


@when("the merchant reconciles open orders")
def the_merchant_sees_to_open_orders(target: Target, purchase: Purchase) -> None:
    troubles.reconciled(target, purchase)


@given("a merchant who finds payments that no webhook reported")
def a_merchant_who_finds_payments(target: Target) -> None:
    troubles.finds_payments(target)


@when(
    parsers.re(rf"the merchant reconciles it, and its payment (?P<what>{'|'.join(mispayments.OUTCOMES)})"),
    target_fixture="purchase",
)
@when(
    parsers.re(rf"the merchant reconciles it, and its payment is of (?P<what>{'|'.join(mispayments.PRICES)})"),
    target_fixture="purchase",
)
def the_merchant_reconciles_an_unpaid_order(target: Target, purchase: Purchase, what: str) -> Purchase:
    purchase = mispayments.in_silence(target, purchase, what)
    troubles.reconciled(target, purchase)
    return purchase


@when(
    "its first card is declined, its second pays in silence, and the merchant reconciles open orders",
    target_fixture="purchase",
)
def the_merchant_reconciles_after_a_decline(target: Target, purchase: Purchase) -> Purchase:
    purchase = untimely.declined_and_paid_in_silence(target, purchase)
    target.see_to_open_orders(purchase.order)
    return purchase


@when("the merchant reconciles open orders while PortOne fails, and again later", target_fixture="meanwhile")
def the_merchant_sees_to_open_orders_in_vain(target: Target, purchase: Purchase) -> OrderView:
    meanwhile = troubles.open_orders_seen_to_in_vain(target, purchase)
    target.see_to_open_orders(purchase.order)
    return meanwhile


@then("the order was not cancelled without a look-up")
@speaks_of("cancel")
def the_order_was_not_cancelled_unseen(target: Target, purchase: Purchase, meanwhile: OrderView) -> None:
    with failing_as(Why.UNSEEN_GONE, payment=purchase.imp_uid, **term("state", meanwhile.state)):
        assert meanwhile.state not in GONE
    sent_back = target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant")
    sent_back += target.timeline.events("cancel", merchant_uid=purchase.order.merchant_uid, source="merchant")
    with failing_as(Why.UNSEEN_CANCELLED, payment=purchase.imp_uid):
        assert not sent_back
