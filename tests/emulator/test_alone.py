"""`python -m emulator`: options, a configuration file, what is kept on disk, one clear line for every wrong use."""

import json
import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from emulator.client import Control, ControlError
from emulator.files import StateUnreadable
from emulator.server import HOSTS, Emulator, PortTaken
from tests import forks
from tests.emulator.driver import Driver

DAY = 86_400


@contextmanager
def alone(*options: str) -> Iterator[tuple[str, str]]:
    """It runs as a program; its address and what it printed."""
    with forks.start("emulator", "--port", "0", *options) as running:
        assert running.stdout is not None
        limit = threading.Timer(30, running.kill)
        limit.start()
        try:
            printed = "".join(takewhile(lambda line: not line.startswith("Time "), running.stdout))
            url = printed.splitlines()[0].rpartition(" ")[2]
            yield url, printed
        finally:
            running.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
            ended = running.wait(timeout=15)
            limit.cancel()
    assert ended == 0


def refused(*options: str) -> str:
    """The one line that it ends with."""
    ended = forks.run("emulator", "--port", "0", *options)
    assert ended.returncode == 2, ended.stdout
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr.strip()


class TestRunning:
    def test_a_purchase_can_be_paid_and_its_webhook_watched_without_any_merchant(self) -> None:
        with alone("--speed", "0") as (url, printed), Control(url, "imp87654321") as control:
            assert f"{url}/demo" in printed
            assert "?include_sandbox=true" in printed
            assert "enable_webhook: true" in printed
            control.pay("a", 12000)
            control.idle()
            [webhook] = control.webhooks()
            assert (webhook["url"], webhook["state"]) == (f"{url}/demo/webhook", "delivered")
            control.pay("order-2", 10, version="V2")
            control.idle()
            assert [one["state"] for one in control.webhooks()] == ["delivered"] * 3

    def test_a_merchant_s_address_takes_the_demo_shop_s_place(self) -> None:
        with alone("--webhook", "http://127.0.0.1:9/hook") as (url, printed), Control(url, "imp87654321") as control:
            assert "http://127.0.0.1:9/hook" in printed
            settings = control.settings()
            for webhook in (settings["webhook"], settings["v2"]["webhook"]):
                assert {webhook[stage]["url"] for stage in ("test", "live")} == {"http://127.0.0.1:9/hook"}

    def test_with_tls_it_says_how_the_real_names_are_led_here(self, tmp_path: Path) -> None:
        with alone("--tls", "--certificates", str(tmp_path)) as (_, printed):
            assert f"--cacert {tmp_path / 'ca.pem'}" in printed
            assert "MAP api.iamport.kr 127.0.0.1:" in printed
            assert f"127.0.0.1 {' '.join(HOSTS)}" in printed

    def test_without_control_there_is_neither_control_plane_nor_page(self) -> None:
        with alone("--no-control") as (url, printed):
            assert "/_emulator/" not in printed
            for path in ("/", "/demo", "/_emulator/health", "/_emulator/page/page.js"):
                assert httpx.get(url + path).status_code == 404
            assert httpx.get(f"{url}/v1/iamport.js").status_code == 200

    def test_a_configuration_file_makes_accounts(self, tmp_path: Path) -> None:
        config = tmp_path / "emulator.toml"
        config.write_text(
            'speed = 0\n[[accounts]]\nimp_code = "imp1"\n[[accounts]]\nimp_code = "imp2"\ncancel_notice = "always"\n'
        )
        with alone("--config", str(config)) as (url, printed), Control(url, "imp2") as control:
            assert control.settings()["cancel_notice"] == "always"
            assert control.clock()["speed"] == 0
            assert "imp1" in printed
            assert "(and 1 more accounts)" in printed

    def test_what_is_said_on_the_command_line_counts_more(self, tmp_path: Path) -> None:
        config = tmp_path / "emulator.toml"
        config.write_text("speed = 0\n")
        with alone("--config", str(config), "--speed", "60") as (url, _), Control(url, "imp87654321") as control:
            assert control.clock()["speed"] == 60

    def test_every_call_waits_as_long_as_it_was_told_side_by_side(self) -> None:
        with alone("--no-control", "--latency", "0.3") as (url, _), httpx.Client(base_url=url) as client:
            began = time.monotonic()
            with ThreadPoolExecutor(8) as threads:
                statuses = list(threads.map(lambda _: client.get("/v1/iamport.js").status_code, range(8)))
            took = time.monotonic() - began
        assert statuses == [200] * 8
        assert 0.3 <= took < 8 * 0.3

    def test_the_journal_is_written_to_a_file_without_secrets(self, tmp_path: Path) -> None:
        journal = tmp_path / "journal.jsonl"
        journal.write_text('{"from": "an earlier run"}\n')
        with alone("--journal", str(journal)) as (url, _), Control(url, "imp87654321") as control:
            control.pay("a", 12000)
            control.idle()
            kept = control.journal()["entries"]
        lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
        assert lines[1:] == [{"imp_code": "imp87654321", **entry} for entry in kept]
        assert "4242" not in journal.read_text("utf-8")


