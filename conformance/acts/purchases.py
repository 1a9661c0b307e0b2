"""Purchases: an order together with its payment, brought into the state that a scenario begins with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from conformance.acts import later, seen, ways
from conformance.acts.later import TICKET_TAKES
from conformance.acts.placing import TOLD as TOLD
from conformance.acts.placing import Purchase as Purchase
from conformance.acts.placing import paid_at_portone as paid_at_portone
from conformance.acts.placing import payment_of as payment_of
from conformance.acts.placing import placed as placed
from conformance.acts.placing import placed_in as placed_in
from conformance.acts.placing import reported as reported
from conformance.acts.placing import tested as tested
from conformance.acts.placing import told as told
from conformance.merchant.protocol import ActionAnswer, MerchantUnreachable
from conformance.network.receiver import Delivery
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import Blocked
from conformance.verdict.observation import failing_as, for_cause, stands_on
from conformance.verdict.reasons import Cause, Why, term

ACTS_ON_WEBHOOKS, SENT_NONSENSE = "acts on webhooks", "was sent nonsense"


def paid(target: Target, *, method: str = "cc") -> Purchase:
    """An order that the merchant says is paid, in whichever documented way (conformance.acts.ways).

    Raises Blocked by WEBHOOK-01 or WEBHOOK-12 where none works.
    """
    return paid_order(target, placed(target), method=method)


def paid_order(target: Target, purchase: Purchase, *, method: str = "cc") -> Purchase:
    """The same order once the merchant says that it is paid. Raises Blocked as `paid` does."""
    return target.kept("paid", Purchase, lambda: _paid(target, purchase, method))


def _paid(target: Target, purchase: Purchase, method: str) -> Purchase:
    way = ways.known(target)
    if way == ways.BY_RETURN:
        return _seen_paid(target, by_return(target, purchase, method))
    purchase = paid_at_portone(target, purchase, method=method)
    if way == ways.BY_LOOKING:
        target.see_to_open_orders(purchase.order)
        return _seen_paid(target, purchase)
    try:
        told(target, payment_of(purchase).merchant_uid)
        seen_paid = _seen_paid(target, purchase)
    except Blocked:
        otherwise = None if way or SENT_NONSENSE in target.shown else _paid_otherwise(target, purchase, method)
        if otherwise is None:
            raise
        return otherwise
    ways.works(target, ways.BY_WEBHOOK, purchase.order)
    return seen_paid


def _paid_otherwise(target: Target, purchase: Purchase, method: str) -> Purchase | None:
    """The first order of the run, which no webhook paid, or another like it, paid in another way; None in none."""
    if ways.can_return(target):
        currency = purchase.order.currency
        again = Purchase(target.merchant.place_order(currency if currency in target.merchant.currencies else None))
        again = by_return(target, again, method)
        if again.payment and target.settled(again.order, expected=OrderState.PAID).state is OrderState.PAID:
            ways.works(target, ways.BY_RETURN, again.order)
            return again
    target.see_to_open_orders(purchase.order)
    if target.settled(purchase.order, expected=OrderState.PAID).state is OrderState.PAID:
        ways.works(target, ways.BY_LOOKING, purchase.order)
        return purchase
    ways.works(target, ways.BY_NONE, purchase.order)
    return None


def by_return(target: Target, purchase: Purchase, method: str) -> Purchase:
    """The order as its page asked for it, and the payment of a buyer who came back; None of one who got stuck."""
    payment = ways.returned(target, purchase.order, method)
    return replace(purchase, order=target.followed.known(purchase.order), payment=payment)


def _seen_paid(target: Target, purchase: Purchase) -> Purchase:
    view = target.settled(purchase.order, expected=OrderState.PAID)
    with stands_on("WEBHOOK-01", "WEBHOOK-12"), seen.expecting(target, purchase, OrderState.PAID, view):
        assert view.state is OrderState.PAID
    return purchase


def unreported(target: Target) -> Purchase:
    """An order that a buyer paid and of which the merchant has not been told: the webhook is withheld."""
    with target.receiver.withholding():
        purchase = paid_at_portone(target, placed(target))
        target.withheld_by_now()
    return purchase


def withheld(target: Target, purchase: Purchase) -> Delivery:
    """The first webhook that was withheld about the payment. Raises Blocked by what it stands on when none came."""
    return all_withheld(target, purchase)[0]


def all_withheld(target: Target, purchase: Purchase) -> list[Delivery]:
    """Every webhook that was withheld about the payment. Raises Blocked by what it stands on when none came."""
    kept = [d for d in target.receiver.withheld if d.fields.get("imp_uid") == purchase.imp_uid]
    with stands_on(*TOLD), failing_as(Why.NEVER_CAME, about_it=purchase.imp_uid):
        assert kept
    return kept


def refunded(target: Target, purchase: Purchase, amount: Decimal | None = None) -> Purchase:
    """The same order after the merchant was asked to refund it, or a part; what it answered is kept."""
    return target.kept(
        "refunded",
        Purchase,
        lambda: replace(purchase, refund=target.merchant.ask_for_refund(purchase.order, amount)),
    )


def cancelled(target: Target, purchase: Purchase, part: Decimal) -> Purchase:
    """The same order after the merchant was asked to refund this much, and three days in which a ticket is accepted.

    What it answers counts for nothing here. Raises Blocked by CANCEL-01 when its refunds never reach PortOne.
    """
    ways.needs_webhooks(target)
    sees_tickets = Probe.TICKETS in target.capabilities
    if sees_tickets:
        can_refund(target)
    already = len(target.provider.tickets(purchase.imp_uid)) if sees_tickets else 0
    purchase = target.kept("asked back", Purchase, lambda: _asked_back(target, purchase, part))
    if sees_tickets:
        target.observed(lambda: target.provider.tickets(purchase.imp_uid), lambda seen: len(seen) > already)
    later.answered(target, purchase, part)
    return purchase


def _asked_back(target: Target, purchase: Purchase, amount: Decimal) -> Purchase:
    """The same order after a refund; its payment is as PortOne had it before, by which a result is told later."""
    if Probe.CLOCK not in target.capabilities:
        purchase = replace(purchase, payment=target.provider.api.payment(purchase.imp_uid))
    try:
        return refunded(target, purchase, amount)
    except MerchantUnreachable as error:  # whole refunds reach PortOne, so the merchant fails on this one
        return replace(purchase, refund=ActionAnswer(accepted=False, message=str(error)))


def refused(target: Target, *, method: str) -> Purchase:
    """A paid order whose refund was refused and said to be. Raises Blocked by CANCEL-07 when it was not."""
    purchase = refunded(target, paid(target, method=method))
    answer = purchase.refund
    told = answer is not None and (not answer.accepted or target.settled(purchase.order).attention)
    why = Cause(Why.REFUND_TAKEN_SHOWN, facts={"words": answer.message}) if answer else Cause(Why.REFUND_UNUSED)
    with stands_on("CANCEL-07"), for_cause(why):
        assert told
    return purchase


def has_a_ticket(target: Target, purchase: Purchase, *, besides: int = 0) -> None:
    """Make sure that Paymentwall has a ticket besides those. Raises Blocked by CANCEL-01 when it has not.

    A merchant who asks PortOne later has the time that it declared for it.
    """
    tickets = target.observed(lambda: target.provider.tickets(purchase.imp_uid), lambda seen: len(seen) > besides)
    with stands_on("CANCEL-01"), failing_as(Why.NO_TICKET, payment=purchase.imp_uid):
        assert len(tickets) > besides


def can_refund(target: Target) -> None:
    """Make sure, once a run, that the refund action reaches PortOne. Raises Blocked by CANCEL-01."""
    target.once("can refund", lambda: _a_refund_opens_a_ticket(target))


def _a_refund_opens_a_ticket(target: Target) -> None:
    purchase = refunded(target, paid(target))
    has_a_ticket(target, purchase)
    later.answered(target, purchase)  # tickets are worked off one by one: a scenario's own would wait behind it


def paid_from(target: Target, country: str) -> Purchase:
    """An order that was paid from this country, and says so. Raises Blocked by COUNTRY-02 when it does not."""
    looks_payments_up(target)
    purchase = reported(target, placed(target), country=country)
    looked_up = seen.looked_up_country(target, purchase)
    view = target.settled(purchase.order, expected=OrderState.PAID)
    facts = {"payment": purchase.imp_uid, "expected": looked_up, **term("stored", view.country or "none")}
    with stands_on("COUNTRY-02"), failing_as(Why.COUNTRY, **facts):
        assert view.country == looked_up
    return purchase


def waiting(target: Target, *, method: str = "cc", takes: timedelta = TICKET_TAKES) -> Purchase:
    """An order whose ticket is open for three days, or for as long as it `takes`.

    Raises Blocked by CANCEL-01 when there is no ticket, by CANCEL-02 when the merchant does not say that it waits.
    """
    later.tickets_take(target, takes)
    return target.kept("waiting", Purchase, lambda: _seen_waiting(target, paid(target, method=method)))


def asked_back(target: Target) -> Purchase:
    """An order whose ticket is open for three days, whatever the merchant says of it meanwhile.

    Raises Blocked by CANCEL-01 when there is no ticket.
    """
    later.tickets_take(target, TICKET_TAKES)
    return target.kept("waiting", Purchase, lambda: _with_a_ticket(target, paid(target)))


def not_yet_cancelled(target: Target) -> Purchase:
    """The same, of an order that does not say yet what it says once the result is there.

    Raises Blocked by CANCEL-02 when it does, with the amount: the result cannot be seen in it any more.
    """
    later.tickets_take(target, TICKET_TAKES)
    return target.kept("waiting", Purchase, lambda: _not_yet_cancelled(target, _with_a_ticket(target, paid(target))))


def _not_yet_cancelled(target: Target, purchase: Purchase) -> Purchase:
    if Probe.ORDER not in target.capabilities:
        return purchase
    view = target.merchant.read_order(purchase.order)
    shown = None if "cancelled_amount" in view.hidden else view.cancelled_amount
    in_full = view.state is OrderState.CANCELLED and (shown is None or shown == purchase.order.amount)
    with stands_on("CANCEL-02"), failing_as(Why.TOO_EARLY, **term("state", view.state)):
        assert not in_full
    return purchase


def _with_a_ticket(target: Target, purchase: Purchase) -> Purchase:
    purchase = refunded(target, purchase)
    if Probe.TICKETS in target.capabilities:  # else the order alone shows it
        has_a_ticket(target, purchase)
    return purchase


def _seen_waiting(target: Target, purchase: Purchase) -> Purchase:
    purchase = _with_a_ticket(target, purchase)
    expected = OrderState.WAITING_FOR_CANCELLATION
    view = target.settled(purchase.order, expected=expected)
    with stands_on("CANCEL-02"), seen.expecting(target, purchase, expected, view):
        assert view.state is expected
    return purchase


def acts_on_webhooks(target: Target) -> None:
    """Make sure, once a run, that the merchant pays orders on webhooks. Raises Blocked by WEBHOOK-01."""
    target.once(ACTS_ON_WEBHOOKS, lambda: _acts_on_webhooks(target))


def _acts_on_webhooks(target: Target) -> None:
    try:
        paid(target)
    except Blocked:
        if SENT_NONSENSE not in target.shown:
            raise
        paid(target)  # a shop that only missed the next webhook is judged in the malformed-body scenarios
    ways.needs_webhooks(target)


def looks_payments_up(target: Target) -> None:
    """Make sure, once a run, that a webhook leads to a look-up. Raises Blocked by WEBHOOK-01 or WEBHOOK-05.

    Where nobody sees its calls this is taken on trust, of a merchant who acts on webhooks.
    """
    if Probe.JOURNAL in target.capabilities:
        target.once("looks payments up", lambda: _webhook_leads_to_a_look_up(target))
    else:
        acts_on_webhooks(target)


def _webhook_leads_to_a_look_up(target: Target) -> None:
    try:
        _is_looked_up(target, reported(target, placed(target)))
    except Blocked:  # one that only lost this webhook is judged where such a loss is looked for
        _is_looked_up(target, reported(target, placed(target)))


def looked_up(target: Target, purchase: Purchase) -> Purchase:
    """The same order, or another like it, after a buyer paid it and the merchant looked the payment up.

    On the webhook, or at the buyer's return. Raises Blocked by WEBHOOK-01 or WEBHOOK-05 where it does neither.
    """
    purchase = reported(target, purchase)
    try:
        return _is_looked_up(target, purchase)
    except Blocked:
        returned = ways.can_return(target) and by_return(target, Purchase(target.merchant.place_order()), "cc")
        if not (returned and returned.payment):
            raise
        return _is_looked_up(target, returned)


def _is_looked_up(target: Target, purchase: Purchase) -> Purchase:
    target.settled(purchase.order, expected=OrderState.PAID)  # it may look some time after its answer
    with stands_on("WEBHOOK-01", "WEBHOOK-05"), failing_as(Why.NOT_LOOKED_UP, payment=purchase.imp_uid):
        assert seen.look_ups(target, purchase)
    return purchase
