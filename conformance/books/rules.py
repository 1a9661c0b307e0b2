"""MONEY-01 to MONEY-05: what both books of a scenario must say together, and go on saying; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from conformance.books.entries import BookedOrder, BookedPayment, Books
from conformance.books.findings import NOTHING, Fate, Finding, written
from conformance.record.orders import OrderState
from conformance.verdict.reasons import Cause, Why, term, told

GOODS, MONEY, BOTH, REFUNDS, THE_END = "MONEY-01", "MONEY-02", "MONEY-03", "MONEY-04", "MONEY-05"


def findings(books: Books) -> list[Finding]:
    """All that is wrong in the books of one scenario."""
    return [found for rule in RULES for order in books.orders for found in rule(books, order)]


def changes(before: Books, after: Books) -> list[Finding]:
    """What was settled before, and is otherwise after a later notice, look-up, job or page view."""
    now = {order.reference: order for order in after.orders}
    return [
        found
        for order in before.orders
        if is_settled(before, order) and order.reference in now
        for found in _changed(before, after, order, now[order.reference])
    ]


def is_settled(books: Books, order: BookedOrder) -> bool:
    """Whether the merchant knows all that PortOne knows of the order, and says so: nothing may change any more."""
    payments = [one for one in books.of(order) if one.was_paid]
    if len(payments) != 1 or books.interfered or not payments[0].seen_as_it_is:
        return False
    return says_what_is(order, payments[0])


def says_what_is(order: BookedOrder, payment: BookedPayment) -> bool:
    """Whether the merchant calls the order what PortOne's books say of its only payment."""
    if payment.waits:
        return order.state is OrderState.WAITING_FOR_CANCELLATION
    if payment.status == "cancelled":
        return order.state is OrderState.CANCELLED
    return order.state is (OrderState.PARTLY_CANCELLED if payment.cancelled else OrderState.PAID)


def _changed(before: Books, after: Books, order: BookedOrder, later: BookedOrder) -> Iterator[Finding]:
    for nonsense in later.nonsense if later.nonsense != order.nonsense else ():
        yield _found(THE_END, order, Cause(Why.BOOK_READ_AGAIN, facts={"order": order.reference, "said": nonsense}))
    changed = [
        Cause(Why.BOOK_CHANGE, facts={**term("what", words), **_was_and_is(getattr(order, name), getattr(later, name))})
        for name, words in _SETTLED.items()
        if getattr(order, name) != getattr(later, name) and not later.nonsense
    ]
    asked, now = (sum(len(one.asked) for one in books.of(order)) for books in (before, after))
    if now > asked:
        changed.append(Cause(Why.BOOK_ASKED_MORE, facts={"before": str(asked), "after": str(now)}))
    if changed:
        twice = max((later.fulfilments or NOTHING) - (order.fulfilments or NOTHING), NOTHING)
        fate = Fate.GIVEN_AGAIN if twice else Fate.DIFFERENT
        settled = Cause(Why.BOOK_CHANGED, facts={"order": order.reference})
        yield _found(THE_END, order, settled, *changed, fate=fate, shop=order.amount * twice)


def _was_and_is(before: object, after: object) -> Mapping[str, str]:
    return {**term("before", str(before)), **term("after", str(after))}


_SETTLED: Mapping[str, str] = {
    "state": "state",
    "paid_amount": "paid amount",
    "cancelled_amount": "cancelled amount",
    "fulfilments": "number of fulfilments",
}


def _found(
    requirement: str,
    order: BookedOrder,
    *why: Cause,
    of: BookedPayment | None = None,
    fate: Fate = Fate.DIFFERENT,
    shop: Decimal = NOTHING,
    buyer: Decimal = NOTHING,
) -> Finding:
    """What is wrong about an order, in the currency `of` its payment where it is about that."""
    currency = of.currency if of else order.currency
    return Finding(requirement, order.reference, told(why), currency, fate, shop, buyer, why)


