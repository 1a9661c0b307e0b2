"""Purchases in trouble: what PortOne's answers do when they are late, lost or wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from conformance.acts import purchases, refunds, seen
from conformance.acts.purchases import Purchase
from conformance.machine.settling import eventually
from conformance.merchant.protocol import MerchantUnreachable, Order, OrderView
from conformance.network.receiver import Delivery
from conformance.portone import invented
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable, NotObservable
from conformance.verdict.observation import failing_as, stands_on
from conformance.verdict.reasons import Cause, Why

LOOK_UPS = "/payments*"
"""Whichever call reads payments, and by whichever method: published clients differ (seen)."""
FAILURES: Mapping[str, Mapping[str, object]] = {
    "a server error": {"what": "answer", "status": 500, "body": "Internal Server Error"},
    "an error page": {"what": "answer", "status": 502, "body": "<html><h1>502 Bad Gateway</h1></html>"},
    "a broken connection": {"what": "break"},
    "half an answer": {"what": "break", "half": True},
    "silence": {"what": "hang"},
    "garbage": {"what": "garbage"},
    "401": {"what": "answer", "status": 401, "body": {"code": -1, "message": "Unauthorized", "response": None}},
    "a refusal": {"what": "answer", "status": 200, "body": {"code": -1, "message": "잠시 후", "response": None}},
}
JOB, OPENING = "reconcile", "open_order"
"""The merchant's job, and that somebody opens the order, as its file names them."""
LONGER_SECONDS = 1.0
"""How much longer than the limit a look-up is left without an answer: clients often wait for just so long."""
FINDS, FINDS_NOTHING = "finds payments", "finds no payments"
ODD_COUNTRIES: Mapping[str, object] = {"null": None, "an empty text": "", "three letters": "KOR", "a number": 82}
"""What `extension.country_code` could be and is not documented to be."""


def unknown_order() -> Order:
    """An order that the merchant does not have."""
    return Order("nobody's", invented.merchant_uid(), Decimal(1), "USD")


def stray(target: Target) -> Delivery:
    """The webhook about a payment for an order that the merchant does not have, and its answer to it."""
    unknown = unknown_order()
    target.provider.pay(unknown)
    purchases.told(target, unknown.merchant_uid)
    return target.receiver.of(unknown.merchant_uid)[0]


def can_be_asked_by_attempt(target: Target) -> None:
    """Make sure that an order is found by its merchant_uid too. Raises NotObservable where it is not."""
    order = purchases.placed(target).order
    try:
        found = target.merchant.read_order(by_attempt(order.merchant_uid)).state is not OrderState.MISSING
    except MerchantUnreachable:
        found = False
    if not found:
        raise NotObservable(Cause(Why.NOT_BY_ATTEMPT, facts={"merchant": target.merchant.name}))


def by_attempt(merchant_uid: str) -> Order:
    """An order of which nothing but the attempt is known."""
    return Order(merchant_uid, merchant_uid, Decimal(1), "USD")


def view_of_nobodys(target: Target) -> OrderView:
    """What the merchant says of an attempt that nobody has ever spoken of."""
    return target.merchant.read_order(by_attempt(invented.merchant_uid()))


def reported_and_held_back(target: Target, purchase: Purchase) -> tuple[Purchase, OrderView]:
    """The purchase that PortOne reported, and the order as it was while its look-up was held back.

    As it is at last, where it became paid and no look-up ever came. Raises NotObservable where one came too late to be
    held back.
    """
    with target.provider.fault(path=LOOK_UPS, what="hold", times=None) as held:
        purchase = purchases.paid_at_portone(target, purchase)
        caught = held.caught()
        meanwhile = target.merchant.read_order(purchase.order)
    target.provider.idle()  # only now: who looks up a second time was held once more
    if caught or meanwhile.state is OrderState.PAID:
        return purchase, meanwhile
    at_last = target.settled(purchase.order, expected=OrderState.PAID)
    if at_last.state is OrderState.PAID and seen.look_ups(target, purchase):
        raise NotObservable(Cause(Why.HELD_TOO_LATE))
    return purchase, at_last


