"""What the merchant knows and does not say, once nothing is under way any more; pure.

Scenarios that somebody wrote ask for this by their own sentences (WEBHOOK-15, CANCEL-14); a story that nobody wrote has
these two rules beside those about money.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.books.entries import BookedOrder, BookedPayment, Books
from conformance.books.findings import Finding
from conformance.record.orders import OrderState

LATE, UNHEARD = "WEBHOOK-15", "WEBHOOK-13"
_UNPAID = (OrderState.UNPAID, OrderState.FAILED)
_KEPT = (OrderState.PAID, OrderState.PARTLY_CANCELLED, OrderState.WAITING_FOR_CANCELLATION)


def contradictions(books: Books, taken: frozenset[tuple[str, str]]) -> list[Finding]:
    """Orders that are otherwise than what the merchant learned last of their only payment.

    It learned of it by a look-up that told what PortOne's books say now, however late that was answered; or should have
    by a webhook that it took with a good answer. `taken` are those, each as imp_uid and status.
    """
    return [found for order in books.orders for found in _of(books, order, taken)] if not books.interfered else []


def _of(books: Books, order: BookedOrder, taken: frozenset[tuple[str, str]]) -> Iterator[Finding]:
    payments = [one for one in books.of(order) if one.was_paid]
    others = [one for one in books.payments if one.merchant_uid in order.attempts and one not in payments]
    if len(payments) != 1 or others or order.a_person_is_told or order.state is None:
        return
    (payment,) = payments
    if (payment.amount, payment.currency) != (order.amount, order.currency) or not _differs(order, payment):
        return
    if _was_told(payment):
        how, requirement = "a look-up told the merchant so", LATE
    elif (payment.imp_uid, payment.status) in taken and not payment.asked:
        how, requirement = "the merchant took PortOne's webhook about it with a good answer", UNHEARD
    else:
        return
    said = f"Payment {payment.imp_uid} is {payment.status}, and {how}; it says that order {order.reference} is"
    yield Finding(requirement, order.reference, f"{said} {order.state}.", order.currency)


def _was_told(payment: BookedPayment) -> bool:
    return any((one.status, one.cancelled) == (payment.status, payment.cancelled) for one in payment.looked_up)


def _differs(order: BookedOrder, payment: BookedPayment) -> bool:
    """Whether the order's state speaks against its payment, however a merchant works."""
    if payment.status == "cancelled":
        return order.state in _KEPT
    return payment.stands and order.state in (*_UNPAID, OrderState.CANCELLED)
