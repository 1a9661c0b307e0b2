"""What stories need beside the sentences of their actors: several orders, and what is held up on its way."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from conformance.acts import placing, purchases, refunds, unsettled, untimely
from conformance.acts.claims import ON_THE_WAY_BACK
from conformance.acts.purchases import Purchase
from conformance.acts.transit import LEADS, METHODS, WAYS, Transit, leading, webhook_of
from conformance.target.target import Target
from conformance.verdict.observation import failing_as
from conformance.verdict.reasons import Why
from fixtures.browser import NewJourney


@given(parsers.re(rf"it is about the (?P<nth>{'|'.join(refunds.ORDINALS)}) order again"), target_fixture="purchase")
def it_is_about_that_order_again(target: Target, nth: str) -> Purchase:
    return placing.once_more(target, refunds.ORDINALS.index(nth))


@when(parsers.re(rf"a buyer pays it by (?P<method>{'|'.join(METHODS)})"), target_fixture="purchase")
def a_buyer_pays_it_by(target: Target, purchase: Purchase, method: str) -> Purchase:
    return purchases.paid_at_portone(target, purchase, method=METHODS[method])


@when("PortOne's webhooks are held up from now on")
def portones_webhooks_are_held_up(transit: Transit) -> None:
    transit.hold_up()


@when(parsers.re(rf"the webhooks that were held up come (?P<how>{'|'.join(WAYS)})"))
def the_webhooks_that_were_held_up_come(transit: Transit, how: str) -> None:
    transit.come(how)


@when(parsers.parse("PortOne delivers its webhook {times:d} times at the same moment"))
def portone_delivers_its_webhook_at_the_same_moment(target: Target, purchase: Purchase, times: int) -> None:
    target.receiver.at_once(webhook_of(target, purchase), times)


@when(parsers.re(rf"PortOne holds back what (?P<what>{'|'.join(LEADS)}) has the merchant look up"))
def portone_holds_back_what_is_looked_up(transit: Transit, target: Target, purchase: Purchase, what: str) -> None:
    transit.hold_back(leading(target, purchase, what))


@given(parsers.re(rf"a merchant who hears of (?P<news>{'|'.join(untimely.NEWS)})"))
def a_merchant_who_hears_of(target: Target, news: str) -> None:
    untimely.hears_of(target, news)


@when(
    parsers.re(
        rf"(?P<news>{'|'.join(untimely.NEWS)}) overtakes the answer to what "
        rf"(?P<lead>{'|'.join(LEADS)}) has the merchant look up"
    )
)
def news_overtakes_a_look_up(target: Target, purchase: Purchase, transit: Transit, news: str, lead: str) -> None:
    untimely.overtaken(target, purchase, transit, lead, news)


@when(
    parsers.re(
        rf"(?P<news>{'|'.join(untimely.NEWS)}) overtakes the answer to what the Buyer's browser has the merchant "
        rf"look up, (?P<where>{'|'.join(ON_THE_WAY_BACK)})"
    ),
    target_fixture="purchase",
)
def news_overtakes_the_buyer(
    target: Target, purchase: Purchase, transit: Transit, new_journey: NewJourney, news: str, where: str
) -> Purchase:
    return untimely.overtaken_in_browser(target, purchase, transit, new_journey("deny"), where, news)


@when(
    parsers.re(
        rf"the Merchant is asked to refund it, and (?P<end>{'|'.join(unsettled.ENDS)}) overtakes what it looks up then"
    ),
    target_fixture="purchase",
)
def the_end_overtakes_a_refund(target: Target, purchase: Purchase, end: str) -> Purchase:
    return unsettled.overtaken(target, purchase, end)


@when("the Buyer pays it once more while a look-up that saw it fail is under way", target_fixture="again")
def the_buyer_pays_again_meanwhile(target: Target, purchase: Purchase, transit: Transit) -> Purchase:
    return untimely.paid_again_meanwhile(target, purchase, transit)


@when("Paymentwall approves the first payment, too, while a look-up that saw it fail is under way")
def the_first_is_approved_meanwhile(target: Target, purchase: Purchase, again: Purchase, transit: Transit) -> None:
    untimely.surplus_meanwhile(target, purchase, again, transit)


@when("PortOne lets go what it held back")
def portone_lets_go_what_it_held_back(transit: Transit) -> None:
    transit.let_go()


@when(parsers.re(r"the Merchant is asked (?P<times>\d) times at the same moment to refund (?P<what>it|a third of it)"))
def the_merchant_is_asked_at_once(target: Target, purchase: Purchase, times: str, what: str) -> None:
    refunds.asked_at_once(target, [purchase], int(times), in_part=what != "it")


@when("the Merchant is asked to refund it, and hears of its payment only then", target_fixture="purchase")
def the_merchant_is_asked_too_early(target: Target, purchase: Purchase) -> Purchase:
    return untimely.refunded_before_it_is_told(target, purchase)


@when("the second payment is cancelled, and Paymentwall approves the first after that")
def the_first_is_approved_after_the_end(target: Target, purchase: Purchase, again: Purchase) -> None:
    untimely.approved_after_the_end(target, purchase, again)


@then("the first payment pays the order, is sent back, or somebody is told")
def the_first_payment_is_not_kept_in_silence(target: Target, purchase: Purchase, again: Purchase) -> None:
    kept = untimely.kept_in_silence(target, purchase, again)
    with failing_as(Why.LATE_KEPT, order=purchase.order.reference, payment=purchase.imp_uid, again=again.imp_uid):
        assert not kept


@given("more payments were made since than one answer of PortOne's lists")
def more_payments_were_made_since(target: Target) -> None:
    untimely.more_were_paid(target)


@when("the Operator cancels a third of it in PortOne's console before the merchant hears of it")
def the_operator_cancels_a_third_too_early(target: Target, purchase: Purchase) -> None:
    untimely.cancelled_in_part_before_it_is_told(target, purchase)
