"""The Merchant: its orders, and what it says of them."""

from __future__ import annotations

from decimal import Decimal

from pytest_bdd import given, parsers, then

from conformance.acts import claims, mispayments, portions, purchases, seen, troubles
from conformance.acts.purchases import Purchase
from conformance.acts.refunds import ORDINALS
from conformance.merchant.protocol import OrderView
from conformance.network.receiver import Delivery
from conformance.real.paying import pays
from conformance.record.orders import GONE, OrderState
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Cause, Why, term

NTH = "|".join(ORDINALS)


@given("an order", target_fixture="purchase")
def an_order(target: Target) -> Purchase:
    return purchases.placed(target)


@given(parsers.parse("an order in a currency with {decimals:d} decimals"), target_fixture="purchase")
def an_order_in_a_currency_with_decimals(target: Target, decimals: int) -> Purchase:
    return purchases.placed_in(target, decimals)


@given("an order that was paid", target_fixture="purchase")
@pays()
def an_order_that_was_paid(target: Target) -> Purchase:
    return purchases.paid(target)


@given("an order that was paid with a method that is cancelled at once", target_fixture="purchase")
def an_order_paid_with_a_method_cancelled_at_once(target: Target) -> Purchase:
    return purchases.paid(target, method="paypal")


@given("an order that was paid with a method that cannot be cancelled", target_fixture="purchase")
def an_order_paid_with_a_method_that_cannot_be_cancelled(target: Target) -> Purchase:
    return purchases.paid(target, method="paysafecard")


@given(parsers.re(rf"an order whose payment (?P<went>{'|'.join(mispayments.OUTCOMES)})"), target_fixture="purchase")
def an_order_whose_payment_does_not_pay_it(target: Target, went: str) -> Purchase:
    return mispayments.unpaid(target, went)


@given("an order whose payment was cancelled, and which says so", target_fixture="purchase")
def an_order_whose_payment_was_cancelled(target: Target) -> Purchase:
    return troubles.cancelled_and_seen(target)


@given(parsers.parse('an order that a buyer from "{country}" paid'), target_fixture="purchase")
@pays()
def an_order_that_a_buyer_from_a_country_paid(target: Target, country: str) -> Purchase:
    return purchases.paid_at_portone(target, purchases.placed(target), country=country)


@given("a merchant who acts on webhooks")
@pays(once="acts on webhooks")
def a_merchant_who_acts_on_webhooks(target: Target) -> None:
    purchases.acts_on_webhooks(target)


@given("a merchant whose orders can be asked for by attempt")
def a_merchant_whose_orders_can_be_asked_for_by_attempt(target: Target) -> None:
    troubles.can_be_asked_by_attempt(target)


@given("a merchant who looks payments up")
@pays(once="acts on webhooks")  # taken on trust here
def a_merchant_who_looks_payments_up(target: Target) -> None:
    purchases.looks_payments_up(target)


@given(parsers.parse('a merchant who offers the widget "{widget}"'))
def a_merchant_who_offers_the_widget(target: Target, widget: str) -> None:
    if widget not in target.merchant.widgets:
        raise NotApplicable(Cause(Why.NO_SUCH_WIDGET, facts={"merchant": target.merchant.name, "widget": widget}))


@given("somebody else's order that was paid", target_fixture="elses")
@pays()
def somebody_elses_order_that_was_paid(target: Target) -> Purchase:
    return purchases.paid(target)


@given("somebody else's order whose payment was not reported yet", target_fixture="elses")
@pays()
def somebody_elses_order_whose_payment_was_not_reported_yet(target: Target) -> Purchase:
    return claims.elses_unreported(target)


@given("an order whose payment was not reported yet", target_fixture="purchase")
@pays()
def an_order_whose_payment_was_not_reported_yet(target: Target) -> Purchase:
    return purchases.unreported(target)


@given(parsers.parse('an order that was paid from "{country}"'), target_fixture="purchase")
def an_order_that_was_paid_from(target: Target, country: str) -> Purchase:
    return purchases.paid_from(target, country)


