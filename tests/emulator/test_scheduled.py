"""Scheduled payments: made when the clock comes to them, told by webhook, taken back, moved, tried again, read."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.depth import some
from tests.emulator.billing import BUYER, CARD, DAY, FIRST, MINUTE, Biller
from tests.emulator.driver import Driver

SCHEDULE = "/subscribe/payments/schedule"
NOTHING = "취소할 예약결제 기록이 존재하지 않습니다."

NASTY: list[Any] = [True, [], ["a"], {}, {"a": {"b": [1]}}, 10**20, -1, 0.1, "x" * 300, "한국어 🍵", "1e9", "{", "\x00"]
MORE = ("notice_url", "custom_data", "card_quota", "bypass", "browser_ip", "tax_free", "customer_uid", "channel_key")


@pytest.fixture
def biller(account: Driver) -> Biller:
    found = Biller(account)
    found.issued()
    return found


def notices(receiver: HTTPServer, path: str = "/webhook") -> list[tuple[str, str]]:
    return [
        (request.json["merchant_uid"], request.json["status"])
        for request, _ in receiver.log
        if request.path == path and request.json
    ]


def upcoming(account: Driver) -> list[str]:
    return [one["label"] for one in account.see("/clock")["upcoming"]]


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

    def test_an_empty_list_names_all_of_a_customer_s(self, three: Biller) -> None:
        """As one published client writes it."""
        asked: dict[str, Any] = {"customer_uid": "grace", "merchant_uid": []}
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


class TestAsked:
    @pytest.mark.parametrize("name", ["merchant_uid", "schedule_at", "amount", "name"])
    def test_what_is_needed_is_asked_for(self, biller: Biller, name: str) -> None:
        entry = {**biller.entry(), name: None}
        assert biller.ask(entry)["message"] == f"파라미터 누락: {name}"

    @pytest.mark.parametrize("schedules", [None, [], "", "many", 5, [5], ["a"], "[1", {}])
    def test_schedules_are_a_list_of_objects(self, biller: Biller, schedules: Any) -> None:
        envelope = biller.account.post(SCHEDULE, customer_uid="grace", schedules=schedules).json()
        assert envelope == {"code": 1, "message": "파라미터 누락: schedules", "response": None}

    def test_all_of_them_are_taken_or_none(self, biller: Biller) -> None:
        for wrong in (
            biller.entry("b", amount=0),
            biller.entry("a"),
            biller.entry("b", days=-1),
            biller.entry("x" * 41),
        ):
            envelope = biller.ask(biller.entry("a"), wrong)
            assert (envelope["code"], envelope["response"]) == (1, None)
        assert biller.account.get(f"{SCHEDULE}/a").status_code == 404
        assert upcoming(biller.account) == []

    @pytest.mark.deeper
    @pytest.mark.parametrize(("turn", "nasty"), enumerate(NASTY), ids=lambda one: repr(one)[:20])
    def test_a_field_of_a_wrong_kind_harms_nothing(self, biller: Biller, turn: int, nasty: Any) -> None:
        """Whatever comes of it can be read, and put back after a restart."""
        for number, name in enumerate(some([*biller.entry(), *BUYER, *MORE], turn)):
            biller.ask({**biller.entry(f"m-{number}"), name: nasty})
        biller.account.advance(60 * DAY)
        period = {"schedule_from": str(biller.now() - 90 * DAY), "schedule_to": str(biller.now())}
        found = biller.account.get(SCHEDULE, **period, limit="100").json()["response"]
        assert found
        assert all(biller.show(one["merchant_uid"]) == one for one in found)
        assert all(one["payment_status"] in ("paid", "failed") for one in found)
        biller.account.act("/restore", **biller.account.see("/snapshot"))
        assert biller.account.get(SCHEDULE, **period, limit="100").json()["response"] == found

    def test_a_merchant_uid_is_scheduled_once(self, biller: Biller) -> None:
        biller.schedule()
        assert biller.ask(biller.entry())["code"] == 1
        biller.account.advance(30 * DAY)
        assert biller.ask(biller.entry())["code"] == 1

    def test_one_that_was_paid_is_refused(self, biller: Biller) -> None:
        assert biller.ask(biller.entry("first-grace"))["message"] == "이미 결제가 이루어진 거래건입니다."

    def test_the_currency_is_won_where_none_is_named(self, biller: Biller) -> None:
        assert biller.schedule(currency=None, amount=5_000)["currency"] == "KRW"

    def test_a_form_writes_them_in_brackets_or_as_json(self, biller: Biller) -> None:
        at = str(biller.now() + DAY)
        ways = (
            {"schedules[0][merchant_uid]": "a", "schedules[0][schedule_at]": at, "schedules[0][amount]": "4.5",
             "schedules[0][name]": "Tea", "schedules[1][merchant_uid]": "b", "schedules[1][schedule_at]": at,
             "schedules[1][amount]": "4.5", "schedules[1][name]": "Tea"},
            {"schedules": f'[{{"merchant_uid": "c", "schedule_at": {at}, "amount": 4.5, "name": "Tea"}}]'},
        )  # fmt: skip
        found = []
        for way in ways:
            answer = biller.account.client.post(
                SCHEDULE, data={"customer_uid": "grace", **way}, headers={"Authorization": biller.account.token()}
            )
            found += [one["merchant_uid"] for one in answer.json()["response"]]
        assert found == ["a", "b", "c"]

    @pytest.mark.parametrize(("place", "kept"), [("[a][b]", '{"a":{"b":"1"}}'), ("[a][b][c]", None)])
    def test_a_form_s_objects_are_read_as_deep_as_any_call_needs(
        self, biller: Biller, place: str, kept: str | None
    ) -> None:
        entry = biller.entry()
        fields = {f"schedules[0][{name}]": str(value) for name, value in entry.items()}
        form = {"customer_uid": "grace", **fields, f"schedules[0][custom_data]{place}": "1"}
        headers = {"Authorization": biller.account.token()}
        [made] = biller.account.client.post(SCHEDULE, data=form, headers=headers).json()["response"]
        assert made["custom_data"] == kept

    @pytest.mark.parametrize("name", ["Tea", None])
    def test_an_unknown_customer_without_a_card_is_told_so(self, biller: Biller, name: str | None) -> None:
        entry = {**biller.entry(), "name": name}
        envelope = biller.ask(entry, customer_uid="nobody")
        assert envelope == {"code": 1, "message": "등록된 고객정보가 없습니다.", "response": None}

    def test_nothing_while_api_payments_are_off(self, biller: Biller) -> None:
        biller.account.set(api_payments=False)
        assert "준비 중" in biller.ask(biller.entry())["message"]
        assert biller.account.get(f"{SCHEDULE}/month-2").status_code == 404


class TestCardChecked:
    """Who has no billing key yet gets one by a payment that goes back."""

    def test_a_card_is_charged_the_amount_which_goes_back(self, biller: Biller) -> None:
        entry = biller.entry(**BUYER)
        envelope = biller.ask(entry, customer_uid="ada", checking_amount="1.00", **CARD)
        assert envelope["code"] == 0, envelope
        assert (
            biller.account.get("/subscribe/customers/ada").json()["response"]["customer_email"] == BUYER["buyer_email"]
        )
        [check] = biller.account.get("/subscribe/customers/ada/payments").json()["response"]["list"]
        assert (check["status"], check["amount"], check["customer_uid_usage"]) == ("paid", 1, "issue")
        biller.account.advance(DAY)
        assert biller.account.look_up(check["imp_uid"])["status"] == "cancelled"
        biller.account.advance(30 * DAY)
        assert biller.show()["payment_status"] == "paid"

    @pytest.mark.parametrize("amount", [None, 0, "0"])
    def test_without_an_amount_paymentwall_issues_none(self, biller: Biller, amount: Any) -> None:
        envelope = biller.ask(biller.entry(**BUYER), customer_uid="ada", checking_amount=amount, **CARD)
        assert envelope["code"] == 1
        assert "최초 결제 없이" in envelope["message"]
        assert biller.account.get(f"{SCHEDULE}/month-2").status_code == 404

    def test_a_declined_card_schedules_nothing(self, biller: Biller) -> None:
        card = {**CARD, "card_number": "4000000000000002"}
        envelope = biller.ask(biller.entry(**BUYER), customer_uid="ada", checking_amount=1, **card)
        assert envelope["code"] == -1
        assert envelope["message"]
        assert biller.account.get(f"{SCHEDULE}/month-2").status_code == 404
        assert biller.account.get("/subscribe/customers/ada").json()["response"] is None

    def test_nothing_is_charged_where_the_schedules_do_not_fit(self, biller: Biller) -> None:
        before = len(biller.account.see("/charges")["charges"])
        entry = biller.entry(**{**BUYER, "amount": 0})
        assert biller.ask(entry, customer_uid="ada", checking_amount=1, **CARD)["code"] == 1
        assert len(biller.account.see("/charges")["charges"]) == before

    def test_the_code_is_asked_for(self, biller: Biller) -> None:
        card = {**CARD, "cvc": None}
        envelope = biller.ask(biller.entry(**BUYER), customer_uid="ada", checking_amount=1, **card)
        assert envelope["message"] == "파라미터 누락: cvc"


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

    @pytest.mark.parametrize(("state", "uids"), [("executed", ["m-00"]), ("revoked", ["m-01"])])
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
