"""The control plane: settings, a buyer without a browser, tickets, time, idleness, the journal, and who may use it."""

from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from emulator.server import Emulator
from tests.emulator.driver import Driver

DAY = 86_400


def error(answer: httpx.Response) -> str:
    return str(answer.json()["error"])


class TestSettings:
    def test_an_account_is_made_with_keys_and_a_paymentwall_test_channel(self, client: httpx.Client) -> None:
        answer = client.post("/_emulator/accounts", json={})
        assert answer.status_code == 201
        settings = answer.json()
        [channel] = settings["channels"]
        assert (channel["pg_provider"], channel["sandbox"]) == ("paymentwall", True)
        assert channel["pg_id"] == settings["paymentwall"]["project_key"]
        assert channel["secret_key"] == settings["paymentwall"]["secret_key"]
        documented = {"stage": "test", "cancel_notice": "opt_in", "redelivery": False, "webhook_order": "together"}
        assert {name: settings[name] for name in documented} == documented
        assert settings["paymentwall"]["custom_pingback_parameters"] == {"country_code": "COUNTRY_CODE"}
        assert set(settings["paymentwall"]["widgets"]) == {"pw_1", "t3_1"}

    def test_what_is_given_is_kept_and_the_rest_of_it_stays_usual(self, client: httpx.Client) -> None:
        asked = {"paymentwall": {"widgets": {"pw_1": {"version": "1.1"}}}}
        widgets = client.post("/_emulator/accounts", json=asked).json()["paymentwall"]["widgets"]
        assert widgets == {"pw_1": {"version": "1.1"}, "t3_1": {"version": None}}

    def test_it_is_listed_and_shown(self, account: Driver) -> None:
        assert account.see("") == account.settings
        listed = account.client.get("/_emulator/accounts").json()["accounts"]
        assert account.settings in listed

    def test_a_change_merges_objects_and_replaces_lists(self, account: Driver) -> None:
        account.set(webhook={"test": {"charset": True}}, channels=[])
        changed = account.see("")
        url = account.settings["webhook"]["test"]["url"]
        assert changed["webhook"]["test"] == {"url": url, "content_type": "application/json", "charset": True}
        assert changed["channels"] == []

    def test_null_takes_an_entry_out_of_a_table(self, account: Driver) -> None:
        account.set(paymentwall={"custom_pingback_parameters": {"country_code": None}, "methods": {"mint": None}})
        project = account.see("")["paymentwall"]
        assert project["custom_pingback_parameters"] == {}
        assert "mint" not in project["methods"]
        assert "cc" in project["methods"]

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"stagee": "test"}, "There is no setting 'stagee'; known here are: imp_code, imp_key, "),
            ({"webhook": {"tset": {}}}, "There is no setting 'webhook.tset'; known here are: test, live."),
            (
                {"paymentwall": {"widgets": {"pw_1": {"x": 1}}}},
                "'paymentwall.widgets.pw_1.x'; known here are: version.",
            ),
            ({"channels": [{"x": 1}]}, "known here are: channel_key, "),
            ({"stage": "production"}, "Setting 'stage' cannot be used: "),
            ({"paymentwall": None}, "Setting 'paymentwall' cannot be used: "),
            ({"imp_code": "imp999"}, "imp_code names the account and cannot be changed."),
        ],
    )
    def test_a_change_that_cannot_be_used_changes_nothing(
        self, account: Driver, wrong: dict[str, Any], sentence: str
    ) -> None:
        answer = account.client.patch(account.control, json={"cancel_notice": "always", **wrong})
        assert answer.status_code == 400
        assert sentence in error(answer)
        assert account.see("") == account.settings

    @pytest.mark.parametrize("name", ["imp_code", "imp_key"])
    def test_two_accounts_cannot_share_what_names_them(self, account: Driver, name: str) -> None:
        answer = account.client.post("/_emulator/accounts", json={name: account.settings[name]})
        assert answer.status_code == 400
        assert error(answer) == f"There is an account with this {name} already."

    @pytest.mark.parametrize("name", ["project_key", "secret_key"])
    def test_nor_a_project_or_what_its_delivery_calls_are_told_by(self, account: Driver, name: str) -> None:
        project = {name: account.settings["paymentwall"][name]}
        answer = account.client.post("/_emulator/accounts", json={"paymentwall": project})
        assert (answer.status_code, error(answer)) == (
            400,
            f"There is an account with this paymentwall.{name} already.",
        )

    @pytest.mark.parametrize("body", [b"{", b"[]"])
    def test_a_body_that_is_no_json_object_is_refused(self, client: httpx.Client, body: bytes) -> None:
        assert client.post("/_emulator/accounts", content=body).status_code == 400

    def test_an_unknown_account_is_not_found(self, client: httpx.Client) -> None:
        answer = client.get("/_emulator/accounts/imp0")
        assert (answer.status_code, error(answer)) == (404, "There is no account imp0.")