@given(parsers.parse("{number:d} orders"), target_fixture="several")
def orders(target: Target, number: int) -> list[Purchase]:
    return [purchases.placed(target) for _ in range(number)]


@given(parsers.parse("{number:d} orders whose payments were not reported yet"), target_fixture="several")
@pays()
def orders_whose_payments_were_not_reported_yet(target: Target, number: int) -> list[Purchase]:
    return [purchases.unreported(target) for _ in range(number)]


@given(parsers.parse("{number:d} orders that were paid"), target_fixture="several")
def orders_that_were_paid(target: Target, number: int) -> list[Purchase]:
    return [purchases.paid(target) for _ in range(number)]


@then(parsers.re(r"the order is (?P<state>paid|waiting for cancellation|cancelled|partly cancelled)"))
def the_order_is(target: Target, purchase: Purchase, state: str) -> None:
    expected = OrderState(state)
    view = target.settled(purchase.order, expected=expected)
    with seen.expecting(target, purchase, expected, view):
        assert view.state is expected


@then(parsers.re(r"the order is still (?P<state>paid|unpaid|waiting for cancellation|partly cancelled|cancelled)"))
def the_order_is_still(target: Target, purchase: Purchase, state: str) -> None:
    view = target.settled(purchase.order)
    with seen.expecting(target, purchase, OrderState(state), view):
        assert view.state is OrderState(state)
    seen.all_arrived(target)


@then("the order is not called cancelled")
def the_order_is_not_called_cancelled(target: Target, purchase: Purchase) -> None:
    view = target.settled(purchase.order)
    with failing_as(Why.NOT_KNOWN_YET, payment=purchase.imp_uid, **term("state", view.state)):
        assert view.state not in GONE


@then("the order is still not paid")
def the_order_is_still_not_paid(target: Target, purchase: Purchase) -> None:
    view = target.settled(purchase.order)
    not_paid = (OrderState.UNPAID, OrderState.FAILED, OrderState.CANCELLED)
    with seen.expecting(target, purchase, OrderState.UNPAID, view):
        assert view.state in not_paid
    seen.all_arrived(target)


@then("the order was unpaid for that while")
@speaks_of("look-up")
def the_order_was_unpaid_for_that_while(purchase: Purchase, meanwhile: OrderView) -> None:
    with failing_as(Why.HELD_BACK, order=purchase.order.reference, **term("state", meanwhile.state)):
        assert meanwhile.state is OrderState.UNPAID


@then("the order is paid, or the money is sent back")
def the_order_is_paid_or_the_money_is_sent_back(target: Target, purchase: Purchase) -> None:
    view = target.settled(purchase.order, expected=OrderState.PAID)
    sent_back = target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant")
    with seen.expecting(target, purchase, OrderState.PAID, view, neither=Why.NOT_SENT_BACK):
        assert view.state is OrderState.PAID or sent_back


@then("each order is paid")
def each_order_is_paid(target: Target, several: list[Purchase]) -> None:
    for purchase in several:
        the_order_is(target, purchase, OrderState.PAID)


@then(parsers.re(rf"the (?P<one>{NTH}) and the (?P<other>{NTH}) order are cancelled"))
def two_orders_are_cancelled(target: Target, several: list[Purchase], one: str, other: str) -> None:
    for nth in (one, other):
        the_order_is(target, several[ORDINALS.index(nth)], OrderState.CANCELLED)


@then(parsers.re(rf"the (?P<nth>{NTH}) order is still waiting for cancellation"))
def an_order_is_still_waiting(target: Target, several: list[Purchase], nth: str) -> None:
    purchase, expected = several[ORDINALS.index(nth)], OrderState.WAITING_FOR_CANCELLATION
    view = target.settled(purchase.order)
    with seen.expecting(target, purchase, expected, view):
        assert view.state is expected


@then(parsers.re(rf"the (?P<nth>{NTH}) order is not called cancelled"))
def an_order_of_several_is_not_called_cancelled(target: Target, several: list[Purchase], nth: str) -> None:
    the_order_is_not_called_cancelled(target, several[ORDINALS.index(nth)])


