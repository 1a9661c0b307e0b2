"""What schedules are asked for with: what is needed, what is refused, and the card that is checked."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.depth import some
from tests.emulator.billing import BUYER, CARD, DAY, DECLINED, Biller, notices, upcoming
from tests.emulator.driver import Driver

SCHEDULE = "/subscribe/payments/schedule"
NASTY: list[Any] = [True, [], ["a"], {}, {"a": {"b": [1]}}, 10**20, -1, 0.1, "x" * 300, "한국어 🍵", "1e9", "{", "\x00"]
MORE = ("notice_url", "custom_data", "card_quota", "bypass", "browser_ip", "tax_free", "customer_uid", "channel_key")


def in_a_form(biller: Biller, more: dict[str, Any]) -> Any:
    """The envelope that answers a form with one schedule, and with these fields besides."""
    fields = {f"schedules[0][{name}]": str(value) for name, value in biller.entry().items()}
    headers = {"Authorization": biller.account.token()}
    return biller.account.client.post(
        SCHEDULE, data={"customer_uid": "grace", **fields, **more}, headers=headers
    ).json()


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

    def test_the_last_moment_that_can_be_named(self, biller: Biller) -> None:
        assert biller.schedule(schedule_at=2**33)["schedule_at"] == 2**33

    def test_the_present_moment_is_not_over(self, account: Driver) -> None:
        """The account's clock stands still here, and has not gone ahead of the merchant's."""
        biller = Biller(account)
        entry = biller.entry(days=0, **BUYER)
        assert biller.ask(entry, customer_uid="ada", checking_amount=1, **CARD)["code"] == 0

    def test_a_form_writes_them_in_brackets_or_as_json(self, biller: Biller) -> None:
        at = str(biller.now() + DAY)
        ways = (
            {"schedules[0][merchant_uid]": "a", "schedules[0][schedule_at]": at, "schedules[0][amount]": "4.5",
             "schedules[0][name]": "Tea", "schedules[1][merchant_uid]": "b", "schedules[1][schedule_at]": at,
             "schedules[1][amount]": "4.5", "schedules[1][name]": "Tea"},
            {"schedules": f'[{{"merchant_uid": "c", "schedule_at": {at}, "amount": 4.5, "name": "Tea"}}]'},
            {"schedules[][merchant_uid]": "d", "schedules[][schedule_at]": at, "schedules[0][amount]": "4.5",
             "schedules[0][name]": "Tea"},
        )  # fmt: skip
        found = []
        for way in ways:
            answer = biller.account.client.post(
                SCHEDULE, data={"customer_uid": "grace", **way}, headers={"Authorization": biller.account.token()}
            )
            found += [one["merchant_uid"] for one in answer.json()["response"]]
        assert found == ["a", "b", "c", "d"]

    @pytest.mark.parametrize(
        ("more", "kept"),
        [
            ({"[custom_data][a][b]": "1"}, '{"a":{"b":"1"}}'),
            ({"[custom_data][a][b][c]": "1"}, None),
            ({"[custom_data][a]": "1", "[custom_data][a][b]": "2"}, '{"a":"1"}'),
            ({"[custom_data][]": "1"}, '["1"]'),
            ({"[custom_data][]": ["1", "2"]}, '["1","2"]'),
            ({"[custom_data][a][]": ["1", "2"]}, '{"a":["1","2"]}'),
            ({"[custom_data][0]": "1", "[custom_data][1]": "2"}, '["1","2"]'),
            ({"[custom_data][0]": "1", "[custom_data][a]": "2"}, '{"0":"1","a":"2"}'),
        ],
    )
    def test_a_form_s_objects_and_lists_are_read_as_deep_as_any_call_needs(
        self, biller: Biller, more: dict[str, Any], kept: str | None
    ) -> None:
        [made] = in_a_form(biller, {f"schedules[0]{place}": value for place, value in more.items()})["response"]
        assert made["custom_data"] == kept

    def test_a_form_s_field_that_opens_a_bracket_only_is_none(self, biller: Biller) -> None:
        assert in_a_form(biller, {"schedules[": "1"})["code"] == 0

    @pytest.mark.parametrize("place", ["", "[]", "[0]"])
    def test_a_form_names_notice_urls_in_each_of_its_ways(
        self, biller: Biller, receiver: HTTPServer, place: str
    ) -> None:
        receiver.expect_request("/own").respond_with_data("ok")
        in_a_form(biller, {f"schedules[0][notice_url]{place}": receiver.url_for("/own")})
        biller.account.advance(30 * DAY)
        assert notices(receiver, "/own") == [("month-2", "paid")]

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

    def test_a_card_is_charged_the_amount_which_goes_back(self, biller: Biller, receiver: HTTPServer) -> None:
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
        assert (check["merchant_uid"], "cancelled") not in notices(receiver)
        biller.account.advance(30 * DAY)
        assert biller.show()["payment_status"] == "paid"

    @pytest.mark.parametrize(
        "more", [{"card_quota": 3}, {"tax_free": 2}, {"vat_amount": 2}, {"vat": 2}], ids=lambda more: next(iter(more))
    )
    def test_taxes_and_instalments_are_the_schedule_s_alone(self, biller: Biller, more: dict[str, Any]) -> None:
        entry = biller.entry(amount=50_000, currency="KRW", **more, **BUYER)
        assert biller.ask(entry, customer_uid="ada", checking_amount=1, **CARD)["code"] == 0

    def test_it_is_for_the_first_one_s_buyer_who_is_the_others_too(self, biller: Biller) -> None:
        entries = [biller.entry("a", **BUYER), biller.entry("b", buyer_name="Ada Lovelace")]
        envelope = biller.ask(*entries, customer_uid="ada", checking_amount=1, **CARD)
        assert [(one["buyer_name"], one["buyer_email"]) for one in envelope["response"]] == [
            (BUYER["buyer_name"], BUYER["buyer_email"]),
            ("Ada Lovelace", BUYER["buyer_email"]),
        ]

    def test_each_check_is_a_payment_of_its_own(self, biller: Biller) -> None:
        """Whoever's schedules begin alike, and whoever asks again what was taken back."""
        for customer_uid, merchant_uid in (("ada", "x" * 39 + "1"), ("bob", "x" * 39 + "2"), ("eve", "x" * 39 + "1")):
            entry = biller.entry(merchant_uid, **BUYER)
            assert biller.ask(entry, customer_uid=customer_uid, checking_amount=1, **CARD)["code"] == 0
            biller.account.post("/subscribe/payments/unschedule", merchant_uid=merchant_uid)

    @pytest.mark.parametrize("amount", [None, 0, "0"])
    def test_without_an_amount_paymentwall_issues_none(self, biller: Biller, amount: Any) -> None:
        envelope = biller.ask(biller.entry(**BUYER), customer_uid="ada", checking_amount=amount, **CARD)
        assert envelope["code"] == 1
        assert "최초 결제 없이" in envelope["message"]
        assert biller.account.get(f"{SCHEDULE}/month-2").status_code == 404

    @pytest.mark.parametrize(
        ("charged", "message"),
        [
            ((400, DECLINED), DECLINED["error"]),
            ((200, {"object": "charge", "id": "b1", "risk": "pending"}), "등록된 고객정보가 없습니다."),
        ],
        ids=["declined", "under review"],
    )
    def test_a_card_that_is_not_charged_schedules_nothing(
        self, biller: Biller, charged: tuple[int, dict[str, Any]], message: str
    ) -> None:
        biller.have_brick_answer(*charged)
        envelope = biller.ask(biller.entry(**BUYER), customer_uid="ada", checking_amount=1, **CARD)
        assert (envelope["code"], envelope["message"]) == (-1, message)
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
