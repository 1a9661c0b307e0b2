"""Webhooks to the merchant: when one is sent, to which address, in which form, and what is recorded of it."""

import json
import socket
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.emulator.driver import Driver

DAY = 86_400


def bodies(receiver: HTTPServer, path: str = "/webhook") -> list[dict[str, str]]:
    return [json.loads(request.get_data()) for request, _ in receiver.log if request.path == path]


def test_a_payment_is_notified_once_as_json(account: Driver, receiver: HTTPServer) -> None:
    paid = account.pay()
    [entry] = account.entries("webhook")
    assert bodies(receiver) == [{"imp_uid": paid["imp_uid"], "merchant_uid": "order-1", "status": "paid"}]
    [(request, _)] = receiver.log
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    assert (entry["status"], entry["error"], entry["imp_uid"]) == (200, None, paid["imp_uid"])


def test_with_a_charset_where_that_is_set(account: Driver, receiver: HTTPServer) -> None:
    account.set(webhook={"test": {"charset": True}})
    account.pay()
    assert len(account.entries("webhook")) == 1
    assert receiver.log[0][0].headers["Content-Type"] == "application/json;charset=UTF-8"


def test_as_a_form_where_that_is_set(account: Driver, receiver: HTTPServer) -> None:
    account.set(webhook={"test": {"content_type": "application/x-www-form-urlencoded"}})
    paid = account.pay()
    assert len(account.entries("webhook")) == 1
    [(request, _)] = receiver.log
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    expected = {"imp_uid": [paid["imp_uid"]], "merchant_uid": ["order-1"], "status": ["paid"]}
    assert parse_qs(request.get_data(as_text=True)) == expected


@pytest.mark.parametrize("finish", ["leave", "decline"])
def test_a_failed_payment_is_not_notified(account: Driver, receiver: HTTPServer, finish: str) -> None:
    assert account.pay(finish=finish)["status"] == "failed"
    assert account.entries("webhook") == []
    assert receiver.log == []


def test_a_notice_url_stands_in_for_the_console_s_address(account: Driver, receiver: HTTPServer) -> None:
    receiver.expect_request("/own").respond_with_data("ok")
    receiver.expect_request("/second").respond_with_data("ok")
    account.pay(notice_url=[receiver.url_for("/own"), receiver.url_for("/second")])
    assert len(account.entries("webhook")) == 2
    assert sorted(request.path for request, _ in receiver.log) == ["/own", "/second"]


def test_a_notice_url_needs_no_path(account: Driver, receiver: HTTPServer) -> None:
    receiver.expect_request("/", query_string={"wc-api": "x"}).respond_with_data("ok")
    account.pay(notice_url=f"http://{receiver.host}:{receiver.port}?wc-api=x")
    [entry] = account.entries("webhook")
    assert (entry["url"], entry["status"]) == ("/?wc-api=x", 200)


def test_without_an_address_nothing_is_sent(account: Driver) -> None:
    account.set(webhook={"test": {"url": None}})
    assert account.pay()["status"] == "paid"
    assert account.entries("webhook") == []


def test_live_payments_go_to_the_live_stage_s_address(account: Driver, receiver: HTTPServer) -> None:
    receiver.expect_request("/live").respond_with_data("ok")
    [channel] = account.settings["channels"]
    live = {**channel, "channel_key": "channel-key-live", "sandbox": False}
    account.set(stage="live", channels=[channel, live], webhook={"live": {"url": receiver.url_for("/live")}})
    account.pay()
    assert len(account.entries("webhook")) == 1
    assert [request.path for request, _ in receiver.log] == ["/live"]


class TestCancellation:
    def test_by_default_one_made_through_the_api_is_not_notified(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid)
        account.advance(DAY)
        assert account.look_up(imp_uid)["status"] == "cancelled"
        assert len(account.entries("webhook")) == 1

    def test_it_is_where_the_call_asked_for_it(self, account: Driver, receiver: HTTPServer) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid, enable_webhook=True)
        account.act("/idle")
        assert len(bodies(receiver)) == 1, "nothing may be sent at the time of the request"
        account.advance(DAY)
        [done] = account.look_up(imp_uid)["cancel_history"]
        expected = {"imp_uid": imp_uid, "merchant_uid": "order-1", "status": "cancelled"}
        assert bodies(receiver)[1:] == [{**expected, "cancellation_id": done["cancellation_id"]}]

    def test_and_always_where_the_account_is_set_so(self, account: Driver, receiver: HTTPServer) -> None:
        account.set(cancel_notice="always")
        account.cancel(account.pay()["imp_uid"])
        account.advance(DAY)
        assert [body["status"] for body in bodies(receiver)] == ["paid", "cancelled"]

    def test_the_asked_for_goes_to_the_console_s_address(self, account: Driver, receiver: HTTPServer) -> None:
        receiver.expect_request("/own").respond_with_data("ok")
        imp_uid = account.pay(notice_url=receiver.url_for("/own"))["imp_uid"]
        account.cancel(imp_uid, enable_webhook=True)
        account.advance(DAY)
        assert [request.path for request, _ in receiver.log] == ["/own", "/webhook"]

    def test_only_where_the_payment_itself_was_notified(self, account: Driver, receiver: HTTPServer) -> None:
        account.set(webhook={"test": {"url": None}})
        imp_uid = account.pay()["imp_uid"]
        account.set(webhook={"test": {"url": receiver.url_for("/webhook")}})
        account.cancel(imp_uid, enable_webhook=True)
        account.advance(DAY)
        assert account.look_up(imp_uid)["status"] == "cancelled"
        assert receiver.log == []


