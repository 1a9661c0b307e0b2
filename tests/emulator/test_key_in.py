"""API payments: off as the guide says, and where they are switched on by card and by billing key."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from emulator.server import Emulator
from tests.emulator.driver import Driver

DAY = 86_400
CARD = {"card_number": "4242-4242-4242-4242", "expiry": "2039-12", "cvc": "123", "birth": "000000"}
ONCE = {
    "merchant_uid": "key-1", "amount": "10.50", "currency": "USD", "name": "Mug", "buyer_name": "Grace Hopper",
    "buyer_email": "grace@example.com", "browser_ip": "203.0.113.7", **CARD,
}  # fmt: skip
AGAIN = {
    "customer_uid": "grace", "merchant_uid": "key-2", "amount": 4, "currency": "USD", "name": "Tea",
    "buyer_email": "grace@example.com",
}  # fmt: skip
# Characters (PortOne's V1 OpenAPI).
LONGEST = {
    "merchant_uid": 40, "customer_uid": 80, "pg": 80, "name": 40, "buyer_name": 16, "buyer_email": 64, "buyer_tel": 16,
    "buyer_addr": 128, "buyer_postcode": 8,
}  # fmt: skip


def onetime(account: Driver, **changes: Any) -> dict[str, Any]:
    answer = account.post("/subscribe/payments/onetime", **{**ONCE, **changes})
    assert answer.status_code == 200
    envelope: dict[str, Any] = answer.json()
    return envelope


def again(account: Driver, **changes: Any) -> dict[str, Any]:
    answer = account.post("/subscribe/payments/again", **{**AGAIN, **changes})
    assert answer.status_code == 200
    envelope: dict[str, Any] = answer.json()
    return envelope


@pytest.fixture
def on(account: Driver) -> Driver:
    account.set(api_payments=True)
    return account


class TestOff:
    def test_a_card_is_not_charged(self, account: Driver) -> None:
        envelope = onetime(account)
        assert (envelope["code"], envelope["response"]) == (1, None)
        assert "준비 중" in envelope["message"]
        assert account.see("/payments")["payments"] == []

    def test_an_unknown_customer_is_told_so(self, account: Driver) -> None:
        assert again(account) == {"code": 1, "message": "등록되지 않은 구매자입니다.", "response": None}

    def test_a_known_one_is_not_charged(self, account: Driver) -> None:
        account.set(api_payments=True)
        onetime(account, customer_uid="grace")
        account.set(api_payments=False)
        assert "준비 중" in again(account)["message"]

    def test_what_is_missing_is_said_first(self, account: Driver) -> None:
        assert onetime(account, card_number=None)["message"] == "파라미터 누락: card_number"
        assert again(account, merchant_uid="")["message"] == "파라미터 누락: merchant_uid"


class TestOnetime:
    def test_a_card_is_charged(self, on: Driver, receiver: HTTPServer) -> None:
        envelope = onetime(on)
        assert (envelope["code"], envelope["message"]) == (0, None)
        paid = envelope["response"]
        expected = {
            "status": "paid", "channel": "api", "amount": 10.5, "currency": "USD", "pay_method": "card",
            "merchant_uid": "key-1", "name": "Mug", "card_number": "424242******4242",
            "customer_uid": None, "customer_uid_usage": None,
        }  # fmt: skip
        assert {name: paid[name] for name in expected} == expected
        assert paid["pg_tid"].startswith("b")
        assert on.look_up(paid["imp_uid"]) == paid
        on.act("/idle")
        assert [request.json["status"] for request, _ in receiver.log if request.json] == ["paid"]

    def test_it_is_paid_by_brick_s_answer_where_no_pingback_comes(self, on: Driver) -> None:
        lost = {"call": "pingback", "what": "break", "times": None}
        on.client.post(f"{on.control}/faults", json=lost).raise_for_status()
        paid = onetime(on)["response"]
        assert (paid["status"], paid["pg_tid"][:1]) == ("paid", "b")

    def test_a_reset_meanwhile_leaves_no_payment_to_answer_with(self, on: Driver, emulator: Emulator) -> None:
        with emulator.control(on.settings["imp_code"]) as control, ThreadPoolExecutor(1) as merchant:
            fault = control.break_call("hold", path="/api/brick/charge", carried_out=True)
            asked = merchant.submit(on.post, "/subscribe/payments/onetime", **ONCE)
            assert control.waits_in(fault)
            control.reset()
            answer = asked.result(timeout=5)
        gone = {"code": -1, "message": "존재하지 않는 결제정보입니다.", "response": None}
        assert (answer.status_code, answer.json()) == (404, gone)

    def test_it_can_be_cancelled_like_any_other(self, on: Driver) -> None:
        imp_uid = onetime(on)["response"]["imp_uid"]
        assert on.cancel(imp_uid)["code"] == 0
        on.advance(DAY)
        assert on.look_up(imp_uid)["status"] == "cancelled"

    @pytest.mark.parametrize("card", [{"card_number": "4000 0000 0000 0002"}, {"cvc": "222"}, {"card_number": "4"}])
    def test_a_refused_card_is_a_failed_payment_and_no_error(
        self, on: Driver, receiver: HTTPServer, card: dict[str, str]
    ) -> None:
        envelope = onetime(on, **card)
        assert (envelope["code"], envelope["response"]["status"]) == (0, "failed")
        assert envelope["response"]["fail_reason"]
        on.act("/idle")
        assert receiver.log == []

    def test_a_charge_under_review_is_paid_when_the_review_ends(self, on: Driver) -> None:
        envelope = onetime(on, cvc="555")
        assert (envelope["code"], envelope["response"]["status"]) == (0, "ready")
        on.advance(120)
        assert on.look_up(envelope["response"]["imp_uid"])["status"] == "paid"

    @pytest.mark.parametrize("name", ["merchant_uid", "amount", "card_number", "expiry", "cvc", "buyer_email"])
    def test_what_is_needed_is_asked_for(self, on: Driver, name: str) -> None:
        assert onetime(on, **{name: None})["message"] == f"파라미터 누락: {name}"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"expiry": "12/39"},
            {"amount": 0},
            {"amount": "ten"},
            *({name: "x" * (longest + 1)} for name, longest in LONGEST.items()),
        ],
    )
    def test_what_does_not_fit_is_refused(self, on: Driver, wrong: dict[str, Any]) -> None:
        envelope = onetime(on, **wrong)
        assert (envelope["code"], envelope["response"]) == (1, None)
        assert on.see("/payments")["payments"] == []

    def test_the_longest_texts_are_taken(self, on: Driver) -> None:
        envelope = onetime(on, **{name: "x" * longest for name, longest in LONGEST.items()})
        assert envelope["response"]["status"] == "paid"

    @pytest.mark.parametrize(
        ("pg", "pg_id"),
        [
            (None, "api"),
            ("paymentwall", "api"),
            ("paymentwall.nobody", "api"),
            ("inicis.second", "api"),
            ("paymentwall.second", "second"),
            ("paymentwall.certification", "api"),
            ("nice.nice", "api"),
        ],
    )
    def test_a_pg_with_its_mid_names_a_channel_others_leave_it_to_the_usual_one(
        self, on: Driver, pg: str | None, pg_id: str
    ) -> None:
        """One for API payments goes before one for the payment window."""
        [usual] = on.settings["channels"]
        others = (
            {"pg_id": "certification", "type": "certification"},
            {"pg_id": "nice", "type": "api_payment", "pg_provider": "nice"},
            {"pg_id": "second"},
            {"pg_id": "api", "type": "api_payment"},
        )
        on.set(channels=[usual, *({**usual, **one, "channel_key": f"channel-key-{one['pg_id']}"} for one in others)])
        assert onetime(on, pg=pg)["response"]["pg_id"] == pg_id

    @pytest.mark.parametrize(("given", "sent"), [("203.0.113.7", "203.0.113.7"), (None, "127.0.0.1")])
    def test_paymentwall_is_told_the_buyer_s_address_or_the_caller_s(
        self, on: Driver, given: str | None, sent: str
    ) -> None:
        onetime(on, browser_ip=given)
        [charge] = on.entries("charge")
        assert charge["request"]["body"]["browser_ip"] == sent

    def test_less_than_one_is_an_amount(self, on: Driver) -> None:
        assert onetime(on, amount=0.5)["response"]["amount"] == 0.5

    def test_without_a_name_it_is_called_by_its_merchant_uid(self, on: Driver) -> None:
        assert onetime(on, name=None)["response"]["name"] == "key-1"

    def test_a_stage_without_a_channel_charges_nothing(self, on: Driver) -> None:
        on.set(stage="live")
        assert (onetime(on)["code"], on.see("/payments")["payments"]) == (1, [])

    def test_a_merchant_uid_that_was_paid_is_refused(self, on: Driver) -> None:
        onetime(on)
        assert onetime(on)["message"] == "이미 결제가 이루어진 거래건입니다."

    @pytest.mark.parametrize(
        ("given", "kept"),
        [({"gift": ["a", 1]}, '{"gift":["a",1]}'), ("as it is", "as it is"), (None, None)],
    )
    def test_custom_data_is_kept_as_json_text(self, on: Driver, given: Any, kept: str | None) -> None:
        assert onetime(on, custom_data=given)["response"]["custom_data"] == kept

    def test_no_card_is_written_down(self, on: Driver) -> None:
        onetime(on)
        assert on.entries("onetime")
        written = on.client.get(on.control + "/journal").text
        assert "4242-4242" not in written
        assert "4242424242424242" not in written
        assert "2039-12" not in written


class TestAgain:
    def test_a_card_that_was_keyed_in_is_charged_again(self, on: Driver) -> None:
        first = onetime(on, customer_uid="grace")["response"]
        assert (first["customer_uid"], first["customer_uid_usage"]) == ("grace", "issue")
        second = again(on)["response"]
        assert (second["status"], second["amount"], second["customer_uid_usage"]) == ("paid", 4, "payment")
        assert second["imp_uid"] != first["imp_uid"]
        assert second["pg_tid"] != first["pg_tid"]

    def test_a_card_of_the_payment_window_is_charged_again(self, on: Driver) -> None:
        params = {
            "pg": "paymentwall", "merchant_uid": "order-1", "name": "Mug", "amount": 10.5, "currency": "USD",
            "buyer_name": "Grace Hopper", "buyer_email": "grace@example.com", "customer_uid": "grace",
        }  # fmt: skip
        opened = on.client.post("/sdk/request_pay", json={"imp_code": on.settings["imp_code"], "params": params})
        address = opened.json()["widget_url"].replace("/api/subscription/?", "/api/subscription/charge?")
        card = {"number": "4242424242424242", "expiry": "12/39", "cvv": "123", "holder": "Grace Hopper"}
        assert again(on)["message"] == "등록되지 않은 구매자입니다."
        on.client.post(address, json={"method": "cc", "country": "KR", "card": card}).raise_for_status()
        assert on.look_up(opened.json()["imp_uid"])["customer_uid_usage"] == "issue"
        assert again(on)["response"]["status"] == "paid"

    def test_with_another_e_mail_address_it_is_refused(self, on: Driver) -> None:
        onetime(on, customer_uid="grace")
        assert "이메일" in again(on, buyer_email="other@example.com")["message"]

    def test_a_refused_card_is_not_stored(self, on: Driver) -> None:
        onetime(on, customer_uid="grace", card_number="4000000000000002")
        assert again(on)["message"] == "등록되지 않은 구매자입니다."

    @pytest.mark.parametrize("name", ["customer_uid", "merchant_uid", "amount", "name", "buyer_email"])
    def test_what_is_needed_is_asked_for(self, on: Driver, name: str) -> None:
        onetime(on, customer_uid="grace")
        assert again(on, **{name: None})["message"] == f"파라미터 누락: {name}"

    def test_what_is_too_long_is_refused(self, on: Driver) -> None:
        onetime(on, customer_uid="grace")
        assert "buyer_name" in again(on, buyer_name="Grace Brewster Murray")["message"]
