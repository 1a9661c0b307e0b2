"""What stories need beside the sentences of their actors: several orders, and what is held up on its way."""

from __future__ import annotations

from pytest_bdd import given, parsers, when

from conformance.acts import placing, purchases, refunds
from conformance.acts.purchases import Purchase
from conformance.acts.transit import LEADS, METHODS, WAYS, Transit, leading, webhook_of
from conformance.target.target import Target


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


@when("PortOne lets go what it held back")
def portone_lets_go_what_it_held_back(transit: Transit) -> None:
    transit.let_go()


@when(parsers.re(r"the Merchant is asked (?P<times>\d) times at the same moment to refund (?P<what>it|a third of it)"))
def the_merchant_is_asked_at_once(target: Target, purchase: Purchase, times: str, what: str) -> None:
    refunds.asked_at_once(target, [purchase], int(times), in_part=what != "it")