class TestReset:
    def test_it_restores_the_settings_and_forgets_what_happened(self, account: Driver) -> None:
        token = account.token()
        account.cancel(account.pay()["imp_uid"])
        account.set(cancel_notice="always")
        account.advance(3600)
        account.act("/idle")
        before = account.see("/journal")["next"]
        moved = account.see("/clock")["now"]
        account.act("/reset")
        assert account.see("") == account.settings
        assert account.see("/payments")["payments"] == []
        assert account.see("/tickets")["tickets"] == []
        assert account.see("/clock")["now"] < moved
        assert account.see(f"/journal?after={before}") == {"entries": [], "next": before, "dropped": 0}
        assert account.client.get("/users/pg", headers={"Authorization": token}).status_code == 200

    def test_a_ticket_from_before_has_no_result_any_more(self, account: Driver) -> None:
        account.cancel(account.pay()["imp_uid"])
        account.act("/reset")
        assert account.advance(2 * DAY) == 0

    def test_other_accounts_are_left_alone(self, account: Driver, client: httpx.Client) -> None:
        other = Driver(client, client.post("/_emulator/accounts", json={}).json())
        other.pay()
        account.act("/reset")
        assert len(other.see("/payments")["payments"]) == 1


class TestBuyer:
    def test_a_purchase_goes_by_the_sdk_the_widget_and_a_pingback(self, account: Driver) -> None:
        paid = account.pay(country="DE")
        assert (paid["status"], paid["extension"]) == ("paid", {"country_code": "DE"})
        account.act("/idle")
        entries = account.see("/journal")["entries"]
        sides = {entry["kind"]: (entry["source"], entry["target"], entry["status"]) for entry in entries}
        assert sides == {
            "request_pay": ("browser", "portone", 200),
            "widget": ("browser", "paymentwall", 200),
            "pingback": ("paymentwall", "portone", 200),
            "charge": ("browser", "paymentwall", 200),
            "webhook": ("portone", "merchant", 200),
            "return": ("browser", "portone", 200),
        }
        assert [entry["seq"] for entry in entries] == list(range(1, 7))

    def test_the_other_widget_works_too(self, account: Driver) -> None:
        assert account.pay(widget_code="t3_1")["status"] == "paid"

    @pytest.mark.parametrize("method", ["cc", "paypal", "paysafecard", "mint", "test"])
    def test_every_method_pays(self, account: Driver, method: str) -> None:
        account.set(paymentwall={"methods": {"test": {"active": True}}})  # off in a new project (docs)
        assert account.pay(method=method)["status"] == "paid"

    @pytest.mark.parametrize("finish", ["leave", "decline"])
    def test_leaving_and_a_declined_card_end_failed(self, account: Driver, finish: str) -> None:
        assert account.pay(finish=finish)["status"] == "failed"

    @pytest.mark.parametrize(
        ("asked", "sentence"),
        [
            ({"widget_code": "p1_1"}, "The widget did not open: This payment cannot be opened There is no widget p1_1"),
            ({"amount": 10.5, "currency": "KRW"}, "The widget did not open: This payment cannot be opened 10.5 is "),
            ({"widget_code": "p1_1", "finish": "leave"}, "The widget did not open: "),
            ({"card": "4000000000000002"}, "Paymentwall did not charge"),
            ({"color": "red"}, "'color': Extra inputs are not permitted; known here are: merchant_uid, "),
        ],
    )
    def test_where_a_page_would_show_an_error_it_says_so(
        self, account: Driver, asked: dict[str, Any], sentence: str
    ) -> None:
        purchase = {"merchant_uid": "order-1", "amount": 12000, **asked}
        answer = account.client.post(account.control + "/payments", json=purchase)
        assert answer.status_code == 400
        assert error(answer).startswith(sentence)
        assert "<" not in error(answer)


class TestTickets:
    def test_one_can_be_completed_out_of_turn(self, account: Driver) -> None:
        first, second = account.pay("a")["imp_uid"], account.pay("b")["imp_uid"]
        account.cancel(first)
        account.cancel(second)
        account.act("/tickets/2/complete")
        assert account.look_up(first)["status"] == "paid"
        assert account.look_up(second)["status"] == "cancelled"

    def test_they_are_worked_off_one_by_one(self, account: Driver) -> None:
        uids = [account.pay(name)["imp_uid"] for name in ("a", "b")]
        for uid in uids:
            account.cancel(uid)
        account.advance(DAY)
        assert [account.look_up(uid)["status"] for uid in uids] == ["cancelled", "paid"]
        account.advance(DAY)
        assert [account.look_up(uid)["status"] for uid in uids] == ["cancelled", "cancelled"]

    def test_what_is_decided_cannot_be_decided_again(self, account: Driver) -> None:
        account.cancel(account.pay()["imp_uid"])
        account.act("/tickets/1/refuse")
        answer = account.client.post(account.control + "/tickets/1/complete")
        assert answer.status_code == 400
        assert "refused already" in error(answer)

    def test_an_unknown_one_is_not_found(self, account: Driver) -> None:
        answer = account.client.post(account.control + "/tickets/7/complete")
        assert (answer.status_code, error(answer)) == (404, "There is no ticket 7.")