def reported_and_not_looked_up(target: Target, purchase: Purchase, failure: str) -> Purchase:
    """The purchase that PortOne reported while the first look-up of it went wrong, after all redeliveries.

    A look-up that is never answered ends when the merchant gives it up and answers the webhook, or when the connection
    breaks after the limit, long before PortOne gives the webhook up. Raises NotObservable where none came that could go
    wrong.
    """
    with target.provider.fault(path=LOOK_UPS, times=1, **FAILURES[failure]) as failing:
        purchase = purchases.paid_at_portone(target, purchase)
        if FAILURES[failure]["what"] == "hang" and failing.caught():
            eventually(lambda: target.receiver.idle, bool, limit_seconds=target.limit_seconds + LONGER_SECONDS)
            failing.release()
        purchases.told(target, purchase.order.merchant_uid)
        met = eventually(failing.met, bool, limit_seconds=target.merchant.settle_seconds)  # it may look later
        target.provider.advance(target.provider.redeliveries_take)
        if not met and not failing.met():
            raise NotObservable(Cause(Why.NONE_WENT_WRONG))
    return purchase


def reported_to_an_old_token(target: Target, purchase: Purchase) -> Purchase:
    """The purchase that PortOne reported when every access token that the merchant may have kept was old.

    A merchant that drops the result that met its old token fails WEBHOOK-13; the webhook comes once more for it, and
    shows whether the token was renewed.
    """
    with target.provider.old_tokens():
        purchase = purchases.paid_at_portone(target, purchase)
        purchases.told(target, purchase.order.merchant_uid)
        target.provider.advance(target.provider.redeliveries_take)
        if target.settled(purchase.order, expected=OrderState.PAID).state is not OrderState.PAID:
            for delivery in target.receiver.of(purchase.order.merchant_uid)[:1]:
                target.receiver.repeat(delivery)
            target.settled(purchase.order, expected=OrderState.PAID)
    return purchase


def reconciled_by_one_look(target: Target, purchase: Purchase, look: str) -> Callable[[], None]:
    """Lets the merchant look at the order in one of its ways alone (JOB or OPENING).

    Raises NotApplicable where it has not both: what it does about open orders is tried elsewhere.
    """
    looks: tuple[str, ...] = getattr(target.merchant, "looks", ())
    if look not in looks or len(looks) == 1:
        raise NotApplicable(seen.of_merchant(Why.ONE_LOOK, target))
    return lambda: target.see_to_open_orders(purchase.order, (look,))


def reported_without_a_token(target: Target, purchase: Purchase) -> Purchase:
    """The purchase that PortOne reported when old access tokens were refused and the next one was not given.

    After all redeliveries. Raises Blocked by WEBHOOK-21 where no token was asked for.
    """
    with (
        target.provider.old_tokens(),
        target.provider.fault(times=1, call="token", what="answer", status=500) as failing,
    ):
        purchase = purchases.paid_at_portone(target, purchase)
        purchases.told(target, purchase.order.merchant_uid)
        eventually(failing.met, bool, limit_seconds=target.merchant.settle_seconds)
        target.provider.advance(target.provider.redeliveries_take)
        with stands_on("WEBHOOK-21"), failing_as(Why.NONE_WENT_WRONG):
            assert failing.met()
        target.settled(purchase.order, expected=OrderState.PAID)
    return purchase


def forged_and_not_looked_up(target: Target, fields: Mapping[str, object], failure: str) -> None:
    """A webhook of the Attacker's, sent while the look-ups that it leads to go wrong until the merchant is done.

    Of look-ups that are never answered there is one, and it ends when the connection breaks.
    """
    hangs = FAILURES[failure]["what"] == "hang"
    fault = {**FAILURES[failure], "times": 1 if hangs else None}
    with ThreadPoolExecutor(1) as other, target.provider.fault(path=LOOK_UPS, **fault) as failing:
        delivery = other.submit(target.receiver.forge, fields)
        if hangs and failing.caught():
            failing.release()
        delivery.result()  # which ends by limits of its own
        eventually(failing.met, bool, limit_seconds=target.merchant.settle_seconds)  # it may look later


def reported_and_answers_lost(target: Target, purchase: Purchase, times: int) -> Purchase:
    """The purchase that PortOne reported, and reported again as the merchant's answers were lost this many times."""
    with target.provider.fault(call="webhook", what="break", carried_out=True, times=times):
        purchase = purchases.reported(target, purchase)
        target.provider.advance(target.provider.redeliveries_take)
    return purchase


def reported_with_country(target: Target, purchase: Purchase, country: object) -> Purchase:
    """The purchase that PortOne reported, and whose look-up names this country until the merchant is done with it."""
    return reported_with(target, purchase, {"extension": {"country_code": country}})


