"""The Buyer: what they do in the browser, and what the page asked of PortOne for them."""

from __future__ import annotations

import json
from decimal import Decimal

from pytest_bdd import given, parsers, then, when

from conformance.acts import checkouts, claims, declines
from conformance.acts.purchases import Purchase
from conformance.browser import landings, shown
from conformance.browser.journey import PHONE
from conformance.browser.visits import Visit
from conformance.merchant.protocol import Checkout
from conformance.real.paying import pays
from conformance.record.redaction import encodings, spellings
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.endings import NotObservable
from conformance.verdict.observation import for_cause
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


@then("its merchant_uid is not asked for again")
@speaks_of("sdk-request_pay")
def its_merchant_uid_is_not_asked_for_again(purchase: Purchase, visit: Visit) -> None:
    asked = [request.get("merchant_uid") for request in visit.requested]
    paid = purchase.order.merchant_uid
    assert paid not in asked, f"{paid} was paid, and the page asks for it again."


@then("the amount is a number")
@speaks_of("sdk-request_pay")
def the_amount_is_a_number(visit: Visit) -> None:
    amount = visit.request.get("amount")
    seen = f'the string "{amount}"' if isinstance(amount, str) else json.dumps(amount)
    assert isinstance(amount, int | float), f"amount is {seen}; send a number."


@then("the buyer's name has two words")
@speaks_of("sdk-request_pay")
def the_buyers_name_has_two_words(visit: Visit) -> None:
    name = str(visit.request.get("buyer_name") or "")
    assert len(name.split()) >= 2, f"The buyer's name is {name!r}; Paymentwall requires 'Firstname Lastname'."


@then("merchant_uid and name have at most 40 characters")
@speaks_of("sdk-request_pay")
def merchant_uid_and_name_are_short(visit: Visit) -> None:
    long = [name for name in ("merchant_uid", "name") if len(str(visit.request.get(name) or "")) > 40]
    assert not long, f"{' and '.join(long)} of the payment request are longer than 40 characters."


@then("the codes in it are written as they are documented")
@speaks_of("sdk-request_pay")
def the_codes_are_written_as_documented(visit: Visit) -> None:
    wrong = checkouts.odd_codes(visit.request)
    assert not wrong, f"The payment request has {', '.join(wrong)}."


@then("no secret of the account is in anything that the shop sent to the browser")
@speaks_of("sdk-request_pay")
def no_secret_reached_the_browser(target: Target, visit: Visit) -> None:
    sought = {
        written for secret in target.provider.secrets for ways in (spellings, encodings) for written in ways(secret)
    }
    received = visit.received()
    told = [url for url, text in received.items() if any(spelling in text for spelling in sought)]
    assert not told, f"A key or secret that only the server may know is in {' and '.join(told)}."
    checkouts.asked(visit)
    if not received:
        raise NotObservable("nothing that the shop sent to the browser could be read")


@then("the page loaded the SDK from PortOne")
def the_page_loaded_the_sdk_from_portone(visit: Visit) -> None:
    copies = f" It loaded {' and '.join(visit.sdk_copies)}, a copy of its own." if visit.sdk_copies else ""
    assert visit.sdk_urls, f"PortOne's SDK did not come from a host of PortOne to {visit.page.url}.{copies}"


@then("it was initialised once, with the merchant's own code")
@speaks_of("sdk-init")
def it_was_initialised_once(target: Target, visit: Visit) -> None:
    own, called = [target.provider.keys.imp_code], list(visit.inits.values())
    initialised = bool(called) and all(codes == own for codes in called)
    assert initialised, f"Expected IMP.init once in a page, with {own[0]}; it was called with {called}, page by page."


@then("the request names the Paymentwall channel")
@speaks_of("sdk-request_pay")
def the_request_names_the_paymentwall_channel(target: Target, visit: Visit) -> None:
    named = checkouts.channels_named(visit.request, checkouts.paymentwall_channels(target))
    asked = {name: visit.request.get(name) for name in ("channelKey", "pg")}
    assert named, f"Expected the channelKey of a Paymentwall channel, or pg 'paymentwall'; the page passed {asked}."


@then("the request carries:")
@speaks_of("sdk-request_pay")
def the_request_carries(visit: Visit, datatable: list[list[str]]) -> None:
    missing = [name for [name] in datatable if visit.request.get(name) in (None, "")]
    assert not missing, f"The payment request lacks {', '.join(missing)}."


@then("it carries the currency unless that is KRW")
@speaks_of("sdk-request_pay")
def it_carries_the_currency(purchase: Purchase, visit: Visit) -> None:
    asked = visit.request.get("currency", "KRW")
    assert asked == purchase.order.currency, f"The order is in {purchase.order.currency}; the request is in {asked}."


