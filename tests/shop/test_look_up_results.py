"""What a look-up means for an order."""

from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop import orders, refunds
from shop.life import State
from shop.portone import PortOneUnclear
from shop.results import attention, catch_up, keep, take_result
from tests.shop.counter import Counter


def test_a_paid_payment_pays_its_order_and_fulfils_it(counter: Counter) -> None:
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid)
    take_result(counter.store, imp_uid)
    now = counter.now(order)
    assert (now.state, now.imp_uid, now.paid_amount) == (State.PAID, imp_uid, Decimal("10.50"))
    assert counter.fulfilments(order) == 1


def test_the_same_result_again_changes_nothing(counter: Counter) -> None:
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid)
    for _ in range(3):
        take_result(counter.store, imp_uid)
    assert counter.now(order).state is State.PAID
    assert counter.fulfilments(order) == 1


def test_a_test_stage_asks_for_test_payments_and_for_the_country(counter: Counter) -> None:
    order = counter.order()
    take_result(counter.store, counter.portone.pay(order.merchant_uid))
    assert counter.portone.called("/payments/imp_")[0].query == {"extension": "true", "include_sandbox": "true"}
    assert counter.now(order).country == "KR"


@pytest.mark.parametrize(
    ("extension", "kept"),
    [
        ({"country_code": "kr"}, "KR"),
        ({"country_code": "XK"}, "XK"),
        ({"country_code": None}, None),
        ({"country_code": "KOR"}, None),
        ({"country_code": 82}, None),
        ({}, None),
        (None, None),
        ("KR", None),
    ],
)
def test_odd_countries_do_no_harm(counter: Counter, extension: object, kept: str | None) -> None:
    order = counter.order()
    take_result(counter.store, counter.portone.pay(order.merchant_uid, extension=extension))
    assert (counter.now(order).state, counter.now(order).country) == (State.PAID, kept)


@pytest.mark.parametrize(
    ("sku", "amount", "currency", "paid"),
    [
        ("mug", 10.5, "USD", True),
        ("mug", "10.50", "USD", True),
        ("mug", 10.49, "USD", False),
        ("mug", 10.51, "USD", False),
        ("mug", 1050, "USD", False),
        ("mug", 10.5, "KRW", False),
        ("tea", 12000, "KRW", True),
        ("tea", 12000, "JPY", False),
        ("print", 4.2, "EUR", True),
    ],
)
def test_amount_and_currency_must_be_the_orders(
    counter: Counter, sku: str, amount: float | str, currency: str, paid: bool
) -> None:
    order = counter.order(sku)
    take_result(counter.store, counter.portone.pay(order.merchant_uid, amount, currency))
    now = counter.now(order)
    assert now.state is (State.PAID if paid else State.UNPAID)
    assert counter.fulfilments(order) == int(paid)
    assert (now.attention is None) is paid, "money that pays nothing is brought to a person"


def test_a_mismatch_stops_asking_for_attention_once_it_is_sent_back(counter: Counter) -> None:
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid, 1)
    take_result(counter.store, imp_uid)
    assert "1.00 USD" in str(counter.now(order).attention)
    answer = refunds.ask(counter.store, order.reference, None, "not ours", imp_uid)
    assert answer.accepted
    assert counter.now(order).state is State.UNPAID
    counter.portone.cancelled(imp_uid)
    take_result(counter.store, imp_uid)
    assert (counter.now(order).state, counter.now(order).attention) == (State.UNPAID, None)


def test_in_the_live_stage_a_test_payment_is_not_even_asked_for(counter_of: Callable[..., Counter]) -> None:
    counter = counter_of(stage="live")
    order = counter.order()
    assert take_result(counter.store, counter.portone.pay(order.merchant_uid, sandbox=True)) is None
    assert counter.portone.called("/payments/imp_")[0].query == {"extension": "true"}
    assert counter.now(order).state is State.UNPAID


