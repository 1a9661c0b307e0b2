"""Scheduled payments that are tried again, moved to another time, or taken back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from emulator.server import Emulator
from tests.emulator.billing import DAY, MINUTE, Biller, notices, upcoming

SCHEDULE = "/subscribe/payments/schedule"
NOTHING = "취소할 예약결제 기록이 존재하지 않습니다."


class TestTriedAgain:
    def test_now_by_the_same_merchant_uid_and_another_imp_uid(self, biller: Biller, receiver: HTTPServer) -> None:
        biller.schedule()
        biller.decline(times=1)
        biller.account.advance(30 * DAY)
        failed = biller.show()["imp_uid"]
        biller.account.advance(MINUTE)
        answer = biller.account.post(f"{SCHEDULE}/month-2/retry")
        paid = answer.json()["response"]
        assert (answer.status_code, paid["status"], paid["merchant_uid"]) == (200, "paid", "month-2")
        assert paid["imp_uid"] != failed
        assert (biller.show()["imp_uid"], biller.show()["payment_status"]) == (paid["imp_uid"], "paid")
        biller.account.act("/idle")
        assert notices(receiver)[1:] == [("month-2", "failed"), ("month-2", "paid")]
        assert biller.account.post(f"{SCHEDULE}/month-2/retry").status_code == 400

    def test_a_failure_again_is_an_answer_and_a_webhook(self, biller: Biller, receiver: HTTPServer) -> None:
        biller.schedule()
        biller.decline()
        biller.account.advance(30 * DAY)
        answer = biller.account.post(f"{SCHEDULE}/month-2/retry")
        assert (answer.status_code, answer.json()["code"], answer.json()["response"]["status"]) == (200, 0, "failed")
        biller.account.act("/idle")
        assert notices(receiver)[1:] == [("month-2", "failed"), ("month-2", "failed")]

    def test_at_another_time(self, biller: Biller) -> None:
        biller.schedule()
        biller.decline(times=1)
        biller.account.advance(30 * DAY)
        at = biller.now() + DAY
        moved = biller.account.post(f"{SCHEDULE}/month-2/reschedule", schedule_at=at).json()["response"]
        expected = {"schedule_status": "scheduled", "schedule_at": at, "imp_uid": None, "payment_status": None}
        assert {name: moved[name] for name in expected} == expected
        biller.account.advance(DAY)
        assert biller.show()["payment_status"] == "paid"

    def test_a_reset_meanwhile_leaves_nothing_to_answer_with(self, biller: Biller, emulator: Emulator) -> None:
        biller.schedule()
        biller.account.post("/subscribe/payments/unschedule", customer_uid="grace")
        with emulator.control(biller.account.settings["imp_code"]) as control, ThreadPoolExecutor(1) as merchant:
            fault = control.break_call("hold", path="/api/brick/charge", carried_out=True)
            asked = merchant.submit(biller.account.post, f"{SCHEDULE}/month-2/retry")
            assert control.waits_in(fault)
            control.reset()
            answer = asked.result(timeout=5)
        gone = {"code": -1, "message": "존재하지 않는 결제예약입니다.", "response": None}
        assert (answer.status_code, answer.json()) == (404, gone)

    @pytest.mark.parametrize("verb", ["reschedule", "retry"])
    def test_what_was_taken_back(self, biller: Biller, verb: str) -> None:
        biller.schedule()
        biller.account.post("/subscribe/payments/unschedule", customer_uid="grace")
        answer = biller.account.post(f"{SCHEDULE}/month-2/{verb}", schedule_at=biller.now() + DAY)
        assert answer.status_code == 200
        biller.account.advance(DAY)
        assert (biller.show()["payment_status"], biller.show()["revoked_at"]) == ("paid", 0)

    @pytest.mark.parametrize("verb", ["reschedule", "retry"])
    def test_neither_what_waits_nor_what_is_paid(self, biller: Biller, verb: str) -> None:
        biller.schedule()
        later: dict[str, Any] = {"schedule_at": biller.now() + 90 * DAY}
        assert biller.account.post(f"{SCHEDULE}/month-2/{verb}", **later).status_code == 400
        biller.account.advance(30 * DAY)
        assert biller.account.post(f"{SCHEDULE}/month-2/{verb}", **later).status_code == 400
        assert len(biller.account.see("/charges")["charges"]) == 2

    @pytest.mark.parametrize("verb", ["reschedule", "retry"])
    def test_nothing_while_api_payments_are_off(self, biller: Biller, verb: str) -> None:
        biller.schedule()
        biller.account.post("/subscribe/payments/unschedule", customer_uid="grace")
        biller.account.set(api_payments=False)
        told = biller.account.post(f"{SCHEDULE}/month-2/{verb}", schedule_at=biller.now() + DAY).json()
        assert (told["code"], told["response"]) == (1, None)
        assert "준비 중" in told["message"]


class TestMoved:
    def test_to_another_time(self, biller: Biller) -> None:
        biller.schedule()
        at = biller.now() + 2 * DAY
        moved = biller.account.post(f"{SCHEDULE}/month-2", method="PUT", schedule_at=str(at)).json()["response"]
        assert (moved["schedule_at"], moved["schedule_status"]) == (at, "scheduled")
        assert upcoming(biller.account) == ["scheduled payment month-2"]
        biller.account.advance(2 * DAY)
        assert biller.show()["payment_status"] == "paid"
        biller.account.advance(60 * DAY)
        assert len(biller.account.see("/charges")["charges"]) == 2

    @pytest.mark.parametrize("at", [None, 0, "soon", 12.5, -1, 2**40])
    @pytest.mark.parametrize("method", ["PUT", "POST"])
    def test_not_to_a_time_that_is_none_or_over(self, biller: Biller, at: Any, method: str) -> None:
        biller.schedule()
        place = f"{SCHEDULE}/month-2"
        if method == "POST":
            biller.account.post("/subscribe/payments/unschedule", customer_uid="grace")
            place += "/reschedule"
        answer = biller.account.post(place, method=method, schedule_at=at)
        assert (answer.status_code, answer.json()["response"]) == (400, None)

    def test_not_after_it_was_made(self, biller: Biller) -> None:
        biller.schedule()
        biller.account.advance(30 * DAY)
        answer = biller.account.post(f"{SCHEDULE}/month-2", method="PUT", schedule_at=biller.now() + DAY)
        assert (answer.status_code, answer.json()["response"]) == (400, None)

    @pytest.mark.parametrize("asked", ["GET", "PUT", "POST /retry", "POST /reschedule"])
    def test_an_unknown_one_is_not_found(self, biller: Biller, asked: str) -> None:
        method, _, verb = asked.partition(" ")
        answer = biller.account.post(f"{SCHEDULE}/nobody{verb}", method=method, schedule_at=biller.now() + DAY)
        assert (answer.status_code, answer.json()["response"]) == (404, None)


class TestTakenBack:
    @pytest.fixture
    def three(self, biller: Biller) -> Biller:
        biller.issued("ada")
        assert biller.ask(biller.entry("a"), biller.entry("b"))["code"] == 0
        assert biller.ask(biller.entry("c"), customer_uid="ada")["code"] == 0
        return biller

    @pytest.mark.parametrize(
        ("asked", "gone"),
        [
            ({"customer_uid": "grace"}, ["a", "b"]),
            ({"customer_uid": "grace", "merchant_uid": "b"}, ["b"]),
            ({"customer_uid": "grace", "merchant_uid": ["b", "c", "nobody"]}, ["b"]),
            ({"merchant_uid": ["a", "c"]}, ["a", "c"]),
            ({"merchant_uid": "c"}, ["c"]),
        ],
    )
    def test_those_of_a_customer_or_of_these_merchant_uids(
        self, three: Biller, asked: dict[str, Any], gone: list[str]
    ) -> None:
        answer = three.account.post("/subscribe/payments/unschedule", **asked).json()
        assert [(one["merchant_uid"], one["schedule_status"]) for one in answer["response"]] == [
            (merchant_uid, "revoked") for merchant_uid in gone
        ]
        assert all(one["revoked_at"] and one["imp_uid"] is None for one in answer["response"])
        three.account.advance(30 * DAY)
        assert [uid for uid in "abc" if three.show(uid)["schedule_status"] == "revoked"] == gone
        assert all(three.show(uid)["payment_status"] == "paid" for uid in "abc" if uid not in gone)

    def test_a_form_names_several(self, three: Biller) -> None:
        answer = three.account.client.post(
            "/subscribe/payments/unschedule", data={"merchant_uid[]": ["a", "b"]},
            headers={"Authorization": three.account.token()},
        )  # fmt: skip
        assert [one["merchant_uid"] for one in answer.json()["response"]] == ["a", "b"]

    @pytest.mark.parametrize("asked", [{"customer_uid": "nobody"}, {"customer_uid": "grace", "merchant_uid": "c"}])
    def test_where_there_is_nothing_it_is_said(self, three: Biller, asked: dict[str, str]) -> None:
        answer = three.account.post("/subscribe/payments/unschedule", **asked)
        assert (answer.status_code, answer.json()) == (200, {"code": 1, "message": NOTHING, "response": None})

    @pytest.mark.parametrize("nobody", [[True], [{}], {"a": "a"}, True, ["", None]])
    def test_what_is_no_merchant_uid_takes_nothing_back(self, three: Biller, nobody: Any) -> None:
        asked = {"customer_uid": "grace", "merchant_uid": nobody}
        assert three.account.post("/subscribe/payments/unschedule", **asked).json()["message"] == NOTHING
        assert three.show("a")["schedule_status"] == "scheduled"

    @pytest.mark.parametrize("nothing", [[], "", None])
    def test_an_empty_list_names_all_of_a_customer_s(self, three: Biller, nothing: Any) -> None:
        """As one published client writes it; an empty text likewise."""
        asked: dict[str, Any] = {"customer_uid": "grace", "merchant_uid": nothing}
        answer = three.account.post("/subscribe/payments/unschedule", **asked).json()
        assert [one["merchant_uid"] for one in answer["response"]] == ["a", "b"]

    def test_what_was_made_is_not_taken_back(self, three: Biller) -> None:
        three.account.advance(30 * DAY)
        assert three.account.post("/subscribe/payments/unschedule", customer_uid="grace").json()["message"] == NOTHING

    def test_without_a_word_of_whose_it_is_refused(self, three: Biller) -> None:
        assert three.account.post("/subscribe/payments/unschedule").json()["code"] == 1
        assert three.show("a")["schedule_status"] == "scheduled"

    def test_its_merchant_uid_may_be_scheduled_again(self, three: Biller) -> None:
        three.account.post("/subscribe/payments/unschedule", merchant_uid="a")
        assert three.schedule("a", 40)["schedule_status"] == "scheduled"
        three.account.advance(39 * DAY)
        assert three.show("a")["imp_uid"] is None
        three.account.advance(DAY)
        assert three.show("a")["payment_status"] == "paid"
