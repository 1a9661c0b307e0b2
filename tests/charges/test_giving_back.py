"""What was charged is asked back once, by the merchant first, and what is not known to have come stays outstanding."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from conformance.machine import settling
from conformance.merchant.protocol import ActionAnswer, Merchant, MerchantUnreachable, Order
from conformance.portone.api import Payment, PortOneRefused
from conformance.real.charges import KeptCharges
from conformance.real.charges_told import outstanding_lines
from conformance.real.charging import accounted
from conformance.record.orders import OrderState
from conformance.verdict.endings import NotObservable
from tests.charges.begun import CARD, ORDER, SETTINGS, begun, charged
from tests.charges.stub_account import ACCOUNT, SHOP, StubAccount, StubMerchant


@pytest.fixture
def account() -> StubAccount:
    return StubAccount()


@pytest.fixture
def merchant() -> StubMerchant:
    return StubMerchant({"A": OrderState.PAID})


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def charges(tmp_path: Path, account: StubAccount, merchant: StubMerchant, said: list[str]) -> Iterator[KeptCharges]:
    """A run that has begun."""
    yield from begun(tmp_path, account, merchant, said)


@pytest.fixture
def paid(charges: KeptCharges, account: StubAccount) -> KeptCharges:
    """A run that has charged 5 USD."""
    return charged(charges, account)


def without_merchant(merchant: StubMerchant) -> None:
    merchant.capabilities = frozenset()


def outstanding(charges: KeptCharges) -> list[str]:
    return outstanding_lines(charges.ledger.books())


def test_the_merchants_own_refund_action_comes_first(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    paid.give_back()
    assert (merchant.asked, account.asked) == (["A all"], [])
    assert paid.money_is_out


def test_a_ticket_that_waits_is_not_asked_for_again(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    for _ in range(3):
        paid.give_back()
        account.later(days=30)
    assert (merchant.asked, account.asked) == (["A all"], [])
    assert (
        "refund requested by the merchant's refund action, waiting for Paymentwall since 2026-11-28 12:00"
        in outstanding(paid)[1]
    )


def test_portone_is_not_pressed_while_money_is_waited_for(
    paid: KeptCharges, account: StubAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, rounds = [1000.0], list[float]()
    pretended = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(settling, "time", pretended)
    asked = account.payment

    def payment(imp_uid: str) -> Payment:
        rounds.append(now[0])
        return asked(imp_uid)

    monkeypatch.setattr(account, "payment", payment)
    paid.back.settings = SETTINGS.model_copy(update={"wait_seconds": 600.0})
    paid.back.ask()
    rounds.clear()
    paid.back.wait()
    moments = sorted(set(rounds))
    assert min(later - earlier for earlier, later in pairwise(moments[:-1])) >= 1
    assert now[0] == pytest.approx(1600)
    assert len(moments) < 60


def test_what_was_refused_is_not_waited_for(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(payment: Payment, amount: Decimal) -> None:
        raise PortOneRefused("POST /payments/cancel", 200, -1, f"no refunds of {payment.imp_uid} over {amount}")

    def slept(seconds: float) -> None:
        pytest.fail(f"it waited {seconds} s")

    without_merchant(merchant)
    account.cancelling = refused
    paid.back.settings = SETTINGS.model_copy(update={"wait_seconds": 600.0})
    monkeypatch.setattr(settling, "time", SimpleNamespace(monotonic=lambda: 0.0, sleep=slept))
    paid.give_back()
    assert paid.money_is_out


def test_an_order_that_was_not_cancelled_with_its_charge_is_told(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    paid.give_back()
    account.give_back("imp_1", 5)
    paid.give_back()
    assert outstanding(paid) == [
        "No charge is outstanding.",
        "Cancelled at PortOne, but not in the shop (tell the merchant to ship nothing): 1",
        "  order A: paid, paid by imp_1",
    ]
    merchant.states["A"] = OrderState.CANCELLED
    paid.give_back()
    assert outstanding(paid) == ["No charge is outstanding."]


def test_a_method_that_cannot_be_refunded_shows_nothing_of_the_merchant(
    charges: KeptCharges, account: StubAccount
) -> None:
    charges.about(ORDER)
    charges.begun(CARD)
    charges.permit(CARD)
    account.pay("A-1", pay_method="mint")
    with pytest.raises(NotObservable, match="imp_1 was paid by mint, which cannot be refunded"):
        charges.seen("A-1")


def test_what_came_back_is_outstanding_no_more(paid: KeptCharges, account: StubAccount, merchant: StubMerchant) -> None:
    paid.give_back()
    account.give_back("imp_1", 5)
    merchant.states["A"] = OrderState.CANCELLED
    paid.give_back()
    assert outstanding(paid) == ["No charge is outstanding."]
    assert not paid.money_is_out


@pytest.mark.parametrize(
    "refusal",
    [ActionAnswer(accepted=False, message="No."), NotObservable("there is no refund action")],
    ids=["refused", "none"],
)
def test_where_the_merchant_refuses_portone_is_asked(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant, refusal: ActionAnswer | Exception
) -> None:
    def refunding(order: Order) -> ActionAnswer:
        assert order.reference == "A"
        if isinstance(refusal, Exception):
            raise refusal
        return refusal

    merchant.refunding = refunding
    paid.give_back()
    assert account.asked == [("imp_1", Decimal(5))]


def test_an_order_that_waits_for_its_cancellation_was_asked_back_already(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    merchant.states["A"] = OrderState.WAITING_FOR_CANCELLATION
    paid.give_back()
    assert (merchant.asked, account.asked) == ([], [])
    assert "waiting for Paymentwall since" in outstanding(paid)[1]


def test_a_merchant_who_does_not_answer_may_have_asked(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    def silent(order: Order) -> ActionAnswer:
        raise MerchantUnreachable(f"no answer about {order.reference}")

    merchant.refunding = silent
    paid.give_back()
    assert account.asked == []
    assert "it is not known whether PortOne received it: look in PortOne's console" in outstanding(paid)[1]
    account.later(hours=71)
    paid.give_back()
    assert account.asked == []
    account.later(hours=2)
    paid.give_back()
    assert account.asked == [("imp_1", Decimal(5))]


def test_a_scenarios_own_refund_is_not_made_twice(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    accounted(cast(Merchant, merchant), paid).ask_for_refund(ORDER)
    paid.give_back()
    assert (merchant.asked, account.asked) == (["A all"], [])


def test_after_a_partial_refund_the_rest_is_asked_for(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    accounted(cast(Merchant, merchant), paid).ask_for_refund(ORDER, Decimal(2))
    paid.give_back()
    assert (merchant.asked, account.asked) == (["A 2"], [("imp_1", Decimal(3))])


def test_what_portone_refuses_is_asked_for_once_in_a_run(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    def refused(payment: Payment, amount: Decimal) -> None:
        raise PortOneRefused("POST /payments/cancel", 200, -1, f"no refunds of {payment.imp_uid} over {amount}")

    without_merchant(merchant)
    account.cancelling = refused
    paid.back.settings = SETTINGS.model_copy(update={"wait_seconds": 1.2})
    paid.give_back()
    assert len(account.asked) == 1
    assert (
        "refund requested by PortOne's API at 2026-11-28 12:00 UTC and refused: PortOne answered"
        in outstanding(paid)[1]
    )
    paid.give_back()
    assert len(account.asked) == 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ReadTimeout("timed out"), "it is not known whether PortOne received it"),
        (PortOneRefused("POST /payments/cancel", 502, None, "an answer that is no JSON"), "it is not known"),
        (httpx.ConnectError("refused"), "refund not requested yet: PortOne could not be reached"),
    ],
)
def test_an_unclear_answer_is_neither_yes_nor_no(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant, error: Exception, words: str
) -> None:
    def broken(payment: Payment, amount: Decimal) -> None:
        assert (payment.imp_uid, amount) == ("imp_1", Decimal(5))
        raise error

    without_merchant(merchant)
    account.cancelling = broken
    paid.give_back()
    assert words in outstanding(paid)[1]
    paid.give_back()
    assert len(account.asked) == (2 if isinstance(error, httpx.ConnectError) else 1)


def test_where_portone_cannot_be_asked_the_money_may_be_out(
    paid: KeptCharges, account: StubAccount, said: list[str]
) -> None:
    account.failure = httpx.ConnectError("no route")
    paid.give_back()
    assert paid.money_is_out
    assert said[-1] == "A-1 could not be looked up: no route"


def test_the_next_start_finds_what_was_left(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant, said: list[str]
) -> None:
    other = KeptCharges(SETTINGS, paid.ledger, cast(Any, account), ACCOUNT, "run-2", said.append)
    other.begin(cast(Merchant, merchant), SHOP)
    assert merchant.asked == ["A all"]
    assert "Open attempts and charges of earlier runs: 1. Looking them up." in said


def test_another_merchants_order_is_not_its_to_refund(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant, said: list[str]
) -> None:
    other = KeptCharges(SETTINGS, paid.ledger, cast(Any, account), ACCOUNT, "run-2", said.append)
    other.begin(cast(Merchant, merchant), "https://other.example")
    assert (merchant.asked, account.asked) == ([], [("imp_1", Decimal(5))])


def test_an_attempt_that_a_review_may_approve_is_looked_for_for_a_week(
    charges: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    charges.about(ORDER)
    charges.begun(CARD)
    charges.permit(CARD)
    account.pay("A-1", status="failed")
    charges.give_back()
    assert "No payment known yet, and looked up at each start: 1" in outstanding(charges)
    account.later(days=6)
    account.pay("A-1")
    charges.give_back()
    assert merchant.asked == ["A all"]


def test_an_attempt_that_nobody_paid_is_done_with_after_a_week(charges: KeptCharges, account: StubAccount) -> None:
    charges.begun(CARD)
    account.later(days=8)
    charges.give_back()
    assert charges.ledger.books().open_attempts(ACCOUNT) == []


def test_both_payments_of_one_attempt_are_found(
    paid: KeptCharges, account: StubAccount, merchant: StubMerchant
) -> None:
    without_merchant(merchant)
    account.pay("A-1", "imp_2")
    paid.give_back()
    assert account.asked == [("imp_1", Decimal(5)), ("imp_2", Decimal(5))]


def test_ctrl_c_while_it_goes_back_leaves_the_rest_to_the_next_start(
    paid: KeptCharges, merchant: StubMerchant, said: list[str]
) -> None:
    def interrupted(order: Order) -> ActionAnswer:
        raise KeyboardInterrupt(order.reference)

    merchant.refunding = interrupted
    paid.give_back()
    assert "Interrupted: what is outstanding stays in the ledger, and the next start goes on from here" in said
    assert paid.money_is_out