def reported_with(target: Target, purchase: Purchase, fields: Mapping[str, object]) -> Purchase:
    """The purchase that PortOne reported, and whose look-up has these fields, in place of its own, until it is done."""
    with target.receiver.withholding():
        purchase = purchases.paid_at_portone(target, purchase)
        target.provider.idle()
    look_up, body = target.provider.api.look_up_with(purchase.imp_uid, fields)
    with target.provider.fault(path=look_up, what="answer", status=200, body=body, times=None):
        target.receiver.repeat(purchases.withheld(target, purchase))
        target.settled(purchase.order, expected=OrderState.PAID)
    return purchase


def reconciled(target: Target, purchase: Purchase) -> None:
    """Have the merchant reconcile the order. Raises NotObservable where that failed: it has seen nothing then."""
    target.see_to_open_orders(purchase.order)
    if target.refusals:
        raise NotObservable(Cause(Why.JOB_UNSEEN, facts={"said": "; ".join(target.refusals)}))


def open_orders_seen_to_in_vain(target: Target, purchase: Purchase) -> OrderView:
    """The order after the merchant saw to its open orders while PortOne answered no look-up."""
    with target.provider.fault(path=LOOK_UPS, times=None, **FAILURES["a server error"]):
        target.see_to_open_orders(purchase.order)  # which it may well answer with an error now
        return target.settled(purchase.order)


def cancelled_meanwhile(target: Target, purchase: Purchase) -> Purchase:
    """The purchase whose first webhook was still being looked up ("paid") while its cancellation was worked off.

    A merchant who makes one look-up after the other works the cancellation off when the first one is over.
    """
    first = purchases.withheld(target, purchase)
    fault = {"what": "hold", "carried_out": True, "times": 1}
    with ThreadPoolExecutor(1) as other, target.provider.fault(path=LOOK_UPS, **fault) as held:
        delivery = other.submit(target.receiver.repeat, first)
        if not held.caught():
            raise NotObservable(Cause(Why.NONE_HELD))
        target.provider.act(purchase.imp_uid, "cancel")
        target.provider.accept_ticket(purchase.imp_uid)  # at once: no look-up takes three days
        target.settled(purchase.order, expected=OrderState.CANCELLED)
        held.release()
        delivery.result()  # which ends by limits of its own
    target.settled(purchase.order, expected=OrderState.CANCELLED)
    return purchase


def approved_meanwhile(target: Target, purchase: Purchase) -> Purchase:
    """The purchase under review that Paymentwall approved while a look-up was under way that saw it fail.

    A merchant who makes one look-up after the other works the approval off when the first one is over.
    """
    about = {"imp_uid": purchase.imp_uid, "merchant_uid": purchase.order.merchant_uid, "status": "paid"}
    fault = {"what": "hold", "carried_out": True, "times": 1}
    with ThreadPoolExecutor(1) as other, target.provider.fault(path=LOOK_UPS, **fault) as held:
        delivery = other.submit(target.receiver.forge, about, truly=True)
        if not held.caught():
            raise NotObservable(Cause(Why.NONE_HELD))
        target.provider.act(purchase.imp_uid, "review/accept")
        target.settled(purchase.order, expected=OrderState.PAID)
        held.release()
        delivery.result()  # which ends by limits of its own
    target.settled(purchase.order, expected=OrderState.PAID)
    return purchase


def finds_payments(target: Target) -> None:
    """Make sure, once a run, that reconciliation finds a payment whose webhook was lost.

    Raises NotApplicable where it does not: what is not looked at is not taken for a payment either (and WEBHOOK-17 is
    about that).
    """
    if not target.shown & {FINDS, FINDS_NOTHING}:
        purchase = purchases.unreported(target)
        target.see_to_open_orders(purchase.order)
        view = target.settled(purchase.order, expected=OrderState.PAID)
        target.shown.add(FINDS if view.state is OrderState.PAID else FINDS_NOTHING)
    if FINDS_NOTHING in target.shown:
        raise NotApplicable(seen.of_merchant(Why.FINDS_NONE, target))


def cancelled_and_seen(target: Target) -> Purchase:
    """An order that was paid, then cancelled in PortOne's console. Raises Blocked by CANCEL-14 when it missed that."""
    purchase = purchases.paid(target)
    refunds.cancelled_in_console(target, purchase)
    expected = OrderState.CANCELLED
    view = target.settled(purchase.order, expected=expected)
    with stands_on("CANCEL-14"), seen.expecting(target, purchase, expected, view):
        assert view.state is expected
    return purchase