@then("it names the buyer by the e-mail address that the order was placed with")
@speaks_of("sdk-request_pay")
def it_names_the_buyer_by_the_orders_email(purchase: Purchase, visit: Visit) -> None:
    placed, asked = purchase.order.buyer_email, str(visit.request.get("buyer_email"))
    differs = placed is not None and placed.lower() != asked.lower()
    assert not differs, f"The order was placed with the e-mail address {placed}; the request has {asked}."


@then("the request is for the order's amount and currency")
@speaks_of("sdk-request_pay")
def the_request_is_for_the_orders_amount(purchase: Purchase, visit: Visit) -> None:
    asked = checkouts.amount_of(visit.request), visit.request.get("currency", "KRW")
    ordered = purchase.order.amount, purchase.order.currency
    assert asked == ordered, f"The order costs {_price(ordered)}; the browser asks for {_price(asked)}."


@then(parsers.parse('the widget asked for is "{one}" or "{other}"'))
@speaks_of("sdk-request_pay")
def the_widget_asked_for_is(visit: Visit, one: str, other: str) -> None:
    asked = (visit.request.get("bypass") or {}).get("widget_code", "pw_1")
    assert asked in (one, other), f"The page asks for the widget {asked!r}; PortOne supports {one} and {other}."


@then("the payment goes through")
@speaks_of("sdk-callback", "sdk-request_pay")
def the_payment_goes_through(visit: Visit) -> None:
    wrong = checkouts.not_gone_through(visit)
    with for_cause(*checkouts.causes(visit)):
        assert wrong is None, wrong


@then("the page tells the Buyer that it succeeded")
@speaks_of("sdk-callback", "sdk-request_pay")
def the_page_tells_the_buyer_that_it_succeeded(target: Target, purchase: Purchase, visit: Visit) -> None:
    wrong = shown.no_success_shown(visit, _checkout(target, purchase), limit_seconds=target.limit_seconds)
    assert wrong is None, wrong


@then("the Buyer is not shown a success")
@speaks_of("sdk-request_pay")
def the_buyer_is_not_shown_a_success(target: Target, purchase: Purchase, visit: Visit) -> None:
    words = shown.success_shown(visit, _checkout(target, purchase), limit_seconds=target.limit_seconds)
    assert not words, f"The Buyer has not paid, and the page shows {words!r}."


@then("the Buyer is not told that it failed")
@speaks_of("sdk-callback", "sdk-request_pay")
def the_buyer_is_not_told_that_it_failed(target: Target, purchase: Purchase, visit: Visit) -> None:
    words = shown.failure_shown(visit, _checkout(target, purchase), limit_seconds=target.limit_seconds)
    assert not words, f"The Buyer has paid, and the page shows a failure: {words!r}."


@then("the Buyer is told, or can pay in another way")
@speaks_of("sdk-request_pay")
def the_buyer_is_told_of_it(target: Target, purchase: Purchase, visit: Visit) -> None:
    told = declines.told(visit, _checkout(target, purchase), limit_seconds=target.limit_seconds)
    seen = f"no error, no message and no way back to paying; it says {declines.words(visit)[:200]!r}"
    assert told, f"The Buyer's card was declined, and the page {visit.page.url} shows {seen}."


@then("the Buyer is back on the merchant's page, at its m_redirect_url")
@speaks_of("sdk-request_pay")
def the_buyer_is_back_on_the_merchants_page(target: Target, purchase: Purchase, visit: Visit) -> None:
    wrong = landings.objection(visit, _checkout(target, purchase))
    assert wrong is None, wrong


def _checkout(target: Target, purchase: Purchase) -> Checkout:
    return target.merchant.checkout(purchase.order, target.merchant.widgets[0])


def _price(price: tuple[Decimal | None, str]) -> str:
    return f"{price[0]} {price[1]}"


@then("the request asks for no test payment method")
@speaks_of("sdk-request_pay")
def the_request_asks_for_no_test_method(visit: Visit) -> None:
    asks = checkouts.asks_for_test_method(visit.request)
    assert not asks, f"The live shop's payment request asks for the test payment method, with {' and '.join(asks)}."


@then("the test payment method is not among it")
@speaks_of("sdk-request_pay")
def the_test_method_is_not_offered(visit: Visit) -> None:
    shown = checkouts.offered_test_methods(visit.widget_text)
    assert not shown, f"The widget offers {' and '.join(shown)}: a buyer who chooses it pays no money."
