"""PortOne's REST API as real clients call it: envelopes, codes, messages, and what a cancellation changes when."""

import re
from typing import Any

import httpx
import pytest

from emulator.portone.tokens import Tokens
from tests.emulator.driver import Driver

DAY = 86_400
UNKNOWN = {"code": -1, "message": "존재하지 않는 결제정보입니다.", "response": None}
# PaymentAnnotation in PortOne's V1 OpenAPI description.
FIELDS = frozenset(
    (
        "imp_uid", "merchant_uid", "pay_method", "channel", "pg_provider", "emb_pg_provider", "pg_tid",
        "pg_id", "sandbox", "escrow", "apply_num", "bank_code", "bank_name", "card_code", "card_name",
        "card_issuer_code", "card_issuer_name", "card_publisher_code", "card_publisher_name",
        "card_quota", "card_number", "card_type", "vbank_code", "vbank_name", "vbank_num", "vbank_holder",
        "vbank_date", "vbank_issued_at", "name", "amount", "cancel_amount", "currency", "buyer_name",
        "buyer_email", "buyer_tel", "buyer_addr", "buyer_postcode", "custom_data", "user_agent", "status",
        "started_at", "paid_at", "failed_at", "cancelled_at", "fail_reason", "cancel_reason",
        "receipt_url", "cancel_history", "deposit_history", "cancel_receipt_urls", "cash_receipt_issued",
        "customer_uid", "customer_uid_usage", "promotion",
    )
)  # fmt: skip


def keys(account: Driver) -> dict[str, Any]:
    return {"imp_key": account.settings["imp_key"], "imp_secret": account.settings["imp_secret"]}


class TestToken:
    def test_key_and_secret_yield_a_token_that_lives_30_minutes(self, account: Driver) -> None:
        envelope = account.client.post("/users/getToken", json=keys(account)).json()
        assert (envelope["code"], envelope["message"]) == (0, None)
        response = envelope["response"]
        assert response["expired_at"] - response["now"] in (1799, 1800)
        assert response["access_token"]

    def test_a_form_body_and_a_trailing_slash_are_taken(self, account: Driver) -> None:
        answer = account.client.post("/users/getToken/", data=keys(account))
        assert answer.json()["response"]["access_token"] == account.token()

    def test_without_the_secret_it_says_what_is_missing(self, account: Driver) -> None:
        answer = account.client.post("/users/getToken", json={"imp_key": account.settings["imp_key"]})
        assert answer.status_code == 400
        assert answer.json()["message"] == "imp_key, imp_secret 파라메터가 누락되었습니다."

    def test_a_wrong_pair_is_refused(self, account: Driver) -> None:
        answer = account.client.post("/users/getToken", json={**keys(account), "imp_secret": "wrong"})
        assert answer.status_code == 401
        refusal = {"code": -1, "message": "인증에 실패하였습니다. API키와 secret을 확인하세요.", "response": None}
        assert answer.json() == refusal

    def test_a_call_from_an_address_that_is_not_allowed_is_refused(self, account: Driver) -> None:
        token = account.token()
        account.set(allowed_addresses=["203.0.113.7/32", "2001:db8::/32"])
        refusals = [
            account.client.post("/users/getToken", json=keys(account)),
            account.client.get("/users/pg", headers={"Authorization": token}),
        ]
        assert [answer.status_code for answer in refusals] == [403, 403]
        assert {answer.json()["message"] for answer in refusals} == {"허용되지 않은 IP입니다."}
        account.set(allowed_addresses=["203.0.113.7/32", "127.0.0.0/8"])
        assert account.token() == token

    def test_a_stranger_without_a_token_does_not_learn_of_the_list(self, account: Driver) -> None:
        account.set(allowed_addresses=["203.0.113.7/32"])
        answer = account.client.get("/users/pg", headers={"Authorization": "none"})
        assert (answer.status_code, answer.json()["message"]) == (401, "Unauthorized")

    @pytest.mark.parametrize("block", ["", "here", "203.0.113.7/33", "203.0.113.7/24"])
    def test_an_allow_list_takes_only_cidr_blocks(self, account: Driver, block: str) -> None:
        answer = account.client.patch(account.control, json={"allowed_addresses": [block]})
        assert answer.status_code == 400
        assert "allowed_addresses.0" in answer.json()["error"]

    def test_it_stays_the_same_until_its_last_minute_which_prolongs_it(self) -> None:
        tokens = Tokens()
        first = tokens.issue("imp1", 0.0)
        assert tokens.issue("imp1", 1739.0) == first
        prolonged = tokens.issue("imp1", 1741.0)
        assert (prolonged.access_token, prolonged.expires_at) == (first.access_token, 2100.0)
        assert tokens.issue("imp1", 2100.0).access_token != first.access_token
        assert tokens.find(first.access_token) is None

    def test_it_ages_on_the_account_s_clock_where_that_is_set(self, account: Driver) -> None:
        account.set(token_clock="virtual")
        headers = {"Authorization": account.token()}
        account.advance(1799)
        assert account.client.get("/users/pg", headers=headers).status_code == 200
        account.advance(1)
        expired = account.client.get("/users/pg", headers=headers)
        assert (expired.status_code, expired.json()["message"]) == (401, "Unauthorized")
        assert account.token() != headers["Authorization"]

    def test_it_does_not_age_there_by_default(self, account: Driver) -> None:
        headers = {"Authorization": account.token()}
        account.advance(DAY)
        assert account.client.get("/users/pg", headers=headers).status_code == 200

    def test_its_last_minute_on_the_account_s_clock_prolongs_it(self, account: Driver) -> None:
        account.set(token_clock="virtual")
        token = account.token()
        account.advance(1750)
        envelope = account.client.post("/users/getToken", json=keys(account)).json()
        assert envelope["response"]["access_token"] == token
        assert envelope["response"]["expired_at"] - envelope["response"]["now"] in (349, 350, 351)

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "wrong"}, {"Authorization": "Bearer wrong"}])
    def test_no_call_is_served_without_one(self, client: httpx.Client, headers: dict[str, str]) -> None:
        for path in ("/users/pg", "/payments/imp_1", "/payments/find/order-1"):
            answer = client.get(path, headers=headers)
            assert answer.status_code == 401
            assert answer.json() == {"code": -1, "message": "Unauthorized", "response": None}

    @pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer {}"])
    def test_it_is_taken_bare_and_as_bearer(self, account: Driver, form: str) -> None:
        answer = account.client.get("/users/pg", headers={"Authorization": form.format(account.token())})
        assert answer.status_code == 200


