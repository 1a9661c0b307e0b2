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
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Cause, Why, term
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
    with failing_as(Why.ASKED_AGAIN, attempt=paid):
        assert paid not in asked


@then("the amount is a number")
@speaks_of("sdk-request_pay")
def the_amount_is_a_number(visit: Visit) -> None:
    amount = visit.request.get("amount")
    text = isinstance(amount, str)
    seen = f'the string "{amount}"' if text else json.dumps(amount)
    with failing_as(Why.AMOUNT_TYPE, amount=seen, **({"amount_ko": f'문자열 "{amount}"'} if text else {})):
        assert isinstance(amount, int | float)


@then("the buyer's name has two words")
@speaks_of("sdk-request_pay")
def the_buyers_name_has_two_words(visit: Visit) -> None:
    name = str(visit.request.get("buyer_name") or "")
    with failing_as(Why.BUYER_NAME, name=name):
        assert len(name.split()) >= 2


@then("merchant_uid and name have at most 40 characters")
@speaks_of("sdk-request_pay")
def merchant_uid_and_name_are_short(visit: Visit) -> None:
    long = [name for name in ("merchant_uid", "name") if len(str(visit.request.get(name) or "")) > 40]
    with failing_as(Why.TOO_LONG, fields=", ".join(long)):
        assert not long


@then("the codes in it are written as they are documented")
@speaks_of("sdk-request_pay")
def the_codes_are_written_as_documented(visit: Visit) -> None:
    wrong = checkouts.odd_codes(visit.request)
    with failing_as(Why.ODD_CODES, wrong=", ".join(wrong)):
        assert not wrong


@then("no secret of the account is in anything that the shop sent to the browser")
@speaks_of("sdk-request_pay")
def no_secret_reached_the_browser(target: Target, visit: Visit) -> None:
    sought = {
        written for secret in target.provider.secrets for ways in (spellings, encodings) for written in ways(secret)
    }
    received = visit.received()
    told = [url for url, text in received.items() if any(spelling in text for spelling in sought)]
    with failing_as(Why.SECRET_TOLD, urls=", ".join(told)):
        assert not told
    checkouts.asked(visit)
    if not received:
        raise NotObservable(Cause(Why.NOTHING_RECEIVED))


@then("the page loaded the SDK from PortOne")
def the_page_loaded_the_sdk_from_portone(visit: Visit) -> None:
    facts, copies = {"url": visit.page.url}, ", ".join(visit.sdk_copies)
    why = Cause(Why.OWN_SDK, facts={**facts, "copies": copies}) if copies else Cause(Why.NO_SDK, facts=facts)
    with for_cause(why):
        assert visit.sdk_urls


@then("it was initialised once, with the merchant's own code")
@speaks_of("sdk-init")
def it_was_initialised_once(target: Target, visit: Visit) -> None:
    own, called = [target.provider.keys.imp_code], list(visit.inits.values())
    initialised = bool(called) and all(codes == own for codes in called)
    seen = term("called", *([" + ".join(map(str, codes)) or "none" for codes in called] or ["none"]))
    with failing_as(Why.INIT, expected=own[0], **seen):
        assert initialised


@then("the request names the Paymentwall channel")
@speaks_of("sdk-request_pay")
def the_request_names_the_paymentwall_channel(target: Target, visit: Visit) -> None:
    named = checkouts.channels_named(visit.request, checkouts.paymentwall_channels(target))
    asked = (str(visit.request.get(name) or "none") for name in ("channelKey", "pg"))
    channel, pg = (term(name, one) for name, one in zip(("channel", "pg"), asked, strict=True))
    with failing_as(Why.CHANNEL_NAMED, **channel, **pg):
        assert named


@then("the request carries:")
@speaks_of("sdk-request_pay")
def the_request_carries(visit: Visit, datatable: list[list[str]]) -> None:
    missing = [name for [name] in datatable if visit.request.get(name) in (None, "")]
    with failing_as(Why.REQUEST_LACKS, fields=", ".join(missing)):
        assert not missing


@then("it carries the currency unless that is KRW")
@speaks_of("sdk-request_pay")
def it_carries_the_currency(purchase: Purchase, visit: Visit) -> None:
    asked = visit.request.get("currency", "KRW")
    with failing_as(Why.CURRENCY, expected=purchase.order.currency, currency=str(asked)):
        assert asked == purchase.order.currency


@then("it names the buyer by the e-mail address that the order was placed with")
@speaks_of("sdk-request_pay")
def it_names_the_buyer_by_the_orders_email(purchase: Purchase, visit: Visit) -> None:
    placed, asked = purchase.order.buyer_email, str(visit.request.get("buyer_email"))
    differs = placed is not None and placed.lower() != asked.lower()
    with failing_as(Why.EMAIL, expected=str(placed), email=asked):
        assert not differs


@then("the request is for the order's amount and currency")
@speaks_of("sdk-request_pay")
def the_request_is_for_the_orders_amount(purchase: Purchase, visit: Visit) -> None:
    asked = checkouts.amount_of(visit.request), visit.request.get("currency", "KRW")
    ordered = purchase.order.amount, purchase.order.currency
    with failing_as(Why.PRICE, expected=_price(ordered), price=_price(asked)):
        assert asked == ordered


@then(parsers.parse('the widget asked for is "{one}" or "{other}"'))
@speaks_of("sdk-request_pay")
def the_widget_asked_for_is(visit: Visit, one: str, other: str) -> None:
    asked = (visit.request.get("bypass") or {}).get("widget_code", "pw_1")
    with failing_as(Why.WIDGET_CODE, widget=str(asked), one=one, other=other):
        assert asked in (one, other)


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


def _price(price: tuple[Decimal | None, str]) -> str:
    return f"{price[0]} {price[1]}"


@then("the request asks for no test payment method")
@speaks_of("sdk-request_pay")
def the_request_asks_for_no_test_method(visit: Visit) -> None:
    asks = checkouts.asks_for_test_method(visit.request)
    with failing_as(Why.ASKS_FOR_TEST_METHOD, fields=", ".join(asks)):
        assert not asks


@then("the test payment method is not among it")
@speaks_of("sdk-request_pay")
def the_test_method_is_not_offered(visit: Visit) -> None:
    shown = checkouts.offered_test_methods(visit.widget_text)
    with failing_as(Why.OFFERS_TEST_METHOD, methods=", ".join(shown)):
        assert not shown
