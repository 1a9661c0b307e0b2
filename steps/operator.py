"""The Operator: who owns the accounts at PortOne and Paymentwall and looks into their consoles."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures import checkouts
from fixtures.portone import Channel, Payment, PortOneRefused
from fixtures.provider import Console
from fixtures.purchases import Purchase
from fixtures.targets import Target


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
def the_operator_opens_the_console(target: Target) -> Console:
    return target.provider.console()


@when("the Operator looks the payment up with its extension", target_fixture="looked_up")
def the_operator_looks_the_payment_up(target: Target, purchase: Purchase) -> Payment:
    return target.provider.api.payment(purchase.imp_uid)


@then("PortOne gives one")
def portone_gives_one(token_or_refusal: str | PortOneRefused) -> None:
    assert not isinstance(token_or_refusal, PortOneRefused), f"{token_or_refusal}."
    assert token_or_refusal, "PortOne's answer has no access token."


@then("one of them takes payments through Paymentwall")
def one_of_them_takes_payments_through_paymentwall(channels: list[Channel]) -> None:
    paymentwall = [channel for channel in channels if channel.takes_paymentwall]
    assert paymentwall, f"The account's channels lead to {[channel.pg_provider for channel in channels]}."


@when("the Operator lists the account's channels to Paymentwall", target_fixture="channels")
def the_operator_lists_the_channels_to_paymentwall(target: Target) -> list[Channel]:
    return checkouts.paymentwall_channels(target)


@then("each of them is a test channel")
def each_of_them_is_a_test_channel(channels: list[Channel]) -> None:
    live = [channel.pg_id for channel in channels if not channel.sandbox]
    assert not live, f"In the test stage the channel(s) with MID {live} would take live payments."


@then("one of them has the MID that the console generated")
def one_of_them_has_the_generated_mid(target: Target, channels: list[Channel]) -> None:
    generated = target.provider.console().generated_mid
    mids = [channel.pg_id for channel in channels]
    assert generated in mids, f"The console generated MID {generated}; the Paymentwall channels have {mids}."


@then("the endpoint is the merchant's webhook address")
def the_endpoint_is_the_merchants_webhook_address(target: Target, console: Console) -> None:
    own = target.receiver.url
    assert console.webhook_url == own, f"PortOne sends webhooks to {console.webhook_url}; the merchant's are at {own}."


@then(parsers.parse('the country is "{country}"'))
def the_country_is(looked_up: Payment, country: str) -> None:
    told = f"The buyer of {looked_up.imp_uid} was in {country}"
    assert looked_up.country == country, f"{told}; extension.country_code is {looked_up.country}."
