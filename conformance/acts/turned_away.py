"""Webhooks that a merchant's server turns away before its code reads them, and what is likely to be in their way."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.acts import purchases
from conformance.target.target import Target

_ELSEWHERE = (
    "it redirects, and PortOne does not follow; likely because of a slash at the address's end, for https, for"
    " another host name or to a log-in"
)
CAUSES: Mapping[int, str] = {
    **dict.fromkeys((301, 302, 303, 307, 308), _ELSEWHERE),
    401: "a log-in or a signature is asked for, and V1 webhooks have neither",
    403: "it is forbidden; likely by a check of forms (CSRF) or by an address list without the sender's",
    405: "its address does not accept POST",
}
"""By the HTTP status of the answer (404 is left out: it may well be said of a payment that is not known)."""


def likely_cause(target: Target, answered: int | None) -> str | None:
    """What turned a webhook away that was answered like this; None where nothing did.

    A payment that the merchant does not know it may refuse as it likes. So a good one is reported then: only where that
    is answered alike it was not the payment.
    """
    if answered is None or answered not in CAUSES:
        return None
    purchase = purchases.reported(target, purchases.placed(target))
    good = target.receiver.of(purchase.order.merchant_uid)[0].status
    return CAUSES[answered] if good == answered else None
