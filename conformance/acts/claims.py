"""Claims of a browser: what it says of a payment in the callback or at m_redirect_url, and who is harmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from conformance.acts import mispayments, seen, ways
from conformance.acts.checkouts import asked_to_pay
from conformance.acts.purchases import Purchase, paid, paid_at_portone, paid_order, placed, unreported
from conformance.browser.journey import Journey
from conformance.browser.visits import Visit, is_of_shop
from conformance.machine.settling import eventually
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable, blocked
from conformance.verdict.observation import for_cause, stands_on
from conformance.verdict.reasons import Cause, Causes, Why

FAILURE: Mapping[str, Any] = {"error_code": "F400", "error_msg": "[결제포기] 사용자가 결제를 취소하셨습니다"}
"""What the SDK tells where a buyer gave up: a code and a text, of which nothing more is documented."""
SUCCESS: Mapping[str, Any] = {"error_code": None, "error_msg": None, "status": "paid"}
IN_THE_CALLBACK, AT_REDIRECT_URL = "in the callback", "at m_redirect_url"
SPELLINGS: Mapping[str, str] = {
    f"{AT_REDIRECT_URL} with imp_success": "imp_success",
    f"{AT_REDIRECT_URL} with success": "success",
}
"""By which name an address that a phone comes back to tells success; the documentation has both."""
LEAVES_SECONDS = 1.0
"""What a page that is left may take until the next one is there."""
ON_THE_WAY_BACK = (IN_THE_CALLBACK, *SPELLINGS)
"""Where a browser tells the merchant how a payment went."""


def claimed(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit of a buyer whose browser answers the page itself, without any payment (a journey that forges).

    Raises as `tell` does.
    """
    visit = brought_to_pay(target, purchase, journey)
    _came_to_the_shop(visit)
    return visit


