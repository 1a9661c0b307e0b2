"""V2's webhooks: signed as Standard Webhooks has it, in two versions, told once more for two days if need be."""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.emulator.v2.second import DAY, Second

ROTATED = "whsec_" + b64encode(b"the secret that takes the other one's place").decode()


class Inbox:
    """What came to the merchant's address, and how it answers."""

    def __init__(self, server: HTTPServer) -> None:
        self.came: list[tuple[dict[str, str], str]] = []
        self.status = 200
        server.expect_request("/inbox").respond_with_handler(self._take)
        self.url = server.url_for("/inbox")

    def _take(self, request: Request) -> Response:
        self.came.append(({name.lower(): value for name, value in request.headers}, request.get_data(as_text=True)))
        return Response("", self.status)

    def types(self) -> set[str]:
        """In no order: the payment window opens and is paid in at one moment."""
        return {str(body["type"]) for body in self.bodies()}

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]


@pytest.fixture
def inbox(receiver: HTTPServer, second: Second) -> Iterator[Inbox]:
    found = Inbox(receiver)
    second.account.set(v2={"webhook": {"test": {"url": found.url}}, "redelivery_jitter": 0})
    yield found
    second.account.act("/idle")


def signatures(headers: dict[str, str], body: str, *secrets: str) -> list[str]:
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    keys = [b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    return [f"v1,{b64encode(hmac.digest(key, content, 'sha256')).decode()}" for key in keys]


def test_a_payment_is_told_as_it_goes_on(second: Second, inbox: Inbox) -> None:
    transaction_id = second.pay()
    asked = second.cancelled(amount=250)["id"]
    second.account.advance(DAY)
    rest = second.cancelled()["id"]
    second.account.advance(DAY)
    second.account.act("/idle")
    bodies = {body["type"]: body for body in inbox.bodies()}
    assert set(bodies) == {
        "Transaction.Ready", "Transaction.Paid", "Transaction.CancelPending", "Transaction.PartialCancelled",
        "Transaction.Cancelled",
    }  # fmt: skip
    about = {
        "storeId": second.settings["store_id"], "paymentId": "order-1", "transactionId": transaction_id,
    }  # fmt: skip
    assert bodies["Transaction.Paid"]["data"] == about
    assert bodies["Transaction.PartialCancelled"]["data"] == {**about, "cancellationId": asked}
    assert bodies["Transaction.Cancelled"]["data"] == {**about, "cancellationId": rest}
    assert second.look_up()["statusChangedAt"][:16] == bodies["Transaction.Cancelled"]["timestamp"][:16]


def test_each_is_signed_with_the_secret_of_its_stage(second: Second, inbox: Inbox) -> None:
    second.pay()
    second.account.act("/idle")
    secret = second.settings["webhook"]["test"]["secrets"][0]
    for headers, body in inbox.came:
        assert headers["webhook-signature"].split(" ") == signatures(headers, body, secret)
        assert headers["content-type"] == "application/json"
    assert len({headers["webhook-id"] for headers, _ in inbox.came}) == 2


def test_while_secrets_rotate_both_sign(second: Second, inbox: Inbox) -> None:
    both = [second.settings["webhook"]["test"]["secrets"][0], ROTATED]
    second.account.set(v2={"webhook": {"test": {"secrets": both}}})
    second.pay()
    second.account.act("/idle")
    headers, body = inbox.came[-1]
    assert headers["webhook-signature"].split(" ") == signatures(headers, body, *both)


def test_without_a_secret_nothing_is_signed(second: Second, inbox: Inbox) -> None:
    second.account.set(v2={"webhook": {"test": {"secrets": []}}})
    second.pay()
    second.account.act("/idle")
    assert all("webhook-signature" not in headers and headers["webhook-id"] for headers, _ in inbox.came)


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_the_older_version_has_its_own_body_and_is_signed_too(second: Second, inbox: Inbox, content_type: str) -> None:
    second.account.set(v2={"webhook_version": "2024-01-01", "webhook": {"test": {"content_type": content_type}}})
    transaction_id = second.pay()
    second.account.act(f"/payments/{transaction_id}/dispute")  # which the older version has no word for
    second.account.act("/idle")
    assert len(inbox.came) == 2
    headers, body = next(one for one in inbox.came if "Paid" in one[1])
    fields = {"payment_id": "order-1", "tx_id": transaction_id, "status": "Paid"}
    if content_type == "application/json":
        assert json.loads(body) == fields
    else:
        assert body == f"payment_id=order-1&tx_id={transaction_id}&status=Paid"
    assert headers["webhook-signature"].split(" ") == signatures(
        headers, body, second.settings["webhook"]["test"]["secrets"][0]
    )


def test_what_is_not_taken_comes_again_after_1_4_16_64_and_256_minutes(second: Second, inbox: Inbox) -> None:
    inbox.status = 400
    second.pay()
    second.account.act("/idle")
    first = {body["type"]: (headers["webhook-id"], body["timestamp"]) for (headers, _), body in _both(inbox)}
    for minutes in (1, 4, 16, 64, 256):
        second.account.advance(minutes * 60 - 1)
        inbox.came.clear()
        second.account.advance(1)
        again = {body["type"]: (headers["webhook-id"], body["timestamp"]) for (headers, _), body in _both(inbox)}
        assert again == first
    inbox.came.clear()
    second.account.advance(30 * DAY)
    assert inbox.came == []
    shown = second.look_up()["webhooks"]
    assert [(one["currentExecutionCount"], one["status"]) for one in shown] == [(6, "FAILED_NOT_OK_RESPONSE")] * 2


def _both(inbox: Inbox) -> list[tuple[tuple[dict[str, str], str], dict[str, Any]]]:
    return list(zip(inbox.came, inbox.bodies(), strict=True))


def test_what_was_taken_at_last_comes_no_more(second: Second, inbox: Inbox) -> None:
    inbox.status = 500
    second.pay()
    second.account.act("/idle")
    inbox.status = 200
    second.account.advance(60)
    inbox.came.clear()
    second.account.advance(30 * DAY)
    assert inbox.came == []


def test_the_waiting_time_is_spread_by_the_jitter(second: Second, inbox: Inbox) -> None:
    second.account.set(v2={"redelivery_jitter": 0.5})
    inbox.status = 500
    second.pay()
    second.account.act("/idle")
    upcoming = second.account.see("/clock")
    waits = [one["due"] - upcoming["now"] for one in upcoming["upcoming"]]
    assert all(30 <= wait <= 90 for wait in waits)
    assert waits[0] != waits[1]


def test_redelivery_can_be_switched_off(second: Second, inbox: Inbox) -> None:
    second.account.set(v2={"redelivery": False})
    inbox.status = 500
    second.pay()
    second.account.act("/idle")
    assert second.account.see("/clock")["upcoming"] == []


def test_one_is_sent_again_by_hand_under_the_same_id_five_times(second: Second, inbox: Inbox) -> None:
    second.pay()
    second.account.act("/idle")
    webhook_id = inbox.came[0][0]["webhook-id"]
    for _ in range(5):
        answer = second.post("/payments/order-1/resend-webhook", webhookId=webhook_id).raise_for_status()
        assert answer.json()["webhook"]["trigger"] == "MANUAL"
    assert [headers["webhook-id"] for headers, _ in inbox.came[-5:]] == [webhook_id] * 5
    refused = second.post("/payments/order-1/resend-webhook", webhookId=webhook_id)
    assert refused.json()["type"] == "MAX_WEBHOOK_RETRY_COUNT_REACHED"


def test_a_notice_address_of_the_payment_takes_the_place_of_the_console_s(second: Second, inbox: Inbox) -> None:
    second.account.set(v2={"webhook": {"test": {"url": None}}})
    second.pay(notice_url=inbox.url)
    second.account.act("/idle")
    assert inbox.types() == {"Transaction.Ready", "Transaction.Paid"}


def test_a_result_that_the_call_wants_no_webhook_of_has_none(second: Second, inbox: Inbox) -> None:
    second.pay()
    second.cancelled(skipWebhook=True)
    second.account.advance(DAY)
    assert "Transaction.Cancelled" not in [body["type"] for body in inbox.bodies()]
    assert second.look_up()["status"] == "CANCELLED"


def test_what_the_console_cancels_is_told(second: Second, inbox: Inbox) -> None:
    second.account.act(f"/payments/{second.pay()}/cancel")
    second.account.advance(DAY)
    assert {"Transaction.CancelPending", "Transaction.Cancelled"} <= inbox.types()


def test_what_is_cancelled_at_once_was_never_pending(second: Second, inbox: Inbox) -> None:
    second.pay(method="paypal")
    assert second.cancelled()["status"] == "SUCCEEDED"
    second.account.act("/idle")
    assert inbox.types() == {"Transaction.Ready", "Transaction.Paid", "Transaction.Cancelled"}


def test_a_chargeback_is_a_dispute_and_takes_the_money(second: Second, inbox: Inbox) -> None:
    second.account.act(f"/payments/{second.pay()}/chargeback")
    second.account.act("/idle")
    assert {"Transaction.DisputeCreated", "Transaction.Cancelled"} <= inbox.types()
    assert second.look_up()["cancellations"][0]["trigger"] == "CHARGEBACK"


def test_a_dispute_is_told_when_it_begins_and_when_it_ends(second: Second, inbox: Inbox) -> None:
    transaction_id = second.pay()
    second.account.act(f"/payments/{transaction_id}/dispute")
    assert [one["status"] for one in second.look_up()["disputes"]] == ["UNRESOLVED"]
    second.account.act(f"/payments/{transaction_id}/dispute/resolve")
    second.account.act("/idle")
    assert [one["status"] for one in second.look_up()["disputes"]] == ["RESOLVED"]
    assert {"Transaction.DisputeCreated", "Transaction.DisputeResolved"} <= inbox.types()


def test_a_review_is_pending_or_failed_as_the_account_is_set(second: Second, inbox: Inbox) -> None:
    second.account.set(paymentwall={"review": "hold"})
    pending = second.pay()
    assert second.look_up()["status"] == "PAY_PENDING"
    second.account.act(f"/payments/{pending}/review/accept")
    assert second.look_up()["status"] == "PAID"
    second.account.set(v2={"review": "failed"})
    failed = second.pay("order-2")
    assert second.look_up("order-2")["status"] == "FAILED"
    second.account.act(f"/payments/{failed}/review/accept")
    assert second.look_up("order-2")["status"] == "PAID"
    second.account.act("/idle")
    kinds = sorted(body["type"].partition(".")[2] for body in inbox.bodies())
    assert kinds == ["Failed", "Paid", "Paid", "PayPending", "Ready", "Ready"]


def test_the_return_can_wait_until_the_webhooks_were_answered(second: Second, inbox: Inbox) -> None:
    second.account.set(webhook_order="before")
    second.pay()
    assert inbox.types() == {"Transaction.Ready", "Transaction.Paid"}


def test_the_webhook_of_a_payment_can_come_after_the_browser(second: Second, inbox: Inbox) -> None:
    second.account.set(webhook_order="after")
    second.pay()
    second.account.act("/idle")
    assert inbox.types() == {"Transaction.Ready"}
    second.account.advance(5)
    assert inbox.types() == {"Transaction.Ready", "Transaction.Paid"}


def test_a_declined_review_fails_and_says_so(second: Second, inbox: Inbox) -> None:
    second.account.set(paymentwall={"review": "hold"})
    second.account.act(f"/payments/{second.pay()}/review/decline")
    second.account.act("/idle")
    assert second.look_up()["status"] == "FAILED"
    assert "Transaction.Failed" in inbox.types()


def test_the_console_s_call_test_is_one_of_v2_and_signed(second: Second, inbox: Inbox) -> None:
    second.account.act("/webhooks/test", version="V2")
    ((headers, body),) = inbox.came
    assert json.loads(body)["type"] == "Transaction.Paid"
    secret = second.settings["webhook"]["test"]["secrets"][0]
    assert headers["webhook-signature"].split(" ") == signatures(headers, body, secret)


def test_what_waits_to_come_again_survives_a_restart(second: Second, inbox: Inbox) -> None:
    inbox.status = 500
    second.pay()
    second.account.act("/idle")
    kept = second.account.see("/snapshot")
    second.account.act("/reset")
    second.account.act("/restore", **kept)
    inbox.came.clear()
    second.account.advance(60)
    assert sorted(body["type"] for body in inbox.bodies()) == ["Transaction.Paid", "Transaction.Ready"]
