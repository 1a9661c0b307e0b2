"""Webhooks that come again: after an error where that is switched on, after a good answer, and by hand."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.emulator.driver import Driver

MINUTE = 60


class Merchant:
    """What stands at the webhook's address: answers with these statuses in turn, the last one again and again."""

    def __init__(self, receiver: HTTPServer) -> None:
        self.answers = [200]
        self.bodies: list[Any] = []
        receiver.clear()
        receiver.expect_request("/webhook").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        self.bodies.append(request.json)
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Response(f"answer {len(self.bodies)}", status)


@pytest.fixture
def merchant(account: Driver, receiver: HTTPServer) -> Merchant:  # noqa: ARG001 - its address is the account's
    return Merchant(receiver)


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"


def history(account: Driver) -> list[dict[str, Any]]:
    account.act("/idle")
    found: list[dict[str, Any]] = account.see("/webhooks")["webhooks"]
    return found


class TestRedelivery:
    def test_it_is_off_by_default(self, account: Driver, merchant: Merchant) -> None:
        merchant.answers = [500]
        account.pay()
        account.act("/idle")
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 1
        assert [(one["state"], one["tries"]) for one in history(account)] == [("given up", 1)]

    def test_a_5xx_answer_is_followed_by_five_more_tries_a_minute_apart(
        self, account: Driver, merchant: Merchant
    ) -> None:
        merchant.answers = [503]
        account.set(redelivery=True)
        account.pay()
        account.act("/idle")
        for tries in range(2, 7):
            account.advance(MINUTE - 1)
            assert len(merchant.bodies) == tries - 1
            [waiting] = history(account)
            assert waiting["state"] == "waiting"
            account.advance(1)
            assert len(merchant.bodies) == tries
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 6
        assert all(body == merchant.bodies[0] for body in merchant.bodies)
        assert [(one["state"], one["tries"]) for one in history(account)] == [("given up", 6)]

    def test_it_ends_with_the_first_good_answer(self, account: Driver, merchant: Merchant) -> None:
        merchant.answers = [500, 200]
        account.set(redelivery=True)
        account.pay()
        account.act("/idle")
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 2
        [delivered] = history(account)
        assert (delivered["state"], delivered["answer"]["status"]) == ("delivered", 200)

    @pytest.mark.parametrize("status", [400, 404, 302])
    def test_other_errors_are_not_tried_again(self, account: Driver, merchant: Merchant, status: int) -> None:
        merchant.answers = [status]
        account.set(redelivery=True)
        account.pay()
        account.act("/idle")
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 1
        assert history(account)[0]["state"] == "given up"

    def test_a_refused_connection_is_tried_again(self, account: Driver, nobody: str) -> None:
        account.set(redelivery=True, webhook={"test": {"url": nobody}})
        account.pay()
        account.act("/idle")
        account.advance(5 * MINUTE)
        [given_up] = history(account)
        assert (given_up["tries"], given_up["state"], given_up["answer"]["status"]) == (6, "given up", None)
        assert "failed" in given_up["answer"]["error"]

    def test_the_first_try_waits_longer_than_the_others(self, account: Driver) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            account.set(redelivery=True, timeout_scale=0.01, webhook={"test": {"url": url}})
            account.pay()
            account.act("/idle")
            account.advance(MINUTE)
            first, second = (one["ended"] - one["began"] for one in account.entries("webhook"))
        assert first > 0.25  # 30 s to read
        assert 0.1 < second < 0.8 * first  # 15 s in all

    def test_each_address_of_a_payment_is_tried_for_itself(
        self, account: Driver, merchant: Merchant, receiver: HTTPServer
    ) -> None:
        merchant.answers = [500]
        receiver.expect_request("/good").respond_with_data("ok")
        account.set(redelivery=True)
        account.pay(notice_url=[receiver.url_for("/webhook"), receiver.url_for("/good")])
        account.act("/idle")
        account.advance(MINUTE)
        assert sorted((one["url"], one["tries"]) for one in history(account)) == [
            (receiver.url_for("/good"), 1), (receiver.url_for("/webhook"), 2),
        ]  # fmt: skip

    def test_what_is_delivered_by_hand_meanwhile_is_not_tried_again(self, account: Driver, merchant: Merchant) -> None:
        merchant.answers = [500, 200]
        account.set(redelivery=True)
        account.pay()
        [waiting] = history(account)
        account.act(f"/webhooks/{waiting['id']}/resend")
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 2

    def test_a_reset_drops_what_was_due(self, account: Driver, merchant: Merchant) -> None:
        merchant.answers = [500]
        account.set(redelivery=True)
        account.pay()
        account.act("/idle")
        account.act("/reset")
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 1
        assert history(account) == []


