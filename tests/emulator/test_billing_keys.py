"""Billing keys: issued with a first payment, read, listed, their payments, deleted."""

from typing import Any

import httpx
import pytest

from tests.emulator.billing import CUSTOMER, FIRST, Biller
from tests.emulator.driver import Driver

NOT_KNOWN = "요청하신 customer_uid({})로 등록된 정보를 찾을 수 없습니다."
UNKNOWN = {"code": -1, "message": "등록되지 않은 구매자입니다.", "response": None}


@pytest.fixture
def biller(account: Driver) -> Biller:
    return Biller(account)


def read(account: Driver, customer_uid: str = CUSTOMER) -> Any:
    return account.get(f"/subscribe/customers/{customer_uid}").raise_for_status().json()["response"]


def deleted(account: Driver, customer_uid: str) -> httpx.Response:
    return account.post(f"/subscribe/customers/{customer_uid}", method="DELETE")


def listed(account: Driver, *customer_uids: str) -> tuple[int, Any]:
    answer = account.client.get(
        "/subscribe/customers", params={"customer_uid[]": customer_uids}, headers={"Authorization": account.token()}
    )
    return answer.status_code, answer.json()


class TestIssued:
    def test_with_a_first_payment_and_its_buyer_as_the_customer(self, biller: Biller) -> None:
        paid = biller.issued()
        key = read(biller.account)
        channel = biller.account.settings["channels"][0]
        expected = {
            "customer_uid": "grace", "pg_provider": "paymentwall", "pg_id": channel["pg_id"], "sandbox": True,
            "card_name": "VISA", "card_number": "424242******4242", "customer_name": "Grace Hopper",
            "customer_email": "grace@example.com", "customer_tel": "010-1234-5678", "customer_addr": "Arlington",
            "customer_postcode": "22201", "inserted": paid["paid_at"], "updated": paid["paid_at"],
        }  # fmt: skip
        assert {name: key[name] for name in expected} == expected

    def test_in_the_payment_window_of_whose_card_nothing_is_known(self, account: Driver) -> None:
        params = {
            "pg": "paymentwall", "merchant_uid": "order-1", "name": "Mug", "amount": 10.5, "currency": "USD",
            "buyer_name": "Grace Hopper", "buyer_email": "grace@example.com", "customer_uid": "grace",
        }  # fmt: skip
        opened = account.client.post(
            "/sdk/request_pay", json={"imp_code": account.settings["imp_code"], "params": params}
        )
        address = opened.json()["widget_url"].replace("/api/subscription/?", "/api/subscription/charge?")
        card = {"number": "4242424242424242", "expiry": "12/39", "cvv": "123", "holder": "Grace Hopper"}
        account.client.post(address, json={"method": "cc", "country": "KR", "card": card}).raise_for_status()
        key = read(account)
        assert (key["customer_email"], key["card_name"], key["card_number"]) == ("grace@example.com", "", None)

    def test_again_it_is_the_newest_payment_s(self, biller: Biller) -> None:
        first = biller.issued()
        biller.issued(merchant_uid="second", buyer_email="new@example.com", buyer_tel=None)
        key = read(biller.account)
        assert (key["customer_email"], key["customer_tel"]) == ("new@example.com", None)
        assert key["inserted"] == first["paid_at"] < key["updated"]

    def test_never_alone_as_paymentwall_has_none_without_a_payment(self, biller: Biller) -> None:
        answer = biller.account.post("/subscribe/customers/ada", card_number="4242424242424242", expiry="2039-12")
        assert (answer.status_code, answer.json()["code"], answer.json()["response"]) == (200, 1, None)
        assert "최초 결제 없이" in answer.json()["message"]
        assert biller.account.get("/subscribe/customers/ada").json()["response"] is None
        asked = biller.account.post("/subscribe/customers/ada", expiry="2039-12").json()
        assert asked["message"] == "파라미터 누락: card_number"

    def test_nor_while_api_payments_are_off(self, account: Driver) -> None:
        answer = account.post("/subscribe/customers/ada", card_number="4242424242424242", expiry="2039-12")
        assert "준비 중" in answer.json()["message"]


