"""Claims of a browser: what it says of a payment in the callback or at m_redirect_url, and who is harmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from conformance.acts import seen, ways
from conformance.acts.checkouts import asked_to_pay
from conformance.acts.purchases import Purchase, paid, paid_order
from conformance.browser.journey import Journey
from conformance.browser.visits import Visit, is_of_shop
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.endings import Blocked
from conformance.verdict.observation import stands_on

FAILURE: Mapping[str, str] = {"error_code": "F400", "error_msg": "[결제포기] 사용자가 결제를 취소하셨습니다"}
"""What the SDK tells where a buyer gave up: a code and a text, of which nothing more is documented."""


def claimed(target: Target, purchase: Purchase, journey: Journey) -> Visit:
    """The visit of a buyer whose browser answers the page itself, without any payment (a journey that forges, denies).

    Raises Blocked by CHECKOUT-06 when the page never came as far as asking for a payment.
    """
    visit = asked_to_pay(target, purchase, journey)
    if visit.obstacle:
        raise Blocked(("CHECKOUT-06",), visit.obstacle)
    journey.rest(visit)
    return visit


def came_back_with(target: Target, purchase: Purchase, journey: Journey, imp_uid: str | None) -> Visit:
    """The visit of a buyer who comes to m_redirect_url with a payment that they claim; None: with none at all.

    In a journey that denies: a page that was told something would be on its way elsewhere.

    Raises Blocked by CHECKOUT-09 where there is no such address, or nobody at it.
    """
    visit = claimed(target, purchase, journey)
    _come_back(visit, journey, {"imp_uid": imp_uid, "imp_success": "true"})
    return visit


def decline_claimed(target: Target, purchase: Purchase, journey: Journey, *, in_the_callback: bool) -> None:
    """A browser claims that its payment succeeded, which was declined (a journey that denies): all but its status fits.

    Raises Blocked as `came_back_with` does.
    """
    visit = claimed(target, purchase, journey)
    attempt = replace(purchase.order, merchant_uid=str(visit.request["merchant_uid"]))
    failed = target.provider.pay(attempt, finish="decline")
    if in_the_callback:
        journey.claim_success(visit, failed.imp_uid)
        journey.rest(visit)
    else:
        _come_back(visit, journey, {"imp_uid": failed.imp_uid, "imp_success": "true"})


def failure_claimed(target: Target, purchase: Purchase, journey: Journey, *, in_the_callback: bool) -> Purchase:
    """The order, paid by now, after a browser claimed that its payment failed (a journey that denies).

    Raises Blocked by what a buyer's way to paying stands on, and by CHECKOUT-09 as `came_back_with` does.
    """
    if not ways.known(target):  # the first order of a run may be paid in another's place
        paid(target)
    visit = claimed(target, purchase, journey)
    attempt = replace(purchase.order, merchant_uid=str(visit.request["merchant_uid"]))
    purchase = replace(paid_order(target, replace(purchase, order=attempt)), order=purchase.order)
    if in_the_callback:
        journey.release(visit, imp_uid=purchase.imp_uid, **FAILURE)
        journey.rest(visit)
    else:
        _come_back(visit, journey, {"imp_uid": purchase.imp_uid, "imp_success": "false", **FAILURE})
    return purchase


def harm_done(target: Target, elses: Purchase) -> str | None:
    """What became of a buyer's good payment that somebody else claimed, in words; None where nothing did."""
    view = target.settled(elses.order)
    asked = target.timeline.events("cancel", imp_uid=elses.imp_uid, source="merchant")
    if asked or target.provider.tickets(elses.imp_uid):
        whose = "which another buyer paid and nobody asked to refund"
        return f"The merchant asked PortOne to cancel {elses.imp_uid}, {whose}."
    if view.state is not OrderState.PAID:
        return seen.not_as_expected(target, elses, OrderState.PAID, view)
    return None


def _come_back(visit: Visit, journey: Journey, claimed: Mapping[str, str | None]) -> None:
    redirect_url = str(visit.request.get("m_redirect_url") or "")
    facts = {**claimed, "merchant_uid": visit.request["merchant_uid"]}
    query = urlencode({name: fact for name, fact in facts.items() if fact})
    answered = len(visit.responses)
    if redirect_url:
        journey.go(visit, f"{redirect_url}{'&' if '?' in redirect_url else '?'}{query}")
    nobody = f"nothing answered at {redirect_url}" if redirect_url else "the payment request has no m_redirect_url"
    with stands_on("CHECKOUT-09"):
        assert any(is_of_shop(one.request) for one in visit.responses[answered:]), nobody