class TestState:
    def test_it_survives_a_restart(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        with Emulator(tls=False, state=state) as emulator, httpx.Client(base_url=emulator.url) as client:
            account = Driver(client, client.post("/_emulator/accounts", json={}).json())
            token, payment = account.token(), account.pay()
            account.cancel(payment["imp_uid"])
            account.set(cancel_notice="always")
            account.act("/idle")
            settings, tickets, journal = account.see(""), account.see("/tickets"), account.see("/journal")
        assert stat.S_IMODE(state.stat().st_mode) == 0o600 or os.name == "nt"
        with Emulator(tls=False, state=state) as emulator, httpx.Client(base_url=emulator.url) as client:
            again = Driver(client, account.settings)
            assert again.see("") == settings
            assert again.see("/tickets") == tickets
            assert again.see("/journal") == journal
            assert again.client.get("/users/pg", headers={"Authorization": token}).status_code == 200
            again.advance(DAY)
            assert again.look_up(payment["imp_uid"])["status"] == "cancelled"

    def test_a_running_clock_has_gone_on_meanwhile(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        with Emulator(tls=False, state=state) as emulator, httpx.Client(base_url=emulator.url) as client:
            account = Driver(client, client.post("/_emulator/accounts", json={}).json())
            account.cancel(account.pay()["imp_uid"])
            account.act("/idle")
        whole = json.loads(state.read_text("utf-8"))
        whole["accounts"][0]["taken_at"] -= 2 * DAY
        state.write_text(json.dumps(whole), "utf-8")
        with Emulator(tls=False, state=state, speed=1) as emulator, httpx.Client(base_url=emulator.url) as client:
            again = Driver(client, account.settings)
            again.act("/idle")
            assert [one["status"] for one in again.see("/payments")["payments"]] == ["cancelled"]

    def test_it_is_written_while_it_runs(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        with alone("--state", str(state)) as (url, _), Control(url, "imp87654321") as control:
            control.pay("a", 12000)
            written = threading.Event()
            for _ in range(100):
                if state.exists() and '"merchant_uid": "a"' in state.read_text("utf-8"):
                    written.set()
                    break
                written.wait(0.1)
            assert written.is_set()

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "is not one that this emulator wrote"),
            ("[]", "is not one that this emulator wrote"),
            ('{"accounts": [{}], "tokens": []}', "cannot be used: This is not a snapshot of version 1."),
        ],
    )
    def test_a_file_that_is_no_state_is_refused(self, tmp_path: Path, text: str, said: str) -> None:
        state = tmp_path / "state.json"
        state.write_text(text, "utf-8")
        with pytest.raises(StateUnreadable) as refused_state:
            Emulator(tls=False, state=state).start()
        assert str(state) in str(refused_state.value)
        assert said in str(refused_state.value)
        assert state.read_text("utf-8") == text

    def test_a_state_that_does_not_hold_together_is_refused(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        with Emulator(tls=False, state=state) as emulator, httpx.Client(base_url=emulator.url) as client:
            client.post("/_emulator/accounts", json={})
        whole = json.loads(state.read_text("utf-8"))
        whole["accounts"][0]["paymentwall"] = {"charges": "none"}
        state.write_text(json.dumps(whole), "utf-8")
        with pytest.raises(StateUnreadable, match="is inconsistent"):
            Emulator(tls=False, state=state).start()
        assert json.loads(state.read_text("utf-8")) == whole


class TestBeyondThisMachine:
    def test_a_token_is_made_up_and_wanted(self) -> None:
        with Emulator(tls=False, host="0.0.0.0") as emulator:
            assert emulator.control_token
            assert httpx.get(f"{emulator.url}/_emulator/health").status_code == 401
            with Control.of_new_account(emulator.url, token=emulator.control_token) as made:
                assert made.payments() == []
            assert httpx.get(f"{emulator.url}/openapi.json").status_code == 200

    def test_it_is_printed_with_the_page(self) -> None:
        with alone("--host", "0.0.0.0") as (url, printed):
            token = printed.partition("/#token=")[2].split()[0]
            with Control(url, "imp87654321", token) as control:
                assert control.payments() == []
            with Control(url, "imp87654321") as stranger, pytest.raises(ControlError, match="needs its token"):
                stranger.payments()

    def test_an_address_of_another_machine_is_named(self) -> None:
        with pytest.raises(PortTaken, match=r"^192\.0\.2\.1 is not an address of this machine\.$"):
            Emulator(tls=False, host="192.0.2.1").start()


class TestWrongUse:
    def test_a_configuration_that_is_not_there(self, tmp_path: Path) -> None:
        assert (
            refused("--config", str(tmp_path / "none.toml"))
            == f"{tmp_path / 'none.toml'} cannot be read: No such file or directory."
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("speed = ", " is not TOML: Invalid value (at end of document)."),
            ("sped = 1", ": there is no key 'sped'; known are: port, host, speed, "),
            ('speed = "fast"', ": 'speed' cannot be used: "),
            ("port = 70000", ": 'port' cannot be used: "),
            ("[[accounts]]\nstagee = 'test'", "account 1: There is no setting 'stagee'; known here are: imp_code, "),
            ("[[accounts]]\n[[accounts]]\nstage = 'tset'", "account 2: Setting 'stage' cannot be used: "),
        ],
    )
    def test_a_configuration_that_cannot_be_used_is_named_with_its_key(
        self, tmp_path: Path, text: str, said: str
    ) -> None:
        config = tmp_path / "emulator.toml"
        config.write_text(text, "utf-8")
        line = refused("--config", str(config))
        assert line.startswith(str(config))
        assert said in line

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--speed", "-1"), "'speed' cannot be used: "),
            (("--webhook", "shop.example"), "'webhook' cannot be used: "),
            (("--state", "/no/such/folder/state.json"), "The state file /no/such/folder/state.json cannot be made: "),
            (("--journal", "/no/such/folder/journal.jsonl"), "/no/such/folder/journal.jsonl cannot be used: "),
            (("--certificates", "/dev/null/folder", "--tls"), "/dev/null/folder"),
        ],
    )
    def test_an_option_that_cannot_be_used(self, options: tuple[str, ...], said: str) -> None:
        assert refused(*options).startswith(said)

    def test_a_state_that_cannot_be_read(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        state.write_text("{", "utf-8")
        assert refused("--state", str(state)).startswith(f"The state file {state} is not one that this emulator wrote")

    def test_a_taken_tls_port(self) -> None:
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            assert refused("--tls-port", str(port)).startswith(f"Port {port} on 127.0.0.1 is taken")