def test_in_the_live_stage_a_test_payment_does_not_pay_though_portone_shows_it(
    counter_of: Callable[..., Counter], monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = counter_of(stage="live")
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid, sandbox=True)
    shown = counter_of().store.portone
    monkeypatch.setattr(
        shown, "_http", httpx.Client(transport=httpx.MockTransport(counter.portone), base_url="http://x")
    )
    monkeypatch.setattr(counter.store.portone, "look_up", shown.look_up)
    take_result(counter.store, imp_uid)
    assert (counter.now(order).state, counter.fulfilments(order)) == (State.UNPAID, 0)
    assert "test channel" in str(counter.now(order).attention)


def test_a_payment_pays_the_order_that_it_was_made_for_and_no_other(counter: Counter) -> None:
    dear, cheap = counter.order(), counter.order("print")
    imp_uid = counter.portone.pay(cheap.merchant_uid, 4.2, "EUR")
    result = take_result(counter.store, imp_uid)
    assert result is not None
    assert result.reference == cheap.reference
    assert counter.now(dear).state is State.UNPAID


def test_a_payment_of_nobodys_attempt_changes_nothing(counter: Counter) -> None:
    assert take_result(counter.store, counter.portone.pay("ELSEWHERE-1")) is None


def test_an_approval_after_a_failure_pays_the_order(counter: Counter) -> None:
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid, status="failed")
    take_result(counter.store, imp_uid)
    assert counter.now(order).state is State.FAILED
    counter.portone.payments[imp_uid]["status"] = "paid"
    take_result(counter.store, imp_uid)
    assert (counter.now(order).state, counter.fulfilments(order)) == (State.PAID, 1)


def test_a_second_payment_of_an_order_is_brought_to_a_person(counter: Counter) -> None:
    order = counter.order()
    first = counter.portone.pay(order.merchant_uid)
    take_result(counter.store, first)
    with counter.store.database.transaction() as session:
        locked = orders.lock(session, order.reference)
        orders.open_attempt(session, locked)
        again = orders.open_attempt(session, locked).merchant_uid
    second = counter.portone.pay(again)
    take_result(counter.store, second)
    now = counter.now(order)
    assert (now.state, now.imp_uid, counter.fulfilments(order)) == (State.PAID, first, 1)
    assert second in str(now.attention)


def test_a_failed_second_attempt_does_not_speak_for_the_one_that_paid(counter: Counter) -> None:
    order = counter.order()
    first = counter.portone.pay(order.merchant_uid)
    take_result(counter.store, first)
    take_result(counter.store, counter.portone.pay(order.merchant_uid, status="failed"))
    now = counter.now(order)
    assert (now.state, now.imp_uid, now.attention) == (State.PAID, first, None)


def test_a_late_failure_does_not_hide_a_surplus_payment(counter: Counter) -> None:
    order = counter.order()
    surplus = counter.portone.pay(order.merchant_uid, status="failed")
    saw_it_fail = counter.store.portone.look_up(surplus)
    assert saw_it_fail is not None
    take_result(counter.store, counter.portone.pay(order.merchant_uid))
    counter.portone.payments[surplus]["status"] = "paid"
    take_result(counter.store, surplus)
    assert surplus in str(counter.now(order).attention)
    keep(counter.store, saw_it_fail)
    assert surplus in str(counter.now(order).attention)


def test_a_late_look_up_does_not_undo_a_newer_result(counter: Counter) -> None:
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid)
    late = counter.store.portone.look_up(imp_uid)
    assert late is not None
    counter.portone.cancelled(imp_uid)
    take_result(counter.store, imp_uid)
    counter.portone.payments[imp_uid] |= {"status": "paid", "cancel_amount": 0}
    take_result(counter.store, imp_uid)
    now = counter.now(order)
    assert (now.state, now.cancelled_amount) == (State.CANCELLED, Decimal("10.5"))


