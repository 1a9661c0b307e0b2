"""The Merchant: what it is asked to refund, and what it says of an order that is being cancelled."""

from __future__ import annotations

from datetime import timedelta

from pytest_bdd import given, parsers, then, when

from conformance.acts import mispayments, portions, purchases, refunds, seen, unsettled
from conformance.acts.purchases import Purchase
from conformance.acts.refunds import NOTICES, REFUSED_SILENTLY, STILL_WORKED_ON, TROUBLES
from conformance.real.paying import pays
from conformance.record.orders import GONE, Asker, OrderState
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Why, term

TWO_DAYS = timedelta(days=2)
ASKERS = "|".join(asker for asker in Asker if asker is not Asker.ENTITLED)


@given("an order that is waiting for cancellation", target_fixture="purchase")
@pays()
def an_order_that_is_waiting_for_cancellation(target: Target) -> Purchase:
    return purchases.waiting(target)


@given("an order whose refund was asked for", target_fixture="purchase")
def an_order_whose_refund_was_asked_for(target: Target) -> Purchase:
    return purchases.not_yet_cancelled(target)


@given(parsers.parse("{number:d} orders that are waiting for cancellation"), target_fixture="several")
def orders_that_are_waiting_for_cancellation(target: Target, number: int) -> list[Purchase]:
    return [purchases.waiting(target) for _ in range(number)]


@given(
    parsers.parse("an order in a currency with {decimals:d} decimals, of which a third is cancelled"),
    target_fixture="purchase",
)
@pays()
def an_order_of_which_a_third_is_cancelled(target: Target, decimals: int) -> Purchase:
    return refunds.partly_cancelled(target, decimals)


@given("an order of which a third is cancelled", target_fixture="purchase")
def an_order_of_which_a_part_is_cancelled(target: Target) -> Purchase:
    return refunds.partly_cancelled(target)


@given("an order that was paid after a card had been declined", target_fixture="purchase")
def an_order_that_was_paid_after_a_decline(target: Target) -> Purchase:
    return mispayments.paid_after_a_decline(target)


@given(parsers.parse("an order that was paid in a currency with {decimals:d} decimals"), target_fixture="purchase")
@pays()
def an_order_that_was_paid_in_a_currency_with_decimals(target: Target, decimals: int) -> Purchase:
    return purchases.paid_order(target, purchases.placed_in(target, decimals))


@given("an order whose refund was refused", target_fixture="purchase")
def an_order_whose_refund_was_refused(target: Target) -> Purchase:
    return purchases.refused(target, method="paysafecard")


@given("a merchant who refunds parts")
def a_merchant_who_refunds_parts(target: Target) -> None:
    refunds.refunds_parts(target)


@given("a merchant who can refund")
def a_merchant_who_can_refund(target: Target) -> None:
    purchases.can_refund(target)


@when("the Merchant is asked to refund it", target_fixture="purchase")
def the_merchant_is_asked_to_refund_it(target: Target, purchase: Purchase) -> Purchase:
    return purchases.refunded(target, purchase)


@when("the Merchant is asked to refund it again two days later", target_fixture="purchase")
def the_merchant_is_asked_to_refund_it_again(target: Target, purchase: Purchase) -> Purchase:
    target.advance(TWO_DAYS)
    return purchases.refunded(target, purchase)


@when("a third of it is refunded and Paymentwall accepts", target_fixture="purchase")
def a_third_of_it_is_refunded(target: Target, purchase: Purchase) -> Purchase:
    return purchases.cancelled(target, purchase, portions.a_part(target, purchase.order))


@when("the rest of it is refunded and Paymentwall accepts", target_fixture="purchase")
def the_rest_of_it_is_refunded(target: Target, purchase: Purchase) -> Purchase:
    return purchases.cancelled(target, purchase, portions.the_rest(target, purchase.order))


@then("no part of it is called cancelled")
def no_part_of_it_is_called_cancelled(target: Target, purchase: Purchase) -> None:
    view = target.settled(purchase.order)
    early = view.state in (*GONE, OrderState.PARTLY_CANCELLED) or bool(view.cancelled_amount)
    back = term("back", str(view.cancelled_amount or "none"))
    with failing_as(Why.PART_WAITS, payment=purchase.imp_uid, **term("state", view.state), **back):
        assert not early


