"""The Buyer: what they do in the browser, and what comes of it for them."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from conformance.acts import checkouts, claims, declines
from conformance.acts.purchases import Purchase
from conformance.browser import landings, shown
from conformance.browser.journey import PHONE
from conformance.browser.visits import Visit
from conformance.merchant.protocol import Checkout
from conformance.real.paying import pays
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Why
from fixtures.browser import NewJourney

METHODS = "PayPal|KakaoPay"
DECLINED = "|".join(declines.CARDS)
ON_THE_WAY_BACK = "|".join(claims.ON_THE_WAY_BACK)


@given("a checkout in which buyers can pay")
@pays(once="checkout works")
def a_checkout_in_which_buyers_can_pay(target: Target, new_journey: NewJourney) -> None:
    checkouts.works(target, new_journey)


@when("the Buyer goes to pay it", target_fixture="visit")
def the_buyer_goes_to_pay_it(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.asked_to_pay(target, purchase, new_journey())


@when(parsers.parse('the Buyer goes to pay it through the widget "{widget}"'), target_fixture="visit")
def the_buyer_goes_to_pay_it_through(target: Target, purchase: Purchase, new_journey: NewJourney, widget: str) -> Visit:
    return checkouts.asked_to_pay(target, purchase, new_journey(), widget=widget)


@when(parsers.parse('the Buyer pays it through the widget "{widget}"'), target_fixture="visit")
@pays()
def the_buyer_pays_it_through(target: Target, purchase: Purchase, new_journey: NewJourney, widget: str) -> Visit:
    return checkouts.paid(target, purchase, new_journey(), widget=widget)


@when(parsers.re(rf"the Buyer pays it by (?P<method>{METHODS}) in the widget"), target_fixture="visit")
def the_buyer_pays_it_by_a_method(target: Target, purchase: Purchase, new_journey: NewJourney, method: str) -> Visit:
    return checkouts.paid_by(target, purchase, new_journey(), method)


@when("the Buyer pays it in the widget", target_fixture="visit")
@pays()
def the_buyer_pays_it(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.paid(target, purchase, new_journey())


@when("the Buyer pays it, and PortOne's webhook comes", target_fixture="visit")
def the_buyer_pays_it_and_the_webhook_comes(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.paid_and_reported(target, purchase, new_journey())


@when("the Buyer pays it, its webhook is lost, and the merchant reconciles open orders", target_fixture="purchase")
@pays()
def the_buyer_pays_it_and_the_webhook_is_lost(target: Target, purchase: Purchase, new_journey: NewJourney) -> Purchase:
    purchase, _ = checkouts.paid_in_silence(target, purchase, new_journey())
    target.see_to_open_orders(purchase.order)
    return purchase


@when("the Buyer of each pays it, and the Buyer's return and PortOne's webhook come at the same moment")
def the_buyers_return_and_the_webhook_meet(target: Target, several: list[Purchase], new_journey: NewJourney) -> None:
    for purchase in several:
        checkouts.met(target, purchase, new_journey("hold"))


@when(parsers.re(rf"the Buyer pays it by a card that (?P<wrong>{DECLINED}), and gives up"), target_fixture="visit")
def the_buyer_is_declined(target: Target, purchase: Purchase, new_journey: NewJourney, wrong: str) -> Visit:
    return checkouts.declined(target, purchase, new_journey(), declines.CARDS[wrong])


@when("the Buyer pays it on a phone by a card that is declined, and gives up", target_fixture="visit")
def the_buyer_is_declined_on_a_phone(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.declined(target, purchase, new_journey(device=PHONE), declines.CARDS["is declined"])


@when("the Buyer closes the widget while the payment is under way, which then goes through", target_fixture="purchase")
def the_buyer_closes_the_widget_too_late(target: Target, purchase: Purchase, new_journey: NewJourney) -> Purchase:
    return checkouts.closed_too_late(target, purchase, new_journey())


@when("the Buyer pays it on a phone", target_fixture="visit")
@pays()
def the_buyer_pays_it_on_a_phone(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.paid(target, purchase, new_journey(device=PHONE))


@when(parsers.parse('the Buyer pays it on a phone through the widget "{widget}"'), target_fixture="visit")
def the_buyer_pays_it_on_a_phone_through(
    target: Target, purchase: Purchase, new_journey: NewJourney, widget: str
) -> Visit:
    return checkouts.paid(target, purchase, new_journey(device=PHONE), widget=widget)


@when(
    "the Buyer pays it in the first of two tabs, its webhook is lost, and the merchant reconciles open orders",
    target_fixture="purchase",
)
def the_buyer_pays_in_the_first_of_two_tabs(target: Target, purchase: Purchase, new_journey: NewJourney) -> Purchase:
    purchase = claims.paid_in_the_first_tab(target, purchase, [new_journey("deny"), new_journey("deny")])
    target.see_to_open_orders(purchase.order)
    return purchase


@given("an order that was paid in the first of two tabs", target_fixture="purchase")
def an_order_that_was_paid_in_the_first_tab(target: Target, new_journey: NewJourney) -> Purchase:
    return claims.seen_paid_in_the_first_tab(target, [new_journey("deny"), new_journey("deny")])


@when(
    parsers.re(rf"PortOne reports its payment, and the Buyer's browser reports it twice, (?P<where>{ON_THE_WAY_BACK})"),
    target_fixture="purchase",
)
def the_buyers_browser_reports_it_twice(
    target: Target, purchase: Purchase, new_journey: NewJourney, where: str
) -> Purchase:
    return claims.paid_and_reported_again(target, purchase, new_journey("deny"), where)


@when("the Buyer pays it in one tab, and the card is declined in another", target_fixture="purchase")
def the_buyers_card_is_declined_in_another_tab(target: Target, purchase: Purchase, new_journey: NewJourney) -> Purchase:
    return claims.another_tab_failed(target, purchase, [new_journey("deny"), new_journey("deny")])


@when("the Buyer pays it and the browser dies at once", target_fixture="visit")
@pays()
def the_buyer_pays_it_and_the_browser_dies(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.paid_and_lost(target, purchase, new_journey("lose"))


@when("the Buyer tries to pay it again", target_fixture="visit")
def the_buyer_tries_to_pay_it_again(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.tried_again(target, purchase, new_journey())


@when("the Buyer looks at what the widget offers", target_fixture="visit")
def the_buyer_looks_at_the_widget(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.looked_at(target, purchase, new_journey())


@when(parsers.parse('the Buyer closes the widget "{widget}"'), target_fixture="visit")
def the_buyer_closes_the_widget(target: Target, purchase: Purchase, new_journey: NewJourney, widget: str) -> Visit:
    return checkouts.closed(target, purchase, new_journey(), widget=widget)


@when("the Buyer closes the widget, comes back and pays", target_fixture="visit")
@pays()
def the_buyer_closes_the_widget_and_pays(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.closed_and_paid(target, purchase, new_journey())


@then("the payment goes through")
@speaks_of("sdk-callback", "sdk-request_pay")
def the_payment_goes_through(visit: Visit) -> None:
    wrong = checkouts.not_gone_through(visit)
    with for_cause(*([wrong] if wrong else [])):
        assert wrong is None


@then("the page tells the Buyer that it succeeded")
@speaks_of("sdk-callback", "sdk-request_pay")
def the_page_tells_the_buyer_that_it_succeeded(target: Target, purchase: Purchase, visit: Visit) -> None:
    wrong = shown.no_success_shown(visit, _checkout(target, purchase), limit_seconds=target.limit_seconds)
    with for_cause(*([wrong] if wrong else [])):
        assert wrong is None


@then("the Buyer is not shown a success")
@speaks_of("sdk-request_pay")
def the_buyer_is_not_shown_a_success(target: Target, purchase: Purchase, visit: Visit) -> None:
    words = shown.success_shown(visit, _checkout(target, purchase), limit_seconds=target.limit_seconds)
    with failing_as(Why.TOLD_SUCCESS, words=words):
        assert not words


@then("the Buyer is not told that it failed")
@speaks_of("sdk-callback", "sdk-request_pay")
def the_buyer_is_not_told_that_it_failed(target: Target, purchase: Purchase, visit: Visit) -> None:
    words = shown.failure_shown(visit, _checkout(target, purchase), limit_seconds=target.limit_seconds)
    with failing_as(Why.TOLD_FAILURE, words=words):
        assert not words


@then("the Buyer is told, or can pay in another way")
@speaks_of("sdk-request_pay")
def the_buyer_is_told_of_it(target: Target, purchase: Purchase, visit: Visit) -> None:
    told = declines.told(visit, _checkout(target, purchase), limit_seconds=target.limit_seconds)
    with failing_as(Why.DECLINE_UNTOLD, url=visit.page.url, words=declines.words(visit)[:200]):
        assert told


@then("the Buyer is back on the merchant's page, at its m_redirect_url")
@speaks_of("sdk-request_pay")
def the_buyer_is_back_on_the_merchants_page(target: Target, purchase: Purchase, visit: Visit) -> None:
    wrong = landings.objection(visit, _checkout(target, purchase))
    with for_cause(*([wrong] if wrong else [])):
        assert wrong is None


def _checkout(target: Target, purchase: Purchase) -> Checkout:
    return target.merchant.checkout(purchase.order, target.merchant.widgets[0])
