"""Results that come later: by a jump where the provider's clock can, else when they come, now or in a later run."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import httpx

from conformance.acts.placing import Purchase
from conformance.portone.api import Payment, PortOneRefused
from conformance.record.orders import OrderState
from conformance.target.target import Target
from conformance.target.waits import Waiting
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why
from conformance.verdict.showing import lacking

TICKET_TAKES = timedelta(days=3)
ALWAYS, ON_REQUEST = "always", "opt_in"


def tickets_take(target: Target, takes: timedelta) -> None:
    """Have Paymentwall answer tickets after so long; a real one takes as long as it takes.

    Raises NotObservable where a scenario needs another time than the usual one, and nobody can set it.
    """
    if Probe.CLOCK in target.capabilities:
        target.provider.configure({"paymentwall": {"ticket_seconds": int(takes.total_seconds())}})
    elif takes != TICKET_TAKES:
        raise NotObservable(Cause(Why.TICKET_TIME))


def gives_notice(target: Target, when: str) -> None:
    """PortOne gives notice of cancellations ALWAYS or ON_REQUEST.

    Where nobody can set that, it gives notice as it does: which of the two, the documents do not agree on (inferred),
    and the merchant must end right with either.
    """
    if Probe.CLOCK in target.capabilities:
        target.provider.configure({"cancel_notice": when})
    elif target.memory is not None:
        target.memory.notice = when


def notice_was_missed(target: Target, purchase: Purchase) -> bool:
    """Whether PortOne's notice may have come while no run was there to take it: it is sent once, and not again (docs).

    Where the merchant's own endpoint takes it, that was there all the time.
    """
    assert purchase.payment is not None
    if target.memory is None or not target.memory.resumed or Probe.DELIVERIES not in target.capabilities:
        return False
    came = target.receiver.of(purchase.payment.merchant_uid)
    return not any(delivery.fields.get("status") == "cancelled" for delivery in came)


def _send_the_notice(target: Target, purchase: Purchase) -> None:
    """Tell the merchant in PortOne's place what it would have been told: it must look it up in either case."""
    assert purchase.payment is not None
    fields = {"imp_uid": purchase.imp_uid, "merchant_uid": purchase.payment.merchant_uid, "status": "cancelled"}
    history = target.provider.api.payment_object(purchase.imp_uid).get("cancel_history") or [{}]
    further = {"cancellation_id": last} if (last := history[-1].get("cancellation_id")) else {}
    target.receiver.forge({**fields, **further}, source="suite")


def answered(target: Target, purchase: Purchase, part: Decimal | None = None) -> None:
    """Let Paymentwall answer the ticket, for a `part` of the payment or for all: three days later, or when it does.

    Raises Waiting while it has not, and NotObservable where that cannot be waited for, the payment is gone, or more of
    it came back than the scenario asked for.
    """
    if Probe.CLOCK in target.capabilities:
        target.advance(TICKET_TAKES)
        return
    if purchase.refund is not None and not purchase.refund.accepted:
        return  # nothing was asked for, so nothing comes: what follows says what is wrong
    assert purchase.payment is not None
    memory = target.memory
    if memory is None:
        raise NotObservable(lacking(target.name, Probe.LATER))
    since = memory.since(f"since when {purchase.imp_uid} is being cancelled")
    now = _looked_up(target, purchase)
    before = purchase.payment.cancel_amount
    if part is not None and now.cancel_amount > before + part:
        back = {"back": f"{now.cancel_amount} {now.currency}", "part": str(part)}
        facts = {**back, "payment": purchase.imp_uid, "order": purchase.order.reference}
        raise NotObservable(Cause(Why.MORE_CAME_BACK, facts=facts))
    if now.cancel_amount > before:
        _is_still_there(target, purchase)
        if memory.notice == ALWAYS and notice_was_missed(target, purchase):
            _send_the_notice(target, purchase)
        return
    order = purchase.order
    raise Waiting(
        memory.wait(
            since,
            order=order.reference,
            merchant_uid=purchase.payment.merchant_uid,
            imp_uid=purchase.imp_uid,
            cancelled_before=before,
            part=part is not None,
        )
    )


def _looked_up(target: Target, purchase: Purchase) -> Payment:
    try:
        return target.provider.api.payment(purchase.imp_uid)
    except PortOneRefused as refused:
        if refused.status != httpx.codes.NOT_FOUND:
            raise
        facts = {"payment": purchase.imp_uid, "order": purchase.order.reference}
        raise NotObservable(Cause(Why.PAYMENT_GONE, facts=facts)) from refused


def _is_still_there(target: Target, purchase: Purchase) -> None:
    """Raises NotObservable where a later run finds a merchant who begins anew, with nothing that it had."""
    resumed = target.memory is not None and target.memory.resumed
    if resumed and target.merchant.read_order(purchase.order).state is OrderState.MISSING:
        facts = {"payment": purchase.imp_uid, "order": purchase.order.reference, "merchant": target.merchant.name}
        raise NotObservable(Cause(Why.ORDER_GONE, facts=facts))
