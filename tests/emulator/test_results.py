"""What PortOne makes of each pingback: the test signs them itself, in Paymentwall's place."""

import hashlib
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.emulator.driver import Driver

INTERNAL_ERROR = "(PG사 결제 장애) Internal error"


def attempt(account: Driver, **params: Any) -> str:
    """A payment whose window is open; nothing was paid yet."""
    asked = {
        "pg": "paymentwall", "merchant_uid": "order-1", "name": "Mug", "amount": 10.5, "currency": "USD",
        "buyer_name": "Grace Hopper", "buyer_email": "grace@example.com", **params,
    }  # fmt: skip
    body = {"imp_code": account.settings["imp_code"], "params": asked}
    opened = account.client.post("/sdk/request_pay", json=body).raise_for_status().json()
    return str(opened["imp_uid"])


def tell(account: Driver, imp_uid: str, kind: int, **more: str) -> None:
    """A pingback that PortOne takes."""
    query = {
        "uid": "grace@example.com", "goodsid": imp_uid, "slength": "", "speriod": "", "type": str(kind),
        "ref": "b1493096790", "sign_version": "3", **more,
    }  # fmt: skip
    base = "".join(f"{name}={query[name]}" for name in sorted(query))
    secret = account.settings["paymentwall"]["secret_key"]
    sig = hashlib.sha256((base + secret).encode()).hexdigest()
    answer = account.client.get("/paymentwall/webhook", params={**query, "sig": sig})
    assert (answer.status_code, answer.text) == (200, "OK")


def come_back(account: Driver, imp_uid: str) -> None:
    """The buyer's browser returns as if all were well."""
    account.client.get("/paymentwall/return", params={"imp_uid": imp_uid, "outcome": "success"}).raise_for_status()


def notices(account: Driver, receiver: HTTPServer) -> list[str]:
    account.act("/idle")
    return [request.json["status"] for request, _ in receiver.log if request.json]


class TestReview:
    def test_under_review_nothing_is_decided(self, account: Driver, receiver: HTTPServer) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 200)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["paid_at"], shown["pg_tid"]) == ("ready", 0, None)
        assert notices(account, receiver) == []

    def test_the_buyer_sees_a_failure_and_the_approval_comes_later(self, account: Driver, receiver: HTTPServer) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 200)
        come_back(account, imp_uid)
        failed = account.look_up(imp_uid)
        assert (failed["status"], failed["fail_reason"]) == ("failed", INTERNAL_ERROR)
        assert notices(account, receiver) == []
        account.advance(7200)
        tell(account, imp_uid, 201, country_code="KR")
        paid = account.look_up(imp_uid, extension="true")
        assert (paid["status"], paid["failed_at"], paid["fail_reason"]) == ("paid", 0, None)
        assert paid["paid_at"] == failed["failed_at"] + 7200
        assert paid["extension"] == {"country_code": "KR"}
        assert notices(account, receiver) == ["paid"]

    def test_under_review_again_leaves_a_failed_payment_failed(self, account: Driver) -> None:
        imp_uid = attempt(account)
        come_back(account, imp_uid)
        tell(account, imp_uid, 200)
        assert account.look_up(imp_uid)["status"] == "failed"

    @pytest.mark.parametrize("kind", [202, 203])
    def test_declined_it_has_failed_and_nobody_is_told(self, account: Driver, receiver: HTTPServer, kind: int) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 200)
        tell(account, imp_uid, kind)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["paid_at"]) == ("failed", 0)
        assert shown["fail_reason"] != INTERNAL_ERROR
        assert notices(account, receiver) == []

    @pytest.mark.parametrize("kind", [202, 203])
    def test_what_had_failed_keeps_its_reason(self, account: Driver, kind: int) -> None:
        imp_uid = attempt(account)
        come_back(account, imp_uid)
        tell(account, imp_uid, kind)
        assert account.look_up(imp_uid)["fail_reason"] == INTERNAL_ERROR

    @pytest.mark.parametrize("kind", [200, 202, 203])
    def test_what_was_paid_stays_paid(self, account: Driver, kind: int) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 0)
        tell(account, imp_uid, kind)
        assert account.look_up(imp_uid)["status"] == "paid"

    def test_a_payment_that_ended_well_twice_is_notified_once(self, account: Driver, receiver: HTTPServer) -> None:
        imp_uid = attempt(account)
        for kind in (201, 201, 0):
            tell(account, imp_uid, kind)
        assert notices(account, receiver) == ["paid"]


class TestPaid:
    @pytest.mark.parametrize(
        ("ps", "pay_method"),
        [("cc", "card"), ("paypal", "paypal"), ("kakaopaykr", "kakaopay"), ("mint", "mint"), ("", "trans")],
    )
    def test_the_pay_method_is_what_was_paid_with(self, account: Driver, ps: str, pay_method: str) -> None:
        imp_uid = attempt(account, pay_method="trans")
        tell(account, imp_uid, 0, **({"ps": ps} if ps else {}))
        assert account.look_up(imp_uid)["pay_method"] == pay_method

    @pytest.mark.parametrize("kind", [12, 13, 14, 999])
    def test_other_types_are_taken_and_change_nothing(self, account: Driver, kind: int) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, kind)
        assert account.look_up(imp_uid)["status"] == "ready"


class TestTakenBack:
    @pytest.mark.parametrize(("reason", "words"), [("1", "chargeback"), ("2", "card fraud"), ("3", "other fraud")])
    def test_its_reason_is_shown(self, account: Driver, reason: str, words: str) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 0)
        tell(account, imp_uid, 2, reason=reason)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_amount"], shown["cancel_reason"]) == ("cancelled", 10.5, words)

    def test_what_was_never_paid_cannot_be_taken_back(self, account: Driver, receiver: HTTPServer) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 2, reason="1")
        assert account.look_up(imp_uid)["status"] == "ready"
        assert notices(account, receiver) == []

    def test_more_than_is_left_gives_back_what_is_left(self, account: Driver) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 0)
        tell(account, imp_uid, 2, reason="10", amount="8", reversal="1")
        tell(account, imp_uid, 2, reason="10", amount="8", reversal="2")
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_amount"]) == ("cancelled", 10.5)
        assert [done["amount"] for done in shown["cancel_history"]] == [8, 2.5]

    def test_a_part_told_twice_counts_once(self, account: Driver, receiver: HTTPServer) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 0)
        account.act("/idle")  # else the two webhooks race
        for _ in range(2):
            tell(account, imp_uid, 2, reason="10", amount="3.00", reversal="1")
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_amount"]) == ("paid", 3)
        assert notices(account, receiver) == ["paid", "cancelled"]

    @pytest.mark.parametrize("amount", ["nothing", "-3", "0", "NaN"])
    def test_an_amount_that_is_none_is_refused(self, account: Driver, amount: str) -> None:
        imp_uid = attempt(account)
        tell(account, imp_uid, 0)
        tell(account, imp_uid, 2, reason="10", amount=amount)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_amount"]) == ("paid", 0)


def test_a_paid_merchant_uid_is_refused_with_the_code_that_was_seen(account: Driver) -> None:
    tell(account, attempt(account), 0)
    params = {
        "pg": "paymentwall", "merchant_uid": "order-1", "name": "Mug", "amount": 1,
        "buyer_name": "Grace Hopper", "buyer_email": "grace@example.com",
    }  # fmt: skip
    body = {"imp_code": account.settings["imp_code"], "params": params}
    refused = account.client.post("/sdk/request_pay", json=body).json()
    assert (refused["error_code"], refused["error_msg"]) == ("F1002", "이미 결제가 이루어진 거래건입니다.")
