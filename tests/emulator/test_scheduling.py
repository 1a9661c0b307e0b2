"""What schedules are asked for with: what is needed, what is refused, and the card that is checked."""

from typing import Any

import pytest

from tests.depth import some
from tests.emulator.billing import BUYER, CARD, DAY, Biller, upcoming

SCHEDULE = "/subscribe/payments/schedule"
NASTY: list[Any] = [True, [], ["a"], {}, {"a": {"b": [1]}}, 10**20, -1, 0.1, "x" * 300, "한국어 🍵", "1e9", "{", "\x00"]
MORE = ("notice_url", "custom_data", "card_quota", "bypass", "browser_ip", "tax_free", "customer_uid", "channel_key")


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
