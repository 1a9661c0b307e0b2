"""A cancellation by PortOne's REST API: what it answers, and what it changes when."""

from typing import Any

import pytest

from tests.emulator.driver import Driver

DAY = 86_400


class TestCancel:
    def test_it_opens_a_ticket_and_the_payment_stays_paid_until_that_is_worked_off(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        envelope = account.cancel(imp_uid, reason="changed my mind")
        assert (envelope["code"], envelope["response"]["status"]) == (0, "paid")
        assert envelope["response"]["cancel_amount"] == 0
        [ticket] = account.see("/tickets")["tickets"]
        assert (ticket["imp_uid"], ticket["state"], ticket["amount"]) == (imp_uid, "waiting", None)
        account.advance(DAY - 1)
        assert account.look_up(imp_uid)["status"] == "paid"
        account.advance(1)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_amount"]) == ("cancelled", 10.5)
        assert shown["cancel_reason"] == "changed my mind"
        assert shown["cancelled_at"] == shown["paid_at"] + DAY

    def test_parts_add_up_and_the_last_one_cancels(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        assert account.cancel(imp_uid, amount="3.00", checksum=10.5)["code"] == 0
        account.advance(DAY)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_amount"]) == ("paid", 3)
        assert account.cancel(imp_uid, checksum="7.50")["code"] == 0
        account.advance(DAY)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_amount"]) == ("cancelled", 10.5)
        history = shown["cancel_history"]
        assert [done["amount"] for done in history] == [3, 7.5]
        assert all(done["pg_tid"] == shown["pg_tid"] for done in history)
        assert history[0]["cancellation_id"] != history[1]["cancellation_id"]

    def test_two_parts_may_wait_at_once_and_are_told_apart_by_their_amounts(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid, amount=3, reason="three")
        account.cancel(imp_uid, amount=4, reason="four")
        account.act("/tickets/2/complete")
        [done] = account.look_up(imp_uid)["cancel_history"]
        assert (done["amount"], done["reason"]) == (4, "four")

    def test_a_method_cancelled_at_once_is_cancelled_in_the_answer(self, account: Driver) -> None:
        envelope = account.cancel(account.pay(method="paypal")["imp_uid"])
        assert (envelope["code"], envelope["response"]["status"]) == (0, "cancelled")

    def test_a_method_that_cannot_be_cancelled_is_refused_with_http_200(self, account: Driver) -> None:
        imp_uid = account.pay(method="paysafecard")["imp_uid"]
        envelope = account.cancel(imp_uid)
        assert envelope["code"] == -1
        assert envelope["message"].startswith("결제취소에 실패하였습니다. [Paymentwall] ")
        assert envelope["response"] is None
        assert account.look_up(imp_uid)["status"] == "paid"

    def test_a_ticket_refused_later_leaves_the_payment_paid_without_a_word(self, account: Driver) -> None:
        imp_uid = account.pay(method="mint")["imp_uid"]
        before = account.look_up(imp_uid)
        assert account.cancel(imp_uid, enable_webhook=True)["code"] == 0
        account.advance(DAY)
        [ticket] = account.see("/tickets")["tickets"]
        assert ticket["state"] == "refused"
        assert account.look_up(imp_uid) == before
        assert len(account.entries("webhook")) == 1

    def test_after_a_refused_ticket_it_can_be_asked_for_again(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid)
        account.act("/tickets/1/refuse")
        assert account.cancel(imp_uid, enable_webhook=True, reason="again")["code"] == 0
        account.advance(DAY)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_reason"]) == ("cancelled", "again")
        assert len(account.entries("webhook")) == 2

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"checksum": 7}, "취소 가능한 금액"),
            ({"amount": 11}, "초과"),
            ({"amount": "many"}, "amount"),
            ({"amount": -1}, "amount"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_opens_no_ticket(
        self, account: Driver, fields: dict[str, Any], message: str
    ) -> None:
        envelope = account.cancel(account.pay()["imp_uid"], **fields)
        assert envelope["code"] == 1
        assert message in envelope["message"]
        assert account.see("/tickets")["tickets"] == []

    def test_what_is_cancelled_in_full_cannot_be_cancelled_again(self, account: Driver) -> None:
        imp_uid = account.pay(method="paypal")["imp_uid"]
        account.cancel(imp_uid, amount=0)
        assert account.cancel(imp_uid) == {"code": 1, "message": "이미 전액취소된 주문입니다.", "response": None}

    @pytest.mark.parametrize("unknown", [{"imp_uid": "imp_0"}, {"merchant_uid": "nobody"}])
    def test_an_unknown_payment_cannot_be_cancelled(self, account: Driver, unknown: dict[str, str]) -> None:
        headers = {"Authorization": account.token()}
        answer = account.client.post("/payments/cancel", json=unknown, headers=headers)
        assert answer.status_code == 200
        assert answer.json() == {"code": 1, "message": "취소할 결제건이 존재하지 않습니다.", "response": None}

    def test_an_attempt_that_was_not_paid_cannot_be_cancelled(self, account: Driver) -> None:
        envelope = account.cancel(account.pay(finish="leave")["imp_uid"])
        assert (envelope["code"], envelope["message"]) == (1, "취소할 결제건이 존재하지 않습니다.")

    def test_neither_uid_is_refused(self, account: Driver) -> None:
        envelope = account.cancel("")
        assert envelope["code"] == 1
        assert envelope["message"].endswith("지정해주셔야합니다.")

    def test_a_form_body_with_the_merchant_uid_and_a_trailing_slash_is_taken(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        answer = account.client.post(
            "/payments/cancel/",
            data={"merchant_uid": "order-1", "amount": "3.00"},
            headers={"Authorization": f"Bearer {account.token()}"},
        )
        assert answer.json()["response"]["imp_uid"] == imp_uid
        [ticket] = account.see("/tickets")["tickets"]
        assert ticket["amount"] == "3.00"

    def test_where_paymentwall_answers_nonsense_it_is_refused(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.set(channels=[{**account.settings["channels"][0], "secret_key": "wrong"}])
        envelope = account.cancel(imp_uid)
        assert envelope["code"] == -1
        assert "no access" in envelope["message"]