@then("each was fulfilled once")
def each_was_fulfilled_once(target: Target, several: list[Purchase]) -> None:
    fulfilments = [seen.times_fulfilled(target, purchase.order) for purchase in several]
    with for_cause(seen.fulfilled(fulfilments)):
        assert set(fulfilments) == {1}
    seen.all_arrived(target)


@then("the merchant still has no such order")
def the_merchant_still_has_no_such_order(target: Target, delivery: Delivery) -> None:
    merchant_uid = str(delivery.fields["merchant_uid"])
    view = target.settled(troubles.by_attempt(merchant_uid))
    of_any = view.state is OrderState.UNPAID and view.word == troubles.view_of_nobodys(target).word
    # A shop that makes an order of its payment says of any number that nothing is paid yet.
    with failing_as(Why.STRAY_ORDER, attempt=merchant_uid, **term("state", view.state)):
        assert of_any or view.state is OrderState.MISSING
    seen.all_arrived(target)


@then("the merchant still acts on webhooks")
@pays()
def the_merchant_still_acts_on_webhooks(target: Target) -> None:
    the_order_is(target, purchases.reported(target, purchases.placed(target)), OrderState.PAID)


@then("somebody is told, or the money is sent back")
def somebody_is_told_or_the_money_is_sent_back(target: Target, purchase: Purchase) -> None:
    target.settled(purchase.order)
    sent_back = target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant")
    seen_to = sent_back or target.a_person_is_told(purchase.order)
    with failing_as(Why.MISPAID_IN_SILENCE, payment=purchase.imp_uid, order=purchase.order.reference):
        assert seen_to


@then("its whole amount is cancelled")
def its_whole_amount_is_cancelled(target: Target, purchase: Purchase) -> None:
    _cancelled(target, purchase, purchase.order.amount)


@then("two thirds of its amount are cancelled")
def two_thirds_of_its_amount_are_cancelled(target: Target, purchase: Purchase) -> None:
    _cancelled(target, purchase, portions.two_parts(target, purchase.order))


@then("a third of its amount is cancelled")
def a_third_of_its_amount_is_cancelled(target: Target, purchase: Purchase) -> None:
    _cancelled(target, purchase, portions.a_part(target, purchase.order))


def _cancelled(target: Target, purchase: Purchase, amount: Decimal) -> None:
    view = target.settled(purchase.order)
    with for_cause(seen.cancelled(purchase, amount, view)):
        assert view.cancelled_amount == amount


@then("it was fulfilled once")
def it_was_fulfilled_once(target: Target, purchase: Purchase) -> None:
    times = seen.times_fulfilled(target, purchase.order)
    facts = {"order": purchase.order.reference, "number": str(times)}
    with for_cause(Cause(Why.FULFILLED, facts=facts)):
        assert times == 1
    seen.all_arrived(target)


@then("the merchant's look-up found it")
@speaks_of("look-up")
def the_merchants_look_up_found_it(target: Target, purchase: Purchase) -> None:
    target.settled(purchase.order, expected=OrderState.PAID)
    statuses = seen.look_ups(target, purchase)
    with failing_as(Why.NOT_FOUND, payment=purchase.imp_uid, **seen.listed("answers", statuses)):
        assert 200 in statuses


@then("the order names no country")
def the_order_names_no_country(target: Target, purchase: Purchase) -> None:
    country = seen.country_of(target.settled(purchase.order, expected=OrderState.PAID))
    with failing_as(Why.COUNTRY, payment=purchase.imp_uid, **term("expected", "none"), stored=str(country)):
        assert country is None


@then("the order's country is the one that the look-up gives")
def the_orders_country_is_the_looked_up_one(target: Target, purchase: Purchase) -> None:
    country = seen.looked_up_country(target, purchase)
    view = target.settled(purchase.order, expected=OrderState.PAID)
    stored = term("stored", view.country or "none")
    with failing_as(Why.COUNTRY, payment=purchase.imp_uid, expected=country, **stored):
        assert view.country == country
    seen.all_arrived(target)