class TestTime:
    def test_advancing_returns_when_the_deliveries_it_caused_have_ended(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid, enable_webhook=True)
        account.act("/idle")
        began = account.see("/clock")["now"]
        assert account.act("/clock/advance", seconds=DAY) == {"now": began + DAY, "events": 1}
        [_, delivery] = [entry for entry in account.see("/journal")["entries"] if entry["kind"] == "webhook"]
        assert delivery["request"]["body"]["status"] == "cancelled"
        assert delivery["clock"] == began + DAY

    def test_it_does_not_wait_for_a_delivery_that_is_held_elsewhere(
        self, account: Driver, receiver: HTTPServer
    ) -> None:
        advanced: list[int] = []

        def advance(_: Request) -> Response:
            with httpx.Client(base_url=account.client.base_url) as another:
                moved = Driver(another, account.settings).act("/clock/advance", seconds=60)
                advanced.append(moved["events"])
            return Response("ok")

        receiver.clear()
        receiver.expect_request("/webhook").respond_with_handler(advance)
        account.pay()
        assert account.act("/idle") == {"idle": True}
        assert advanced == [0]

    def test_idle_names_what_it_waits_for(self, account: Driver, receiver: HTTPServer) -> None:
        answers: list[httpx.Response] = []

        def ask(_: Request) -> Response:
            with httpx.Client(base_url=account.client.base_url) as another:
                answers.append(another.post(account.control + "/idle", json={"timeout_seconds": 0}))
            return Response("ok")

        receiver.clear()
        receiver.expect_request("/webhook").respond_with_handler(ask)
        account.pay()
        assert account.act("/idle") == {"idle": True}
        [answer] = answers
        assert answer.status_code == 503
        assert answer.json() == {"idle": False, "waiting_for": "webhook paid for order-1"}

    @pytest.mark.parametrize("body", [{}, {"seconds": -1}, {"seconds": "soon"}, {"seconds": 1, "days": 1}])
    def test_what_is_no_span_is_refused(self, account: Driver, body: dict[str, Any]) -> None:
        answer = account.client.post(account.control + "/clock/advance", json=body)
        assert answer.status_code == 400
        assert "known here are: seconds." in error(answer)


class TestJournal:
    def test_an_entry_has_all_its_parts_and_no_secret(self, account: Driver) -> None:
        account.look_up(account.pay()["imp_uid"])
        text = account.client.get(account.control + "/journal").text
        for secret in (account.settings["imp_secret"], account.settings["paymentwall"]["secret_key"], account.token()):
            assert secret not in text
        assert "4242424242424242" not in text.replace(" ", "")
        [entry] = account.entries("look-up")
        assert set(entry) == {
            "seq", "kind", "source", "target", "began", "ended", "clock", "method", "url", "request", "status",
            "response", "error", "imp_uid", "merchant_uid",
        }  # fmt: skip
        assert (entry["source"], entry["target"], entry["method"]) == ("merchant", "portone", "GET")
        assert entry["url"] == f"/payments/{entry['imp_uid']}?include_sandbox=true"
        assert entry["request"]["headers"]["authorization"] == "***"
        assert entry["response"]["response"]["status"] == "paid"
        assert entry["merchant_uid"] == "order-1"

    def test_a_refused_call_is_in_it_where_its_account_is_known(self, account: Driver) -> None:
        pair = {"imp_key": account.settings["imp_key"], "imp_secret": "wrong"}
        account.client.post("/users/getToken", json=pair)
        [entry] = account.entries("token")
        assert (entry["status"], entry["request"]["body"]["imp_secret"]) == (401, "***")

    def test_a_reader_gets_what_is_new(self, account: Driver) -> None:
        account.token()
        seen = account.see("/journal")
        account.token()
        new = account.see(f"/journal?after={seen['next']}")
        assert [entry["seq"] for entry in new["entries"]] == [seen["next"] + 1]

    def test_what_is_no_sequence_number_is_refused(self, account: Driver) -> None:
        assert account.client.get(account.control + "/journal?after=x").status_code == 400


class TestAccess:
    def test_a_page_of_another_origin_may_not_use_it(self, client: httpx.Client) -> None:
        answer = client.post("/_emulator/accounts", json={}, headers={"Origin": "https://shop.example"})
        assert (answer.status_code, error(answer)) == (403, "Pages of other origins may not use the control plane.")

    @pytest.mark.parametrize("host", ["api.iamport.kr", "rebound.example"])
    def test_it_is_not_served_under_other_names(self, client: httpx.Client, host: str) -> None:
        assert client.get("/_emulator/accounts", headers={"Host": host}).status_code == 403

    def test_with_a_token_it_is_served_to_who_has_it(self) -> None:
        with Emulator(tls=False, control_token="let-me-in") as emulator:
            for sent, status in ((None, 401), ("Bearer wrong", 401), ("Bearer let-me-in", 200)):
                headers = {"Authorization": sent} if sent else {}
                assert httpx.get(f"{emulator.url}/_emulator/health", headers=headers).status_code == status