def goods_without_money(books: Books, order: BookedOrder) -> Iterator[Finding]:
    """Every fulfilment stands on a payment of this order, in full, in its currency and stage, that was there."""
    if not order.fulfilments:
        return
    own = [one for one in books.of(order) if _is_price(one, order)]
    if any(one.status == "paid" or one.seen_paid for one in own) or _may_be_its_own(books, order):
        return
    gone = [one for one in own if one.was_paid]
    if gone and books.interfered:
        return
    if gone:
        why = Cause(Why.BOOK_CANCELLED_BEFORE, facts={"order": order.reference, "payment": gone[0].imp_uid})
    else:
        facts = {"order": order.reference, "amount": _money(order.amount, order), **_all(books, order)}
        why = Cause(Why.BOOK_NOT_PAID, facts=facts)
    yield _found(GOODS, order, why, fate=Fate.NOT_PAID_FOR, shop=order.amount)


def money_without_goods(books: Books, order: BookedOrder) -> Iterator[Finding]:
    """What is paid is fulfilled, or on its way back, or a person was told because of it."""
    unread = order.state is None or {"fulfilments", "attention"} & order.unread.keys()
    if order.fulfilments or order.a_person_is_told or books.interfered or unread:
        return
    says_so = order.state is OrderState.PARTLY_CANCELLED  # who cancelled the part decides what becomes of the rest
    for payment in books.of(order):
        if (payment.stands or (payment.rest_stands and not says_so)) and payment.seen_paid:
            kept = payment.amount - payment.leaves
            facts = {"payment": payment.imp_uid, "amount": _money(kept, payment), "order": order.reference}
            why = Cause(Why.BOOK_NO_GOODS, facts={**facts, **term("state", str(order.state))})
            yield _found(MONEY, order, why, of=payment, fate=Fate.NO_GOODS, buyer=kept)


def both(books: Books, order: BookedOrder) -> Iterator[Finding]:
    """Nobody has goods and money by the merchant's doing; no order is fulfilled, and no payment kept, twice."""
    times = order.fulfilments or NOTHING
    if times > 1:
        why = Cause(Why.BOOK_FULFILLED, facts={"order": order.reference, "number": str(times)})
        yield _found(BOTH, order, why, fate=Fate.GIVEN_AGAIN, shop=order.amount * (times - 1))
    payments = [one for one in books.of(order) if one.was_paid]
    sent_back = [one for one in payments if any(asked.taken for asked in one.asked) and one.only_merchant_asked]
    left = [one for one in payments if one not in sent_back]
    if times and sent_back and not left and not order.refunds and not _may_be_its_own(books, order):
        facts = {"order": order.reference, "payments": ", ".join(one.imp_uid for one in sent_back)}
        lost = max(one.leaves for one in sent_back)
        yield _found(BOTH, order, Cause(Why.BOOK_SENT_BACK, facts=facts), fate=Fate.SENT_BACK, shop=lost)
    kept = [one for one in payments if one.stands and one.seen_paid]
    if times and len(kept) > 1 and not order.a_person_is_told and "attention" not in order.unread:
        uids = ", ".join(one.imp_uid for one in kept)
        facts = {"order": order.reference, "number": str(len(kept)), "payments": uids}
        more = sum((payment.amount for payment in kept[1:]), NOTHING)
        yield _found(BOTH, order, Cause(Why.BOOK_PAID_TWICE, facts=facts), fate=Fate.PAID_TWICE, buyer=more)


def refunds(books: Books, order: BookedOrder) -> Iterator[Finding]:
    """What left is what was asked for, once; amounts are PortOne's; waiting is said while a ticket waits."""
    for nonsense in order.nonsense:
        yield _found(REFUNDS, order, Cause(Why.BOOK_NONSENSE, facts={"order": order.reference, "said": nonsense}))
    payments = [one for one in books.of(order) if one.was_paid]
    alone = len(payments) == 1 and not _may_be_its_own(books, order)
    for payment in payments:
        yield from _left_more_than_asked(books, order, payment, alone=alone)
    if alone and _is_price(payments[0], order):  # no merchant need say how any other payment adds up
        yield from _amounts(books, order, payments[0])
        yield from _waiting(books, order, payments[0])


