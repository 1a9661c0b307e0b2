"""Checkouts: a purchase taken through the shop's own page in a browser, as far as a scenario needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from conformance.acts import seen
from conformance.acts.purchases import Purchase, placed, reported, told, withheld
from conformance.browser import landings
from conformance.browser.buyers import SUCCESS_NAMES
from conformance.browser.journey import Journey
from conformance.browser.landings import why_unseen
from conformance.browser.visits import Visit
from conformance.browser.widget import Card
from conformance.machine.settling import eventually
from conformance.portone.api import Channel
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable, NotObservable, blocked
from conformance.verdict.observation import failing_as, stands_on
from conformance.verdict.reasons import Cause, Why, term, within

CALLBACKS: Mapping[str, Sequence[str]] = {
    "success": ("success",),
    "imp_success": ("imp_success",),
    "only imp_uid and merchant_uid": (),
}
"""By which names the SDK tells success in its callback; by none where it gives only both uids (docs)."""
WEBHOOK_TAKES = timedelta(seconds=10)
"""Longer than PortOne may need for a webhook that it sends after the buyer's return."""
MEETING_SECONDS = 0.5
"""How long the first of two look-ups waits for the other one."""


def asked_to_pay(target: Target, purchase: Purchase, journey: Journey, *, widget: str | None = None) -> Visit:
    """The visit after the buyer read the page and pressed the pay button, or an obstacle is noted.

    What the page asked for is the order's attempt from then on (`target.followed`).
    """
    checkout = target.merchant.checkout(purchase.order, widget or target.merchant.widgets[0])
    visit = journey.open(checkout)
    journey.read_page(visit)
    journey.press_pay(visit, checkout)
    if visit.requested:
        target.followed.note(purchase.order, visit.request)
    return visit


def asked(visit: Visit) -> None:
    """Make sure that the page is one on which a buyer can pay: any other shows nothing by what it lacks.

    Raises Blocked by CHECKOUT-06.
    """
    if not visit.requested:
        raise blocked(visit.obstacle or (Cause(Why.NO_REQUEST),), "CHECKOUT-06")


def paid(target: Target, purchase: Purchase, journey: Journey, *, widget: str | None = None) -> Visit:
    """The visit after the buyer paid by card, or was stopped by an obstacle."""
    visit = asked_to_pay(target, purchase, journey, widget=widget)
    journey.pay(visit, Card())
    return visit


