"""PortOne: what it reports to the merchant, and how its account is set."""

from __future__ import annotations

from dataclasses import replace

from pytest_bdd import given, parsers, then, when

from conformance.acts import (
    checkouts,
    forgeries,
    later,
    mispayments,
    placing,
    purchases,
    seen,
    transit,
    troubles,
    turned_away,
)
from conformance.acts.purchases import Purchase
from conformance.browser.visits import Visit
from conformance.merchant.protocol import OrderView
from conformance.network.receiver import Delivery
from conformance.real.paying import pays
from conformance.record import calls, pretences
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.endings import NotObservable
from conformance.verdict.observation import failing_as, for_cause, stands_on
from conformance.verdict.reasons import Cause, Why, term

HEADERS = "|".join(pretences.ADDRESS_HEADERS)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@given(parsers.re(r"PortOne sends its webhooks in the configured Content-Type (?P<charset>with|without) a charset"))
def portone_sends_its_webhooks_as_configured(target: Target, charset: str) -> None:
    target.provider.configure({"webhook": {target.stage: {"charset": charset == "with"}}})


@given("PortOne sends its webhooks in the other Content-Type")
def portone_sends_its_webhooks_in_the_other_content_type(target: Target) -> None:
    configured = target.provider.console().webhook_content_type
    other = FORM if configured == JSON else JSON
    target.provider.configure({"webhook": {target.stage: {"content_type": other}}})


@given("PortOne gives notice of every cancellation")
def portone_gives_notice_of_every_cancellation(target: Target) -> None:
    later.gives_notice(target, later.ALWAYS)


@given("PortOne gives notice of cancellations only on request")
def portone_gives_notice_only_on_request(target: Target) -> None:
    later.gives_notice(target, later.ON_REQUEST)


@given(parsers.re(r"PortOne's webhook comes (?P<when>before|after|together with) the Buyer's return"))
def portones_webhook_comes(target: Target, when: str) -> None:
    target.provider.configure({"webhook_order": when.split()[0]})


@given(parsers.re(rf"an SDK whose callback carries (?P<told>{'|'.join(checkouts.CALLBACKS)})"))
def an_sdk_that_tells_of_success_by(target: Target, told: str) -> None:
    names = checkouts.CALLBACKS[told]
    target.provider.configure({"sdk_success": names[0]} if names else {"sdk_callback": "reduced"})


@when("a Buyer pays it and the merchant looks the payment up", target_fixture="purchase")
def a_buyer_pays_it_and_the_merchant_looks_it_up(target: Target, purchase: Purchase) -> Purchase:
    return purchases.looked_up(target, purchase)


@when("PortOne reports its payment", target_fixture="purchase")
@pays()
def portone_reports_its_payment(target: Target, purchase: Purchase) -> Purchase:
    return purchases.reported(target, purchase)


@when(parsers.parse('a buyer from "{country}" pays it'), target_fixture="purchase")
@pays()
def a_buyer_from_a_country_pays_it(target: Target, purchase: Purchase, country: str) -> Purchase:
    return purchases.reported(target, purchase, country=country)


@when(parsers.parse("PortOne delivers its webhook {times:d} more times"))
def portone_delivers_its_webhook_more_times(target: Target, purchase: Purchase, times: int) -> None:
    transit.repeated(target, purchase, times, last=False)


@when("PortOne delivers the webhook of somebody else's payment")
def portone_delivers_the_webhook_of_somebody_elses_payment(target: Target, elses: Purchase) -> None:
    target.receiver.repeat(purchases.withheld(target, elses))


@when(
    parsers.re(rf"PortOne reports a payment of (?P<price>{'|'.join(mispayments.PRICES)}) for it"),
    target_fixture="purchase",
)
def portone_reports_a_payment_of_another_price(target: Target, purchase: Purchase, price: str) -> Purchase:
    return mispayments.mispaid(target, purchase, price)


@when("PortOne reports a payment for an order that the merchant does not have", target_fixture="delivery")
def portone_reports_a_payment_for_an_unknown_order(target: Target) -> Delivery:
    return troubles.stray(target)