def _left_more_than_asked(
    books: Books, order: BookedOrder, payment: BookedPayment, *, alone: bool
) -> Iterator[Finding]:
    if payment.status == "cancelled" and not payment.only_merchant_asked:
        return  # somebody else gave all of it back: what still waits can give nothing more
    clear = not books.interfered and all(one.taken for one in payment.asked)
    if not clear and len(payment.asked) <= len(order.refunds):
        return  # a merchant may ask again where it may not have seen an answer, and it was told to ask each time
    most = payment.amount
    if alone and order.refunds and payment.only_merchant_asked:
        asked = [payment.amount if one is None else one for one in order.refunds]
        most = min(most, sum(asked, NOTHING))
    unasked = not order.refunds and not order.fulfilments  # with goods it is for `both`
    if alone and unasked and payment.only_merchant_asked and order.state in _KEPT:
        most = NOTHING
    if payment.leaves <= most or len(payment.asked) < (1 if most < payment.amount else 2):
        return
    facts = {
        "left": _money(payment.leaves, payment),
        "payment": payment.imp_uid,
        "most": _money(most, payment),
        "requests": str(len(payment.asked)),
        "tickets": str(len(payment.opened)),
    }
    why, lost = Cause(Why.BOOK_LEFT_MORE, facts=facts), payment.leaves - most
    yield _found(REFUNDS, order, why, of=payment, fate=Fate.PAID_BACK_AGAIN, shop=lost)


_KEPT = (OrderState.PAID, OrderState.PARTLY_CANCELLED)


def _amounts(books: Books, order: BookedOrder, payment: BookedPayment) -> Iterator[Finding]:
    cancelled, paid = order.cancelled_amount, order.paid_amount
    known = {"payment": payment.imp_uid, "order": order.reference}
    if cancelled is not None and cancelled != payment.cancelled:
        less = NOTHING <= cancelled < payment.cancelled
        unknown = less and (not payment.seen_as_it_is or order.a_person_is_told or books.interfered)
        if not (unknown or (not less and books.interfered)):
            facts = {**known, "amount": _money(payment.cancelled, payment), "said": _money(cancelled, order)}
            yield _found(REFUNDS, order, Cause(Why.BOOK_CANCELLED_AMOUNT, facts=facts), of=payment)
    if paid is not None and paid != payment.amount and order.fulfilments:
        facts = {**known, "amount": _money(payment.amount, payment), "said": _money(paid, order)}
        yield _found(REFUNDS, order, Cause(Why.BOOK_PAID_AMOUNT, facts=facts), of=payment)


def _waiting(books: Books, order: BookedOrder, payment: BookedPayment) -> Iterator[Finding]:
    if books.interfered or order.state is None:
        return
    says_so = order.state is OrderState.WAITING_FOR_CANCELLATION
    facts = {"payment": payment.imp_uid, "order": order.reference, **term("state", str(order.state))}
    asked = bool(order.refunds) and any(one.taken for one in payment.asked)  # unasked, it may call it so
    if payment.waits and asked and payment.only_merchant_asked and not says_so:
        yield _found(REFUNDS, order, Cause(Why.BOOK_TICKET_WAITS, facts=facts), of=payment)
    known = not payment.tickets or (payment.seen_as_it_is and payment.cancelled and not payment.waits)
    if says_so and known and not any(one.state == "refused" for one in payment.tickets):
        yield _found(REFUNDS, order, Cause(Why.BOOK_NO_TICKET_WAITS, facts=facts), of=payment)


RULES: tuple[Callable[[Books, BookedOrder], Iterator[Finding]], ...] = (
    goods_without_money,
    money_without_goods,
    both,
    refunds,
)


def _is_price(payment: BookedPayment, order: BookedOrder) -> bool:
    return payment.was_paid and (payment.amount, payment.currency) == (order.amount, order.currency)


def _may_be_its_own(books: Books, order: BookedOrder) -> bool:
    """Whether a page asked for a payment that pays this order, by an attempt that no order is known by."""
    return any(
        one.merchant_uid in books.paged and one.sandbox is books.sandbox and _is_price(one, order)
        for one in books.payments
    )


def _all(books: Books, order: BookedOrder) -> Mapping[str, str]:
    """Every payment of the order, of whichever stage, as a fact."""
    own = [one for one in books.payments if one.merchant_uid in order.attempts]
    stages = {True: "test", False: "live"}
    listed = [f"{one.imp_uid} of {_money(one.amount, one)}, {stages[one.sandbox]}, {one.status}" for one in own]
    korean = [f"{one.imp_uid} {_money(one.amount, one)} {stages[one.sandbox]} {one.status}" for one in own]
    if not own:
        return term("payments", "no payment")
    return {"payments": "; ".join(listed), "payments_ko": "; ".join(korean)}


def _money(amount: Decimal, of: BookedOrder | BookedPayment) -> str:
    return f"{written(amount, of.currency)} {of.currency}"