def test_the_channels_are_listed_without_their_secrets(account: Driver) -> None:
    [shown] = account.get("/users/pg").json()["response"]
    [channel] = account.settings["channels"]
    hidden = {"secret_key", "settlement_currency"}
    assert shown == {name: value for name, value in channel.items() if name not in hidden}


class TestLookUp:
    def test_it_gives_every_documented_field(self, account: Driver) -> None:
        paid = account.pay(amount=10.5, currency="USD", name="Mug", buyer_email="a@b.example")
        answer = account.get(f"/payments/{paid['imp_uid']}", include_sandbox="true")
        assert int(answer.headers["content-length"]) == len(answer.content)
        shown = answer.json()["response"]
        assert set(shown) == FIELDS
        expected = {
            "merchant_uid": "order-1", "amount": 10.5, "cancel_amount": 0, "currency": "USD", "status": "paid",
            "sandbox": True, "pg_provider": "paymentwall", "pg_id": account.settings["channels"][0]["pg_id"],
            "name": "Mug", "buyer_email": "a@b.example", "failed_at": 0, "cancelled_at": 0, "cancel_history": [],
        }  # fmt: skip
        assert {name: shown[name] for name in expected} == expected
        assert re.fullmatch(r"b\d+", shown["pg_tid"])
        assert shown["paid_at"] >= shown["started_at"] > 0

    def test_a_payment_through_a_test_channel_is_hidden_unless_asked_for(self, account: Driver) -> None:
        path = f"/payments/{account.pay()['imp_uid']}"
        for query in ({}, {"include_sandbox": "false"}):
            answer = account.get(path, **query)
            assert (answer.status_code, answer.json()) == (404, UNKNOWN)
        assert account.get(path, include_sandbox="true").status_code == 200

    def test_a_payment_through_a_live_channel_is_never_hidden(self, client: httpx.Client) -> None:
        account = Driver(client, client.post("/_emulator/accounts", json={"stage": "live"}).json())
        shown = account.get(f"/payments/{account.pay()['imp_uid']}").json()["response"]
        assert (shown["sandbox"], shown["status"]) == (False, "paid")

    def test_the_country_is_in_the_extension_and_nowhere_else(self, account: Driver) -> None:
        imp_uid = account.pay(country="DE")["imp_uid"]
        assert account.look_up(imp_uid, extension="true")["extension"] == {"country_code": "DE"}
        assert "extension" not in account.look_up(imp_uid)

    def test_without_the_custom_pingback_parameter_the_country_is_unknown(self, account: Driver) -> None:
        account.set(paymentwall={"custom_pingback_parameters": {"country_code": None}})
        shown = account.look_up(account.pay(country="DE")["imp_uid"], extension="true")
        assert (shown["status"], shown["extension"]) == ("paid", None)

    def test_an_unknown_payment_is_not_found(self, account: Driver) -> None:
        answer = account.get("/payments/imp_000000000000", include_sandbox="true")
        assert (answer.status_code, answer.json()) == (404, UNKNOWN)

    def test_another_account_s_payment_is_not_found(self, account: Driver, client: httpx.Client) -> None:
        stranger = Driver(client, client.post("/_emulator/accounts", json={}).json())
        answer = stranger.get(f"/payments/{account.pay()['imp_uid']}", include_sandbox="true")
        assert answer.status_code == 404

    def test_post_with_an_empty_object_is_taken_for_get(self, account: Driver) -> None:
        path = f"/payments/{account.pay()['imp_uid']}/?include_sandbox=true"
        answer = account.client.post(path, json={}, headers={"Authorization": account.token()})
        assert answer.json()["response"]["status"] == "paid"

    def test_a_json_content_type_without_a_body_is_taken(self, account: Driver) -> None:
        headers = {"Authorization": account.token(), "Content-Type": "application/json"}
        assert account.client.get("/users/pg", headers=headers).status_code == 200

    def test_an_attempt_that_was_left_is_failed(self, account: Driver) -> None:
        shown = account.look_up(account.pay(finish="leave")["imp_uid"])
        assert (shown["status"], shown["paid_at"], shown["pg_tid"]) == ("failed", 0, None)
        assert shown["failed_at"] > 0
        assert shown["fail_reason"]


