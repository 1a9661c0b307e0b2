"""`conformance outstanding` and `refund`: their exit code says whether money is still out, one line what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.verbs import app
from conformance.portone.accounts import account_settings
from conformance.real.ledger import Ledger
from conformance.real.resuming import money_is_out
from conformance.settings.conformance_toml import CONFIG_VARIABLE, settings_of
from conformance.verdict.catalogue import Stage
from emulator.client import Control
from emulator.server import Emulator

SETTINGS = """
[portone]
api_url = "{url}"
imp_code = "{imp_code}"
imp_key = {{ env = "LEDGER_KEY" }}
imp_secret = {{ env = "LEDGER_SECRET" }}
channel_key = "a-channel"

[charges]
wait_seconds = 20
"""


@dataclass(frozen=True)
class Desk:
    """An account at the emulator, and the settings and ledger of a run on it."""

    folder: Path
    control: Control
    account: str

    @property
    def ledger(self) -> Path:
        return self.folder / "charges.sqlite"

    def charge(self, uid: str = "A-1") -> str:
        """A run charges 10 USD and is killed; its imp_uid."""
        ledger = Ledger(self.ledger)
        ledger.begin_attempt(uid, Decimal(10), "USD", "cc", "A buyer pays", self.account, "A")
        ledger.permitted(self.account, uid)
        ledger.close()
        channel = next(one["channel_key"] for one in self.control.settings()["channels"] if one["sandbox"])
        buyer = {"buyer_name": "Grace Hopper", "buyer_email": "grace@example.com", "name": "One order"}
        return str(self.control.pay(uid, 10, currency="USD", channel_key=channel, **buyer)["imp_uid"])

    def run(self, *words: str) -> tuple[int, str]:
        """The exit code, and what was said."""
        ended = CliRunner().invoke(app, [*words, f"--config={self.folder / 'conformance.toml'}"])
        return ended.exit_code, ended.output


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(tls=False, speed=1.0) as started:
        yield started


@pytest.fixture
def desk(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    settings = {**account_settings(Stage.TEST, "http://127.0.0.1:1/"), "paymentwall": {"ticket_seconds": 0}}
    with Control.of_new_account(emulator.url, settings) as control:
        account = control.settings()
        text = SETTINGS.format(url=emulator.url, imp_code=account["imp_code"])
        (tmp_path / "conformance.toml").write_text(text, "utf-8")
        monkeypatch.setenv("LEDGER_KEY", account["imp_key"])
        monkeypatch.setenv("LEDGER_SECRET", account["imp_secret"])
        yield Desk(tmp_path, control, f"{account['imp_code']} ({emulator.url})")


def test_what_is_outstanding_is_listed_and_refunded(desk: Desk) -> None:
    imp_uid = desk.charge()
    code, said = desk.run("outstanding")
    assert code == 1
    assert said.startswith("OUTSTANDING: 10 USD of 1 charge did not come back yet\n")
    assert f"{imp_uid}: 10 USD, paid as A-1 on " in said
    assert "; refund not requested yet\n" in said
    back = f"Came back: 10 USD of {imp_uid}, paid as A-1\n"
    assert desk.run("refund", "--all") == (0, f"{back}No charge is outstanding.\n")
    assert desk.run("outstanding") == (0, "No charge is outstanding.\n")
    assert len(desk.control.tickets()) == 1


def test_one_of_several_is_refunded_by_name(desk: Desk) -> None:
    first, second = desk.charge("A-1"), desk.charge("A-2")
    code, said = desk.run("refund", second)
    assert code == 1
    assert said.startswith(f"Came back: 10 USD of {second}, paid as A-2\nOUTSTANDING: 10 USD of 1 charge")
    assert f"{first}: 10 USD, paid as A-1" in said
    assert [ticket["imp_uid"] for ticket in desk.control.tickets()] == [second]


def test_a_ticket_that_is_never_answered_is_asked_for_again_only_on_demand(desk: Desk) -> None:
    desk.control.set(paymentwall={"ticket_seconds": 1_000_000})
    desk.charge()
    (desk.folder / "conformance.toml").write_text(
        (desk.folder / "conformance.toml").read_text("utf-8").replace("wait_seconds = 20", "wait_seconds = 0"), "utf-8"
    )
    for _ in range(2):
        code, said = desk.run("refund", "--all")
        assert (code, "waiting for Paymentwall since" in said) == (1, True)
    assert len(desk.control.tickets()) == 1
    desk.run("refund", "--all", "--again")
    assert len(desk.control.tickets()) == 2


def test_money_that_somebody_saw_come_back_is_outstanding_no_more(desk: Desk) -> None:
    imp_uid = desk.charge()
    assert desk.run("outstanding", f"--came-back={imp_uid}")[0] == 2
    desk.run("outstanding")
    assert desk.run("outstanding", f"--came-back={imp_uid}", "--who=Ada") == (0, "No charge is outstanding.\n")


def test_a_setting_stands_there_until_somebody_put_it_back(desk: Desk) -> None:
    ledger = Ledger(desk.ledger)
    ledger.setting_changed("webhook endpoint", "https://shop.example/a", "https://tunnel.example/b")
    ledger.close()
    told = "Not put back yet: the webhook endpoint at PortOne; it was https://shop.example/a"
    assert told in desk.run("outstanding")[1]
    code, said = desk.run("outstanding", "--restored=endpoint", "--who=Ada")
    assert (code, "what was changed: webhook endpoint" in said) == (2, True)
    assert desk.run("outstanding", "--restored=webhook endpoint", "--who=Ada") == (0, "No charge is outstanding.\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("refund",), "name the payments (imp_…), or say --all"),
        (("refund", "imp_1", "--all"), "name the payments (imp_…), or say --all"),
        (("refund", "imp_1"), "imp_1 is not in "),
        (("outstanding", "--came-back=imp_1", "--who=Ada"), "imp_1 is not in "),
    ],
)
def test_what_cannot_be_meant_is_one_line(desk: Desk, words: tuple[str, ...], told: str) -> None:
    desk.charge()
    code, said = desk.run(*words)
    assert (code, said.count("\n")) == (2, 1)
    assert told in said


def test_without_a_ledger_nothing_is_known(desk: Desk) -> None:
    for verb in (("outstanding",), ("refund", "--all")):
        code, said = desk.run(*verb)
        assert (code, said.count("\n")) == (2, 1)
        assert "and nothing is known" in said
    assert not desk.ledger.exists()


def test_wrong_keys_are_one_line_and_the_money_may_be_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.charge()
    monkeypatch.setenv("LEDGER_SECRET", "another-secret-of-the-same-length")
    code, said = desk.run("outstanding")
    assert code == 1
    assert "A-1 could not be looked up: PortOne answered POST /users/getToken with HTTP 401" in said


def test_a_missing_key_is_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.charge()
    monkeypatch.delenv("LEDGER_KEY")
    assert desk.run("outstanding") == (
        2,
        "the environment has no LEDGER_KEY, which portone.imp_key names; set it to the secret\n",
    )


def test_a_ledger_in_use_is_one_line(desk: Desk) -> None:
    desk.charge()
    ledger = Ledger(desk.ledger)
    code, said = desk.run("outstanding")
    ledger.close()
    assert (code, said.count("\n"), "in use by another run" in said) == (2, 1, True)


def test_without_keys_the_list_is_shown_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.charge()
    desk.run("outstanding")
    (desk.folder / "conformance.toml").write_text("", "utf-8")
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    code, said = desk.run("outstanding")
    assert (code, said.splitlines()[-1]) == (1, "PortOne was not asked: conformance.toml has no [portone] table.")


def test_a_resumed_run_knows_whether_money_is_out(desk: Desk) -> None:
    settings = settings_of(str(desk.folder / "conformance.toml"), desk.folder)
    assert not money_is_out(settings)
    imp_uid = desk.charge()
    desk.run("outstanding")
    assert money_is_out(settings)
    desk.run("outstanding", "--came-back", imp_uid, "--who", "Ada")
    assert not money_is_out(settings)
