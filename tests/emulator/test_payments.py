"""A payment at PortOne goes from one state to the next as documented, and from no state to another one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from emulator.portone.payments import (
    ALL_CANCELLED,
    NOTHING_TO_CANCEL,
    Cancellation,
    Payment,
    Status,
    asked_to_cancel,
    cancelled,
    failed,
    not_cancelled,
    paid,
    refusal_to_cancel,
)
from emulator.portone.records import Payments, arranged, decided_at

TOO_MUCH = "취소 요청금액이 취소 가능한 금액을 초과하였습니다."
WRONG_CHECKSUM = "취소 가능한 금액(checksum)이 일치하지 않습니다."
NOW = 1_750_000_000
READY = Payment(
    imp_uid="imp_1", merchant_uid="order-1", name="Mug", amount=Decimal("10.50"), currency="USD",
    pg_provider="paymentwall", pg_id="key", channel_key="channel", sandbox=True, started_at=NOW,
)  # fmt: skip
PAID = paid(READY, pg_tid="b1", country_code="KR", now=NOW + 1)
FAILED = failed(READY, reason="The window was closed.", now=NOW + 1)


def result(payment: Payment, amount: str | None, *, now: int = NOW + 9, reversal: str | None = None) -> Payment:
    """The payment after Paymentwall gave this much back."""
    back = None if amount is None else Decimal(amount)
    changed, _ = cancelled(payment, amount=back, reason="Chargeback", fresh_id="fresh", now=now, reversal=reversal)
    return changed


CANCELLED = result(PAID, None)


def test_an_attempt_begins_with_nothing_decided() -> None:
    assert (READY.status, READY.pay_method, READY.channel) == ("ready", "card", "pc")
    assert READY.paid_at == READY.failed_at == READY.updated_at == 0
    assert READY.notified is False
    assert READY.cancel_amount == 0
    assert READY.cancellable == Decimal("10.50")


@pytest.mark.parametrize("before", [READY, FAILED], ids=["ready", "failed"])
def test_an_open_or_failed_attempt_can_be_paid(before: Payment) -> None:
    after = paid(before, pg_tid="b1", country_code="KR", now=NOW + 5)
    expected = replace(
        READY, status="paid", pg_tid="b1", country_code="KR", paid_at=NOW + 5, updated_at=NOW + 5, failed_at=0,
        fail_reason=None,
    )  # fmt: skip
    assert fields(after) == fields(expected)


def fields(payment: Payment) -> dict[str, object]:
    """What it says; two payments are never equal."""
    return {name: getattr(payment, name) for name in Payment.__dataclass_fields__}


def test_what_was_paid_with_is_kept_where_it_is_known() -> None:
    assert PAID.pay_method == "card"
    assert paid(READY, pg_tid="b1", country_code=None, now=NOW, pay_method="paypal").pay_method == "paypal"


@pytest.mark.parametrize("before", [PAID, CANCELLED], ids=["paid", "cancelled"])
def test_what_was_paid_is_not_paid_again(before: Payment) -> None:
    assert paid(before, pg_tid="b2", country_code="US", now=NOW + 99) is before


def test_an_open_attempt_can_fail() -> None:
    after = failed(READY, reason="Declined.", now=NOW + 5)
    expected = replace(READY, status="failed", failed_at=NOW + 5, updated_at=NOW + 5, fail_reason="Declined.")
    assert fields(after) == fields(expected)


@pytest.mark.parametrize("before", [FAILED, PAID, CANCELLED], ids=["failed", "paid", "cancelled"])
def test_what_is_decided_does_not_fail(before: Payment) -> None:
    assert failed(before, reason="Too late.", now=NOW + 99) is before


def asked(payment: Payment, *amounts: str) -> Payment:
    """Tickets for these amounts, named c1, c2 …"""
    for number, amount in enumerate(amounts, 1):
        payment = asked_to_cancel(payment, Cancellation(f"c{number}", Decimal(amount), "Changed my mind", notify=True))
    return payment


def test_a_ticket_changes_neither_status_nor_amounts() -> None:
    waits = asked(PAID, "3.00", "4.00")
    assert [one.cancellation_id for one in waits.waiting] == ["c1", "c2"]
    assert fields(replace(waits, waiting=())) == fields(PAID)
    assert [(one.cancelled_at, one.reversal) for one in waits.waiting] == [(0, None)] * 2
    assert waits.cancellable == Decimal("10.50")


def test_a_ticket_that_was_refused_at_once_waits_no_more_and_the_others_do() -> None:
    left = not_cancelled(asked(PAID, "3.00", "4.00", "5.00"), "c2")
    assert [one.cancellation_id for one in left.waiting] == ["c1", "c3"]


def test_all_that_is_left_goes_back() -> None:
    after, done = cancelled(PAID, amount=None, reason="Chargeback", fresh_id="fresh", now=NOW + 9, reversal="1")
    assert done == Cancellation(
        "fresh", Decimal("10.50"), "Chargeback", False, NOW + 9, asked_by="paymentwall", reversal="1"
    )
    assert after.history == (done,)
    assert (after.status, after.cancellable, after.cancel_amount) == ("cancelled", Decimal(0), Decimal("10.50"))
    assert after.updated_at == NOW + 9


def test_a_part_leaves_it_paid_until_nothing_is_left() -> None:
    first = result(PAID, "3.00")
    assert (first.status, first.cancellable) == ("paid", Decimal("7.50"))
    second = result(first, "7.00", now=NOW + 10)
    assert (second.status, second.cancellable) == ("paid", Decimal("0.50"))
    third = result(second, "0.50", now=NOW + 11)
    assert (third.status, third.cancellable) == ("cancelled", Decimal(0))
    assert [(one.amount, one.cancelled_at) for one in third.history] == [
        (Decimal("3.00"), NOW + 9),
        (Decimal("7.00"), NOW + 10),
        (Decimal("0.50"), NOW + 11),
    ]


def test_never_more_goes_back_than_is_left() -> None:
    after = result(result(PAID, "3.00"), "10.50")
    assert after.history[-1].amount == Decimal("7.50")
    assert after.status == "cancelled"


@pytest.mark.parametrize("amount", ["0", "-0.01", "-3"])
def test_nothing_goes_back_by_a_result_about_nothing(amount: str) -> None:
    same, done = cancelled(PAID, amount=Decimal(amount), reason="", fresh_id="fresh", now=NOW)
    assert same is PAID
    assert done is None


@pytest.mark.parametrize("amount", ["0.01", "0.99"])
def test_less_than_one_can_go_back(amount: str) -> None:
    assert result(PAID, amount).cancel_amount == Decimal(amount)


@pytest.mark.parametrize("before", [READY, FAILED, CANCELLED], ids=["ready", "failed", "cancelled"])
@pytest.mark.parametrize("amount", [None, Decimal(3)])
def test_nothing_goes_back_of_what_is_not_paid(before: Payment, amount: Decimal | None) -> None:
    same, done = cancelled(before, amount=amount, reason="", fresh_id="fresh", now=NOW)
    assert same is before
    assert done is None


def test_a_reversal_that_is_known_changes_nothing() -> None:
    once = result(PAID, "3.00", reversal="1")
    assert result(once, "3.00", reversal="1") is once
    twice = result(once, "3.00", reversal="2")
    assert [one.reversal for one in twice.history] == ["1", "2"]
    assert result(twice, "3.00", reversal="1") is twice


def test_results_without_a_number_are_all_counted() -> None:
    assert result(result(PAID, "3.00"), "3.00").cancel_amount == Decimal(6)


def test_a_result_ends_the_newest_ticket_for_that_much() -> None:
    after = result(asked(PAID, "3.00", "3.00", "3.00", "4.00"), "3.00")
    assert [one.cancellation_id for one in after.waiting] == ["c1", "c2", "c4"]
    (done,) = after.history
    assert (done.cancellation_id, done.asked_by, done.notify, done.reason) == ("c3", "api", True, "Changed my mind")
    assert done.cancelled_at == NOW + 9


def test_a_result_for_which_nobody_asked_leaves_the_tickets_waiting() -> None:
    after = result(asked(PAID, "3.00"), "4.00")
    assert [one.cancellation_id for one in after.waiting] == ["c1"]
    assert [(one.cancellation_id, one.asked_by) for one in after.history] == [("fresh", "paymentwall")]


@pytest.mark.parametrize("ticket", ["10.50", "7.50"])
def test_a_result_about_all_ends_a_ticket_for_all_or_for_what_is_left(ticket: str) -> None:
    after = result(asked(result(PAID, "3.00"), ticket, "1.00"), None)
    assert [(one.cancellation_id, one.amount) for one in after.history] == [
        ("fresh", Decimal("3.00")),
        ("c1", Decimal("7.50")),
    ]
    assert [one.cancellation_id for one in after.waiting] == ["c2"]


@pytest.mark.parametrize("before", [READY, FAILED], ids=["ready", "failed"])
def test_what_was_never_paid_cannot_be_cancelled(before: Payment) -> None:
    assert refusal_to_cancel(before, None, None) == NOTHING_TO_CANCEL


def test_what_is_cancelled_cannot_be_cancelled_again() -> None:
    assert refusal_to_cancel(CANCELLED, None, None) == ALL_CANCELLED


@pytest.mark.parametrize(
    ("amount", "checksum", "said"),
    [
        (None, None, None),
        ("7.50", None, None),
        ("7.49", "7.50", None),
        (None, "7.50", None),
        (None, "7.5", None),
        ("7.51", None, TOO_MUCH),
        ("10.50", "7.50", TOO_MUCH),
        (None, "10.50", WRONG_CHECKSUM),
        (None, "7.49", WRONG_CHECKSUM),
        ("3.00", "7.51", WRONG_CHECKSUM),
    ],
)
def test_amount_and_checksum_are_held_against_what_is_left(
    amount: str | None, checksum: str | None, said: str | None
) -> None:
    partly = asked(result(PAID, "3.00"), "2.00")
    refused = refusal_to_cancel(
        partly, None if amount is None else Decimal(amount), None if checksum is None else Decimal(checksum)
    )
    assert refused == said


@pytest.mark.parametrize(
    ("settled", "amount", "possible"),
    [
        (None, "3.00", True),
        ("USD", "3.00", True),
        ("KRW", "3.00", False),
        ("KRW", "10.50", True),
        ("KRW", None, True),
    ],
)
def test_what_is_settled_in_another_currency_is_cancelled_as_a_whole(
    settled: str | None, amount: str | None, possible: bool
) -> None:
    payment = replace(PAID, settled_currency=settled)
    refused = refusal_to_cancel(payment, None if amount is None else Decimal(amount), None)
    assert (refused is None) is possible
    assert possible or "부분취소" in (refused or "")


def test_payments_are_kept_by_their_number_and_found_by_their_order() -> None:
    payments = Payments()
    first = payments.put(READY)
    second = payments.put(replace(READY, imp_uid="imp_2", started_at=NOW + 1, updated_at=NOW + 3))
    other = payments.put(replace(READY, imp_uid="imp_3", merchant_uid="order-2"))
    assert list(payments) == [first, second, other]
    assert payments.get("imp_2") is payments.known("imp_2") is second
    assert payments.get("imp_9") is None
    assert "imp_1" in payments
    assert "imp_9" not in payments
    with pytest.raises(KeyError):
        payments.known("imp_9")
    assert payments.find("order-1") == [second, first]
    assert payments.find("order-9") == []


def test_a_state_stands_in_for_the_one_before() -> None:
    payments = Payments()
    payments.put(READY)
    payments.put(PAID)
    assert payments.find("order-1") == [PAID]
    assert payments.find("order-1", "paid") == [PAID]
    assert payments.find("order-1", "ready") == []


def test_after_a_reset_there_are_none() -> None:
    payments = Payments()
    payments.put(READY)
    payments.clear()
    assert list(payments) == []
    assert payments.find("order-1") == []
    assert payments.find("order-1", "ready") == []
    payments.put(PAID)
    assert payments.find("order-1") == [PAID]


@pytest.mark.parametrize(
    ("sorting", "numbers"),
    [
        ("started", "1234"), ("-started", "4321"), ("paid", "2413"), ("-paid", "3142"), ("updated", "3412"),
        ("-updated", "2143"),
    ],
)  # fmt: skip
def test_payments_are_arranged_by_their_times_and_within_a_second_as_they_were_started(
    sorting: str, numbers: str
) -> None:
    times = {1: (1, 8, 9), 2: (1, 3, 9), 3: (2, 8, 5), 4: (2, 3, 5)}
    payments = [
        replace(READY, imp_uid=str(one), started_at=started, paid_at=paid_at, updated_at=updated)
        for one, (started, paid_at, updated) in times.items()
    ]
    assert "".join(payment.imp_uid for payment in arranged(payments, sorting)) == numbers


@pytest.mark.parametrize(("status", "at"), [("ready", 1), ("paid", 2), ("failed", 3), ("cancelled", 5)])
def test_a_payment_was_decided_when_it_came_into_its_status(status: Status, at: int) -> None:
    history = tuple(Cancellation(f"c{at}", Decimal(1), None, cancelled_at=at) for at in (4, 3, 5))
    payment = replace(READY, status=status, started_at=1, paid_at=2, failed_at=3, history=history)
    assert decided_at(payment) == at


def test_a_cancellation_is_shown_with_what_became_of_it() -> None:
    assert Cancellation("c1", Decimal("3.00"), None, cancelled_at=7).as_json("b1") == {
        "pg_tid": "b1", "amount": 3, "cancelled_at": 7, "reason": "취소요청api", "cancellation_id": "c1",
        "receipt_url": None,
    }  # fmt: skip
