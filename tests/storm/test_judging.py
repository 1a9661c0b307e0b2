"""What a storm shows of LOAD-01 to LOAD-05, from facts made by hand: counts and books decide, no machine's speed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from conformance.books import rules
from conformance.books.entries import BookedOrder, BookedPayment, Books, LookedUp
from conformance.merchant.protocol import Order
from conformance.record.orders import OrderState
from conformance.storm.accounts import OrderAccount, placed_in
from conformance.storm.happenings import Doing, Happening, Sent
from conformance.storm.judging import Facts, judge, owed
from conformance.storm.plan import Shape
from conformance.verdict.algebra import Level, Verdict
from conformance.verdict.catalogue import catalogue

PRICE = Decimal("10.50")
GOOD = [Sent(0.0, 0.2, 200)]


def account(
    reference: str = "A",
    *,
    state: OrderState | None = OrderState.PAID,
    fulfilments: int | None = 1,
    status: str = "paid",
    seen: bool = True,
    unread: str = "",
    hidden: str = "",
) -> OrderAccount:
    """An order that was paid and fulfilled once, or otherwise."""
    order = Order(reference, f"{reference}-1", PRICE, "USD")
    payment = BookedPayment(
        f"imp_{reference}", order.merchant_uid, PRICE, "USD", status, looked_up=(LookedUp("paid", Decimal(0)),) * seen
    )
    entry = BookedOrder(
        reference,
        frozenset({order.merchant_uid}),
        PRICE,
        "USD",
        state,
        fulfilments=None if fulfilments is None else Decimal(fulfilments),
        unread={"fulfilments": hidden} if hidden else {},
    )
    books = Books((entry,), (payment,) if status != "none" else ())
    return OrderAccount(order, books, () if unread else tuple(rules.findings(books)), unread)


def verdicts(facts: Facts) -> dict[str, Verdict]:
    return {one.id: one.verdict for one in judge(facts).judged}


def reason(facts: Facts, id: str) -> str:
    return next(one.result.reason for one in judge(facts).judged if one.id == id)


def facts(*accounts: OrderAccount, **more: object) -> Facts:
    given = {"sent": GOOD, "happened": (), "look_ups": 1.0, "calm_look_ups": 1.0, **more}
    return Facts(shape=Shape(rate=2, seconds=5), accounts=accounts, **given)  # type: ignore[arg-type]  # by name


ALL_PASS = dict.fromkeys([f"LOAD-0{number}" for number in range(1, 6)], Verdict.PASS)


def test_a_merchant_that_holds_passes_all_of_them() -> None:
    storm = facts(account("A"), account("B"))
    assert verdicts(storm) == ALL_PASS
    assert judge(storm).held
    assert {requirement for requirement in catalogue().by_id if catalogue()[requirement].by_storm} == set(ALL_PASS)


def test_no_requirement_of_a_storm_is_a_must_so_that_none_spoils_the_conclusion_of_a_run() -> None:
    levels = {catalogue()[id].level for id in ALL_PASS}
    assert levels == {Level.SHOULD, Level.MAY}
    numbers_of_nobody = {id for id in ALL_PASS if catalogue()[id].level is Level.MAY}
    assert {catalogue()[id].provenance for id in numbers_of_nobody} == {"inferred"}


def test_goods_given_twice_are_told_with_the_order() -> None:
    storm = facts(account("A"), account("B", fulfilments=3))
    assert verdicts(storm) == {**ALL_PASS, "LOAD-01": Verdict.WARN}
    assert reason(storm, "LOAD-01") == "The books of 1 of 2 orders do not agree. Order B was fulfilled 3 times."
    assert not judge(storm).held


@pytest.mark.parametrize("seen", [True, False])
def test_a_payment_that_did_not_reach_its_order_is_lost_and_owed_looked_up_or_not(seen: bool) -> None:
    storm = facts(account("A"), account("B", state=OrderState.UNPAID, fulfilments=0, seen=seen))
    assert verdicts(storm) == {**ALL_PASS, "LOAD-02": Verdict.WARN}
    assert reason(storm, "LOAD-02") == "1 of 2 payments did not reach their order: B."
    assert owed(storm.accounts) == ["B"]


def test_an_order_that_cannot_be_read_is_owed_where_it_was_paid() -> None:
    unread = account("B", state=None, fulfilments=None, unread="HTTP 500")
    unpaid = account("C", state=None, fulfilments=None, unread="HTTP 500", status="none")
    assert owed([account("A"), unread, unpaid]) == ["B"]


def test_a_merchant_that_dies_is_one_sentence_with_the_orders_that_it_owes() -> None:
    silent = [account(name, state=None, fulfilments=None, unread="refused") for name in "AB"]
    storm = facts(*silent, silent=True)
    assert reason(storm, "LOAD-02") == (
        "The merchant stopped answering after 2 of 10 orders, and owes 2 that were paid: A, B."
    )
    assert verdicts(storm) == {**dict.fromkeys(ALL_PASS, Verdict.INCONCLUSIVE), "LOAD-02": Verdict.WARN}
    assert reason(storm, "LOAD-01") == "blocked by LOAD-02"
    assert not judge(storm).held


def test_more_orders_than_a_line_can_hold_are_counted() -> None:
    lost = [account(f"N{number}", state=OrderState.UNPAID, fulfilments=0) for number in range(15)]
    assert reason(facts(*lost), "LOAD-02").endswith("N10, N11 (+3).")
    assert len(owed(lost)) == 15


def test_buyers_who_were_turned_away_are_counted() -> None:
    refused = [
        Happening(act=Doing.PLACE, number=1, said="HTTP 503"),
        Happening(act=Doing.PAY, number=2, said="refused"),
        Happening(act=Doing.READ, number=3, said="HTTP 500"),
    ]
    storm = facts(account("A"), happened=refused)
    assert verdicts(storm) == {**ALL_PASS, "LOAD-02": Verdict.WARN}
    assert reason(storm, "LOAD-02") == "2 of 10 orders could not be placed or paid. First: HTTP 503"


def test_where_no_order_was_placed_nothing_else_can_be_said() -> None:
    storm = facts(happened=[Happening(act=Doing.PLACE, said="HTTP 503")])
    assert verdicts(storm) == {**dict.fromkeys(ALL_PASS, Verdict.INCONCLUSIVE), "LOAD-02": Verdict.WARN}
    assert not judge(storm).held


@pytest.mark.parametrize(
    ("sent", "verdict", "told"),
    [
        (Sent(0, 10.0, 200), Verdict.PASS, ""),
        (
            Sent(0, 10.5, 200),
            Verdict.WARN,
            "1 of 2 webhooks were answered after more than 10 s, the slowest after 10.5 s.",
        ),
        (Sent(0, 30.5, 200), Verdict.WARN, "1 of 2 webhooks got no answer within 30 s (15 s where one comes again)."),
        (Sent(0, 3.0, None), Verdict.WARN, "1 of 2 webhooks got no answer within 30 s (15 s where one comes again)."),
        (Sent(0, 1.0, 500), Verdict.PASS, ""),
    ],
)
def test_a_webhook_is_answered_in_time_or_not(sent: Sent, verdict: Verdict, told: str) -> None:
    storm = facts(account(), sent=[*GOOD, sent])
    assert (verdicts(storm)["LOAD-03"], reason(storm, "LOAD-03")) == (verdict, told)


def test_a_late_answer_is_a_warning_and_no_answer_means_that_it_did_not_hold() -> None:
    assert judge(facts(account(), sent=[Sent(0, 12.0, 200)])).held
    assert not judge(facts(account(), sent=[Sent(0, 12.0, None)])).held


def test_what_is_worked_off_late_is_a_may_that_is_not_shown() -> None:
    storm = facts(account(), late=1, recovered_seconds=41.26)
    assert verdicts(storm) == {**ALL_PASS, "LOAD-04": Verdict.NOT_APPLICABLE}
    assert reason(storm, "LOAD-04") == (
        "1 of 1 orders were not processed 30 s after the storm. The last one was processed after 41.3 s."
    )
    assert not judge(storm).held


def test_what_still_goes_on_is_late_and_not_lost() -> None:
    storm = facts(account("A", state=OrderState.UNPAID, fulfilments=0), late=1, goes_on=True, recovered_seconds=150)
    assert verdicts(storm) == {**ALL_PASS, "LOAD-04": Verdict.NOT_APPLICABLE}
    assert reason(storm, "LOAD-04") == ("1 of 1 orders were not processed 30 s after the storm, nor after 150.0 s.")


@pytest.mark.parametrize(
    ("calm", "now", "verdict"),
    [
        (1.0, 2.0, Verdict.PASS),
        (1.0, 2.1, Verdict.NOT_APPLICABLE),
        (2.0, 4.0, Verdict.PASS),
        (0.0, 2.0, Verdict.PASS),  # who looks nothing up at a quiet moment may do so in a storm
    ],
)
def test_look_ups_are_compared_with_a_quiet_moment(calm: float, now: float, verdict: Verdict) -> None:
    assert verdicts(facts(account(), look_ups=now, calm_look_ups=calm))["LOAD-05"] is verdict


def test_where_nobody_sees_how_often_an_order_was_fulfilled_it_cannot_be_said() -> None:
    storm = facts(account(fulfilments=None, hidden="the file does not say it"))
    assert verdicts(storm) == {**ALL_PASS, "LOAD-01": Verdict.INCONCLUSIVE}
    assert reason(storm, "LOAD-01") == "How often an order was fulfilled cannot be seen: the file does not say it"
    assert judge(storm).held


def test_orders_are_those_that_were_placed_with_the_refunds_that_may_have_been_taken() -> None:
    order = Order("A", "A-1", PRICE, "USD")
    happened = [
        Happening(act=Doing.PLACE, number=1).of(order),
        Happening(act=Doing.PLACE, number=0, said="HTTP 503"),
        Happening(act=Doing.REFUND, number=1).of(order),
        Happening(act=Doing.REFUND, number=1, accepted=True).of(order),
    ]
    [placed] = placed_in(happened)
    assert (placed.order, placed.refunds) == (order, 1)
