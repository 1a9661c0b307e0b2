"""The Attacker: what anybody can send without an account anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_bdd import given, parsers, then, when

from conformance.acts import (
    checkouts,
    claims,
    forgeries,
    mispayments,
    prices,
    purchases,
    seen,
    stages,
    troubles,
)
from conformance.acts.purchases import Purchase
from conformance.browser.journey import PHONE
from conformance.browser.visits import Visit
from conformance.merchant.protocol import Repriced
from conformance.network.receiver import Delivery
from conformance.portone import invented
from conformance.portone.api import Channel
from conformance.real.paying import pays
from conformance.record import pretences
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.endings import NotObservable
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Cause, Why, term
from fixtures.browser import NewJourney

NONSENSE = "|".join(forgeries.BODIES)
CLAIMS: Mapping[str, Callable[[], str]] = {"an invented payment": invented.imp_uid, "no payment": str}
HEADERS = "|".join(pretences.ADDRESS_HEADERS)
FAILURES = "|".join(troubles.FAILURES)
ON_THE_WAY_BACK = "|".join(claims.ON_THE_WAY_BACK)
CHANGES = "|".join(prices.CHANGES)
OUTCOMES, PRICES = "|".join(mispayments.OUTCOMES), "|".join(mispayments.PRICES)


@when(parsers.re(rf"the Attacker's browser claims that it was paid, with (?P<told>{'|'.join(checkouts.CALLBACKS)})"))
def the_attackers_browser_claims_that_it_was_paid(
    target: Target, purchase: Purchase, new_journey: NewJourney, told: str
) -> None:
    claims.claimed(target, purchase, new_journey("forge", success_names=checkouts.CALLBACKS[told]))


@when("the Attacker's browser claims somebody else's payment in the callback")
def the_attackers_browser_claims_somebody_elses_payment(
    target: Target, purchase: Purchase, elses: Purchase, new_journey: NewJourney
) -> None:
    claims.claimed(target, purchase, new_journey("forge", claimed=elses.imp_uid))


@when("the Attacker's browser claims somebody else's payment at m_redirect_url")
def the_attackers_browser_comes_back_with_somebody_elses_payment(
    target: Target, purchase: Purchase, elses: Purchase, new_journey: NewJourney
) -> None:
    claims.came_back_with(target, purchase, new_journey("deny"), elses.imp_uid)


@when(parsers.re(rf"the Attacker's browser claims (?P<what>{'|'.join(CLAIMS)}) in the callback"))
def the_attackers_browser_claims_a_payment(
    target: Target, purchase: Purchase, new_journey: NewJourney, what: str
) -> None:
    claims.claimed(target, purchase, new_journey("forge", claimed=CLAIMS[what]()))


@when(
    parsers.re(rf"the Attacker's browser claims (?P<what>{'|'.join(CLAIMS)}) at m_redirect_url"), target_fixture="visit"
)
def the_attackers_browser_comes_back_with_a_payment(
    target: Target, purchase: Purchase, new_journey: NewJourney, what: str
) -> Visit:
    return claims.came_back_with(target, purchase, new_journey("deny"), CLAIMS[what]() or None)


@when(
    parsers.re(
        r"its payment goes through, and the Attacker's browser claims that it failed, (?P<where>in the callback|at"
        r" m_redirect_url)"
    ),
    target_fixture="purchase",
)
def the_attackers_browser_claims_a_failure(
    target: Target, purchase: Purchase, new_journey: NewJourney, where: str
) -> Purchase:
    return claims.failure_claimed(target, purchase, new_journey("deny"), in_the_callback=where == "in the callback")


@when(
    parsers.re(
        rf"the Attacker's browser calls a payment that (?P<what>{OUTCOMES}) a success, (?P<where>{ON_THE_WAY_BACK})"
    ),
    target_fixture="purchase",
)
@when(
    parsers.re(
        rf"the Attacker's browser calls a payment of (?P<what>{PRICES}) a success, (?P<where>{ON_THE_WAY_BACK})"
    ),
    target_fixture="purchase",
)
def the_attackers_browser_calls_it_a_success(
    target: Target, purchase: Purchase, new_journey: NewJourney, what: str, where: str
) -> Purchase:
    return claims.claimed_as_paid(target, purchase, new_journey("deny"), what, where)


@when("the Attacker's browser asks for half of the amount and pays it", target_fixture="visit")
@pays()
def the_attackers_browser_asks_for_half(target: Target, purchase: Purchase, new_journey: NewJourney) -> Visit:
    return checkouts.cheapened(target, purchase, new_journey("cheapen"))


@when(
    parsers.re(rf"the Attacker's browser changes the (?P<what>{CHANGES}) that the page holds and sends, and pays"),
    target_fixture="visit",
)
def the_attackers_browser_changes_the_price(
    target: Target, purchase: Purchase, new_journey: NewJourney, what: str
) -> Visit:
    rewrites = prices.CHANGES[what](purchase.order)
    return prices.changed_in_page(target, purchase, new_journey("reprice", rewrites=rewrites))


@then("the order is not sold for less than its price")
@speaks_of("repriced")
def the_order_is_not_sold_for_less(target: Target, purchase: Purchase, visit: Visit) -> None:
    wrong = prices.sold_for_less(target, purchase, visit)
    with for_cause(*([wrong] if wrong else [])):
        assert wrong is None


@when("the Attacker places another order like it, at a changed price", target_fixture="repriced")
def the_attacker_places_an_order_at_a_changed_price(target: Target, purchase: Purchase) -> Repriced:
    return prices.changed_in_placing(target, purchase)


@then("that order is not sold for less than its price")
@speaks_of("order")
def that_order_is_not_sold_for_less(target: Target, purchase: Purchase, repriced: Repriced) -> None:
    wrong = prices.taken_for_less(target, purchase, repriced)
    with for_cause(*([wrong] if wrong else [])):
        assert wrong is None


@given("an account that has a test channel too", target_fixture="for_tests")
def an_account_that_has_a_test_channel_too(target: Target) -> Channel:
    return stages.channel_for_tests(target)


@when("the Attacker's browser pays it through the test channel and answers the callback", target_fixture="purchase")
@pays()
def the_attackers_browser_pays_through_the_test_channel(
    target: Target, purchase: Purchase, for_tests: Channel, new_journey: NewJourney
) -> Purchase:
    return stages.diverted(target, purchase, new_journey("divert", channel_key=for_tests.channel_key))


@when("the Attacker's phone pays it through the test channel and comes back", target_fixture="purchase")
@pays()
def the_attackers_phone_pays_through_the_test_channel(
    target: Target, purchase: Purchase, for_tests: Channel, new_journey: NewJourney
) -> Purchase:
    return stages.diverted(target, purchase, new_journey("divert", device=PHONE, channel_key=for_tests.channel_key))


@given("an order that the Attacker paid through the test channel", target_fixture="purchase")
def an_order_that_the_attacker_paid_through_the_test_channel(target: Target) -> Purchase:
    return stages.paid_through_test_channel(target, purchases.placed(target))


@when(parsers.re(rf"the Attacker reports that payment as (?P<status>{'|'.join(forgeries.STATUSES)})"))
def the_attacker_reports_that_payment_as(target: Target, purchase: Purchase, status: str) -> None:
    forgeries.reported_as(target, purchase, status)


@when("the Attacker reports that payment as paid, in the other Content-Type")
def the_attacker_reports_it_in_the_other_content_type(target: Target, purchase: Purchase) -> None:
    forgeries.reported_in_the_other_content_type(target, purchase)


@when(
    parsers.re(rf"the Attacker reports that payment as paid, from PortOne's address by (?P<header>{HEADERS})"),
    target_fixture="without_and_with",
)
def the_attacker_reports_it_from_portones_address(
    target: Target, purchase: Purchase, header: str
) -> tuple[Delivery, Delivery]:
    forged = {**forgeries.uids(purchase), "status": "paid"}
    believed = pretences.claiming(header, target.receiver.spoken.sender)
    return target.receiver.forge(forged), target.receiver.forge(forged, headers=believed)


@when("the Attacker reports an invented payment for it")
def the_attacker_reports_an_invented_payment(target: Target, purchase: Purchase) -> None:
    forgeries.invented_payment(target, purchase)


@when(
    parsers.re(
        rf"the Attacker reports an invented payment for it, and PortOne answers look-ups with (?P<failure>{FAILURES})"
    )
)
def the_attacker_reports_one_in_a_bad_minute(target: Target, purchase: Purchase, failure: str) -> None:
    uids = forgeries.uids(purchase, of=invented.imp_uid())
    troubles.forged_and_not_looked_up(target, {**uids, "status": "paid"}, failure)


@when("the Attacker pays another order, and has that payment name this one")
def the_attacker_has_a_payment_name_another_order(target: Target, purchase: Purchase) -> None:
    mispayments.another_named(target, purchase)


@when("the Attacker reports somebody else's payment for it")
def the_attacker_reports_somebody_elses_payment(target: Target, purchase: Purchase, elses: Purchase) -> None:
    forgeries.others_payment(target, purchase, elses)


@when("the Attacker reports another shop's payment for it", target_fixture="delivery")
@pays()
def the_attacker_reports_another_shops_payment(target: Target, purchase: Purchase) -> Delivery:
    return forgeries.strays_payment(target, purchase)


@when(
    parsers.re(rf"the Attacker reports that payment as paid, with (?P<more>{'|'.join(forgeries.MORE)}) behind its name")
)
def the_attacker_reports_it_by_another_name(target: Target, purchase: Purchase, more: str) -> None:
    forgeries.reported_by_another_name(target, purchase, more)


@when("the Attacker reports that payment as cancelled")
def the_attacker_reports_that_payment_as_cancelled(target: Target, purchase: Purchase) -> None:
    forgeries.reported_as_cancelled(target, purchase)


@when(parsers.re(rf"the Attacker sends (?P<what>{NONSENSE}) about it"), target_fixture="delivery")
@pays()
def the_attacker_sends_nonsense_about_it(target: Target, purchase: Purchase, what: str) -> Delivery:
    return forgeries.sent_nonsense(target, what, purchase.order.merchant_uid)


@when(parsers.re(rf"the Attacker sends (?P<what>{NONSENSE})"), target_fixture="delivery")
@pays()
def the_attacker_sends_nonsense(target: Target, what: str) -> Delivery:
    return forgeries.sent_nonsense(target, what, invented.merchant_uid())


@then("somebody else's payment still pays its own order")
def nobody_took_somebody_elses_payment(target: Target, elses: Purchase) -> None:
    wrong = claims.harm_done(target, elses)
    with for_cause(*wrong):
        assert not wrong


@then("the merchant answers without a server error")
@speaks_of("delivery")
def the_merchant_answers_without_a_server_error(delivery: Delivery) -> None:
    answered = term("answer", f"HTTP {delivery.status}" if delivery.status else "nothing")
    with failing_as(Why.SERVER_ERROR, **answered):
        assert delivery.status in range(200, 500)


@then("no secret of the account is in what the merchant answered")
@speaks_of("delivery")
def no_secret_is_in_the_answer(target: Target, delivery: Delivery) -> None:
    told = delivery.answer.decode(errors="replace")
    spoken = any(spelling in told for spelling in seen.secrets_of(target))
    with failing_as(Why.SECRET_TOLD, urls=target.receiver.merchant_url):
        assert not spoken


@then("the merchant did not take it for PortOne's because of that")
@speaks_of("delivery")
def the_header_opened_no_door(without_and_with: tuple[Delivery, Delivery]) -> None:
    without, believed = without_and_with
    refused = without.status is not None and 400 <= without.status < 500
    taken = believed.status is not None and 200 <= believed.status < 300
    if any(one.status is None or one.status >= 500 for one in without_and_with):
        raise NotObservable(Cause(Why.FORGED_UNANSWERED))
    with failing_as(Why.HEADER_TRUSTED, refused=str(without.status), taken=str(believed.status)):
        assert not (refused and taken)