def cheapened(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit after the buyer's browser asked for half of the amount and paid that (a journey that cheapens).

    PortOne may refuse it, where the amount was registered. Raises Blocked by CHECKOUT-06 when it never came that far.
    """
    visit = paid(target, purchase, journey)
    if visit.obstacle and not visit.results:
        raise blocked(visit.obstacle, "CHECKOUT-06")
    return visit


def paid_by(target: Target, purchase: Purchase, journey: Journey, method: str) -> Visit:
    """The visit after the buyer paid by this method. Raises NotApplicable when the widget does not offer it to them."""
    visit = asked_to_pay(target, purchase, journey)
    if not journey.offers(visit, method) and not visit.obstacle:
        raise NotApplicable(Cause(Why.NO_SUCH_METHOD, facts={"method": method}))
    journey.pay(visit, method)
    return visit


def paid_and_reported(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit after the buyer paid and PortOne's webhook came, before them, with them or some time after them."""
    visit = paid(target, purchase, journey)
    if not visit.obstacle:
        target.provider.advance(WEBHOOK_TAKES)
        told(target, str(visit.request["merchant_uid"]))
    return visit


def paid_in_silence(target: Target, purchase: Purchase, journey: Journey) -> tuple[Purchase, Visit]:
    """The order with its payment, and the visit of its buyer, whose webhook is withheld.

    Raises Blocked by CHECKOUT-06 when they could not pay.
    """
    with target.receiver.withholding():
        visit = paid(target, purchase, journey)
        if visit.obstacle:
            raise blocked(visit.obstacle, "CHECKOUT-06")
        target.withheld_by_now()
    return _with_payment(target, purchase, visit), visit


def met(target: Target, purchase: Purchase, journey: Journey) -> None:
    """The buyer's return (a journey that holds it back) and PortOne's webhook come to the merchant at one moment.

    Their look-ups are held back until both are under way, or for a moment where the merchant makes one after the other,
    and are then answered together.
    """
    purchase, visit = paid_in_silence(target, purchase, journey)
    webhook = withheld(target, purchase)
    fault = {"path": f"/payments/{purchase.imp_uid}", "what": "hold", "times": None}
    with ThreadPoolExecutor(1) as other, target.provider.fault(**fault) as held:
        delivery = other.submit(target.receiver.repeat, webhook)
        journey.release(visit)
        if visit.obstacle:
            raise blocked(visit.obstacle, "CHECKOUT-06")
        eventually(held.waiting, lambda waiting: waiting >= 2, limit_seconds=MEETING_SECONDS)
        held.release()
    delivery.result(timeout=target.receiver.read_seconds)
    journey.rest()


def declined(target: Target, purchase: Purchase, journey: Journey, card: Card) -> Visit:
    """The visit of a buyer whose card was declined and who gave up.

    Raises Blocked by CHECKOUT-06 or CHECKOUT-09 when they never came that far, or their phone came back to nobody.
    """
    visit = asked_to_pay(target, purchase, journey)
    journey.be_declined(visit, card)
    if visit.obstacle:
        raise blocked(visit.obstacle, "CHECKOUT-06", "CHECKOUT-09")
    with stands_on("CHECKOUT-09"), failing_as(Why.NOTHING_AT, url=(visit.addresses or [""])[-1]):
        assert not landings.is_nowhere(visit)
    return visit


def closed_too_late(target: Target, purchase: Purchase, journey: Journey) -> Purchase:
    """The order with its payment, which was under way when the buyer closed the widget, and went through after that.

    Raises Blocked by CHECKOUT-06 when they never came that far.
    """
    visit = asked_to_pay(target, purchase, journey)
    with target.provider.fault(call="charge", what="hold") as held:
        journey.begin_to_pay(visit, Card())
        if not visit.obstacle and not held.caught():
            visit.obstacle = (Cause(Why.NOTHING_CHARGED),)
        journey.close_widget(visit)
        if visit.obstacle:
            raise blocked(visit.obstacle, "CHECKOUT-06")
    purchase = _with_payment(target, purchase, visit)
    about = {"imp_uid": purchase.imp_uid}
    eventually(lambda: target.timeline.events("charge", **about), bool, limit_seconds=target.limit_seconds)
    told(target, str(visit.request["merchant_uid"]))
    return replace(purchase, payment=target.provider.api.payment(purchase.imp_uid))


def _with_payment(target: Target, purchase: Purchase, visit: Visit) -> Purchase:
    """The order with the payment that its buyer's page was told about."""
    payment = target.provider.api.payment(str(visit.results[-1]["imp_uid"]))
    return replace(purchase, order=target.followed.known(purchase.order), payment=payment)


def not_gone_through(visit: Visit) -> Cause | None:
    """What kept the payment from going through; None where the SDK told the page of a success.

    By whichever name: a reduced callback has errors only (docs). A page that left by itself was told nothing.
    """
    if visit.obstacle:
        return Cause(Why.NO_WIDGET if visit.no_widget else Why.COULD_NOT_PAY, facts=within(visit.obstacle))
    result = visit.result
    named = [result[name] for name in SUCCESS_NAMES if result.get(name) is not None]
    succeeded = all(named) if named else not (result.get("error_code") or result.get("error_msg"))
    return None if succeeded else Cause(Why.PAGE_TOLD, facts={"said": str(result.get("error_msg"))})


def tried_again(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit of a buyer who opens the checkout of an order that is paid, and presses what the page offers.

    A page that offers nothing is an answer too. Raises NotObservable where the page was not there to offer anything.
    """
    checkout = target.merchant.checkout(purchase.order, target.merchant.widgets[0])
    visit = journey.open(checkout)
    stopped = visit.obstacle
    journey.press_pay_if_offered(visit, checkout)
    if not visit.requested and (why := why_unseen(visit, checkout, stopped)):
        raise NotObservable(Cause(Why.SECOND_UNSEEN, facts=within(why)))
    return visit


def asked_to_pay_again(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit of a buyer whose first payment failed. Raises NotApplicable when they are offered no second one.

    Raises Blocked by CHECKOUT-10 when the page does not even open.
    """
    checkout = target.merchant.checkout(purchase.order, target.merchant.widgets[0])
    visit = journey.open(checkout)
    if visit.obstacle:
        raise blocked(visit.obstacle, "CHECKOUT-06", "CHECKOUT-10")
    journey.press_pay_if_offered(visit, checkout)
    if visit.obstacle:
        raise NotApplicable(Cause(Why.NO_SECOND, facts=within(visit.obstacle)))
    return visit


def paid_in_another_attempt(target: Target, purchase: Purchase, journey: Journey) -> None:
    """A buyer goes back to the checkout of an order and pays its price in the attempt that the page asks for then.

    The order stays known by the attempt before. Raises as `asked_to_pay_again`, and NotApplicable where it is the same.
    """
    asked, first = asked_to_pay_again(target, purchase, journey).request, purchase.order.merchant_uid
    if asked["merchant_uid"] == first:
        raise NotApplicable(Cause(Why.SAME_ATTEMPT))
    for merchant_uid in (asked["merchant_uid"], first):
        target.followed.note(purchase.order, {"merchant_uid": merchant_uid})
    reported(target, replace(purchase, order=replace(purchase.order, merchant_uid=str(asked["merchant_uid"]))))


def closed(target: Target, purchase: Purchase, journey: Journey, *, widget: str | None = None) -> Visit:
    """The visit of a buyer who closed the widget. Raises Blocked by CHECKOUT-06 when they never came that far."""
    visit = asked_to_pay(target, purchase, journey, widget=widget)
    journey.close_widget(visit)
    if visit.obstacle:
        raise blocked(visit.obstacle, "CHECKOUT-06")
    return visit


def closed_and_paid(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit of a buyer who closed the widget, opened the checkout anew and paid."""
    closed(target, purchase, journey)
    return paid(target, purchase, journey)


def works(target: Target, new_journey: Callable[..., Journey]) -> None:
    """Make sure, once a run, that a buyer can pay in a browser. Raises Blocked by CHECKOUT-06."""
    target.once("checkout works", lambda: _a_buyer_can_pay(target, new_journey))


def _a_buyer_can_pay(target: Target, new_journey: Callable[..., Journey]) -> None:
    purchase = placed(target)
    visit = paid(target, purchase, new_journey())
    if visit.obstacle:
        raise blocked(visit.obstacle, "CHECKOUT-06")
    view = target.settled(purchase.order, expected=OrderState.PAID)
    with stands_on("CHECKOUT-06"), seen.expecting(target, purchase, OrderState.PAID, view):
        assert view.state is OrderState.PAID


def paid_and_lost(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit of a buyer whose page never hears of the payment (a journey that loses) and whose browser then dies."""
    visit = paid(target, purchase, journey)
    if visit.obstacle:
        raise blocked(visit.obstacle, "CHECKOUT-06")
    visit.page.context.close()
    told(target, str(visit.request["merchant_uid"]))
    return visit


def looked_at(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit of a buyer who looks at what the widget offers. Raises Blocked by CHECKOUT-06 when none opened."""
    visit = asked_to_pay(target, purchase, journey)
    journey.read_widget(visit)
    if visit.obstacle:
        raise blocked(visit.obstacle, "CHECKOUT-06")
    return visit


def paymentwall_channels(target: Target) -> list[Channel]:
    """The account's channels to Paymentwall. Raises Blocked by SETUP-02 when it has none."""
    channels = [channel for channel in target.provider.api.channels() if channel.takes_paymentwall]
    with stands_on("SETUP-02"), failing_as(Why.NO_CHANNEL, **term("stage", target.stage)):
        assert channels
    return channels
