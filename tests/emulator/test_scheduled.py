"""Scheduled payments: made when the clock comes to them, told by webhook, and read."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.emulator.billing import BUYER, CARD, DAY, FIRST, Biller, notices

SCHEDULE = "/subscribe/payments/schedule"


class TestMade:
    def test_when_the_clock_comes_to_it_and_a_webhook_tells(self, biller: Biller, receiver: HTTPServer) -> None:
        made = biller.schedule()
        expected = {
            "customer_uid": "grace", "merchant_uid": "month-2", "imp_uid": None, "amount": 4.5, "currency": "USD",
            "name": "Next month", "schedule_status": "scheduled", "payment_status": None, "fail_reason": None,
            "executed_at": 0, "revoked_at": 0, "pg_provider": None, "pg_id": None, **BUYER,
        }  # fmt: skip
        assert {name: made[name] for name in expected} == expected
        biller.account.advance(30 * DAY - 1)
        assert biller.show()["schedule_status"] == "scheduled"
        biller.account.advance(1)
        shown = biller.show()
        assert (shown["schedule_status"], shown["payment_status"]) == ("executed", "paid")
        assert shown["executed_at"] == made["schedule_at"]
        paid = biller.account.look_up(shown["imp_uid"])
        expected = {
            "merchant_uid": "month-2", "status": "paid", "channel": "api", "customer_uid": "grace", "amount": 4.5,
            "customer_uid_usage": "payment.scheduled", "paid_at": made["schedule_at"],
            "card_number": "424242******4242", **BUYER,
        }  # fmt: skip
        assert {name: paid[name] for name in expected} == expected
        assert notices(receiver) == [("first-grace", "paid"), ("month-2", "paid")]
        assert (shown["pg_provider"], shown["pg_id"]) == (paid["pg_provider"], paid["pg_id"])

    def test_several_each_at_its_time(self, biller: Biller, receiver: HTTPServer) -> None:
        envelope = biller.ask(*(biller.entry(f"month-{number}", 30 * number) for number in (3, 2)))
        assert [one["merchant_uid"] for one in envelope["response"]] == ["month-3", "month-2"]
        biller.account.advance(100 * DAY)
        assert notices(receiver)[1:] == [("month-2", "paid"), ("month-3", "paid")]

    def test_its_own_fields_go_before_the_customer_s(self, biller: Biller, receiver: HTTPServer) -> None:
        receiver.expect_request("/own").respond_with_data("ok")
        biller.schedule(
            buyer_name="Ada Lovelace", custom_data={"gift": 1}, notice_url=receiver.url_for("/own"), card_quota=3
        )
        biller.account.advance(30 * DAY)
        paid = biller.account.look_up(biller.show()["imp_uid"])
        assert (paid["buyer_name"], paid["custom_data"], paid["card_quota"]) == ("Ada Lovelace", '{"gift":1}', 3)
        assert paid["buyer_email"] == "grace@example.com"
        assert notices(receiver, "/own") == [("month-2", "paid")]
        assert notices(receiver) == [("first-grace", "paid")]

    def test_a_refund_of_it_shows(self, biller: Biller) -> None:
        biller.schedule()
        biller.account.advance(30 * DAY)
        biller.account.cancel(biller.show()["imp_uid"])
        biller.account.advance(DAY)
        assert (biller.show()["schedule_status"], biller.show()["payment_status"]) == ("executed", "cancelled")

    def test_what_is_over_on_the_account_s_clock_alone_is_made_at_once(self, biller: Biller) -> None:
        biller.account.advance(10 * DAY)  # the merchant's own clock did not jump
        biller.schedule(days=-9)
        biller.account.act("/idle")
        assert biller.show()["payment_status"] == "paid"

    def test_it_survives_a_restart(self, biller: Biller) -> None:
        biller.schedule()
        taken = biller.account.see("/snapshot")
        biller.account.act("/reset")
        assert biller.account.get(f"{SCHEDULE}/month-2").status_code == 404
        biller.account.advance(60 * DAY)
        assert biller.account.see("/payments")["payments"] == []
        biller.account.act("/restore", **taken)
        assert biller.show()["schedule_status"] == "scheduled"
        biller.account.advance(30 * DAY)
        assert biller.show()["payment_status"] == "paid"

    def test_what_is_due_is_kept_under_names_that_a_later_version_knows(self, biller: Biller) -> None:
        made = biller.schedule()
        [due] = biller.account.see("/snapshot")["due"]
        assert due["kept"] == {"kind": "schedule", "merchant_uid": "month-2", "schedule_at": made["schedule_at"]}

    def test_what_was_taken_back_after_a_restart_is_not_made(self, biller: Biller) -> None:
        biller.schedule()
        biller.account.act("/restore", **biller.account.see("/snapshot"))
        biller.account.post("/subscribe/payments/unschedule", customer_uid="grace")
        biller.account.advance(60 * DAY)
        assert biller.show()["schedule_status"] == "revoked"
        assert [one["merchant_uid"] for one in biller.account.see("/payments")["payments"]] == ["first-grace"]


class TestFailed:
    def test_a_declined_card_is_told_by_webhook(self, biller: Biller, receiver: HTTPServer) -> None:
        biller.schedule()
        biller.decline()
        biller.account.advance(30 * DAY)
        shown = biller.show()
        assert (shown["schedule_status"], shown["payment_status"]) == ("executed", "failed")
        assert shown["fail_reason"] == "Insufficient balance"
        failed = biller.account.look_up(shown["imp_uid"])
        assert (failed["status"], failed["fail_reason"]) == ("failed", "Insufficient balance")
        assert notices(receiver)[1:] == [("month-2", "failed")]

    def test_without_its_billing_key_it_fails(self, biller: Biller, receiver: HTTPServer) -> None:
        biller.schedule()
        biller.account.post("/subscribe/customers/grace", method="DELETE")
        biller.account.advance(30 * DAY)
        assert biller.show()["fail_reason"] == "등록되지 않은 구매자입니다."
        assert notices(receiver)[1:] == [("month-2", "failed")]
        assert biller.account.post(f"{SCHEDULE}/month-2/retry").status_code == 404

    def test_with_another_e_mail_address_than_the_billing_key_s_it_fails(self, biller: Biller) -> None:
        biller.schedule(buyer_email="other@example.com")
        biller.account.advance(30 * DAY)
        assert "이메일" in biller.show()["fail_reason"]

    def test_where_it_was_paid_otherwise_meanwhile_it_fails(self, biller: Biller) -> None:
        biller.schedule()
        biller.account.pay("month-2")
        biller.account.advance(30 * DAY)
        assert (biller.show()["payment_status"], biller.show()["fail_reason"]) == (
            "failed", "이미 결제가 이루어진 거래건입니다.",
        )  # fmt: skip
        assert len(biller.account.see("/charges")["charges"]) == 2

    def test_where_its_channel_is_gone_it_fails(self, biller: Biller) -> None:
        biller.schedule()
        biller.account.set(channels=[])
        biller.account.advance(30 * DAY)
        assert biller.show()["payment_status"] == "failed"

    def test_where_api_payments_were_switched_off_it_fails(self, biller: Biller) -> None:
        biller.schedule()
        biller.account.set(api_payments=False)
        biller.account.advance(30 * DAY)
        assert "준비 중" in biller.show()["fail_reason"]

    def test_under_review_it_has_no_result_until_that_ends(self, biller: Biller, receiver: HTTPServer) -> None:
        biller.schedule()
        biller.have_brick_answer(200, {"object": "charge", "id": "b1", "risk": "pending"})
        biller.account.advance(30 * DAY)
        shown = biller.show()
        assert (shown["schedule_status"], shown["payment_status"]) == ("executed", None)
        assert biller.account.look_up(shown["imp_uid"])["status"] == "ready"
        assert notices(receiver)[1:] == []
        assert biller.account.post(f"{SCHEDULE}/month-2/retry").status_code == 400


class TestRead:
    @pytest.fixture
    def many(self, biller: Biller) -> Biller:
        entries = [biller.entry(f"m-{number:02}", 1 + number) for number in range(25)]
        assert biller.ask(*entries)["code"] == 0
        biller.account.post("/subscribe/payments/unschedule", merchant_uid="m-01")
        biller.account.advance(DAY)
        return biller

    def period(self, biller: Biller, days: float = 40) -> dict[str, str]:
        return {"from": str(biller.now() - DAY), "to": str(biller.now() + int(days * DAY))}

    def asked(self, biller: Biller, **more: str) -> Any:
        period = {f"schedule_{name}": value for name, value in self.period(biller).items()}
        return biller.account.get(SCHEDULE, **{**period, **more}).json()["response"]

    def test_those_of_a_period_the_latest_first_in_pages(self, many: Biller) -> None:
        uids = [one["merchant_uid"] for one in self.asked(many)]
        assert uids == [f"m-{number:02}" for number in range(24, 4, -1)]
        assert [one["merchant_uid"] for one in self.asked(many, page="2")] == [f"m-{n:02}" for n in range(4, -1, -1)]
        earliest = [one["merchant_uid"] for one in self.asked(many, sorting="scheduled", limit="3")]
        assert earliest == ["m-00", "m-01", "m-02"]
        assert [one["merchant_uid"] for one in self.asked(many, sorting="-scheduled")] == uids

    @pytest.mark.parametrize(
        ("state", "uids"),
        [("executed", ["m-00"]), ("revoked", ["m-01"]), ("scheduled", [f"m-{n:02}" for n in range(24, 4, -1)])],
    )
    def test_those_in_a_state(self, many: Biller, state: str, uids: list[str]) -> None:
        assert [one["merchant_uid"] for one in self.asked(many, schedule_status=state)] == uids
        for place in ("/subscribe/customers/grace/schedules", f"{SCHEDULE}/customers/grace"):
            answer = many.account.get(place, **self.period(many), **{"schedule-status": state})
            assert [one["merchant_uid"] for one in answer.json()["response"]] == uids

    def test_the_beginning_of_a_period_is_in_it_and_its_end_is_not(self, many: Biller) -> None:
        at = many.show("m-05")["schedule_at"]
        period = {"schedule_from": str(at), "schedule_to": str(many.show("m-07")["schedule_at"])}
        found = many.account.get(SCHEDULE, **period).json()["response"]
        assert [one["merchant_uid"] for one in found] == ["m-06", "m-05"]
        none = many.account.get(SCHEDULE, schedule_from=str(at), schedule_to=str(at))
        assert (none.status_code, none.json()["response"]) == (200, [])

    @pytest.mark.parametrize(
        ("given", "missing"), [((), "from"), (("from",), "to"), (("to",), "from"),
                               (("schedule_from",), "schedule_to"), (("schedule_to",), "schedule_from")],
    )  # fmt: skip
    def test_either_end_of_a_customer_s_period_tells_how_it_is_named(
        self, biller: Biller, given: tuple[str, ...], missing: str
    ) -> None:
        place = "/subscribe/customers/grace/schedules"
        answer = biller.account.get(place, **{name: str(biller.now()) for name in given})
        assert (answer.status_code, answer.json()["message"]) == (400, f"파라미터 누락: {missing}")

    @pytest.mark.parametrize("place", ["/subscribe/customers/{}/schedules", f"{SCHEDULE}/customers/{{}}"])
    def test_those_of_a_customer_by_either_address_and_either_name(self, many: Biller, place: str) -> None:
        period = self.period(many)
        named = {f"schedule_{name}": value for name, value in period.items()}
        many.issued("ada")
        assert many.ask(many.entry("other"), customer_uid="ada")["code"] == 0
        for query in (period, named):
            found = many.account.get(place.format("grace"), **query).json()["response"]
            assert [one["merchant_uid"] for one in found] == [f"m-{number:02}" for number in range(24, 4, -1)]
        second = many.account.get(place.format("grace"), **period, page="2").json()["response"]
        assert len(second) == 5
        unknown = many.account.get(place.format("nobody"), **period)
        assert (unknown.status_code, unknown.json()["response"]) == (200, [])

    @pytest.mark.parametrize(
        "wrong",
        [
            {"from": ""}, {"to": ""}, {"from": "yesterday"}, {"to": "0"}, {"status": "lost"}, {"page": "9"},
            {"from": "0"},
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("place", [SCHEDULE, "/subscribe/customers/grace/schedules"])
    def test_what_does_not_fit_is_refused(self, many: Biller, place: str, wrong: dict[str, str]) -> None:
        names = {"from": "schedule_from", "to": "schedule_to", "status": "schedule_status"} if place == SCHEDULE else {}
        query = {**self.period(many), **wrong}
        if "status" in query and not names:
            names = {"status": "schedule-status"}
        answer = many.account.get(place, **{names.get(name, name): value for name, value in query.items()})
        assert (answer.status_code, answer.json()["response"]) == (400, None)

    def test_with_pages_where_the_account_answers_so(self, many: Biller) -> None:
        many.account.set(schedule_lists="paged")
        found = self.asked(many)
        assert (found["total"], found["previous"], found["next"], len(found["list"])) == (25, 0, 2, 20)
        found = many.account.get("/subscribe/customers/grace/schedules", **self.period(many)).json()["response"]
        assert (found["total"], found["list"][0]["merchant_uid"]) == (25, "m-24")

    def test_a_wrong_sorting_and_limit_are_refused(self, many: Biller) -> None:
        period = {f"schedule_{name}": value for name, value in self.period(many).items()}
        assert many.account.get(SCHEDULE, **period, sorting="started").status_code == 400
        assert many.account.get(SCHEDULE, **period, limit="1001").status_code == 400


def test_calls_about_schedules_are_journalled_without_the_card(biller: Biller) -> None:
    biller.ask(biller.entry(**BUYER), customer_uid="ada", checking_amount=1, **CARD)
    biller.show()
    kinds = [(one["kind"], one["merchant_uid"]) for one in biller.account.entries("schedule")]
    assert ("schedule", "month-2") in kinds
    biller.account.get("/subscribe/customers/ada")
    assert biller.account.entries("customers")
    written = biller.account.client.get(biller.account.control + "/journal").text
    assert not any(secret in written for secret in ("4242-4242", "4242424242424242", FIRST["expiry"]))