@then("the order is not called cancelled as a whole")
def the_order_is_not_called_cancelled_as_a_whole(target: Target, purchase: Purchase) -> None:
    view = target.settled(purchase.order)
    with failing_as(Why.PART_ONLY, **term("state", view.state)):
        assert view.state in (OrderState.PARTLY_CANCELLED, OrderState.PAID)


@then("the payment was looked up afterwards")
def the_payment_was_looked_up_afterwards(target: Target, purchase: Purchase) -> None:
    after = refunds.look_ups_after_asking(target, purchase)
    with failing_as(Why.UNCLEAR_UNSEEN, payment=purchase.imp_uid):
        assert after


@then("the order is cancelled, or somebody is told")
def the_order_is_cancelled_or_somebody_is_told(target: Target, purchase: Purchase) -> None:
    view = target.settled(purchase.order, expected=OrderState.CANCELLED)
    seen_to = view.state is OrderState.CANCELLED or target.a_person_is_told(purchase.order)
    with seen.expecting(target, purchase, OrderState.CANCELLED, view, neither=Why.NOBODY_TOLD):
        assert seen_to


@given(
    parsers.re(rf"an order that waits, and whose ticket (?P<becomes>{STILL_WORKED_ON}|{REFUSED_SILENTLY})"),
    target_fixture="purchase",
)
def an_order_that_waits_while_its_ticket(target: Target, becomes: str) -> Purchase:
    return refunds.waiting_while_its_ticket(target, becomes)


@given("an order that was paid in a currency that Paymentwall does not settle in", target_fixture="purchase")
def an_order_that_is_settled_in_another_currency(target: Target) -> Purchase:
    return refunds.settled_abroad(target)


@given("a merchant who shows refusals")
def a_merchant_who_shows_refusals(target: Target) -> None:
    refunds.shows_refusals(target)


@given("an order whose refund PortOne refused for the moment", target_fixture="purchase")
def an_order_whose_refund_was_refused_for_the_moment(target: Target) -> Purchase:
    return refunds.refused_for_the_moment(target)


@given(
    "an order of which the Operator cancelled a third in PortOne's console, without the merchant knowing",
    target_fixture="purchase",
)
def an_order_cancelled_in_part_without_the_merchant_knowing(target: Target) -> Purchase:
    return refunds.cancelled_unnoticed(target)


@given(
    parsers.re(rf"an order whose refund was asked for when (?P<trouble>{'|'.join(TROUBLES)})"),
    target_fixture="purchase",
)
def an_order_whose_refund_was_asked_for_when(target: Target, trouble: str) -> Purchase:
    purchase = refunds.refunded_while(target, purchases.paid(target), trouble)
    purchases.has_a_ticket(target, purchase)
    return purchase


@given("a merchant who hears of cancellations in PortOne's console")
def a_merchant_who_hears_of_the_console(target: Target) -> None:
    refunds.hears_of_the_console(target)


@given("a merchant who ends the waiting when a result comes")
@pays(once="ends the waiting")
def a_merchant_with_whom_a_result_ends_the_waiting(target: Target) -> None:
    refunds.ends_the_waiting(target)


@when(
    parsers.re(rf"the Merchant is asked to refund it, and (?P<trouble>{'|'.join(TROUBLES)})"),
    target_fixture="purchase",
)
def the_merchant_is_asked_to_refund_it_and(target: Target, purchase: Purchase, trouble: str) -> Purchase:
    return refunds.refunded_while(target, purchase, trouble)


@when("the Merchant is asked to refund a third of it, and PortOne refuses", target_fixture="purchase")
def the_merchant_is_asked_to_refund_a_third_in_vain(target: Target, purchase: Purchase) -> Purchase:
    return refunds.refused_at_portone(target, purchase, portions.a_part(target, purchase.order))


@when(
    "the Merchant is asked to refund it, and PortOne takes none of the access tokens from before",
    target_fixture="purchase",
)
def the_merchant_refunds_with_an_old_token(target: Target, purchase: Purchase) -> Purchase:
    return unsettled.refunded_with_an_old_token(target, purchase)