@when(parsers.parse("PortOne delivers each webhook {times:d} times at the same moment"))
def portone_delivers_each_webhook_at_the_same_moment(target: Target, several: list[Purchase], times: int) -> None:
    for purchase in several:
        target.receiver.at_once(purchases.withheld(target, purchase), times)


@given("PortOne delivers webhooks again")
def portone_delivers_webhooks_again(target: Target) -> None:
    target.provider.configure({"redelivery": True})


@when("PortOne reports its payment and holds the look-up back for a while", target_fixture="meanwhile")
def portone_holds_the_look_up_back(target: Target, purchase: Purchase) -> OrderView:
    return troubles.reported_and_held_back(target, purchase)[1]


@when(
    parsers.re(rf"PortOne reports its payment and answers the look-up with (?P<failure>{'|'.join(troubles.FAILURES)})"),
    target_fixture="purchase",
)
def portone_answers_the_look_up_with(target: Target, purchase: Purchase, failure: str) -> Purchase:
    return troubles.reported_and_not_looked_up(target, purchase, failure)


@when(
    parsers.re(rf"PortOne delivers its webhook, from a stranger's address by (?P<header>{HEADERS})"),
    target_fixture="delivery",
)
def portone_delivers_from_a_strangers_address(target: Target, purchase: Purchase, header: str) -> Delivery:
    known = purchases.withheld(target, purchase)
    claimed = pretences.claiming(header, forgeries.STRANGERS_ADDRESS)
    return target.receiver.repeat(replace(known, headers={**known.headers, **claimed}))


@then("the merchant did not turn it away because of that")
@speaks_of("delivery")
def the_header_closed_no_door(target: Target, purchase: Purchase, delivery: Delivery) -> None:
    if delivery.status in range(200, 300):
        return
    again = target.receiver.repeat(purchases.withheld(target, purchase))
    if again.status not in range(200, 300):
        raise NotObservable(Cause(Why.HEADER_CHANGES_NOTHING, facts={"status": str(again.status)}))
    with failing_as(Why.HEADER_BELIEVED, **term("answer", seen.http(delivery.status)), without=str(again.status)):
        assert delivery.status in range(200, 300)


@when("PortOne reports its payment and takes none of the access tokens from before", target_fixture="purchase")
def portone_takes_no_old_token(target: Target, purchase: Purchase) -> Purchase:
    return troubles.reported_to_an_old_token(target, purchase)


@when("PortOne reports its payment and gives no access token at first", target_fixture="purchase")
def portone_gives_no_token_at_first(target: Target, purchase: Purchase) -> Purchase:
    return troubles.reported_without_a_token(target, purchase)


@when("it is cancelled while the look-up of its first webhook is under way")
def it_is_cancelled_while_the_look_up_is_under_way(target: Target, purchase: Purchase) -> None:
    troubles.cancelled_meanwhile(target, purchase)


@when("Paymentwall approves its payment while a look-up that saw it fail is under way")
def paymentwall_approves_its_payment_meanwhile(target: Target, purchase: Purchase) -> None:
    troubles.approved_meanwhile(target, purchase)


@when("the Operator has PortOne's console send a test webhook that says ready", target_fixture="answered")
def the_operator_sends_a_test_webhook_that_says_ready(target: Target) -> int | None:
    return purchases.tested(target, "ready")


@when("the Operator has PortOne's console send its test webhook", target_fixture="answered")
def the_operator_sends_the_test_webhook(target: Target) -> int | None:
    return purchases.tested(target, "paid")


@when(
    parsers.parse("PortOne reports its payment and {times:d} answers of the merchant are lost"),
    target_fixture="purchase",
)
def portone_loses_answers(target: Target, purchase: Purchase, times: int) -> Purchase:
    return troubles.reported_and_answers_lost(target, purchase, times)


@when("PortOne delivers the webhook of the cancellation, and that of the payment after it")
def portone_delivers_the_newer_webhook_first(target: Target, purchase: Purchase) -> None:
    kept = purchases.all_withheld(target, purchase)
    if len(kept) < 2:
        raise NotObservable(Cause(Why.ONE_WEBHOOK, facts={"number": str(len(kept)), "payment": purchase.imp_uid}))
    for delivery in reversed(kept):
        target.receiver.repeat(delivery)


