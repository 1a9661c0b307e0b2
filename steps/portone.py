"""PortOne: what it reports to the merchant, and how its account is set."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from fixtures import purchases
from fixtures.outcomes import SuiteError
from fixtures.purchases import Purchase
from fixtures.targets import Target

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
    target.provider.configure({"cancel_notice": "always"})


@given("PortOne gives notice of cancellations only on request")
def portone_gives_notice_only_on_request(target: Target) -> None:
    target.provider.configure({"cancel_notice": "opt_in"})


@when("PortOne reports its payment", target_fixture="purchase")
def portone_reports_its_payment(target: Target, purchase: Purchase) -> Purchase:
    return purchases.reported(target, purchase)


@when(parsers.parse('a buyer from "{country}" pays it'), target_fixture="purchase")
def a_buyer_from_a_country_pays_it(target: Target, purchase: Purchase, country: str) -> Purchase:
    return purchases.reported(target, purchase, country=country)


@when(parsers.parse("PortOne delivers its webhook {times:d} more times"))
def portone_delivers_its_webhook_more_times(target: Target, purchase: Purchase, times: int) -> None:
    deliveries = target.receiver.of(purchase.order.merchant_uid)
    if not deliveries:
        raise SuiteError(f"no webhook about {purchase.order.merchant_uid} passed the receiver")
    for _ in range(times):
        target.receiver.repeat(deliveries[0])


@then("PortOne was asked to cancel that payment")
def portone_was_asked_to_cancel_that_payment(target: Target, purchase: Purchase) -> None:
    asked = [event for event in target.timeline.events("cancel") if event.source == "merchant"]
    about = [event for event in asked if purchase.imp_uid == event.imp_uid]
    seen = f"he asked for {[event.imp_uid for event in asked]}" if asked else "he never asked PortOne to cancel"
    assert about, f"Expected the merchant to ask PortOne to cancel {purchase.imp_uid}; {seen}."