class TestOutcome:
    def test_an_error_answer_is_recorded_and_not_tried_again(self, account: Driver, receiver: HTTPServer) -> None:
        receiver.clear()
        receiver.expect_request("/webhook").respond_with_data("broken", status=500)
        account.pay()
        account.advance(DAY)
        [entry] = account.entries("webhook")
        assert (entry["status"], entry["response"]) == (500, "broken")

    def test_a_refused_connection_is_recorded(self, account: Driver) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            account.set(webhook={"test": {"url": f"http://127.0.0.1:{free.getsockname()[1]}/"}})
            account.pay()
            [entry] = account.entries("webhook")
        assert entry["status"] is None
        assert "failed: Cannot connect" in entry["error"]

    def test_a_receiver_that_does_not_answer_is_given_up(self, account: Driver) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            account.set(timeout_scale=0.005, webhook={"test": {"url": url}})
            account.pay()
            [entry] = account.entries("webhook")
        assert entry["status"] is None
        assert "did not answer in time" in entry["error"]
        assert 0.1 <= entry["ended"] - entry["began"] < 0.4

    def test_a_redirect_is_not_followed(self, account: Driver, receiver: HTTPServer) -> None:
        receiver.clear()
        elsewhere = Response(status=302, headers={"Location": receiver.url_for("/elsewhere")})
        receiver.expect_request("/webhook").respond_with_response(elsewhere)
        account.pay()
        [entry] = account.entries("webhook")
        assert entry["status"] == 302
        assert [request.path for request, _ in receiver.log] == ["/webhook"]


class TestOrder:
    """Whether the webhook or the browser's return comes first. The journal numbers entries as exchanges end."""

    def kinds(self, account: Driver) -> list[str]:
        account.act("/idle")
        return [entry["kind"] for entry in account.see("/journal")["entries"] if entry["kind"] in ("webhook", "return")]

    def test_before_means_that_the_return_waits_for_the_webhook_s_answer(
        self, account: Driver, receiver: HTTPServer
    ) -> None:
        seen: list[str] = []

        def look(_: Request) -> Response:
            seen.extend(entry["kind"] for entry in account.see("/journal")["entries"])
            return Response("ok")

        receiver.clear()
        receiver.expect_request("/webhook").respond_with_handler(look)
        account.set(webhook_order="before")
        account.pay()
        assert "charge" in seen
        assert "return" not in seen
        assert self.kinds(account) == ["webhook", "return"]

    def test_after_means_that_it_comes_when_time_goes_on(self, account: Driver) -> None:
        account.set(webhook_order="after")
        account.pay()
        assert self.kinds(account) == ["return"]
        assert account.advance(5) == 1
        assert self.kinds(account) == ["return", "webhook"]

    def test_together_means_that_a_slow_receiver_does_not_hold_the_buyer_up(self, account: Driver) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            account.set(timeout_scale=0.02, webhook={"test": {"url": url}})
            account.pay()
            assert account.client.post(account.control + "/idle", json={"timeout_seconds": 0}).status_code == 503
            assert self.kinds(account) == ["return", "webhook"]


def test_the_console_s_test_call_goes_to_the_saved_address(account: Driver, receiver: HTTPServer) -> None:
    assert account.act("/webhooks/test") == {"status": 200, "error": None}
    [body] = bodies(receiver)
    assert set(body) == {"imp_uid", "merchant_uid", "status"}


def test_the_test_call_says_when_no_address_is_saved(account: Driver) -> None:
    account.set(webhook={"test": {"url": None}})
    answer = account.act("/webhooks/test")
    assert answer == {"status": None, "error": "No webhook address is saved for this stage."}


@pytest.mark.parametrize(
    "url", ["shop.example/hook", "ftp://shop.example/", "http://[::1", "javascript:alert(1)", "http://"]
)
def test_what_is_no_web_address_gets_nothing(account: Driver, receiver: HTTPServer, url: str) -> None:
    refused = account.client.patch(account.control, json={"webhook": {"test": {"url": url}}})
    assert refused.status_code == 400
    assert "no web address" in refused.json()["error"]
    paid = account.pay(notice_url=[url, receiver.url_for("/webhook")])
    assert paid["status"] == "paid"
    [entry] = account.entries("webhook")
    assert entry["status"] == 200


@pytest.mark.parametrize("status", ["paid", "ready"])
def test_the_console_s_test_webhook_is_the_real_one(account: Driver, receiver: HTTPServer, status: str) -> None:
    assert account.act("/webhooks/test", status=status) == {"status": 200, "error": None}
    [(request, _)] = receiver.log
    assert request.get_json() == {
        "imp_uid": "imp_1234567890", "merchant_uid": "merchant_1234567890", "status": status,
    }  # fmt: skip
