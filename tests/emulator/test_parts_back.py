"""What a payment and its history say after a part of it went back, and how cancellations are named."""

import re
from typing import Any

import pytest

from tests.emulator.driver import Driver

DAY = 86_400
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def identifiers(shown: dict[str, Any]) -> list[str]:
    return [done["cancellation_id"] for done in shown["cancel_history"]]


def test_a_payment_with_a_part_back_is_not_cancelled_and_says_so(account: Driver) -> None:
    imp_uid = account.pay(method="paypal")["imp_uid"]
    part = account.cancel(imp_uid, amount=3, reason="too big")["response"]
    assert (part["status"], part["cancel_amount"]) == ("paid", 3)
    assert (part["cancelled_at"], part["cancel_reason"]) == (0, None)
    [done] = part["cancel_history"]
    assert (done["reason"], done["cancelled_at"]) == ("too big", part["paid_at"])
    whole = account.cancel(imp_uid, reason="all the rest")["response"]
    assert (whole["status"], whole["cancel_reason"]) == ("cancelled", "all the rest")
    assert whole["cancelled_at"] == whole["cancel_history"][-1]["cancelled_at"] > 0


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_who_gives_no_reason_finds_one_in_the_history(account: Driver, reason: str | None) -> None:
    imp_uid = account.pay(method="paypal")["imp_uid"]
    shown = account.cancel(imp_uid, reason=reason)["response"]
    assert [done["reason"] for done in shown["cancel_history"]] == ["취소요청api"]
    assert shown["cancel_reason"] == "취소요청api"


def test_a_cancellation_in_the_console_without_a_reason_has_one(account: Driver) -> None:
    imp_uid = account.pay(method="paypal")["imp_uid"]
    [done] = account.act(f"/payments/{imp_uid}/cancel")["cancel_history"]
    assert done["reason"]


def test_what_paymentwall_takes_back_by_itself_has_a_reason(account: Driver) -> None:
    for number, verb in enumerate(("refund", "chargeback")):
        imp_uid = account.pay(f"order-{number}")["imp_uid"]
        [done] = account.act(f"/payments/{imp_uid}/{verb}")["cancel_history"]
        assert done["reason"]


def test_cancellations_are_named_as_portone_s_in_the_order_of_asking(account: Driver) -> None:
    imp_uid = account.pay(method="paypal")["imp_uid"]
    for _ in range(3):
        account.cancel(imp_uid, amount=1)
        account.advance(1)
    named = identifiers(account.look_up(imp_uid))
    assert len(named) == 3
    assert all(ULID.fullmatch(one) for one in named), named
    assert sorted(named) == named


def test_a_chargeback_is_named_in_the_same_way(account: Driver) -> None:
    imp_uid = account.pay()["imp_uid"]
    [named] = identifiers(account.act(f"/payments/{imp_uid}/chargeback"))
    assert ULID.fullmatch(named)