class TestRead:
    def test_an_unknown_one_is_not_found(self, account: Driver) -> None:
        expected = {"code": 1, "message": NOT_KNOWN.format("nobody"), "response": None}
        for answer in (account.get("/subscribe/customers/nobody"), deleted(account, "nobody")):
            assert (answer.status_code, answer.json()) == (200, expected)

    def test_several_at_once_by_the_order_of_asking(self, biller: Biller) -> None:
        biller.issued("ada")
        biller.issued("grace")
        status, envelope = listed(biller.account, "grace", "ada")
        assert (status, [key["customer_uid"] for key in envelope["response"]]) == (200, ["grace", "ada"])

    def test_some_of_several_are_207_and_none_is_404(self, biller: Biller) -> None:
        biller.issued()
        status, envelope = listed(biller.account, "nobody", "grace")
        assert (status, [key["customer_uid"] for key in envelope["response"]]) == (207, ["grace"])
        assert listed(biller.account, "nobody", "noone") == (404, UNKNOWN)

    def test_one_named_twice_is_one(self, biller: Biller) -> None:
        biller.issued()
        status, envelope = listed(biller.account, "grace", "grace")
        assert (status, len(envelope["response"])) == (200, 1)

    def test_none_and_too_many_are_refused(self, biller: Biller) -> None:
        status, envelope = listed(biller.account)
        assert (status, envelope["code"], envelope["message"]) == (400, 1, "파라미터 누락: customer_uid[]")
        biller.issued()
        hundred = ["grace", *(f"c-{number}" for number in range(99))]
        assert listed(biller.account, *hundred)[0] == 207
        assert listed(biller.account, *hundred, "c-100")[0] == 400


class TestPayments:
    def test_all_that_were_made_with_it_in_pages_the_newest_first(self, biller: Biller) -> None:
        biller.issued()
        for number in range(21):
            asked: dict[str, Any] = {
                "customer_uid": "grace",
                "merchant_uid": f"again-{number}",
                "amount": 4,
                "name": "Tea",
            }
            answer = biller.account.post("/subscribe/payments/again", **asked, buyer_email="grace@example.com")
            assert answer.json()["response"]["status"] == "paid"
        biller.account.pay("another")
        place = "/subscribe/customers/grace/payments"
        first = biller.account.get(place).json()["response"]
        assert (first["total"], first["previous"], first["next"]) == (22, 0, 2)
        assert [one["merchant_uid"] for one in first["list"]] == [f"again-{number}" for number in range(20, 0, -1)]
        last = biller.account.get(place, page="2").json()["response"]
        assert [one["merchant_uid"] for one in last["list"]] == ["again-0", "first-grace"]
        assert (last["previous"], last["next"]) == (1, 0)
        assert biller.account.get(place, page="3").status_code == 400

    def test_of_an_unknown_one_are_not_found(self, account: Driver) -> None:
        answer = account.get("/subscribe/customers/nobody/payments")
        assert (answer.status_code, answer.json()) == (404, UNKNOWN)


class TestDeleted:
    def test_it_is_shown_once_more_and_charges_nothing(self, biller: Biller) -> None:
        paid, key = biller.issued(), read(biller.account)
        gone = deleted(biller.account, "grace?reason=moved")
        assert (gone.status_code, gone.json()["response"]) == (200, key)
        assert biller.account.get("/subscribe/customers/grace").json()["message"] == NOT_KNOWN.format("grace")
        assert deleted(biller.account, "grace").json()["code"] == 1
        again: dict[str, Any] = {"customer_uid": "grace", "merchant_uid": "again", "amount": 4, "name": "Tea"}
        assert biller.account.post("/subscribe/payments/again", **again).json()["message"] == UNKNOWN["message"]
        found = biller.account.get("/subscribe/customers/grace/payments").json()["response"]["list"]
        assert [one["imp_uid"] for one in found] == [paid["imp_uid"]]


