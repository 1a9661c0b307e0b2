"""Faults: each call can be made to go wrong, for one payment, so many times, and only in its own account."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer

from emulator.client import Control, ControlError
from emulator.server import Emulator
from emulator.verbs import Verb
from tests.emulator.driver import Driver


@pytest.fixture
def control(emulator: Emulator, account: Driver) -> Iterator[Control]:
    with emulator.control(account.settings["imp_code"]) as opened:
        yield opened
        opened.remove_faults()


def look_up(account: Driver, imp_uid: str, **options: Any) -> httpx.Response:
    with httpx.Client(base_url=account.client.base_url) as client:
        token = {"Authorization": account.token()}
        return client.get(f"/payments/{imp_uid}?include_sandbox=true", headers=token, **options)


class TestWhatGoesWrong:
    def test_another_answer_is_given_so_often_as_asked(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        control.break_call("answer", "look-up", status=503, body={"code": -1, "message": "later"}, times=2)
        answers = [look_up(account, imp_uid) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503, 503, 200]
        assert answers[0].json() == {"code": -1, "message": "later"}

    def test_without_a_number_it_goes_on_until_it_is_removed(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        fault = control.break_call("answer", "look-up", times=None)
        assert {look_up(account, imp_uid).status_code for _ in range(5)} == {500}
        control.remove_faults(fault)
        assert look_up(account, imp_uid).status_code == 200
        assert control.faults() == []

    def test_garbage_is_no_json(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        control.break_call("garbage", "look-up")
        answer = look_up(account, imp_uid)
        assert answer.headers["content-type"] == "application/json"
        with pytest.raises(ValueError, match=r"."):
            answer.json()

    def test_a_broken_connection_gives_no_byte(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        control.break_call("break", "look-up")
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            look_up(account, imp_uid)
        assert look_up(account, imp_uid).status_code == 200

    def test_it_can_break_after_half_of_the_answer(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        control.break_call("break", "look-up", half=True)
        request = f"GET /payments/{imp_uid} HTTP/1.1\r\nHost: x\r\nAuthorization: {account.token()}\r\n\r\n"
        with socket.create_connection((account.client.base_url.host, account.client.base_url.port or 80)) as line:
            line.sendall(request.encode())
            got = b"".join(iter(lambda: line.recv(4096), b""))
        head, _, half = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        assert half.startswith(b'{"code"')
        assert len(half) == length // 2

    def test_a_delay_lets_the_true_answer_come_late(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        control.break_call("delay", "look-up", seconds=0.2)
        began = time.monotonic()
        assert look_up(account, imp_uid).status_code == 200
        assert time.monotonic() - began >= 0.2

    def test_a_call_can_take_effect_though_its_answer_is_lost(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay(method="paypal")["imp_uid"]
        control.break_call("break", "cancel", carried_out=True)
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            account.cancel(imp_uid)
        assert account.look_up(imp_uid)["status"] == "cancelled"

    def test_a_call_without_answer_has_no_effect_otherwise(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay(method="paypal")["imp_uid"]
        control.break_call("answer", "cancel", status=502)
        with pytest.raises(httpx.HTTPStatusError):
            account.cancel(imp_uid)
        assert account.look_up(imp_uid)["status"] == "paid"

    def test_what_was_not_carried_out_is_in_the_journal(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        fault = control.break_call("break", "cancel")
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            account.cancel(imp_uid)
        [entry] = account.entries("cancel")
        assert (entry["status"], entry["imp_uid"], entry["error"]) == (None, imp_uid, f"fault {fault}: break")


class TestHolding:
    def test_it_tells_who_waits_and_lets_go_when_released(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        fault = control.break_call("hold", "look-up")
        assert control.waits_in(fault, seconds=0) == []
        with ThreadPoolExecutor(1) as merchant:
            asked: Future[httpx.Response] = merchant.submit(look_up, account, imp_uid)
            [waiting] = control.waits_in(fault)
            assert (waiting["name"], waiting["imp_uid"], waiting["merchant_uid"]) == ("look-up", imp_uid, "order-1")
            assert not asked.done()
            control.release(fault)
            assert asked.result(timeout=5).json()["response"]["imp_uid"] == imp_uid
        assert control.waits_in(fault, seconds=0) == []

    def test_removing_it_lets_go_too(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        fault = control.break_call("hold", "look-up")
        with ThreadPoolExecutor(1) as merchant:
            asked = merchant.submit(look_up, account, imp_uid)
            assert control.waits_in(fault)
            control.remove_faults()
            assert asked.result(timeout=5).status_code == 200

    def test_who_hangs_gets_a_broken_connection_in_the_end(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        fault = control.break_call("hang", "look-up")
        with ThreadPoolExecutor(1) as merchant:
            asked = merchant.submit(look_up, account, imp_uid)
            assert control.waits_in(fault)
            control.release(fault)
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                asked.result(timeout=5)

    def test_a_reset_leaves_no_fault_and_nobody_waiting(self, account: Driver, control: Control) -> None:
        fault = control.break_call("hold", "channels", times=None)
        with ThreadPoolExecutor(1) as merchant:
            asked = merchant.submit(account.get, "/users/pg")
            assert control.waits_in(fault)
            control.reset()
            assert asked.result(timeout=5).status_code == 200
        assert control.faults() == []

    def test_stopping_the_emulator_lets_go_who_is_held(self) -> None:
        with ThreadPoolExecutor(1) as merchant:
            with Emulator(tls=False) as emulator, httpx.Client(base_url=emulator.url) as client:
                account = Driver(client, client.post("/_emulator/accounts", json={}).json())
                headers = {"Authorization": account.token()}
                with emulator.control(account.settings["imp_code"]) as control:
                    fault = control.break_call("hold", "channels")
                    asked = merchant.submit(httpx.get, f"{emulator.url}/users/pg", headers=headers, timeout=10)
                    assert control.waits_in(fault)
            assert asked.result(timeout=10).status_code == 200


class TestWhichCalls:
    def test_one_payment_s_calls_only(self, account: Driver, control: Control) -> None:
        first, second = account.pay("a")["imp_uid"], account.pay("b")["imp_uid"]
        control.break_call("answer", "look-up", imp_uid=first, times=None)
        assert [look_up(account, uid).status_code for uid in (first, second)] == [500, 200]

    def test_a_payment_named_by_its_other_identifier(self, account: Driver, control: Control) -> None:
        first, second = account.pay("a")["imp_uid"], account.pay("b")["imp_uid"]
        control.break_call("answer", "look-up", merchant_uid="a", times=None)
        assert [look_up(account, uid).status_code for uid in (first, second)] == [500, 200]

    def test_any_call_by_method_and_path(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        control.break_call("answer", path="/payments/imp_*", method="get", status=429, times=None)
        assert look_up(account, imp_uid).status_code == 429
        headers = {"Authorization": account.token()}
        assert account.client.post(f"/payments/{imp_uid}?include_sandbox=true", headers=headers).status_code == 200
        assert account.cancel(imp_uid)["code"] == 0

    def test_other_accounts_meet_none(self, control: Control, client: httpx.Client) -> None:
        other = Driver(client, client.post("/_emulator/accounts", json={}).json())
        imp_uid = other.pay()["imp_uid"]
        control.break_call("answer", "look-up", times=None)
        control.break_call("answer", "token", times=None)
        assert other.look_up(imp_uid)["status"] == "paid"

    def test_a_wrong_answer_to_the_token_call(self, account: Driver, control: Control) -> None:
        control.break_call("answer", "token", status=500)
        with pytest.raises(httpx.HTTPStatusError):
            account.token()
        assert account.token()

    @pytest.mark.parametrize("path", ["/v1/iamport.js", "/js/iamport.payment-1.2.0.js"])
    def test_the_sdk_may_not_load(self, control: Control, client: httpx.Client, path: str) -> None:
        control.break_call("answer", "sdk", status=404)
        assert [client.get(path).status_code for _ in range(2)] == [404, 200]

    def test_a_pingback_that_is_answered_wrongly_comes_again(self, account: Driver, control: Control) -> None:
        control.break_call("answer", "pingback", status=200, body="NO")
        assert account.pay()["status"] == "failed"  # delayed approval: the buyer came back before the result
        account.advance(1800)
        assert [one["status"] for one in control.payments()] == ["paid"]

    def test_a_ticket_that_cannot_be_opened(self, account: Driver, control: Control) -> None:
        imp_uid = account.pay()["imp_uid"]
        control.break_call("break", "ticket")
        assert account.cancel(imp_uid)["code"] != 0
        assert control.tickets() == []
        assert account.cancel(imp_uid)["code"] == 0

    @pytest.mark.parametrize("carried_out", [False, True])
    def test_a_webhook_that_is_lost(
        self, account: Driver, control: Control, receiver: HTTPServer, carried_out: bool
    ) -> None:
        control.set(redelivery=True)
        control.break_call("break", "webhook", carried_out=carried_out)
        account.pay()
        control.idle()
        assert len(receiver.log) == int(carried_out)
        assert [(one["tries"], one["state"]) for one in control.webhooks()] == [(1, "waiting")]
        account.advance(60)
        assert len(receiver.log) == 1 + carried_out
        assert [one["state"] for one in control.webhooks()] == ["delivered"]

    def test_a_webhook_that_is_held_back(self, account: Driver, control: Control, receiver: HTTPServer) -> None:
        fault = control.break_call("hold", "webhook")
        imp_uid = account.pay()["imp_uid"]
        [waiting] = control.waits_in(fault)
        assert (waiting["imp_uid"], receiver.log) == (imp_uid, [])
        control.release(fault)
        control.idle()
        assert len(receiver.log) == 1


class TestAsking:
    @pytest.mark.parametrize(
        ("asked", "sentence"),
        [
            ({}, "'what': Field required; known here are: call, method, path, "),
            ({"what": "hold"}, "Give the calls by either call or path (with method, if it matters)."),
            ({"what": "hold", "call": "cancel", "path": "/x"}, "Give the calls"),
            ({"what": "hold", "call": "cancel", "method": "GET"}, "Method goes with path."),
            ({"what": "explode", "call": "cancel"}, "'what': "),
            ({"what": "hold", "call": "dance"}, "'call': "),
            ({"what": "hold", "call": "cancel", "times": 0}, "'times': "),
            ({"what": "hold", "call": "cancel", "cal": 1}, "'cal': Extra inputs are not permitted"),
        ],
    )
    def test_what_is_no_fault_is_refused(self, control: Control, asked: dict[str, Any], sentence: str) -> None:
        with pytest.raises(ControlError) as refused:
            control._do(Verb.ADD_FAULT, **asked)
        assert refused.value.status == 400
        assert str(refused.value).startswith(sentence)
        assert control.faults() == []

    def test_an_unknown_one_is_not_found(self, control: Control) -> None:
        for verb in (control.release, control.remove_faults, control.waits_in):
            with pytest.raises(ControlError, match="There is no fault 999"):
                verb(999)

    def test_they_are_listed_with_what_they_met(self, account: Driver, control: Control) -> None:
        control.break_call("answer", "channels", times=3)
        account.get("/users/pg")
        [listed] = control.faults()
        assert (listed["call"], listed["what"], listed["left"], listed["met"]) == ("channels", "answer", 2, 1)
