"""Both books are read as they are: whatever a merchant shows, and whoever else looked at PortOne's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.books import reading
from conformance.books.entries import Books
from conformance.books.rules import changes, findings
from conformance.merchant.protocol import Order, OrderView
from conformance.merchant.watched import Dealings, Followed
from conformance.portone.api import Payment
from conformance.record.orders import OrderState
from conformance.record.timeline import Event
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe, Stage
from conformance.verdict.endings import NotAnAmount

ORDER = Order("A", "A-1", Decimal("10.50"), "USD")
PAID = Payment.of({
    "imp_uid": "imp_1", "merchant_uid": "A-1", "amount": 10.5, "currency": "USD", "status": "paid", "cancel_amount": 0,
    "sandbox": True,
})  # fmt: skip
VIEW = OrderView(OrderState.PAID, paid_amount=Decimal("10.50"), cancelled_amount=Decimal(0), fulfilments=1)
A_PART = replace(PAID, cancel_amount=Decimal("3.50"))


def look_up(payment: Payment, source: str) -> Event:
    told = {
        "imp_uid": payment.imp_uid, "status": payment.status, "cancel_amount": float(payment.cancel_amount),
    }  # fmt: skip
    return Event(
        "look-up", source, "portone", "GET /payments/imp_1", 1.0, 1.5, imp_uid="imp_1", status=200,
        response={"code": 0, "response": told},
    )  # fmt: skip


def books(
    read_order: Callable[[Order], OrderView],
    *,
    payment: Payment = PAID,
    events: Sequence[Event] = (),
    tickets: Sequence[Any] = (),
    refunds: Sequence[Decimal | None] = (),
) -> Books:
    dealings = Dealings(placed=[ORDER], refunds=[(ORDER, amount) for amount in refunds])
    target = SimpleNamespace(
        timeline=SimpleNamespace(events=lambda: list(events)),
        provider=SimpleNamespace(payments=lambda: [payment], all_tickets=lambda: list(tickets), interfered=False),
        merchant=SimpleNamespace(read_order=read_order, settle_seconds=0),
        dealings=dealings,
        followed=Followed(),
        stage=Stage.TEST,
    )
    return reading.read(cast(Target, target))


def test_an_amount_that_changes_between_two_reads_is_told_as_it_was_read_both_times() -> None:
    shown = iter([VIEW, replace(VIEW, paid_amount=Decimal("11.50"))])
    before, after = (books(lambda _: next(shown), events=[look_up(PAID, "merchant")]) for _ in range(2))
    [found] = changes(before, after)
    assert found.requirement == "MONEY-05"
    assert "Its paid amount was 10.50 and is 11.50" in found.told


def told(read: Books) -> list[tuple[str, str]]:
    return [(one.requirement, one.told) for one in findings(read)]


def test_a_look_up_of_the_suites_own_tells_the_merchant_nothing() -> None:
    suites, own = look_up(A_PART, "suite"), look_up(A_PART, "merchant")
    assert told(books(lambda _: VIEW, payment=A_PART, events=[suites])) == []
    assert [id for id, _ in told(books(lambda _: VIEW, payment=A_PART, events=[own]))] == ["MONEY-04"]


@pytest.mark.parametrize("amount", [0, 0.0, "0.00", None])
def test_zero_asked_of_portone_is_the_whole(amount: object) -> None:
    cancel = Event(
        "cancel", "merchant", "portone", "POST /payments/cancel", 1.0, 1.5, imp_uid="imp_1", status=200,
        request={"body": {"imp_uid": "imp_1", "amount": amount}}, response={"code": 0, "response": None},
    )  # fmt: skip
    opened = Event("ticket", "portone", "paymentwall", "POST /developers/api/ticket", 1.5, 1.6, status=200)
    ticket = {"imp_uid": "imp_1", "amount": None, "state": "waiting"}
    wrong = told(books(lambda _: VIEW, events=[cancel, opened], tickets=[ticket], refunds=[Decimal(0)]))
    assert [id for id, _ in wrong] == ["MONEY-04", "MONEY-04"]
    assert "0.00 USD were asked for" in wrong[0][1]


@pytest.mark.parametrize(
    ("name", "shown", "says"),
    [
        ("paid_amount", Decimal("-10.50"), "its paid_amount is -10.50"),
        ("cancelled_amount", Decimal("NaN"), "its cancelled_amount is NaN"),
        ("cancelled_amount", Decimal("Infinity"), "its cancelled_amount is Infinity"),
        ("fulfilments", -1, "its fulfilments is -1"),
        ("fulfilments", "many", "its fulfilments is many"),
        ("cancelled_amount", "3,50 USD", "its cancelled_amount is 3,50 USD"),
    ],
)
def test_what_is_no_amount_fails_with_what_was_read(name: str, shown: Any, says: str) -> None:
    view = replace(VIEW, **{name: shown})
    wrong = told(books(lambda _: view))
    assert [id for id, _ in wrong] == ["MONEY-04"]
    assert says in wrong[0][1]


def test_an_amount_that_cannot_be_read_fails_with_what_was_read() -> None:
    def read_order(_: Order) -> OrderView:
        raise NotAnAmount("read_order.paid_amount = $.paid gives 'a lot', which is not an amount")

    assert told(books(read_order)) == [
        ("MONEY-04", "Order A: read_order.paid_amount = $.paid gives 'a lot', which is not an amount."),
    ]


class Late:
    """A target on which what comes late is counted, and changes what the merchant shows."""

    def __init__(self, *notices: Any, capabilities: frozenset[Probe] = reading.NEEDED | {Probe.OPEN_ORDERS}) -> None:
        self.done: list[str] = []
        self.capabilities = capabilities
        self.receiver = SimpleNamespace(of=lambda _: list(notices), repeat=lambda one: self.done.append(one.name))
        merchant = SimpleNamespace(
            read_order=lambda _: replace(VIEW, fulfilments=1 + len(self.done)),
            see_to_open_orders=lambda order: self.done.append(f"look at {order.reference}"),
            settle_seconds=0,
        )
        self.target = cast(
            Target,
            SimpleNamespace(
                timeline=SimpleNamespace(events=lambda: [look_up(PAID, "merchant")]),
                provider=SimpleNamespace(payments=lambda: [PAID], all_tickets=list, interfered=False),
                observed=lambda observe, _: observe(),
                merchant=merchant,
                dealings=Dealings(placed=[ORDER]),
                followed=Followed(),
                stage=Stage.TEST,
                receiver=self.receiver,
                capabilities=capabilities,
            ),
        )


def notice(name: str, source: str = "portone", status: int | None = 200) -> SimpleNamespace:
    return SimpleNamespace(name=name, source=source, status=status)


def test_what_comes_late_is_the_last_good_notice_and_the_merchants_own_look() -> None:
    late = Late(
        notice("first"),
        notice("last"),
        notice("forged", "attacker"),
        notice("refused", status=500),
        notice("lost", status=None),
    )
    before = reading.settled(late.target)
    assert before is not None
    after = reading.disturbed(late.target, before)
    assert late.done == ["last", "look at A"]
    assert after is not None
    assert ["Its number of fulfilments was 1 and is 3" in one.told for one in changes(before, after)] == [True]


def test_a_merchant_that_looks_at_no_open_orders_is_asked_for_none() -> None:
    late = Late(notice("last"), capabilities=reading.NEEDED)
    before = reading.settled(late.target)
    assert before is not None
    reading.disturbed(late.target, before)
    assert late.done == ["last"]


def test_where_the_books_cannot_be_read_there_are_none() -> None:
    for lacking in reading.NEEDED:
        assert reading.settled(Late(capabilities=reading.NEEDED - {lacking}).target) is None