@when("the Merchant is asked to refund it, and PortOne's notice comes before its answer", target_fixture="purchase")
def the_merchant_is_asked_and_the_notice_is_faster(target: Target, purchase: Purchase) -> Purchase:
    return unsettled.noticed_before_the_answer(target, purchase)


@when(
    parsers.re(rf"the Merchant is asked to refund a third of it, and (?P<trouble>{'|'.join(TROUBLES)})"),
    target_fixture="purchase",
)
def the_merchant_is_asked_to_refund_a_third_and(target: Target, purchase: Purchase, trouble: str) -> Purchase:
    return refunds.refunded_while(target, purchase, trouble, portions.a_part(target, purchase.order))


@when("the Merchant is asked to refund a third of it", target_fixture="purchase")
def the_merchant_is_asked_to_refund_a_third(target: Target, purchase: Purchase) -> Purchase:
    return purchases.refunded(target, purchase, portions.a_part(target, purchase.order))


@when(
    parsers.re(rf"the Merchant is asked to refund (?P<what>{'|'.join(portions.NO_AMOUNTS)}) of it"),
    target_fixture="purchase",
)
def the_merchant_is_asked_to_refund_no_amount(target: Target, purchase: Purchase, what: str) -> Purchase:
    return portions.asked_for_none(target, purchase, what)


@when(parsers.parse("the Merchant is asked {times:d} times at the same moment to refund each"))
def the_merchant_is_asked_at_the_same_moment(target: Target, several: list[Purchase], times: int) -> None:
    refunds.asked_at_once(target, several, times)


@when(parsers.parse("the Merchant is asked {times:d} times at the same moment to refund a third of each"))
def the_merchant_is_asked_at_the_same_moment_for_a_third(target: Target, several: list[Purchase], times: int) -> None:
    refunds.asked_at_once(target, several, times, in_part=True)


@given("a merchant who ends the waiting for a part when its result comes")
def a_merchant_with_whom_the_result_of_a_part_ends_the_waiting(target: Target) -> None:
    refunds.ends_the_waiting_for_parts(target)


@when(
    parsers.re(rf"the Merchant is asked to refund it, and PortOne's notice comes (?P<how>{'|'.join(NOTICES)})"),
    target_fixture="purchase",
)
def the_merchant_is_asked_and_the_notice_comes(target: Target, purchase: Purchase, how: str) -> Purchase:
    return refunds.noticed(target, how, lambda: purchases.refunded(target, purchase))


@when(parsers.re(rf"(?P<asker>{ASKERS}) asks for its refund"), target_fixture="purchase")
def somebody_asks_for_its_refund(target: Target, purchase: Purchase, asker: str) -> Purchase:
    return refunds.asked_by(target, purchase, Asker(asker))


@when("two days pass")
def two_days_pass(target: Target) -> None:
    target.advance(TWO_DAYS)


@when("its waiting passes the Merchant's limit")
def its_waiting_passes_the_merchants_limit(target: Target, purchase: Purchase) -> None:
    refunds.waited_too_long(target)
    target.see_to_open_orders(purchase.order)


@then("somebody is told that it waits")
def somebody_is_told_that_it_waits(target: Target, purchase: Purchase) -> None:
    limit = target.merchant.waiting_limit or refunds.UNLIMITED
    view = target.settled(purchase.order)
    with failing_as(Why.WAITS_IN_SILENCE, order=purchase.order.reference, days=str(limit.days)):
        assert view.attention


@then("the Merchant was shown that it was refused")
def the_merchant_was_shown_that_it_was_refused(target: Target, purchase: Purchase) -> None:
    wrong = seen.no_refusal_shown(target, purchase)
    with for_cause(*([wrong] if wrong else [])):
        assert wrong is None


@then("no money goes back that the Merchant's checksum does not cover")
@speaks_of("cancel")
def no_money_goes_back_uncovered(target: Target, purchase: Purchase) -> None:
    wrong = refunds.uncovered(target, purchase)
    with failing_as(Why.UNCOVERED, payment=purchase.imp_uid, **term("checksums", *wrong)):
        assert not wrong
