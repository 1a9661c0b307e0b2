"""The shop's page: what it sent to the browser, and what it asked of PortOne for the Buyer."""

from __future__ import annotations

import json
from decimal import Decimal

from pytest_bdd import parsers, then

from conformance.acts import checkouts, seen
from conformance.acts.purchases import Purchase
from conformance.browser.visits import Visit
from conformance.portone import request_pay
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.endings import NotObservable
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Cause, Why, term


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
    sent = f'the string "{amount}"' if text else json.dumps(amount)
    with failing_as(Why.AMOUNT_TYPE, amount=sent, **({"amount_ko": f'문자열 "{amount}"'} if text else {})):
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
    wrong = request_pay.odd_codes(visit.request)
    with failing_as(Why.ODD_CODES, wrong=", ".join(wrong)):
        assert not wrong


@then("no secret of the account is in anything that the shop sent to the browser")
@speaks_of("sdk-request_pay")
def no_secret_reached_the_browser(target: Target, visit: Visit) -> None:
    sought, received = seen.secrets_of(target), visit.received()
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
    named = term("called", *([" + ".join(map(str, codes)) or "none" for codes in called] or ["none"]))
    with failing_as(Why.INIT, expected=own[0], **named):
        assert initialised


@then("the request names the Paymentwall channel")
@speaks_of("sdk-request_pay")
def the_request_names_the_paymentwall_channel(target: Target, visit: Visit) -> None:
    named = request_pay.channels_named(visit.request, checkouts.paymentwall_channels(target))
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
    asked = request_pay.amount_of(visit.request), visit.request.get("currency", "KRW")
    ordered = purchase.order.amount, purchase.order.currency
    with failing_as(Why.PRICE, expected=_price(ordered), price=_price(asked)):
        assert asked == ordered


@then(parsers.parse('the widget asked for is "{one}" or "{other}"'))
@speaks_of("sdk-request_pay")
def the_widget_asked_for_is(visit: Visit, one: str, other: str) -> None:
    asked = (visit.request.get("bypass") or {}).get("widget_code", "pw_1")
    with failing_as(Why.WIDGET_CODE, widget=str(asked), one=one, other=other):
        assert asked in (one, other)


@then("the request asks for no test payment method")
@speaks_of("sdk-request_pay")
def the_request_asks_for_no_test_method(visit: Visit) -> None:
    asks = request_pay.asks_for_test_method(visit.request)
    with failing_as(Why.ASKS_FOR_TEST_METHOD, fields=", ".join(asks)):
        assert not asks


@then("the test payment method is not among it")
@speaks_of("sdk-request_pay")
def the_test_method_is_not_offered(visit: Visit) -> None:
    shown = request_pay.offered_test_methods(visit.widget_text)
    with failing_as(Why.OFFERS_TEST_METHOD, methods=", ".join(shown)):
        assert not shown


def _price(price: tuple[Decimal | None, str]) -> str:
    return f"{price[0]} {price[1]}"
