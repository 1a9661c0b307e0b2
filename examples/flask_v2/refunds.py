"""Giving money back: asked for at PortOne once, believed only when a look-up says so. Amounts are in minor units."""

from __future__ import annotations

from dataclasses import dataclass

from orders import WAITING, change, is_whole, money, order_of, paying, state_of, transaction
from portone import Cancellation, Refused, Unclear
from results import log, newest_cancellation, note_cancellation, portone, take_result


class Declined(Exception):
    """The shop itself says no."""


@dataclass(frozen=True)
class Claim:
    """A refund that this request alone may put to PortOne."""

    payment_id: str
    amount: int
    left: int
    until: int


def claim(reference: str, asked: object) -> Claim:
    """Note that a refund is under way, before anybody is asked. Raises Declined."""
    with transaction() as session:
        order = order_of(session, reference)
        paid = paying(session, order)
        left = paid["total"] - paid["cancelled"] if paid and not is_whole(paid) else 0
        if paid is None or left <= 0:
            raise Declined("There is nothing to refund.")
        amount = left if asked is None else asked
        if not isinstance(amount, int) or not 0 < amount <= left:
            raise Declined(f"More than 0 and at most {money(left, paid['currency'])} can be refunded.")
        if state_of(session, order) == WAITING and not order["refund_unclear"]:
            raise Declined("A refund is asked for already, and waits for its result.")
        until = paid["cancelled"] + amount
        after = newest_cancellation(session, paid["id"])
        change(session, order, refund_until=until, refund_after=after, refund_unclear=0)
        return Claim(paid["id"], amount, left, until)


def refund(reference: str, asked: object) -> str:
    """What the operator is told; `asked` in minor units, None for all that is left. Raises Declined, Refused."""
    claimed = claim(reference, asked)
    made: Cancellation | None = None
    refused: Refused | None = None
    try:
        made = portone.cancel(claimed.payment_id, claimed.amount, claimed.left, "Refund by the operator")
    except Refused as reason:
        refused = reason
    except Unclear as reason:
        log.warning("%s", reason)
    with transaction() as session:
        order = order_of(session, reference)
        if made:  # from here on the cancellation itself is known
            note_cancellation(session, claimed.payment_id, made)
        if order["refund_until"] == claimed.until:
            answered = made is not None or refused is not None
            change(session, order, refund_until=None if answered else claimed.until, refund_unclear=int(not answered))
    try:  # whatever was answered, the payment is the truth: cancelled at once, by somebody else, or still waiting
        take_result(claimed.payment_id)
    except Unclear as reason:
        log.warning("%s", reason)
    if refused:
        raise refused
    return "The cancellation is asked for." if made else "Whether PortOne took the refund is not known."
