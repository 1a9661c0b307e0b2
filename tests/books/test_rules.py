"""Each rule about money holds on good books, and finds its own fault, and no other, on wrong ones."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from conformance.books.entries import AskedBack, BookedOrder, BookedPayment, Books, LookedUp, Ticket
from conformance.books.rules import findings
from conformance.record.orders import OrderState

PRICE, PART = Decimal("10.50"), Decimal("3.50")
UNPAID, PAID, WAITING = OrderState.UNPAID, OrderState.PAID, OrderState.WAITING_FOR_CANCELLATION
CANCELLED, PARTLY = OrderState.CANCELLED, OrderState.PARTLY_CANCELLED
SEEN = LookedUp("paid", Decimal(0), at=1.0)
PAYMENT = BookedPayment("imp_1", "A-1", PRICE, "USD", looked_up=(SEEN,))
SECOND = replace(PAYMENT, imp_uid="imp_2", merchant_uid="A-2")
ORDER = BookedOrder("A", frozenset({"A-1", "A-2"}), PRICE, "USD", PAID, paid_amount=PRICE, fulfilments=Decimal(1))
OPEN = replace(ORDER, state=UNPAID, fulfilments=Decimal(0), paid_amount=None)
WAITS, ACCEPTED, REFUSED = (Ticket(None, state) for state in ("waiting", "accepted", "refused"))
WHOLE = AskedBack(None, taken=True)
REFUNDED = replace(ORDER, state=CANCELLED, refunds=(None,), cancelled_amount=PRICE)
SEEN_GONE = LookedUp("cancelled", PRICE, at=2.0)
GONE = replace(
    PAYMENT, status="cancelled", cancelled=PRICE, tickets=(ACCEPTED,), asked=(WHOLE,), looked_up=(SEEN, SEEN_GONE)
)
TICKET = replace(PAYMENT, tickets=(WAITS,), asked=(WHOLE,))
PART_WAITS = replace(PAYMENT, tickets=(Ticket(PART, "waiting"),), asked=(AskedBack(PART, taken=True),))
PART_GONE = replace(
    PART_WAITS, cancelled=PART, tickets=(Ticket(PART, "accepted"),), looked_up=(SEEN, LookedUp("paid", PART, at=2.0))
)
BY_CONSOLE = replace(GONE, asked=())

Case = tuple[BookedOrder, tuple[BookedPayment, ...]]

UNCLEAR, PART_UNCLEAR = AskedBack(None, taken=False), AskedBack(PART, taken=False)
LEFT_OF_IT = PRICE - PART

GOOD: dict[str, Case] = {
    "a part without a clear answer, and then the rest": (
        replace(ORDER, state=WAITING, refunds=(PART, None)),
        (replace(TICKET, tickets=(Ticket(PART, "waiting"), WAITS), asked=(PART_UNCLEAR, WHOLE)),),
    ),
    "all of it without a clear answer, and then a part": (
        replace(ORDER, state=WAITING, refunds=(None, PART)),
        (replace(TICKET, tickets=(WAITS, Ticket(PART, "waiting")), asked=(UNCLEAR, PART_WAITS.asked[0])),),
    ),
    "a part is back, the rest waits, and Paymentwall gives all of it back by itself": (
        replace(ORDER, state=CANCELLED, refunds=(PART, None), cancelled_amount=PRICE),
        (
            replace(
                GONE,
                tickets=(Ticket(PART, "accepted"), Ticket(LEFT_OF_IT, "waiting")),
                asked=(PART_WAITS.asked[0], AskedBack(LEFT_OF_IT, taken=True)),
            ),
        ),
    ),
    "the console cancelled a part, and all was asked for without a clear answer and then a part": (
        replace(ORDER, state=WAITING, refunds=(None, PART), cancelled_amount=PART),
        (
            replace(
                PART_GONE,
                tickets=(Ticket(PART, "accepted"), WAITS, Ticket(PART, "waiting")),
                asked=(UNCLEAR, PART_WAITS.asked[0]),
            ),
        ),
    ),
    "a part was asked for in vain, and the console cancelled all of it": (
        replace(ORDER, state=CANCELLED, refunds=(PART,), cancelled_amount=PRICE),
        (replace(GONE, asked=(PART_UNCLEAR,)),),
    ),
    "paid and fulfilled": (ORDER, (PAYMENT,)),
    "not paid": (OPEN, ()),
    "not paid, and a payment failed": (OPEN, (replace(PAYMENT, status="failed", looked_up=()),)),
    "paid, and the merchant was not told": (OPEN, (replace(PAYMENT, looked_up=()),)),
    "refunded after goods were given": (REFUNDED, (GONE,)),
    "waiting": (replace(ORDER, state=WAITING, refunds=(None,)), (TICKET,)),
    "waiting for a part": (replace(ORDER, state=WAITING, refunds=(PART,)), (PART_WAITS,)),
    "waiting for a ticket that was refused without a word": (
        replace(ORDER, state=WAITING, refunds=(None,)),
        (replace(TICKET, tickets=(REFUSED,)),),
    ),
    "refused, asked for again and waiting": (
        replace(ORDER, state=WAITING, refunds=(None, None)),
        (replace(TICKET, tickets=(REFUSED, WAITS), asked=(WHOLE, WHOLE)),),
    ),
    "a part is back": (replace(ORDER, state=PARTLY, refunds=(PART,), cancelled_amount=PART), (PART_GONE,)),
    "a part is back, and the merchant was not told": (
        replace(ORDER, state=WAITING, refunds=(PART,), cancelled_amount=Decimal(0)),
        (replace(PART_GONE, looked_up=(SEEN,)),),
    ),
    "cancelled in the console": (replace(ORDER, state=CANCELLED, cancelled_amount=PRICE), (BY_CONSOLE,)),
    "a chargeback that a person is told of": (
        replace(ORDER, attention="charged back", cancelled_amount=Decimal(0)),
        (replace(BY_CONSOLE, tickets=()),),
    ),
    "a second payment goes back": (ORDER, (PAYMENT, replace(SECOND, tickets=(WAITS,), asked=(WHOLE,)))),
    "of a second payment a person is told": (replace(ORDER, attention="paid twice"), (PAYMENT, SECOND)),
    "too little was paid, and a person is told": (
        replace(OPEN, attention="paid too little"),
        (replace(PAYMENT, amount=PART),),
    ),
    "a part went back before any goods, and the order says so": (
        replace(OPEN, state=PARTLY, cancelled_amount=PART),
        (replace(PART_GONE, asked=()),),
    ),
    "a part went back before any goods, and a person is told": (
        replace(OPEN, attention="a part went back"),
        (replace(PART_GONE, asked=()),),
    ),
    "too little was paid, and it goes back": (
        OPEN,
        (replace(PAYMENT, amount=PART, tickets=(WAITS,), asked=(WHOLE,)),),
    ),
    "what was approved late goes back unasked": (replace(OPEN, state=OrderState.FAILED), (TICKET,)),
    "a surplus payment goes back, and the one that stays is known to a page only": (
        ORDER,
        (TICKET, replace(SECOND, merchant_uid="P-1")),
    ),
    "a test payment in the live stage": (OPEN, (replace(PAYMENT, sandbox=False),)),
    "an attempt that only a page knows": (ORDER, (replace(PAYMENT, merchant_uid="P-1"),)),
    "what the merchant does not show": (
        replace(OPEN, fulfilments=None, unread={"fulfilments": "hidden"}),
        (PAYMENT,),
    ),
}

WRONG: dict[str, tuple[str, Case, tuple[Decimal, Decimal]]] = {
    "a part went back, and no goods for the rest": (
        "MONEY-02",
        (OPEN, (replace(PART_GONE, asked=()),)),
        (Decimal(0), LEFT_OF_IT),
    ),
    "goods and no payment": ("MONEY-01", (ORDER, ()), (PRICE, Decimal(0))),
    "goods for too little": (
        "MONEY-01",
        (replace(ORDER, paid_amount=PART, attention="too little"), (replace(PAYMENT, amount=PART),)),
        (PRICE, Decimal(0)),
    ),
    "goods for another currency": (
        "MONEY-01",
        (replace(ORDER, attention="odd"), (replace(PAYMENT, currency="JPY"),)),
        (PRICE, Decimal(0)),
    ),
    "goods for a payment of the other stage": (
        "MONEY-01",
        (ORDER, (replace(PAYMENT, sandbox=False),)),
        (PRICE, Decimal(0)),
    ),
    "goods for a payment of another order": (
        "MONEY-01",
        (ORDER, (replace(PAYMENT, merchant_uid="B-1"),)),
        (PRICE, Decimal(0)),
    ),
    "goods for a payment that failed": (
        "MONEY-01",
        (ORDER, (replace(PAYMENT, status="failed", looked_up=()),)),
        (PRICE, Decimal(0)),
    ),
    "goods for a payment that was gone before it was looked up": (
        "MONEY-01",
        (replace(ORDER, cancelled_amount=PRICE), (replace(BY_CONSOLE, looked_up=(SEEN_GONE,)),)),
        (PRICE, Decimal(0)),
    ),
    "money, and the order stays open": ("MONEY-02", (OPEN, (PAYMENT,)), (Decimal(0), PRICE)),
    "money, and attention that was there before": (
        "MONEY-02",
        (replace(OPEN, attention="old", told_before="old"), (PAYMENT,)),
        (Decimal(0), PRICE),
    ),
    "too little money kept in silence": (
        "MONEY-02",
        (OPEN, (replace(PAYMENT, amount=PART),)),
        (Decimal(0), PART),
    ),
    "money, and the order is called cancelled": (
        "MONEY-02",
        (replace(OPEN, state=CANCELLED), (PAYMENT,)),
        (Decimal(0), PRICE),
    ),
    "fulfilled three times": (
        "MONEY-03",
        (replace(ORDER, fulfilments=Decimal(3)), (PAYMENT,)),
        (2 * PRICE, Decimal(0)),
    ),
    "goods, and the money sent back unasked": (
        "MONEY-03",
        (replace(ORDER, state=WAITING), (TICKET,)),
        (PRICE, Decimal(0)),
    ),
    "the second payment sent back together with the first": (
        "MONEY-03",
        (ORDER, (TICKET, replace(SECOND, tickets=(WAITS,), asked=(WHOLE,)))),
        (PRICE, Decimal(0)),
    ),
    "a second payment kept in silence": ("MONEY-03", (ORDER, (PAYMENT, SECOND)), (Decimal(0), PRICE)),
    "a second payment kept in silence, as PortOne refused to cancel it": (
        "MONEY-03",
        (ORDER, (PAYMENT, replace(SECOND, asked=(UNCLEAR,)))),
        (Decimal(0), PRICE),
    ),
    "a payment of an order without goods kept in silence, as PortOne refused to cancel it": (
        "MONEY-02",
        (OPEN, (replace(PAYMENT, asked=(UNCLEAR,)),)),
        (Decimal(0), PRICE),
    ),
    "two tickets for one refund": (
        "MONEY-04",
        (
            replace(ORDER, state=WAITING, refunds=(None,)),
            (replace(TICKET, tickets=(WAITS, WAITS), asked=(WHOLE, WHOLE)),),
        ),
        (PRICE, Decimal(0)),
    ),
    "a part that was sent twice": (
        "MONEY-04",
        (
            replace(ORDER, state=WAITING, refunds=(PART,)),
            (replace(PART_WAITS, tickets=PART_WAITS.tickets * 2, asked=PART_WAITS.asked * 2),),
        ),
        (PART, Decimal(0)),
    ),
    "the whole goes back where a part was asked for": (
        "MONEY-04",
        (replace(ORDER, state=WAITING, refunds=(PART,)), (TICKET,)),
        (PRICE - PART, Decimal(0)),
    ),
    "more is called cancelled than was": (
        "MONEY-04",
        (replace(ORDER, state=PARTLY, refunds=(PART,), cancelled_amount=2 * PART), (PART_GONE,)),
        (Decimal(0), Decimal(0)),
    ),
    "less is called cancelled than was looked up": (
        "MONEY-04",
        (replace(ORDER, state=PARTLY, refunds=(PART,), cancelled_amount=Decimal("3.49")), (PART_GONE,)),
        (Decimal(0), Decimal(0)),
    ),
    "another amount is called paid": (
        "MONEY-04",
        (replace(ORDER, paid_amount=PRICE + 1), (PAYMENT,)),
        (Decimal(0), Decimal(0)),
    ),
    "a part waits, and the order is called paid": (
        "MONEY-04",
        (replace(ORDER, refunds=(PART,)), (PART_WAITS,)),
        (Decimal(0), Decimal(0)),
    ),
    "a ticket waits, and the order is called cancelled": (
        "MONEY-04",
        (replace(ORDER, state=CANCELLED, refunds=(None,)), (TICKET,)),
        (Decimal(0), Decimal(0)),
    ),
    "waiting is said, and there is no ticket": (
        "MONEY-04",
        (replace(ORDER, state=WAITING, refunds=(None,)), (PAYMENT,)),
        (Decimal(0), Decimal(0)),
    ),
    "waiting is said after the result was looked up": (
        "MONEY-04",
        (replace(REFUNDED, state=WAITING), (GONE,)),
        (Decimal(0), Decimal(0)),
    ),
    "what is no amount": (
        "MONEY-04",
        (replace(ORDER, nonsense=("the merchant says that its paid_amount is -10.50",)), (PAYMENT,)),
        (Decimal(0), Decimal(0)),
    ),
}


def found(case: Case, *, interfered: bool = False) -> list[str]:
    order, payments = case
    books = Books((order,), payments, sandbox=True, paged=frozenset({"P-1"}), interfered=interfered)
    return [one.requirement for one in findings(books)]


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_good_books_agree(case: Case) -> None:
    assert found(case) == []


@pytest.mark.parametrize(("requirement", "case", "lost"), WRONG.values(), ids=WRONG)
def test_wrong_books_fail_their_own_rule_and_say_what_it_costs(
    requirement: str, case: Case, lost: tuple[Decimal, Decimal]
) -> None:
    wrong = findings(Books((case[0],), case[1]))
    assert [one.requirement for one in wrong] == [requirement]
    assert (wrong[0].shop, wrong[0].buyer) == lost
    assert case[0].reference in wrong[0].told or case[1][0].imp_uid in wrong[0].told


@pytest.mark.parametrize(
    "name",
    [
        "money, and the order stays open",
        "a part waits, and the order is called paid",
        "too little money kept in silence",
    ],
)
def test_what_a_fault_of_portones_may_have_hidden_is_not_judged(name: str) -> None:
    _, case, _ = WRONG[name]
    assert found(case, interfered=True) == []


def test_who_may_not_have_seen_an_answer_may_ask_again_and_who_has_may_not() -> None:
    asked_again = (
        replace(ORDER, state=WAITING, refunds=(None, None)),
        (replace(TICKET, tickets=(WAITS, WAITS), asked=(WHOLE, WHOLE)),),
    )
    assert found(asked_again) == ["MONEY-04"]
    assert found(asked_again, interfered=True) == []


@pytest.mark.parametrize("name", ["goods and no payment", "fulfilled three times", "two tickets for one refund"])
def test_what_no_fault_of_portones_excuses_is_judged_all_the_same(name: str) -> None:
    requirement, case, _ = WRONG[name]
    assert found(case, interfered=True) == [requirement]


def test_each_order_is_judged_by_its_own_payments() -> None:
    other = replace(ORDER, reference="B", attempts=frozenset({"B-1"}))
    wrong = findings(Books((ORDER, other), (PAYMENT,)))
    assert [(one.requirement, one.order) for one in wrong] == [("MONEY-01", "B")]
