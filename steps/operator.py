"""The Operator: who owns the accounts at PortOne and Paymentwall and looks into their consoles."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlsplit

from pytest_bdd import given, parsers, then, when

from conformance.acts import portions, refunds, stages
from conformance.acts.purchases import Purchase
from conformance.browser.visits import Visit
from conformance.network import certificates
from conformance.portone import consoles, request_pay
from conformance.portone.api import Channel, KeyedCard, Payment, PortOneRefused
from conformance.portone.consoles import Console
from conformance.real import run_verdicts
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Cause, Why, term


@when("the Operator asks PortOne for an access token", target_fixture="token_or_refusal")
def the_operator_asks_for_an_access_token(target: Target) -> str | PortOneRefused:
    try:
        return target.provider.api.token()
    except PortOneRefused as refusal:
        return refusal


@when("the Operator lists the account's channels", target_fixture="channels")
def the_operator_lists_the_channels(target: Target) -> list[Channel]:
    return target.provider.api.channels()


@when("the Operator opens the project at Paymentwall", target_fixture="console")
@when("the Operator opens this stage's webhook settings at PortOne", target_fixture="console")
@when("the Operator opens the account's settings at PortOne", target_fixture="console")
def the_operator_opens_the_console(target: Target) -> Console:
    return target.provider.console()


@when("the Operator looks the payment up with its extension", target_fixture="looked_up")
def the_operator_looks_the_payment_up(target: Target, purchase: Purchase) -> Payment:
    return target.provider.api.payment(purchase.imp_uid)


@when("the Operator cancels its payment in PortOne's console")
def the_operator_cancels_in_the_console(target: Target, purchase: Purchase) -> None:
    refunds.cancelled_in_console(target, purchase)


@when("the Operator cancels a third of its payment in PortOne's console")
def the_operator_cancels_a_third_in_the_console(target: Target, purchase: Purchase) -> None:
    refunds.part_cancelled_in_console(target, purchase, portions.a_part(target, purchase.order))


@when("the Operator cancels a third of its payment in PortOne's console, and then another")
def the_operator_cancels_two_thirds_in_the_console(target: Target, purchase: Purchase) -> None:
    part = portions.a_part(target, purchase.order)
    for before in (Decimal(0), part):
        refunds.part_cancelled_in_console(target, purchase, part, before)


@given(
    parsers.parse("{number:d} orders whose payments the Operator is cancelling in PortOne's console"),
    target_fixture="several",
)
def orders_being_cancelled_in_the_console(target: Target, number: int) -> list[Purchase]:
    return [refunds.being_cancelled_in_console(target) for _ in range(number)]


@then("PortOne gives one")
def portone_gives_one(token_or_refusal: str | PortOneRefused) -> None:
    with failing_as(Why.TOKEN_REFUSED, said=str(token_or_refusal)):
        assert not isinstance(token_or_refusal, PortOneRefused)


@then("one of them takes payments through Paymentwall")
def one_of_them_takes_payments_through_paymentwall(channels: list[Channel]) -> None:
    paymentwall = [channel for channel in channels if channel.takes_paymentwall]
    led = term("providers", *([channel.pg_provider for channel in channels] or ["none"]))
    with failing_as(Why.NO_PAYMENTWALL_CHANNEL, **led):
        assert paymentwall


@then(parsers.re(r"the channel that it names takes (?P<stage>test|live) payments"))
@speaks_of("sdk-request_pay")
def the_channel_that_it_names_takes_payments_of(target: Target, visit: Visit, stage: str) -> None:
    channel = stages.channel_of(target, visit)
    mode = "test" if channel.sandbox else "live"
    with failing_as(Why.CHANNEL_STAGE, **term("stage", target.stage), **term("mode", mode), mid=channel.pg_id):
        assert mode == stage


@then("the channel that it names has the MID that the console generated")
@speaks_of("sdk-request_pay")
def the_channel_has_the_generated_mid(target: Target, visit: Visit) -> None:
    mid, generated = stages.channel_of(target, visit).pg_id, target.provider.console().generated_mid
    with failing_as(Why.GENERATED_MID, expected=str(generated), mid=mid):
        assert mid == generated


@then("the channel that it names has the issued Project Key as its MID")
@speaks_of("sdk-request_pay")
def the_channel_has_the_project_key(target: Target, visit: Visit) -> None:
    mid, issued = stages.channel_of(target, visit).pg_id, target.provider.console().project_key
    with failing_as(Why.ISSUED_KEY, expected=str(issued), mid=mid):
        assert mid == issued


@then("the keys of the channel that it names are well-formed and no test keys")
@speaks_of("sdk-request_pay")
def the_keys_of_the_channel_are_live_keys(target: Target, visit: Visit) -> None:
    channel = stages.channel_of(target, visit)
    odd = consoles.odd_keys(stages.keys_of(target, channel), target.provider.console().channels)
    with failing_as(Why.ODD_KEYS, channel=str(channel.channel_key), **term("wrong", *odd)):
        assert not odd


@when("the Operator has PortOne charge a card that was keyed in", target_fixture="charged")
def the_operator_has_a_card_charged(target: Target) -> Payment | PortOneRefused:
    try:
        return target.provider.api.charge_keyed_in(stages.own_channel(target), KeyedCard())
    except PortOneRefused as refusal:
        return refusal


@then("the card was charged")
def the_card_was_charged(charged: Payment | PortOneRefused) -> None:
    why = Cause(Why.CARD_NOT_PAID, facts={"status": str(charged.status)})
    if isinstance(charged, PortOneRefused):
        why = Cause(Why.CARD_REFUSED, facts={"said": str(charged)})
    with for_cause(why):
        assert charged.status == "paid"


@when("the Operator tries a secure connection to the webhook address", target_fixture="untrusted")
def the_operator_tries_a_secure_connection(target: Target) -> str | None:
    return certificates.objection(target.endpoint, target.ca_file, limit_seconds=target.limit_seconds)


@then("the webhook address is an HTTPS one with a valid certificate")
def the_webhook_address_is_secured(target: Target, untrusted: str | None) -> None:
    with failing_as(Why.UNTRUSTED, url=target.endpoint, said=str(untrusted)):
        assert untrusted is None


@then("each notice_url that it passes is the merchant's")
@speaks_of("sdk-request_pay")
def each_notice_url_is_the_merchants(target: Target, visit: Visit) -> None:
    own = {urlsplit(url).netloc for url in (target.endpoint, target.receiver.url, target.merchant.webhook_url())}
    passed = request_pay.addresses_of_notices(visit.request)
    elsewhere = [url for url in passed if urlsplit(url).netloc not in own]
    with failing_as(Why.NOTICE_ELSEWHERE, urls=", ".join(elsewhere), own=", ".join(sorted(own))):
        assert not elsewhere


@then("webhooks that were not taken are delivered again")
def webhooks_that_were_not_taken_are_delivered_again(console: Console) -> None:
    with failing_as(Why.NO_REDELIVERY):
        assert console.redelivery


@then("only addresses on a list may call the REST API")
def only_addresses_on_a_list_may_call(console: Console) -> None:
    listed = ", ".join(console.allowed_addresses)
    with for_cause(Cause(Why.EVERYBODY_LISTED, facts={"listed": listed}) if listed else Cause(Why.NOBODY_LISTED)):
        assert not consoles.lets_everybody_in(console.allowed_addresses)


@then("the endpoint is the merchant's webhook address")
def the_endpoint_is_the_merchants_webhook_address(target: Target, console: Console) -> None:
    own = target.endpoint
    with failing_as(Why.ENDPOINT, **term("url", console.webhook_url or "none"), expected=own):
        assert console.webhook_url == own


@then(parsers.parse('the country is "{country}"'))
def the_country_is(looked_up: Payment, country: str) -> None:
    given = term("country", looked_up.country or "none")
    with failing_as(Why.EXTENSION_COUNTRY, payment=looked_up.imp_uid, expected=country, **given):
        assert looked_up.country == country


@given("a run with real money")
def a_run_with_real_money(target: Target) -> None:
    run_verdicts.of_real_money(target.name, real=target.charges is not None)


@then("by its end every charge came back or is listed")
def by_its_end_every_charge_came_back() -> None:
    run_verdicts.decided_at_the_end()


@then("by its end no charge was made that was not agreed to")
def by_its_end_no_charge_was_made_that_was_not_agreed_to() -> None:
    run_verdicts.decided_at_the_end()


@then("by its end every setting is as it was")
def by_its_end_every_setting_is_as_it_was() -> None:
    run_verdicts.decided_at_the_end()