class TestRepeats:
    def test_a_webhook_may_come_again_though_it_was_answered_well(self, account: Driver, merchant: Merchant) -> None:
        account.set(webhook_repeats=2)
        account.pay()
        account.act("/idle")
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 3
        assert merchant.bodies[0] == merchant.bodies[1] == merchant.bodies[2]

    def test_by_default_it_does_not(self, account: Driver, merchant: Merchant) -> None:
        account.pay()
        account.act("/idle")
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 1


class TestConsole:
    def test_the_history_shows_what_was_sent_and_answered(self, account: Driver, merchant: Merchant) -> None:
        paid = account.pay()
        [one] = history(account)
        body = {"imp_uid": paid["imp_uid"], "merchant_uid": "order-1", "status": "paid"}
        assert merchant.bodies == [body]
        assert one["request"] == {"content_type": "application/json", "body": body}
        assert one["answer"] == {"status": 200, "body": "answer 1", "error": None}
        assert (one["status"], one["tries"], one["state"]) == ("paid", 1, "delivered")
        assert one["url"].endswith("/webhook")

    def test_a_webhook_is_sent_again_by_hand(self, account: Driver, merchant: Merchant) -> None:
        merchant.answers = [404, 200]
        account.pay()
        [one] = history(account)
        answer = account.act(f"/webhooks/{one['id']}/resend")
        assert answer["status"] == 200
        assert merchant.bodies[0] == merchant.bodies[1]
        assert [(one["state"], one["tries"]) for one in history(account)] == [("delivered", 2)]

    def test_the_hand_does_not_use_up_the_clock_s_tries(self, account: Driver, merchant: Merchant) -> None:
        merchant.answers = [500]
        account.set(redelivery=True)
        account.pay()
        [one] = history(account)
        account.act(f"/webhooks/{one['id']}/resend")
        account.advance(60 * MINUTE)
        assert len(merchant.bodies) == 7

    def test_an_unknown_webhook_cannot_be_sent_again(self, account: Driver) -> None:
        assert account.client.post(f"{account.control}/webhooks/99/resend").status_code == 404

    def test_an_unasked_cancellation_notice_is_written_down_and_not_sent(
        self, account: Driver, merchant: Merchant
    ) -> None:
        imp_uid = account.pay(method="paypal")["imp_uid"]
        account.cancel(imp_uid)
        paid, cancelled = history(account)
        assert (paid["state"], cancelled["state"], cancelled["tries"]) == ("delivered", "recorded", 0)
        assert len(merchant.bodies) == 1
        account.act(f"/webhooks/{cancelled['id']}/resend")
        assert merchant.bodies[1]["status"] == "cancelled"
        assert merchant.bodies[1]["cancellation_id"] == cancelled["cancellation_id"]
        assert history(account)[1]["state"] == "delivered"

    def test_changed_webhook_settings_count_from_then_on(
        self, account: Driver, merchant: Merchant, receiver: HTTPServer
    ) -> None:
        receiver.expect_request("/new").respond_with_data("ok")
        account.pay("order-1")
        account.act("/idle")
        form = "application/x-www-form-urlencoded"
        account.set(webhook={"test": {"url": receiver.url_for("/new"), "content_type": form}})
        account.pay("order-2")
        account.act("/idle")
        assert len(merchant.bodies) == 1
        assert receiver.log[-1][0].path == "/new"
        assert receiver.log[-1][0].headers["content-type"] == form
