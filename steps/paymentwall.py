"""Paymentwall: its tickets and its project."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import given, parsers, then, when

from conformance.acts import checkouts, refunds, reviews
from conformance.acts.purchases import Purchase
from conformance.acts.reviews import DECISIONS, DELAYS, TAKEN_BACK
from conformance.portone import consoles
from conformance.portone.consoles import Console
from conformance.record.orders import OrderState
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Cause, Why, term
from fixtures.browser import NewJourney


@when("Paymentwall accepts the ticket three days later")
def paymentwall_accepts_the_ticket_three_days_later(target: Target, purchase: Purchase) -> None:
    refunds.accepted(target, purchase)


@when("Paymentwall accepts the ticket three days later, and the merchant reconciles open orders")
def paymentwall_accepts_the_ticket_and_the_merchant_looks(target: Target, purchase: Purchase) -> None:
    refunds.accepted_and_seen_to(target, purchase)


@when(parsers.re(rf"Paymentwall accepts the ticket, and PortOne's notice comes (?P<how>{'|'.join(refunds.NOTICES)})"))
def paymentwall_accepts_and_the_notice_comes(target: Target, purchase: Purchase, how: str) -> None:
    refunds.noticed(target, how, lambda: refunds.accepted(target, purchase))


@given("Paymentwall sends no country")
def paymentwall_sends_no_country(target: Target) -> None:
    target.provider.configure({"paymentwall": {"custom_pingback_parameters": {"country_code": None}}})


@given("a payment method that can be cancelled by now")
def a_payment_method_that_can_be_cancelled_by_now(target: Target) -> None:
    target.provider.configure({"paymentwall": {"methods": {"paysafecard": {"cancellation": "ticket"}}}})


@when(parsers.re(rf"Paymentwall reports (?P<what>{'|'.join(TAKEN_BACK)})"))
def paymentwall_reports_that_it_took_the_money_back(target: Target, purchase: Purchase, what: str) -> None:
    reviews.taken_back(target, purchase, what)


@given("a merchant who hears of approvals")
def a_merchant_who_hears_of_approvals(target: Target) -> None:
    reviews.hears_of_approvals(target)


@given("a merchant who tells of a surplus payment")
def a_merchant_who_tells_of_a_surplus_payment(target: Target) -> None:
    reviews.tells_of_surplus(target)


@given("an order whose payment is under review, and which the merchant has seen fail", target_fixture="purchase")
def an_order_whose_payment_is_under_review(target: Target) -> Purchase:
    return reviews.seen_to_fail(target)


@given("the Buyer has paid it once more", target_fixture="again")
def the_buyer_has_paid_it_once_more(target: Target, purchase: Purchase) -> Purchase:
    return reviews.paid_again(target, purchase)


@given("the Buyer has paid it once more with a method that cannot be cancelled", target_fixture="again")
def the_buyer_has_paid_it_once_more_for_good(target: Target, purchase: Purchase) -> Purchase:
    return reviews.paid_again(target, purchase, method="paysafecard")


@when("the Buyer goes back to the checkout and pays the price there")
def the_buyer_pays_the_price_at_the_checkout(target: Target, purchase: Purchase, new_journey: NewJourney) -> None:
    checkouts.paid_in_another_attempt(target, purchase, new_journey())


@given("the Buyer has gone back to the checkout and paid it there", target_fixture="again")
def the_buyer_has_paid_it_at_the_checkout(target: Target, purchase: Purchase, new_journey: NewJourney) -> Purchase:
    asked = checkouts.asked_to_pay_again(target, purchase, new_journey()).request
    return reviews.paid_again(target, purchase, merchant_uid=str(asked["merchant_uid"]))


@when(
    parsers.re(rf"Paymentwall (?P<decides>{'|'.join(DECISIONS)}) the payment (?P<later>{'|'.join(DELAYS)})"),
    target_fixture="purchase",
)
def paymentwall_decides_its_review(target: Target, purchase: Purchase, decides: str, later: str) -> Purchase:
    return reviews.reviewed(target, purchase, decides, later)


@when(parsers.re(r"Paymentwall approves the first payment, and the (?P<last>first|second) is reported last"))
def paymentwall_approves_the_first_payment(target: Target, purchase: Purchase, again: Purchase, last: str) -> None:
    reviews.approved(target, purchase)
    reviews.told_in_turn(target, [again, purchase] if last == "first" else [purchase, again])


@when("Paymentwall approves the first payment, and both are reported at the same moment")
def paymentwall_approves_and_both_are_reported(target: Target, purchase: Purchase, again: Purchase) -> None:
    reviews.approved(target, purchase)
    reviews.told_at_once(target, [purchase, again])


@when("Paymentwall approves the first payment, and the surplus one is cancelled")
def paymentwall_approves_and_the_surplus_is_cancelled(target: Target, purchase: Purchase, again: Purchase) -> None:
    reviews.approved(target, purchase)
    reviews.told_in_turn(target, [purchase, again])
    reviews.surplus_cancelled(target, purchase, again)


@then("the other payment is sent back, or somebody is told")
def the_other_payment_is_sent_back_or_told_of(target: Target, purchase: Purchase, again: Purchase) -> None:
    facts = {"payment": purchase.imp_uid, "again": again.imp_uid, "order": purchase.order.reference}
    seen_to = reviews.sent_back_or_told_of(target, [purchase, again])
    with failing_as(Why.BOTH_KEPT, **facts):
        assert seen_to


@when(parsers.re(r"Paymentwall accepts the tickets of the (?P<one>\w+) and then of the (?P<other>\w+)"))
def paymentwall_accepts_the_tickets_of(target: Target, several: list[Purchase], one: str, other: str) -> None:
    for nth in (one, other):
        target.provider.accept_ticket(several[refunds.ORDINALS.index(nth)].imp_uid)


@then("Paymentwall has no ticket for it")
@speaks_of("ticket")
def paymentwall_has_no_ticket_for_it(target: Target, purchase: Purchase) -> None:
    target.settled(purchase.order)
    tickets = target.provider.tickets(purchase.imp_uid)
    with for_cause(_of_tickets("no ticket", purchase, tickets)):
        assert not tickets


@then("Paymentwall has one ticket for it")
@speaks_of("ticket")
def paymentwall_has_one_ticket_for_it(target: Target, purchase: Purchase) -> None:
    target.settled(purchase.order)
    tickets = target.provider.tickets(purchase.imp_uid)
    with for_cause(_of_tickets("one ticket", purchase, tickets)):
        assert len(tickets) == 1


@then("Paymentwall has no second ticket for it")
def paymentwall_has_no_second_ticket_for_it(target: Target, purchase: Purchase) -> None:
    target.settled(purchase.order)
    tickets = target.provider.tickets(purchase.imp_uid)
    with failing_as(Why.SECOND_TICKET, payment=purchase.imp_uid, number=str(len(tickets))):
        assert len(tickets) <= 1


@then("Paymentwall has one ticket for each")
@speaks_of("ticket")
def paymentwall_has_one_ticket_for_each(target: Target, several: list[Purchase]) -> None:
    for purchase in several:
        target.settled(purchase.order, expected=OrderState.WAITING_FOR_CANCELLATION)
    target.settled(several[-1].order)  # and nothing else is to come
    tickets = [len(target.provider.tickets(purchase.imp_uid)) for purchase in several]
    facts = {"orders": str(len(several)), "numbers": ", ".join(map(str, tickets))}
    with for_cause(Cause(Why.TICKETS_EACH, facts=facts)):
        assert set(tickets) == {1}


def _of_tickets(expected: str, purchase: Purchase, tickets: Sequence[object]) -> Cause:
    facts = {"payment": purchase.imp_uid, "number": str(len(tickets))}
    return Cause(Why.TICKETS, facts={**term("expected", expected), **facts})


@then(parsers.parse('the widget "{widget}" has version "{version}"'))
def the_widget_has_version(console: Console, widget: str, version: str) -> None:
    selected = console.widgets.get(widget, {}).get("version")
    with failing_as(Why.WIDGET_VERSION, expected=version, widget=widget, **term("selected", str(selected or "none"))):
        assert selected == version


@then(parsers.parse('the custom pingback parameter "{name}" is "{value}"'))
def the_custom_pingback_parameter_is(console: Console, name: str, value: str) -> None:
    configured = dict(console.custom_pingback_parameters)
    told = term("configured", *([f"{one} = {set_to}" for one, set_to in configured.items()] or ["none"]))
    with failing_as(Why.PINGBACK_PARAMETER, name=name, expected=value, **told):
        assert configured.get(name) == value


@then("the project was opened through PortOne's sign-up page")
def the_project_was_opened_through_portone(console: Console) -> None:
    name = console.project_name
    with failing_as(Why.PROJECT_NAME, expected=consoles.IMPORTED, name=name):
        assert name.rstrip().endswith(consoles.IMPORTED)


@then("its pingbacks go to PortOne, by URL")
def its_pingbacks_go_to_portone(console: Console) -> None:
    kind, url = console.pingbacks.type, console.pingbacks.url
    with failing_as(Why.PINGBACK_TYPE, type=kind):
        assert kind == "url"
    with failing_as(Why.PINGBACK_URL, url=url, expected=consoles.PINGBACK_URL):
        assert url.rstrip("/") == consoles.PINGBACK_URL


@then(parsers.parse("its pingbacks are signed in version {version:d}"))
def its_pingbacks_are_signed_in_version(console: Console, version: int) -> None:
    signed = console.pingbacks.signature_version
    with failing_as(Why.PINGBACK_VERSION, version=str(signed), expected=str(version)):
        assert signed == version
