"""At the desk: an emulator that runs prints what happens, and does what is asked from a second terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.client import Control
from emulator.desk import VERBS, at_the_desk
from emulator.journal import Entry
from emulator.lines import line_of, printer
from emulator.server import Emulator
from tests import forks
from tests.emulator.test_alone import alone

CHANNEL = {"channel_key": "channel-key-desk", "pg_id": "t_desk", "secret_key": "desk-secret"}
SHOP = {"imp_code": "imp10000001", "channels": [CHANNEL]}


@pytest.fixture
def desk() -> Iterator[Emulator]:
    """An emulator with one account, whose webhooks go to its own demo shop."""
    with Emulator(tls=False) as emulator:
        to = {"url": f"{emulator.url}/demo/webhook"}
        emulator.have_account({**SHOP, "webhook": {"test": to, "live": to}})
        yield emulator


@pytest.fixture
def do(desk: Emulator, capsys: pytest.CaptureFixture[str]) -> Doing:
    """What is typed, and what it says."""
    return Doing(desk, capsys)


class Doing:
    """Types a verb at the desk."""

    def __init__(self, desk: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
        self._desk, self._capsys = desk, capsys

    def __call__(self, *words: str) -> str:
        """What it says."""
        assert at_the_desk([*words, "--url", self._desk.url]) == 0
        return self._capsys.readouterr().out.strip()

    def refused(self, *words: str) -> str:
        """The one sentence with which it is refused."""
        assert at_the_desk([*words, "--url", self._desk.url]) == 2
        said = self._capsys.readouterr()
        assert said.out == ""
        [line] = said.err.splitlines()
        return line


def test_a_payment_is_cancelled_in_part_and_three_days_pass(do: Doing) -> None:
    paid = do("pay", "10.50", "--order", "order-1")
    assert re.fullmatch(r"Payment imp_\d{12}: 10\.5 USD paid, merchant_uid order-1", paid)
    assert do("cancel", "--amount", "3").endswith(": 10.5 USD paid, 1 ticket waiting")
    assert do("advance", "3d") == "Advanced 3 days: 1 ticket completed, 1 pingback sent, 1 webhook sent."
    assert do("advance", "1h") == "Advanced 1 hour: nothing was due."


def test_what_happens_elsewhere_happens_to_the_last_payment(do: Doing) -> None:
    first = do("pay", "5000", "KRW").split()[1].rstrip(":")
    do("pay", "7000", "KRW")
    assert do("trigger", "chargeback").endswith(": 7000 KRW cancelled, 7000 cancelled")
    assert do("refund", first).endswith(": 5000 KRW cancelled, 5000 cancelled")
    assert do("trigger", "test-webhook") == "The test webhook was answered with HTTP 200."
    assert re.fullmatch(r"Webhook \d+ was answered with HTTP 200\.", do("resend"))
    assert do("trigger", "expired-token") == "Access tokens that were given so far are refused."


def test_faults_are_added_listed_and_cleared(do: Doing) -> None:
    assert do("faults", "list") == "No faults."
    assert do("faults", "answer", "look-up", "--times", "2") == "Fault 1: answer for look-up, 2 times."
    assert do("faults", "hang", "cancel", "--times", "0") == "Fault 2: hang for cancel, every time."
    assert do("faults", "list").splitlines() == ["1: answer look-up", "2: hang cancel"]
    assert do("faults", "clear") == "All faults are removed."
    assert do("faults", "list") == "No faults."


def test_what_cannot_be_done_is_one_sentence(do: Doing, desk: Emulator) -> None:
    nothing = "There is no payment yet: pay something first."
    assert do.refused("cancel") == do.refused("trigger", "chargeback") == nothing
    assert do.refused("resend") == "No webhook was sent yet: pay something first."
    assert do.refused("advance", "soon") == "soon: say how much time passes as 3d, 12h, 30m or 45s"
    assert do.refused("faults", "hang").startswith("Say which calls go wrong: faults hang {token,look-up,")
    assert "0보다 큰 숫자" in do.refused("pay", "none")
    desk.have_account({"imp_code": "imp10000002"})
    assert do.refused("reset") == "There are 2 accounts; choose one with --account: imp10000001, imp10000002"
    assert do("reset", "--account", "imp10000002") == "The account is as it was in the beginning."


def test_where_no_emulator_answers_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert at_the_desk(["reset", "--url", "http://127.0.0.1:9"]) == 2
    assert capsys.readouterr().err == (
        "No emulator answers at http://127.0.0.1:9: start one with python -m emulator, or give --url.\n"
    )


@pytest.mark.parametrize("program", ["emulator", "conformance"])
def test_the_verbs_are_the_programs(program: str) -> None:
    words = ["emulator"] if program == "emulator" else ["conformance", "emulator"]
    ended = forks.run(*words, "advance", "--help")
    assert ended.returncode == 0
    assert "Time passes: 3d, 12h, 30m or 45s." in ended.stdout
    listed = forks.run(*words, "--help").stdout
    assert all(verb in listed for verb in VERBS)


def test_each_exchange_is_a_line_that_says_who_what_and_how_it_ended() -> None:
    lines: list[str] = []
    with Emulator(tls=False, heard=lambda _code, entry: lines.append(line_of(entry)[10:])) as emulator:
        emulator.have_account(dict(SHOP))
        at_the_desk(["pay", "10.50", "--order", "order-1", "--url", emulator.url])
        at_the_desk(["pay", "none", "--order", "order-2", "--url", emulator.url])
    shown = [re.sub(r"imp_\d{12}", "imp_1", " ".join(line.split())) for line in lines]
    assert shown[0] == "browser → PortOne request_pay POST /sdk/request_pay (imp_1) 200"
    assert "Paymentwall → PortOne pingback GET /paymentwall/webhook (imp_1) 200" in shown
    assert shown[-1].startswith("browser → PortOne request_pay POST /sdk/request_pay (order-2) 200")


def entry(**changed: object) -> Entry:
    facts = {
        "seq": 1, "kind": "cancel", "source": "merchant", "target": "portone", "began": 0.0, "ended": 0.1, "clock": 0.0,
        "method": "POST", "url": "/payments/cancel?_token=secret", "request": {"headers": {}, "body": {}},
        "status": 200, "response": {"code": 0}, "error": None, "imp_uid": "imp_1", "merchant_uid": None,
    }  # fmt: skip
    return Entry(**{**facts, **changed})  # type: ignore[arg-type]  # by name, as the test has them


@pytest.mark.parametrize(
    ("changed", "end"),
    [
        ({}, "POST /payments/cancel (imp_1)  200"),
        ({"response": {"code": -1, "message": "취소할 수 없습니다"}}, "(imp_1)  200, code -1 취소할 수 없습니다"),
        ({"status": None, "error": "connection refused"}, "(imp_1)  no answer: connection refused"),
        ({"kind": "webhook", "request": {"body": {"status": "paid"}}, "response": "ok"}, "(imp_1)  200, says paid"),
    ],
)
def test_a_line_ends_with_what_tells_most(changed: dict[str, object], end: str) -> None:
    assert line_of(entry(**changed)).endswith(end)


def test_when_nobody_reads_any_more_the_emulator_goes_on() -> None:
    tried: list[str] = []

    def closed(line: str) -> None:
        tried.append(line)
        raise BrokenPipeError

    heard = printer(closed)
    heard("imp10000001", entry())
    heard("imp10000001", entry())
    assert len(tried) == 1


def test_lines_are_printed_where_they_are_asked_for_and_the_journal_is_kept_too(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    with alone("--speed", "0", "--calls", "--journal", str(file)) as (url, _):
        assert at_the_desk(["pay", "10.50", "--url", url]) == 0
        with Control(url, "imp87654321") as control:
            control.idle()
    assert '"kind": "webhook"' in file.read_text("utf-8")