@when(
    parsers.re(
        rf"PortOne reports its payment and names (?P<country>{'|'.join(troubles.ODD_COUNTRIES)}) as the country"
    ),
    target_fixture="purchase",
)
def portone_names_an_odd_country(target: Target, purchase: Purchase, country: str) -> Purchase:
    return troubles.reported_with_country(target, purchase, troubles.ODD_COUNTRIES[country])


@then("the merchant answered it without a server error")
@speaks_of("delivery")
def the_merchant_answered_it_without_a_server_error(answered: int | None) -> None:
    with failing_as(Why.TEST_WEBHOOK, **term("answer", f"HTTP {answered}" if answered else "nothing")):
        assert answered in range(200, 500)


@then("it was not turned away before anybody read it")
@speaks_of("delivery")
def it_was_not_turned_away(target: Target, answered: int | None) -> None:
    cause = turned_away.likely_cause(target, answered)
    with failing_as(Why.TURNED_AWAY, status=str(answered), **term("said", cause or "none")):
        assert cause is None


@then("the amount was registered at PortOne beforehand")
@speaks_of("sdk-request_pay")
def the_amount_was_registered(target: Target, visit: Visit) -> None:
    merchant_uid = str(visit.request.get("merchant_uid") or "")
    with stands_on("CHECKOUT-03"), failing_as(Why.NO_ATTEMPT):
        assert merchant_uid
    asked = target.timeline.events("prepare", merchant_uid=merchant_uid, source="merchant")
    prepared = [one for one in asked if one.status != 401]  # whoever has no key has said nothing
    with failing_as(Why.NEVER_PREPARED, attempt=merchant_uid):
        assert prepared


@when("PortOne delivers its webhook with unknown fields")
def portone_delivers_its_webhook_with_unknown_fields(target: Target, purchase: Purchase) -> None:
    known = purchases.withheld(target, purchase).fields
    target.receiver.forge({**known, "loyalty_points": 3, "metadata": {"channel": None}}, source="portone")


@when("PortOne reports its payment and adds unknown fields to the look-up", target_fixture="purchase")
def portone_adds_unknown_fields_to_the_look_up(target: Target, purchase: Purchase) -> Purchase:
    return troubles.reported_with(target, purchase, {"loyalty_points": 3, "metadata": {"channel": None}})


@when("a webhook about it arrives with another country in it")
def a_webhook_arrives_with_another_country(target: Target, purchase: Purchase) -> None:
    known = placing.deliveries(target, purchase)[0].fields
    target.receiver.forge({**known, "country_code": "AQ", "extension": {"country_code": "AQ"}})


@when(parsers.parse("PortOne delivers its last webhook {times:d} more times"))
def portone_delivers_its_last_webhook_again(target: Target, purchase: Purchase, times: int) -> None:
    transit.repeated(target, purchase, times, last=True)


@then("the cancellation carries the amount that can still be cancelled as its checksum")
@speaks_of("cancel")
def the_cancellation_carries_a_checksum(target: Target, purchase: Purchase) -> None:
    asked = seen.cancellations_asked(target, purchase)
    checksums = [str(body.get("checksum")) for body in asked]
    right = any(calls.is_amount(checksum, purchase.order.amount) for checksum in checksums)
    expected = str(purchase.order.amount)
    had = Cause(Why.NO_CHECKSUM, facts={"amount": expected})
    if any("checksum" in body for body in asked):
        had = Cause(Why.WRONG_CHECKSUM, facts={"amount": expected, "checksums": ", ".join(checksums)})
    with for_cause(had):
        assert right


@then("PortOne was asked to cancel that payment")
@speaks_of("cancel")
def portone_was_asked_to_cancel_that_payment(target: Target, purchase: Purchase) -> None:
    about = target.observed(lambda: target.timeline.events("cancel", imp_uid=purchase.imp_uid, source="merchant"), bool)
    asked = target.timeline.events("cancel", source="merchant")
    payment, others = {"payment": purchase.imp_uid}, ", ".join(str(event.imp_uid) for event in asked)
    with for_cause(
        Cause(Why.ASKED_FOR_OTHERS, facts={**payment, "others": others})
        if asked
        else Cause(Why.ASKED_FOR_NONE, facts=payment)
    ):
        assert about
