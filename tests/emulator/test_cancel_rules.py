"""What a cancellation may be asked for: uids, amounts, currencies; who asked, and who is told of it."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.emulator.driver import Driver

DAY = 86_400
UNKNOWN = {"code": 1, "message": "취소할 결제건이 존재하지 않습니다.", "response": None}
NEITHER_UID = "imp_uid 또는 merchant_uid 중 하나는 반드시 지정해주셔야합니다."


def notices(receiver: HTTPServer, path: str = "/webhook") -> list[str]:
    return [request.json["status"] for request, _ in receiver.log if request.path == path and request.json]


class TestWhich:
    def test_the_imp_uid_wins_also_where_it_is_unknown(self, account: Driver) -> None:
        first, second = account.pay("order-1", method="paypal"), account.pay("order-2", method="paypal")
        assert account.cancel(first["imp_uid"], merchant_uid="order-2")["response"]["imp_uid"] == first["imp_uid"]
        assert account.cancel("imp_0", merchant_uid="order-2") == UNKNOWN
        assert account.look_up(second["imp_uid"])["status"] == "paid"

    def test_of_a_merchant_uid_it_is_the_paid_attempt(self, account: Driver) -> None:
        paid = account.pay(cvv="555")["imp_uid"]
        account.pay(finish="leave")
        account.advance(120)  # the review of the first attempt ends well
        answer = account.post("/payments/cancel", merchant_uid="order-1").json()
        assert (answer["code"], answer["response"]["imp_uid"]) == (0, paid)

    @pytest.mark.parametrize("uids", [{}, {"imp_uid": "", "merchant_uid": None}])
    def test_without_a_uid_there_is_nothing_to_look_for(self, account: Driver, uids: dict[str, Any]) -> None:
        answer = account.post("/payments/cancel", **uids)
        assert answer.json() == {"code": 1, "message": NEITHER_UID, "response": None}

    @pytest.mark.parametrize("uid", [["a"], {"a": 1}, True, 5])
    def test_what_is_no_text_is_nobody_s_uid(self, account: Driver, uid: Any) -> None:
        for name in ("imp_uid", "merchant_uid"):
            assert account.post("/payments/cancel", **{name: uid}).json() == UNKNOWN


class TestHowMuch:
    def test_all_further_parameters_are_taken(self, account: Driver) -> None:
        imp_uid = account.pay(method="paypal")["imp_uid"]
        more = {
            "tax_free": 0, "vat_amount": "0.5", "refund_holder": "Hong", "refund_bank": "88", "refund_account": "1",
            "refund_tel": "010", "retain_promotion": False, "extra": {"requester": "admin"},
        }  # fmt: skip
        envelope = account.cancel(imp_uid, amount=3, checksum=10.5, reason="too big", **more)
        assert (envelope["code"], envelope["response"]["cancel_amount"]) == (0, 3)
        assert [done["reason"] for done in envelope["response"]["cancel_history"]] == ["too big"]

    @pytest.mark.parametrize("name", ["amount", "checksum", "tax_free", "vat_amount"])
    @pytest.mark.parametrize("value", ["three", -3, [3], {"a": 3}, True, "1e5", "9" * 40])
    def test_what_is_no_amount_is_refused(self, account: Driver, name: str, value: Any) -> None:
        imp_uid = account.pay()["imp_uid"]
        envelope = account.cancel(imp_uid, **{name: value})
        assert (envelope["code"], envelope["response"]) == (1, None)
        assert envelope["message"] == f"{name}은(는) 0 이상의 숫자여야 합니다."
        assert account.see("/tickets")["tickets"] == []

    @pytest.mark.parametrize("nothing", [None, "", 0, "0"])
    def test_no_amount_is_all_of_it(self, account: Driver, nothing: Any) -> None:
        envelope = account.cancel(account.pay(method="paypal")["imp_uid"], amount=nothing)
        assert (envelope["response"]["status"], envelope["response"]["cancel_amount"]) == ("cancelled", 10.5)

    def test_a_checksum_of_null_is_not_looked_at(self, account: Driver) -> None:
        assert account.cancel(account.pay()["imp_uid"], checksum=None)["code"] == 0

    def test_a_checksum_counts_what_was_cancelled_and_not_what_waits(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid, amount=3)
        refused = account.cancel(imp_uid, amount=2, checksum=7.5)
        assert (refused["code"], refused["message"]) == (1, "취소 가능한 금액(checksum)이 일치하지 않습니다.")
        assert account.cancel(imp_uid, amount=2, checksum=10.5)["code"] == 0
        account.advance(2 * DAY)
        assert account.look_up(imp_uid)["cancel_amount"] == 5
        assert account.cancel(imp_uid, amount=2, checksum=10.5)["code"] == 1

    def test_a_whole_and_a_part_that_wait_together_end_with_all_of_it_back(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid, reason="all")
        account.cancel(imp_uid, amount=3, reason="three", enable_webhook=True)
        account.act("/tickets/2/complete")
        account.advance(DAY)
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_amount"]) == ("cancelled", 10.5)
        assert [(done["amount"], done["reason"]) for done in shown["cancel_history"]] == [(3, "three"), (7.5, "all")]
        assert len(account.entries("webhook")) == 2, "only the part asked for a webhook"


class TestCurrency:
    @pytest.fixture
    def settled_in_won(self, account: Driver) -> Driver:
        account.set(channels=[{**account.settings["channels"][0], "settlement_currency": "KRW"}])
        return account

    def test_settled_in_another_currency_it_is_cancelled_as_a_whole_only(self, settled_in_won: Driver) -> None:
        account, imp_uid = settled_in_won, settled_in_won.pay(currency="USD", method="paypal")["imp_uid"]
        envelope = account.cancel(imp_uid, amount=3)
        assert envelope["code"] == 1
        assert envelope["message"] == "결제통화와 정산통화가 다른 결제건은 부분취소가 불가능합니다."
        assert account.look_up(imp_uid)["cancel_amount"] == 0
        assert account.cancel(imp_uid, amount=10.5)["response"]["status"] == "cancelled"

    def test_settled_in_its_own_currency_it_may_be_cancelled_in_part(self, settled_in_won: Driver) -> None:
        imp_uid = settled_in_won.pay(currency="KRW", amount=12000, method="paypal")["imp_uid"]
        assert settled_in_won.cancel(imp_uid, amount=3000)["response"]["cancel_amount"] == 3000


class TestConsole:
    def test_its_cancellation_is_a_ticket_that_is_notified(self, account: Driver, receiver: HTTPServer) -> None:
        imp_uid = account.pay()["imp_uid"]
        asked = account.act(f"/payments/{imp_uid}/cancel", amount="3.00", reason="by phone")
        assert asked["status"] == "paid"
        account.act("/idle")
        assert notices(receiver) == ["paid"]
        account.advance(DAY)
        assert notices(receiver) == ["paid", "cancelled"]
        [done] = account.look_up(imp_uid)["cancel_history"]
        assert (done["amount"], done["reason"]) == (3, "by phone")

    def test_it_is_notified_where_the_payment_s_webhooks_go(self, account: Driver, receiver: HTTPServer) -> None:
        receiver.expect_request("/own").respond_with_data("ok")
        imp_uid = account.pay(notice_url=receiver.url_for("/own"), method="paypal")["imp_uid"]
        account.act("/idle")
        account.act(f"/payments/{imp_uid}/cancel")
        account.act("/idle")
        assert (notices(receiver, "/own"), notices(receiver)) == (["paid", "cancelled"], [])

    def test_it_is_refused_as_through_the_api(self, account: Driver) -> None:
        imp_uid = account.pay(method="paysafecard")["imp_uid"]
        answer = account.client.post(f"{account.control}/payments/{imp_uid}/cancel", json={})
        assert answer.status_code == 400
        assert "결제취소에 실패하였습니다." in answer.json()["error"]
        assert account.look_up(imp_uid)["status"] == "paid"


class TestPaymentwallItself:
    def test_a_chargeback_cancels_and_is_notified(self, account: Driver, receiver: HTTPServer) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.act("/idle")  # else the two webhooks race
        account.act(f"/payments/{imp_uid}/chargeback")
        account.act("/idle")
        shown = account.look_up(imp_uid)
        assert (shown["status"], shown["cancel_reason"]) == ("cancelled", "chargeback")
        assert notices(receiver) == ["paid", "cancelled"]
        body = receiver.log[-1][0].json
        assert body
        assert body["cancellation_id"] == shown["cancel_history"][0]["cancellation_id"]

    def test_a_pingback_that_is_repeated_gives_back_once(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid, amount=3)
        account.advance(DAY)
        partial = next(one for one in account.see("/pingbacks")["pingbacks"] if str(one["type"]) == "2")
        account.act(f"/pingbacks/{partial['id']}/resend")
        assert account.look_up(imp_uid)["cancel_amount"] == 3

    def test_two_parts_of_the_same_amount_are_two(self, account: Driver) -> None:
        imp_uid = account.pay(method="paypal")["imp_uid"]
        for _ in range(2):
            account.cancel(imp_uid, amount=3)
        assert [done["amount"] for done in account.look_up(imp_uid)["cancel_history"]] == [3, 3]