class TestFind:
    def test_it_gives_the_newest_attempt(self, account: Driver) -> None:
        account.pay(finish="leave")
        newest = account.pay()
        assert account.get("/payments/find/order-1").json()["response"]["imp_uid"] == newest["imp_uid"]

    def test_sorting_turns_the_order(self, account: Driver) -> None:
        oldest = account.pay(finish="leave")
        account.pay()
        answer = account.get("/payments/find/order-1", sorting="started")
        assert answer.json()["response"]["imp_uid"] == oldest["imp_uid"]

    @pytest.mark.parametrize("end", ["/failed", "/failed/"])
    def test_a_status_restricts_it(self, account: Driver, end: str) -> None:
        left = account.pay(finish="leave")
        account.pay()
        answer = account.get(f"/payments/find/order-1{end}")
        assert answer.json()["response"]["imp_uid"] == left["imp_uid"]
        assert account.get("/payments/find/order-1/cancelled").json() == UNKNOWN

    @pytest.mark.parametrize("absent", ["undefined", "all"])
    def test_an_absent_status_restricts_nothing(self, account: Driver, absent: str) -> None:
        paid = account.pay()
        found = account.get(f"/payments/find/order-1/{absent}").json()["response"]
        assert found["imp_uid"] == paid["imp_uid"]

    def test_a_status_that_does_not_exist_is_refused(self, account: Driver) -> None:
        answer = account.get("/payments/find/order-1/shipped")
        assert (answer.status_code, answer.json()["message"]) == (404, "지원되지 않는 상태값입니다.")

    def test_an_unknown_merchant_uid_is_not_found(self, account: Driver) -> None:
        answer = account.get("/payments/find/nobody")
        assert (answer.status_code, answer.json()) == (404, UNKNOWN)


class TestPingback:
    def test_a_forged_one_changes_nothing(self, account: Driver) -> None:
        imp_uid = account.pay(finish="leave")["imp_uid"]
        forged = {"uid": "a", "goodsid": imp_uid, "type": "0", "ref": "b1", "sign_version": "3", "sig": "0" * 64}
        answer = account.client.get("/paymentwall/webhook", params=forged)
        assert answer.status_code == 403
        assert answer.text != "OK"
        assert account.look_up(imp_uid)["status"] == "failed"

    def test_one_in_another_signature_version_is_not_reflected(self, account: Driver) -> None:
        account.set(paymentwall={"pingback": {"signature_version": 2}})
        assert account.pay()["status"] != "paid"


class TestReceipt:
    def test_a_paid_payment_has_one(self, account: Driver) -> None:
        paid = account.pay(name="<Mug>")
        address = httpx.URL(paid["receipt_url"])
        shown = account.client.get(address.path)
        assert shown.status_code == 200
        assert "&lt;Mug&gt;" in shown.text
        assert "10.5 USD" in shown.text

    def test_an_unpaid_one_has_none(self, account: Driver) -> None:
        left = account.pay(finish="leave")
        assert left["receipt_url"] is None
        assert account.client.get(f"/paymentwall/receipts/{left['imp_uid']}").status_code == 404


class TestRequest:
    """What PortOne refuses before the widget opens."""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"merchant_uid": ""},
            {"merchant_uid": "x" * 41},
            {"name": ""},
            {"amount": 0},
            {"amount": "ten"},
            {"currency": "dollars"},
            {"buyer_email": ""},
            {"buyer_name": ""},
            {"channel_key": "channel-key-of-nobody"},
        ],
    )
    def test_what_is_required_is_asked_for(self, account: Driver, wrong: dict[str, Any]) -> None:
        asked = {"merchant_uid": "order-1", "amount": 10.5, **wrong}
        answer = account.client.post(account.control + "/payments", json=asked)
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("PortOne refused the request: ")
        assert account.see("/payments")["payments"] == []

    def test_a_merchant_uid_that_was_paid_cannot_be_used_again(self, account: Driver) -> None:
        account.pay()
        answer = account.client.post(account.control + "/payments", json={"merchant_uid": "order-1", "amount": 10.5})
        assert "이미 결제가 이루어진 거래건입니다." in answer.json()["error"]

    def test_one_that_failed_can(self, account: Driver) -> None:
        account.pay(finish="decline")
        assert account.pay()["status"] == "paid"