def brought_to_pay(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit of a buyer whose page asked for a payment, and is told that it failed or nothing (one that denies).

    Raises Blocked by CHECKOUT-06 when the page never came as far as asking for a payment.
    """
    visit = asked_to_pay(target, purchase, journey)
    if visit.obstacle:
        raise blocked(visit.obstacle, "CHECKOUT-06")
    journey.rest()
    return visit


def tell(journey: Journey, visit: Visit, *, times: int = 1, **facts: object) -> None:
    """Tell the page's callback these facts, so many times at once, and wait until the page made of them what it does.

    Raises NotApplicable where nobody listens: the page passed no callback, or went on by itself, as one that asks its
    server how the order stands. Raises Blocked by CHECKOUT-06 where it could not be told, or the shop answers nothing
    that the page asks it for then.
    """
    if visit.awaits_result:
        journey.release(visit, times=times, **facts)
        if visit.obstacle and _went_on(visit):
            raise NotApplicable(Cause(Why.WENT_ON_EARLY, facts={"url": visit.page.url}))
        if visit.obstacle:
            raise blocked(visit.obstacle, "CHECKOUT-06")
        journey.rest()
    _came_to_the_shop(visit)


def _went_on(visit: Visit) -> bool:
    """Whether the page left for another by itself; what is on its way there is waited for."""
    return eventually(
        lambda: visit.page.url != visit.opened_at, bool, limit_seconds=LEAVES_SECONDS, wait=visit.keep_going
    )


def _came_to_the_shop(visit: Visit) -> None:
    if not visit.awaits_result:
        raise NotApplicable(Cause(Why.NO_CALLBACK))
    if waits := visit.left_unanswered():
        raise blocked((Cause(Why.SHOP_SILENT, facts={"calls": waits}),), "CHECKOUT-06")


def came_back_with(target: Target, purchase: Purchase, journey: Journey, imp_uid: str | None) -> Visit:
    """The visit of a buyer who comes to m_redirect_url with a payment that they claim; None: with none at all.

    In a journey that denies: a page that was told something would be on its way elsewhere.

    Raises Blocked by CHECKOUT-09 where there is no such address, or nobody at it.
    """
    visit = brought_to_pay(target, purchase, journey)
    attempt = target.provider.attempt_of(imp_uid) if imp_uid else None
    _come_back(visit, journey, {"imp_uid": imp_uid, **_in_every_spelling("true")}, attempt)
    return visit


def elses_unreported(target: Target) -> Purchase:
    """Somebody else's order, paid, of which the merchant has not been told; its webhook is withheld.

    Raises NotApplicable where no webhook pays an order: its payment would be looked up in vain when it is claimed.
    """
    _knows_how_orders_get_paid(target)
    if ways.known(target) != ways.BY_WEBHOOK:
        raise NotApplicable(seen.of_merchant(Why.NO_WEBHOOK_PAYS, target))
    return unreported(target)


def claimed_as_paid(target: Target, purchase: Purchase, journey: Journey, what: str, where: str) -> Purchase:
    """The order with a payment that does not pay it (as `mispayments.in_silence`), which a browser calls a success.

    `where` is one of ON_THE_WAY_BACK; in a journey that denies. Raises as `tell` and `came_back_with` do.
    """
    visit = brought_to_pay(target, purchase, journey)
    made = mispayments.in_silence(target, _of_attempt(purchase, visit), what)
    _call_paid(made, journey, visit, where)
    return replace(made, order=purchase.order)


def paid_and_reported_again(target: Target, purchase: Purchase, journey: Journey, where: str) -> Purchase:
    """The order, which PortOne's webhook paid, after the buyer's browser reported the payment twice.

    `where` is one of ON_THE_WAY_BACK; in a journey that denies. Raises Blocked as `failure_claimed` does.
    """
    _knows_how_orders_get_paid(target)
    visit = brought_to_pay(target, purchase, journey)
    known = paid_order(target, _of_attempt(purchase, visit))
    _call_paid(known, journey, visit, where, times=2)
    return replace(known, order=purchase.order)


def paid_unreported(target: Target, purchase: Purchase, journey: Journey) -> Purchase:
    """The order, paid in the attempt that its page asked for; its webhook is withheld, and the page knows of nothing.

    In a journey that denies.
    """
    visit = brought_to_pay(target, purchase, journey)
    with target.receiver.withholding():
        known = paid_at_portone(target, _of_attempt(purchase, visit))
        target.withheld_by_now()
    return replace(known, order=purchase.order)


@dataclass(frozen=True)
class ComingBack:
    """A buyer who is on the way back to the shop, and whose page is not waited for yet."""

    journey: Journey

    def done(self) -> bool:
        """Whether the page has nothing under way."""
        return self.journey.visit.quiet()

    def result(self) -> None:
        """Wait until it has nothing under way."""
        self.journey.rest()


def come_back(purchase: Purchase, journey: Journey, where: str) -> ComingBack:
    """The browser tells the merchant of the payment (`where`, one of ON_THE_WAY_BACK), and nobody waits for it yet.

    Raises NotApplicable where the page passed no callback, Blocked by CHECKOUT-09 where it names no m_redirect_url.
    """
    visit = journey.visit
    if where == IN_THE_CALLBACK:
        if not visit.awaits_result:
            raise NotApplicable(Cause(Why.NO_CALLBACK))
        journey.release(visit, **_paid(purchase))
    else:
        url = _way_back(visit, {"imp_uid": purchase.imp_uid, SPELLINGS[where]: "true"})
        with stands_on("CHECKOUT-09"), for_cause(Cause(Why.NO_REDIRECT_URL)):
            assert url
        journey.set_off(visit, url)
    return ComingBack(journey)


def _paid(purchase: Purchase) -> Mapping[str, Any]:
    return {"imp_uid": purchase.imp_uid, "success": True, "imp_success": True, **SUCCESS}


def _call_paid(purchase: Purchase, journey: Journey, visit: Visit, where: str, *, times: int = 1) -> None:
    if where == IN_THE_CALLBACK:
        tell(journey, visit, times=times, **_paid(purchase))
        return
    for _ in range(times):
        _come_back(visit, journey, {"imp_uid": purchase.imp_uid, SPELLINGS[where]: "true"})


def _of_attempt(purchase: Purchase, visit: Visit) -> Purchase:
    """The order as the attempt that the page asked for; what is paid is paid in its name."""
    return replace(purchase, order=replace(purchase.order, merchant_uid=str(visit.request["merchant_uid"])))


def another_tab_failed(target: Target, purchase: Purchase, journeys: Sequence[Journey]) -> Purchase:
    """The order, paid in the tab that was opened last, after the buyer's card was declined in the one before.

    In two journeys that deny. An order is known by what was asked for last. Raises NotApplicable where both tabs ask
    for one attempt: it can be paid once only.
    """
    _knows_how_orders_get_paid(target)
    first, last = (brought_to_pay(target, purchase, journey) for journey in journeys)
    if first.request["merchant_uid"] == last.request["merchant_uid"]:
        raise NotApplicable(Cause(Why.SAME_ATTEMPT))
    known = paid_order(target, _of_attempt(purchase, last))
    failed = mispayments.declined(target, _of_attempt(purchase, first))
    tell(journeys[0], first, imp_uid=failed.imp_uid, **FAILURE)
    return replace(known, order=purchase.order)


def paid_in_the_first_tab(target: Target, purchase: Purchase, journeys: Sequence[Journey]) -> Purchase:
    """The order, paid in the tab before the one that was opened last; neither webhook nor page tells the merchant.

    In two journeys that deny. Raises NotApplicable where both tabs ask for one attempt.
    """
    first = _in_two_tabs(target, purchase, journeys)
    with target.receiver.withholding():
        known = paid_at_portone(target, _of_attempt(purchase, first))
        target.withheld_by_now()
    target.followed.note(purchase.order, first.request)  # of a merchant with an order for each attempt: that order
    return replace(known, order=purchase.order)


def seen_paid_in_the_first_tab(target: Target, journeys: Sequence[Journey]) -> Purchase:
    """An order that was paid in the tab before the one that was opened last, and says so. Raises as `failure_claimed`.

    In two journeys that deny. Raises NotApplicable where both tabs ask for one attempt.
    """
    _knows_how_orders_get_paid(target)
    purchase = placed(target)
    first = _in_two_tabs(target, purchase, journeys)
    target.followed.note(purchase.order, first.request)  # of a merchant with an order for each attempt: that order
    return replace(paid_order(target, _of_attempt(purchase, first)), order=purchase.order)


def _in_two_tabs(target: Target, purchase: Purchase, journeys: Sequence[Journey]) -> Visit:
    """The visit that was begun first; another went to pay the same order after it."""
    first, last = (brought_to_pay(target, purchase, journey) for journey in journeys)
    if first.request["merchant_uid"] == last.request["merchant_uid"]:
        raise NotApplicable(Cause(Why.SAME_ATTEMPT))
    return first


def failure_claimed(target: Target, purchase: Purchase, journey: Journey, *, in_the_callback: bool) -> Purchase:
    """The order, paid by now, after a browser claimed that its payment failed (a journey that denies).

    Raises Blocked by what a buyer's way to paying stands on, and by CHECKOUT-09 as `came_back_with` does.
    """
    _knows_how_orders_get_paid(target)
    visit = brought_to_pay(target, purchase, journey)
    purchase = replace(paid_order(target, _of_attempt(purchase, visit)), order=purchase.order)
    if in_the_callback:
        tell(journey, visit, imp_uid=purchase.imp_uid, **FAILURE)
    else:
        _come_back(visit, journey, {"imp_uid": purchase.imp_uid, **_in_every_spelling("false"), **FAILURE})
    return purchase


def _knows_how_orders_get_paid(target: Target) -> None:
    """Once a run: its first order may be paid in another's place."""
    if not ways.known(target):
        paid(target)


def harm_done(target: Target, elses: Purchase) -> Causes:
    """What became of a buyer's good payment that somebody else claimed; empty where nothing did."""
    view = target.settled(elses.order)
    asked = target.timeline.events("cancel", imp_uid=elses.imp_uid, source="merchant")
    if asked or target.provider.tickets(elses.imp_uid):
        return (Cause(Why.ELSES_CANCELLED, facts={"payment": elses.imp_uid}),)
    if view.state is not OrderState.PAID:
        return seen.not_as_expected(target, elses, OrderState.PAID, view)
    return ()


def _in_every_spelling(said: str) -> Mapping[str, str]:
    return dict.fromkeys(SPELLINGS.values(), said)


def _come_back(visit: Visit, journey: Journey, claimed: Mapping[str, str | None], attempt: str | None = None) -> None:
    answered = len(visit.responses)
    if url := _way_back(visit, claimed, attempt):
        journey.go(visit, url)
    redirect_url = str(visit.request.get("m_redirect_url") or "")
    nobody = Cause(Why.NOTHING_AT, facts={"url": redirect_url}) if redirect_url else Cause(Why.NO_REDIRECT_URL)
    with stands_on("CHECKOUT-09"), for_cause(nobody):
        assert any(is_of_shop(one.request) for one in visit.responses[answered:])


def _way_back(visit: Visit, claimed: Mapping[str, str | None], attempt: str | None = None) -> str:
    """The address that a phone comes back to with these claims; empty where the page named none."""
    redirect_url = str(visit.request.get("m_redirect_url") or "")
    facts = {**claimed, "merchant_uid": visit.request["merchant_uid"]}
    query = urlencode(visit.words.address(facts, attempt))
    return f"{redirect_url}{'&' if '?' in redirect_url else '?'}{query}" if redirect_url else ""
