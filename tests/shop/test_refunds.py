"""Giving money back: asked once, believed when looked up, refused out loud."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shop import refunds
from shop.database import Order
from shop.life import State
from shop.results import attention, take_result
from tests.shop.counter import Counter
from tests.shop.portone_stub import Cancelling


def paid(counter: Counter, sku: str = "mug") -> tuple[Order, str]:
    order = counter.order(sku)
    imp_uid = counter.portone.pay(order.merchant_uid, float(order.amount), order.currency)
    take_result(counter.store, imp_uid)
    return counter.now(order), imp_uid


def ask(counter: Counter, order: Order, amount: str | None = None) -> refunds.RefundAnswer:
    return refunds.ask(counter.store, order.reference, amount, "broken in the post")


def test_a_refund_asks_portone_with_checksum_and_for_the_result(counter: Counter) -> None:
    order, imp_uid = paid(counter)
    ask(counter, order, "3.00")
    assert [call.body for call in counter.portone.called("/payments/cancel")] == [
        {"imp_uid": imp_uid, "amount": 3, "checksum": 10.5, "reason": "broken in the post", "enable_webhook": True}
    ]


def test_until_the_result_comes_the_order_waits_for_cancellation(counter: Counter) -> None:
    order, imp_uid = paid(counter)
    answer = ask(counter, order)
    assert (answer.accepted, answer.state) == (True, State.WAITING)
    counter.clock.advance(days=3)
    take_result(counter.store, imp_uid)
    assert counter.now(order).state is State.WAITING
    counter.portone.cancelled(imp_uid)
    take_result(counter.store, imp_uid)
    now = counter.now(order)
    assert (now.state, now.cancelled_amount, now.waiting_since) == (State.CANCELLED, Decimal("10.5"), None)


def test_asking_again_while_it_waits_opens_no_second_ticket(counter: Counter) -> None:
    order, _ = paid(counter)
    ask(counter, order)
    again = ask(counter, order)
    assert (again.accepted, again.state) == (False, State.WAITING)
    assert len(counter.portone.called("/payments/cancel")) == 1


def test_asking_twice_at_the_same_moment_opens_one_ticket(
    counter: Counter, together: Callable[[int, Callable[[], Any]], list[Any]]
) -> None:
    order, _ = paid(counter)
    answers = together(6, lambda: ask(counter, order))
    assert sorted(answer.accepted for answer in answers) == [False] * 5 + [True]
    assert len(counter.portone.called("/payments/cancel")) == 1


def test_a_method_cancelled_at_once_ends_cancelled(counter: Counter) -> None:
    order, _ = paid(counter)
    counter.portone.cancelling = "at once"
    assert ask(counter, order) == refunds.RefundAnswer(True, State.CANCELLED, "$10.50 is cancelled.")


def test_a_part_cancelled_at_once_leaves_the_rest_paid(counter: Counter) -> None:
    order, _ = paid(counter)
    counter.portone.cancelling = "at once"
    answers = [ask(counter, order, amount) for amount in ("3.00", "7.00", "0.50")]
    assert [answer.state for answer in answers] == [State.PARTLY_CANCELLED, State.PARTLY_CANCELLED, State.CANCELLED]
    assert [call.body["checksum"] for call in counter.portone.called("/payments/cancel")] == [10.5, 7.5, 0.5]


def test_a_part_that_waits_ends_partly_cancelled_and_the_rest_can_follow(counter: Counter) -> None:
    order, imp_uid = paid(counter)
    for amount, state in (("3", State.PARTLY_CANCELLED), (None, State.CANCELLED)):
        assert ask(counter, order, amount).state is State.WAITING
        counter.portone.cancelled(imp_uid, 3 if amount else 7.5)
        take_result(counter.store, imp_uid)
        assert counter.now(order).state is state


def test_a_cancellation_in_the_console_does_not_end_the_waiting_for_a_larger_one(counter: Counter) -> None:
    order, imp_uid = paid(counter)
    ask(counter, order, "5")
    counter.portone.cancelled(imp_uid, 1)
    take_result(counter.store, imp_uid)
    now = counter.now(order)
    assert (now.state, now.cancelled_amount) == (State.WAITING, Decimal(1))


def test_a_refusal_leaves_the_order_paid_is_told_and_can_be_tried_again(counter: Counter) -> None:
    order, _ = paid(counter)
    counter.portone.cancelling = "refused"
    answer = ask(counter, order)
    assert (answer.accepted, answer.state) == (False, State.PAID)
    assert "취소할 수 없는 결제수단입니다." in answer.message
    counter.portone.cancelling = "by ticket"
    assert ask(counter, order).state is State.WAITING


def test_nothing_is_asked_where_portone_cannot_be_reached(counter: Counter) -> None:
    order, _ = paid(counter)
    counter.portone.cancelling = "unreachable"
    answer = ask(counter, order)
    assert (answer.accepted, answer.state, counter.now(order).attention) == (False, State.PAID, None)


@pytest.mark.parametrize("cancelling", ["lost", "broken"])
def test_an_unclear_answer_is_looked_up_brought_to_a_person_and_can_be_asked_again(
    counter: Counter, cancelling: Cancelling
) -> None:
    order, imp_uid = paid(counter)
    counter.portone.cancelling = cancelling
    seen_before = len(counter.portone.called(f"/payments/{imp_uid}"))
    answer = ask(counter, order)
    assert len(counter.portone.called(f"/payments/{imp_uid}")) == seen_before + 1
    assert (answer.accepted, answer.state) == (True, State.WAITING)
    assert "is not known" in str(counter.now(order).attention)
    counter.portone.cancelling = "at once"
    assert ask(counter, order).state is State.CANCELLED
    assert counter.now(order).attention is None


def test_an_unclear_answer_to_what_was_done_ends_cancelled(counter: Counter) -> None:
    order, _ = paid(counter)
    counter.portone.cancelling = "lost but done"
    assert ask(counter, order).state is State.CANCELLED
    assert counter.now(order).attention is None


def test_waiting_beyond_the_limit_asks_for_a_person_and_may_be_asked_again(counter: Counter) -> None:
    order, _ = paid(counter)
    limit = counter.store.settings.waiting_limit_seconds
    ask(counter, order)
    counter.clock.advance(seconds=limit)
    assert attention(counter.now(order), counter.clock(), limit) is None
    counter.clock.advance(seconds=1)
    assert "waits since 2026-03-01" in str(attention(counter.now(order), counter.clock(), limit))
    assert counter.now(order).state is State.WAITING, "time cancels nothing"
    assert ask(counter, order).accepted
    assert attention(counter.now(order), counter.clock(), limit) is None


@pytest.mark.parametrize(("returned", "state"), [(0, State.PAID), (2, State.PARTLY_CANCELLED)])
def test_a_refusal_of_the_second_asking_ends_the_waiting(counter: Counter, returned: float, state: State) -> None:
    order, imp_uid = paid(counter)
    counter.portone.cancelled(imp_uid, returned)
    take_result(counter.store, imp_uid)
    ask(counter, order)
    counter.clock.advance(days=30)
    counter.portone.cancelling = "refused"
    assert ask(counter, order).state is state


def test_a_small_refund_after_a_larger_one_waits_for_its_own_result(counter: Counter) -> None:
    order, imp_uid = paid(counter)
    counter.portone.cancelled(imp_uid, 5)
    take_result(counter.store, imp_uid)
    assert ask(counter, order, "3").state is State.WAITING
    counter.portone.cancelled(imp_uid, 3)
    take_result(counter.store, imp_uid)
    assert counter.now(order).state is State.PARTLY_CANCELLED


def test_sending_a_second_payment_back_leaves_the_order_paid(counter: Counter) -> None:
    order, _ = paid(counter)
    second = counter.portone.pay(order.merchant_uid)
    take_result(counter.store, second)
    answer = refunds.ask(counter.store, order.reference, None, "paid twice", second)
    assert (answer.accepted, answer.state) == (True, State.PAID)
    assert counter.portone.called("/payments/cancel")[0].body["imp_uid"] == second
    counter.portone.cancelled(second)
    take_result(counter.store, second)
    assert (counter.now(order).state, counter.now(order).attention) == (State.PAID, None)


def test_an_asking_whose_process_died_does_not_block_for_ever(counter: Counter) -> None:
    order, _ = paid(counter)
    with counter.store.database.transaction() as session:
        refunds._claim(counter.store, session, session.merge(order), None, "then the power failed", None)
    assert not ask(counter, order).accepted
    counter.clock.advance(seconds=refunds.ASKING_SECONDS + 1)
    assert ask(counter, order).accepted


@pytest.mark.parametrize(
    ("amount", "complaint"), [("10.51", "left"), ("0", "zero"), ("-1", "zero"), ("1.005", "decimals"), ("x", "not an")]
)
def test_amounts_that_cannot_be_refunded_are_not_asked_for(counter: Counter, amount: str, complaint: str) -> None:
    order, _ = paid(counter)
    try:
        message = ask(counter, order, amount).message
    except ValueError as error:
        message = str(error)
    assert complaint in message
    assert counter.portone.called("/payments/cancel") == []
    assert counter.now(order).state is State.PAID


def test_what_was_never_paid_or_is_cancelled_has_nothing_to_refund(counter: Counter) -> None:
    assert not ask(counter, counter.order()).accepted
    order, imp_uid = paid(counter)
    counter.portone.cancelled(imp_uid)
    take_result(counter.store, imp_uid)
    assert not ask(counter, order).accepted
    assert counter.portone.called("/payments/cancel") == []


def test_several_refunds_end_each_for_its_own_order(counter: Counter) -> None:
    orders = [paid(counter) for _ in range(3)]
    for order, _ in orders:
        ask(counter, order)
    for order, imp_uid in reversed(orders):
        counter.portone.cancelled(imp_uid)
        take_result(counter.store, imp_uid)
        assert counter.now(order).state is State.CANCELLED
        waiting = [counter.now(other).state for other, _ in orders if other.id < order.id]
        assert waiting == [State.WAITING] * len(waiting)