def test_partial_cancellations_in_the_console_add_up(counter: Counter) -> None:
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid)
    seen = []
    for amount in (None, 3.0, 0.25, 7.25):
        if amount is not None:
            counter.portone.cancelled(imp_uid, amount)
        take_result(counter.store, imp_uid)
        seen.append((counter.now(order).state, counter.now(order).cancelled_amount))
    assert seen == [
        (State.PAID, Decimal(0)),
        (State.PARTLY_CANCELLED, Decimal(3)),
        (State.PARTLY_CANCELLED, Decimal("3.25")),
        (State.CANCELLED, Decimal("10.5")),
    ]


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500, text="oops"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"code": 0, "message": None, "response": {"imp_uid": "x"}}),
        httpx.Response(200, json={"code": 1, "message": "no", "response": None}),
        httpx.Response(200, json=["code"]),
        httpx.Response(429, json={"code": -1, "message": "slow down", "response": None}),
    ],
)
def test_a_failed_look_up_changes_nothing_and_says_so(counter: Counter, failure: httpx.Response) -> None:
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid)
    counter.portone.failures.append(failure)
    with pytest.raises(PortOneUnclear):
        take_result(counter.store, imp_uid)
    assert counter.now(order).state is State.UNPAID
    take_result(counter.store, imp_uid)
    assert counter.now(order).state is State.PAID


def test_an_expired_access_token_is_renewed_and_nothing_is_lost(counter: Counter) -> None:
    first, second = counter.order(), counter.order()
    take_result(counter.store, counter.portone.pay(first.merchant_uid))
    counter.portone.token = "token-2"
    take_result(counter.store, counter.portone.pay(second.merchant_uid))
    assert counter.now(second).state is State.PAID
    assert len(counter.portone.called("/users/getToken")) == 2


def test_opening_an_order_makes_up_for_a_webhook_that_never_came(counter: Counter) -> None:
    order = counter.order()
    assert catch_up(counter.store, order.reference).state is State.UNPAID
    imp_uid = counter.portone.pay(order.merchant_uid)
    assert catch_up(counter.store, order.reference).state is State.PAID
    counter.portone.cancelled(imp_uid)
    assert catch_up(counter.store, order.reference).state is State.CANCELLED
    asked_so_far = len(counter.portone.calls)
    catch_up(counter.store, order.reference)
    assert len(counter.portone.calls) == asked_so_far, "a cancelled order has nothing left to ask about"


def test_an_order_never_paid_is_not_cancelled_by_time(counter: Counter) -> None:
    order = counter.order()
    counter.clock.advance(days=400)
    catch_up(counter.store, order.reference)
    assert counter.now(order).state is State.UNPAID
    assert attention(counter.now(order), counter.clock(), 1) is None


def one_look_up_after_another(counter: Counter, seen: list[tuple[str, int]]) -> list[tuple[State, Decimal, int]]:
    order = counter.order()
    imp_uid = counter.portone.pay(order.merchant_uid)
    history = []
    for status, cancelled in seen:
        counter.portone.payments[imp_uid] |= {"status": status, "cancel_amount": cancelled}
        take_result(counter.store, imp_uid)
        now = counter.now(order)
        history.append((now.state, now.cancelled_amount, counter.fulfilments(order)))
    return history


look_ups = st.one_of(
    st.tuples(st.just("paid"), st.integers(0, 10)),
    st.tuples(st.sampled_from(["ready", "failed"]), st.just(0)),
    st.just(("cancelled", 10)),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(look_ups, max_size=5))
def test_in_whatever_order_look_ups_arrive_nothing_goes_backwards(
    counter: Counter, seen: list[tuple[str, int]]
) -> None:
    history = one_look_up_after_another(counter, seen)
    amounts = [amount for _, amount, _ in history]
    fulfilments = [count for _, _, count in history]
    assert amounts == sorted(amounts)
    assert fulfilments == sorted(fulfilments)
    assert not fulfilments or fulfilments[-1] <= 1
    if ("cancelled", 10) in seen:
        assert history[-1][0] is State.CANCELLED