class TestAsked:
    """What `onetime` and `again` take besides."""

    @pytest.mark.parametrize("name", ["notice_url", "notice_url[]", "notice_url[0]"])
    def test_a_form_names_notice_urls_in_each_of_its_ways(self, biller: Biller, name: str) -> None:
        addresses = (
            ["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"] if name == "notice_url[]" else ["http://127.0.0.1:9/a"]
        )
        fields = {key: str(value) for key, value in FIRST.items()}
        answer = biller.account.client.post(
            "/subscribe/payments/onetime", data={**fields, name: addresses},
            headers={"Authorization": biller.account.token()},
        )  # fmt: skip
        assert answer.json()["response"]["status"] == "paid"
        assert [one["url"] for one in biller.account.see("/webhooks")["webhooks"]] == addresses

    def test_a_channel_key_names_the_channel_whatever_pg_says(self, biller: Biller) -> None:
        usual = biller.account.settings["channels"][0]
        second = {**usual, "channel_key": "channel-key-2", "channel_name": "Second"}
        live = {**usual, "channel_key": "channel-key-live", "sandbox": False}
        biller.account.set(channels=[usual, second, live])
        assert biller.issued("a", channel_key="channel-key-live", pg="paymentwall")["sandbox"] is False
        refused = biller.account.post("/subscribe/payments/onetime", **{**FIRST, "channel_key": "nobody's"}).json()
        assert (refused["code"], refused["response"]) == (1, None)
        again: dict[str, Any] = {
            "customer_uid": "a",
            "merchant_uid": "b",
            "amount": 4,
            "name": "Tea",
            "buyer_email": "grace@example.com",
        }
        told = biller.account.post("/subscribe/payments/again", **again, channel_key="channel-key-2").json()
        assert (told["code"], told["message"]) == (1, refused["message"])
        told = biller.account.post("/subscribe/payments/again", **again, channel_key="channel-key-live").json()
        assert told["response"]["status"] == "paid"

    @pytest.mark.parametrize("given", [0, "0", None, "", 2, "12", 99])
    def test_instalments_are_kept(self, biller: Biller, given: Any) -> None:
        asked = {**FIRST, "card_quota": given, "amount": 50_000, "currency": "KRW"}
        paid = biller.account.post("/subscribe/payments/onetime", **asked).json()["response"]
        assert paid["card_quota"] == int(given or 0)
        assert biller.account.look_up(paid["imp_uid"])["card_quota"] == int(given or 0)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"card_quota": 1},
            {"card_quota": 2.5},
            {"card_quota": "many"},
            {"card_quota": 100},
            {"card_quota": 3, "amount": 49_999, "currency": "KRW"},
            {"tax_free": 11},
            {"vat_amount": "much"},
            {"vat": -1},
            {"bypass": "no JSON"},
            {"bypass": "[1]"},
            {"bypass": [1]},
        ],
    )
    def test_what_does_not_fit_is_refused(self, biller: Biller, wrong: dict[str, Any]) -> None:
        envelope = biller.account.post("/subscribe/payments/onetime", **{**FIRST, **wrong}).json()
        assert (envelope["code"], envelope["response"]) == (1, None)
        assert biller.account.see("/payments")["payments"] == []

    def test_what_fits_is_taken(self, biller: Biller) -> None:
        assert biller.issued(tax_free=10.5, vat_amount="0", vat=0, bypass="")["status"] == "paid"

    @pytest.mark.parametrize(
        "written", ['{"secure": "1", "options": {"a": [1]}}', {"secure": "1", "options": {"a": [1]}}]
    )
    def test_bypass_goes_to_paymentwall_as_it_is(self, biller: Biller, written: Any) -> None:
        biller.issued(bypass=written)
        [charge] = biller.account.entries("charge")
        sent = charge["request"]["body"]
        assert (sent["secure"], sent["options"]) == ("1", '{"a":[1]}')

    def test_bypass_changes_nothing_that_portone_says_itself(self, biller: Biller) -> None:
        paid = biller.issued(bypass='{"amount": "0.01", "plan": "imp_0", "token": "x"}')
        assert (paid["status"], paid["amount"]) == ("paid", 10.5)
        assert [charge["amount"] for charge in biller.account.see("/charges")["charges"]] == ["10.50"]
