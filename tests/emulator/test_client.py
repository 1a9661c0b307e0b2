"""The control plane's verbs in Python, and what the newer of them do."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from pytest_httpserver import HTTPServer

from emulator.client import Control, ControlError
from emulator.server import Emulator
from emulator.verbs import Verb
from tests.emulator.driver import Driver

DAY = 86_400


@pytest.fixture
def control(emulator: Emulator, account: Driver) -> Iterator[Control]:
    with emulator.control(account.settings["imp_code"]) as opened:
        yield opened


class TestMoney:
    def test_a_cancellation_in_the_console_is_always_told(self, control: Control, receiver: HTTPServer) -> None:
        imp_uid = control.pay("a", "10.50", currency="USD")["imp_uid"]
        control.idle()
        assert control.cancel(imp_uid, amount="3.00", reason="A scratch")["status"] == "paid"
        [ticket] = control.tickets()
        assert (ticket["imp_uid"], ticket["amount"]) == (imp_uid, "3.00")
        control.advance(DAY)
        [payment] = control.payments()
        assert (payment["status"], payment["cancel_amount"]) == ("paid", 3)
        assert [done["reason"] for done in payment["cancel_history"]] == ["A scratch"]
        assert [request.get_json()["status"] for request, _ in receiver.log] == ["paid", "cancelled"]

    @pytest.mark.parametrize("reason", ["chargeback", "card_fraud", "other_fraud"])
    def test_a_chargeback_takes_all_of_it(self, control: Control, reason: str) -> None:
        imp_uid = control.pay("a", 12000)["imp_uid"]
        answer = control._do(Verb.CHARGE_BACK, imp_uid, reason=reason)
        assert (answer["status"], answer["cancel_amount"]) == ("cancelled", 12000)
        assert control.pingbacks()[-1]["type"] == 2

    def test_a_refund_by_paymentwall_itself(self, control: Control) -> None:
        imp_uid = control.pay("a", 12000)["imp_uid"]
        assert control.refund(imp_uid)["status"] == "cancelled"
        assert control.tickets() == []

    @pytest.mark.parametrize(("accepted", "status"), [(True, "paid"), (False, "failed")])
    def test_a_review_is_decided(self, control: Control, accepted: bool, status: str) -> None:
        control.set(paymentwall={"review": "hold"})
        imp_uid = control.pay("a", 12000)["imp_uid"]
        answer = control.accept_review(imp_uid) if accepted else control.decline_review(imp_uid)
        assert answer["status"] == status
        with pytest.raises(ControlError, match="not under review"):
            control.accept_review(imp_uid)

    def test_a_held_authorisation_is_voided(self, control: Control, receiver: HTTPServer) -> None:
        control.set(paymentwall={"review": "hold"})
        imp_uid = control.pay("a", 12000)["imp_uid"]
        assert control.void(imp_uid)["status"] == "failed"
        assert [one["type"] for one in control.pingbacks()] == [200, 203]
        control.idle()
        assert receiver.log == []

    def test_what_is_impossible_is_said(self, control: Control) -> None:
        left = control.pay("a", 12000, finish="leave")["imp_uid"]
        for verb in (control.charge_back, control.refund, control.accept_review, control.void, control.cancel):
            with pytest.raises(ControlError) as refused:
                verb(left)
            assert refused.value.status == 400
            with pytest.raises(ControlError, match="There is no payment imp_0") as refused:
                verb("imp_0")
            assert refused.value.status == 404


class TestSent:
    def test_a_webhook_is_listed_with_request_and_answer_and_sent_again(
        self, control: Control, receiver: HTTPServer
    ) -> None:
        imp_uid = control.pay("a", 12000)["imp_uid"]
        control.idle()
        [webhook] = control.webhooks()
        assert (webhook["imp_uid"], webhook["status"], webhook["state"]) == (imp_uid, "paid", "delivered")
        assert webhook["url"] == receiver.url_for("/webhook")
        assert webhook["request"]["body"]["imp_uid"] == imp_uid
        assert webhook["answer"] == {"status": 200, "body": "ok", "error": None}
        assert control.resend_webhook(webhook["id"]) == {"status": 200, "error": None}
        assert len(receiver.log) == 2
        assert receiver.log[0][0].data == receiver.log[1][0].data
        with pytest.raises(ControlError, match="There is no webhook 99"):
            control.resend_webhook(99)

    def test_a_test_webhook(self, control: Control, receiver: HTTPServer) -> None:
        assert control.call_test() == {"status": 200, "error": None}
        assert len(receiver.log) == 1

    def test_each_stage_has_a_test_webhook_of_its_own(self, control: Control, receiver: HTTPServer) -> None:
        receiver.expect_request("/live").respond_with_data("ok")
        control.set(webhook={"live": {"url": receiver.url_for("/live")}})
        assert control.call_test("live") == {"status": 200, "error": None}
        assert control.call_test("test") == {"status": 200, "error": None}
        assert [request.path for request, _ in receiver.log] == ["/live", "/webhook"]
        with pytest.raises(ControlError, match="'stage': "):
            control._do(Verb.CALL_TEST, stage="moon")

    def test_where_pingbacks_come_from_is_known_beforehand(self, account: Driver) -> None:
        assert "216.127.71.0/24" in account.see("/pingbacks")["come_from"]

    def test_a_pingback_is_listed_and_sent_again_without_effect(self, control: Control, receiver: HTTPServer) -> None:
        imp_uid = control.pay("a", 12000)["imp_uid"]
        [pingback] = control.pingbacks()
        assert (pingback["imp_uid"], pingback["type"]) == (imp_uid, 0)
        control.resend_pingback(pingback["id"])
        control.idle()
        assert len(control.journal(kind="pingback")["entries"]) == 2
        assert len(receiver.log) == 1
        with pytest.raises(ControlError, match="There is no pingback 99"):
            control.resend_pingback(99)

    def test_a_pingback_is_tried(self, control: Control) -> None:
        told = control.try_pingback(2, "imp_0", reason=1)
        assert told == {"status": 403, "body": "Unknown payment or wrong signature", "error": None}
        [entry] = control.journal(kind="pingback")["entries"]
        assert entry["request"]["body"]["is_test"] == "1"


class TestClock:
    def test_it_runs_at_a_speed_until_it_is_stopped(self, control: Control) -> None:
        imp_uid = control.pay("a", 12000)["imp_uid"]
        control.cancel(imp_uid)
        assert [one["label"] for one in control.clock()["upcoming"]] == ["decision on ticket 1"]
        control.idle()
        seen = control.journal()["next"]
        control.run(speed=1_000_000)
        assert control.journal(kind="webhook", after=seen, wait_seconds=10)["entries"]
        control.stop()
        stopped = control.now()
        assert control.clock()["speed"] == 0
        assert control.now() == stopped
        assert control.payments()[0]["status"] == "cancelled"

    def test_a_speed_that_is_none_is_refused(self, control: Control) -> None:
        with pytest.raises(ControlError, match="'speed': "):
            control.run(speed=-1)


class TestJournal:
    def test_it_is_filtered_by_kind_source_and_payment(self, control: Control) -> None:
        first, second = (control.pay(name, 12000)["imp_uid"] for name in ("a", "b"))
        control.idle()
        kinds = [entry["kind"] for entry in control.journal(kind=["webhook", "pingback"])["entries"]]
        assert sorted(kinds) == ["pingback", "pingback", "webhook", "webhook"]
        assert {entry["imp_uid"] for entry in control.journal(imp_uid=first)["entries"]} == {first}
        assert {entry["imp_uid"] for entry in control.journal(merchant_uid="b")["entries"]} == {second}
        assert {entry["kind"] for entry in control.journal(source="portone")["entries"]} == {"webhook"}
        assert control.journal(kind="token")["entries"] == []

    def test_a_reader_waits_for_what_fits(self, control: Control) -> None:
        with ThreadPoolExecutor(1) as reader:
            waiting = reader.submit(control.journal, kind="webhook", wait_seconds=10)
            control.pay("a", 12000)
            [entry] = waiting.result(timeout=10)["entries"]
        assert entry["kind"] == "webhook"

    def test_a_reader_gets_an_answer_when_nothing_came(self, control: Control) -> None:
        began = time.monotonic()
        assert control.journal(kind="webhook", wait_seconds=0.2)["entries"] == []
        assert time.monotonic() - began >= 0.2

    @pytest.mark.parametrize("query", ["kind=dance", "source=nobody", "after=x", "wait_seconds=-1", "colour=red"])
    def test_what_it_cannot_be_asked_is_refused(self, account: Driver, query: str) -> None:
        answer = account.client.get(f"{account.control}/journal?{query}")
        assert answer.status_code == 400
        assert repr(query.split("=")[0]) in answer.json()["error"]


class TestSnapshot:
    def test_an_account_is_put_back_as_it_was(self, control: Control, account: Driver, receiver: HTTPServer) -> None:
        control.set(cancel_notice="always")
        cancelled, left = (control.pay(name, "10.50", currency="USD")["imp_uid"] for name in ("a", "b"))
        account.cancel(cancelled)
        control.idle()
        taken = control.snapshot()
        before = (control.payments(), control.tickets(), control.webhooks(), control.pingbacks(), control.settings())
        control.reset()
        control.pay("c", 12000)
        control.idle()
        receiver.clear_log()
        control.restore(taken)
        after = (control.payments(), control.tickets(), control.webhooks(), control.pingbacks(), control.settings())
        assert after == before
        assert control.now() == taken["now"]
        assert [entry["seq"] for entry in control.journal()["entries"]] == [one["seq"] for one in taken["journal"]]
        control.advance(DAY)
        assert [one["status"] for one in control.payments()] == ["cancelled", "paid"]
        assert [request.get_json()["imp_uid"] for request, _ in receiver.log] == [cancelled]
        assert account.cancel(left)["code"] == 0

    def test_a_redelivery_that_was_due_comes_after_it(self, control: Control, receiver: HTTPServer) -> None:
        control.set(redelivery=True)
        control.break_call("break", "webhook")
        control.pay("a", 12000)
        control.idle()
        taken = control.snapshot()
        control.reset()
        control.restore(taken)
        control.advance(60)
        assert [one["state"] for one in control.webhooks()] == ["delivered"]
        assert len(receiver.log) == 1

    def test_what_is_no_snapshot_changes_nothing(self, control: Control) -> None:
        control.pay("a", 12000)
        control.idle()
        taken, payments = control.snapshot(), control.payments()
        other = {**taken, "settings": {**taken["settings"], "imp_code": "imp999"}}
        for wrong, sentence in (
            ({}, "This is not a snapshot of version 1."),
            ({**taken, "payments": [{}]}, "The snapshot's 0.imp_uid: "),
            ({**taken, "paymentwall": {"charges": 1}}, "The snapshot is inconsistent"),
            ({**taken, "due": [{"due": 0, "label": "x", "kept": {}}]}, "The snapshot is inconsistent"),
            (other, "The snapshot is one of another account."),
        ):
            with pytest.raises(ControlError) as refused:
                control.restore(wrong)
            assert str(refused.value).startswith(sentence)
            assert control.payments() == payments


class TestClient:
    def test_it_removes_an_account_with_everything(self, emulator: Emulator) -> None:
        with Control.of_new_account(emulator.url) as made:
            keys = {name: made.settings()[name] for name in ("imp_key", "imp_secret")}
            made.pay("a", 12000)
            assert len(made.charges()) == 1
            made.remove()
            with pytest.raises(ControlError, match="There is no account"):
                made.payments()
        assert httpx.post(f"{emulator.url}/users/getToken", json=keys).status_code == 401

    def test_it_makes_an_account(self, emulator: Emulator) -> None:
        with Control.of_new_account(emulator.url, {"cancel_notice": "always"}) as made:
            assert made.settings()["cancel_notice"] == "always"
            assert made.settings()["imp_code"] == made.imp_code

    def test_it_sends_the_token(self) -> None:
        with Emulator(tls=False, control_token="let-me-in") as emulator:
            with Control.of_new_account(emulator.url, token="let-me-in") as made:
                assert made.payments() == []
                code = made.imp_code
            with emulator.control(code) as same:
                assert same.payments() == []
            with (
                Control(emulator.url, code, "wrong") as stranger,
                pytest.raises(ControlError, match="needs its token") as refused,
            ):
                stranger.payments()
            assert refused.value.status == 401

    def test_idle_says_what_it_waits_for(self, control: Control) -> None:
        control.break_call("hold", "webhook")
        control.pay("a", 12000)
        with pytest.raises(ControlError, match="webhook paid for a"):
            control.idle(timeout_seconds=0)
        control.remove_faults()
        control.idle()

    def test_a_change_is_told_to_who_waits_for_one(self, control: Control, account: Driver) -> None:
        def wait(after: int) -> int:
            asked = {"after": after, "wait_seconds": 10}
            with httpx.Client(base_url=account.client.base_url) as another:
                return int(another.get(f"{account.control}/changes", params=asked).json()["changes"])

        seen = int(account.see("/changes")["changes"])
        with ThreadPoolExecutor(1) as page:
            told = page.submit(wait, seen)
            control.set(cancel_notice="always")
            assert told.result(timeout=10) > seen
