"""RUN-01 to RUN-03 fail for what they are about, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from conformance.real.charges_told import agreed
from conformance.real.ledger import Ledger
from conformance.real.run_verdicts import judged, with_judgements
from conformance.record.orders import OrderState
from conformance.settings.real import ChargesSettings
from conformance.verdict.algebra import Judgement, ScenarioResult, Verdict
from conformance.verdict.reasons import Cause, Why, told
from tests.charges.stub_account import ACCOUNT, SHOP

SETTINGS = ChargesSettings(allow_real_charges=True, max_amount={"USD": Decimal(5)}, max_charges=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "charges.sqlite")
    yield opened
    opened.close()


def run(ledger: Ledger, settings: ChargesSettings = SETTINGS) -> None:
    ledger.begin_run("run-1", ACCOUNT, SHOP, agreed(settings))


def charge(
    ledger: Ledger,
    number: int = 1,
    amount: int = 5,
    method: str = "cc",
    paid_by: str = "card",
    *,
    pg_tid: str = "",
    permitted: bool = True,
) -> None:
    uid = f"A-{number}"
    ledger.begin_attempt(uid, Decimal(amount), "USD", method, "A buyer pays", ACCOUNT, "A")
    if permitted:
        ledger.permitted(ACCOUNT, uid)
    ledger.charged(ACCOUNT, uid, f"imp_{number}", Decimal(amount), "USD", 1_790_000_000, paid_by, pg_tid)


def verdicts(ledger: Ledger, *troubles: str) -> dict[str, str]:
    return {id: verdict.value for id, (verdict, _) in judged(ledger.books(), "run-1", troubles).items()}


def reason(ledger: Ledger, id: str) -> str:
    return told(judged(ledger.books(), "run-1", ())[id][1])


NONE = {"RUN-01": "NOT_APPLICABLE", "RUN-02": "NOT_APPLICABLE", "RUN-03": "NOT_APPLICABLE"}


def test_a_run_that_charged_nothing(ledger: Ledger) -> None:
    run(ledger)
    ledger.begin_attempt("A-1", Decimal(5), "USD", "cc", "S", ACCOUNT, "A")
    assert verdicts(ledger) == NONE
    assert reason(ledger, "RUN-01") == "this run charged nothing (1 widgets were opened, and none was paid)"


def test_a_charge_that_came_back_and_whose_order_is_cancelled(ledger: Ledger) -> None:
    run(ledger)
    charge(ledger)
    ledger.came_back(ACCOUNT, "imp_1", Decimal(5))
    ledger.order_read(ACCOUNT, "imp_1", OrderState.CANCELLED)
    assert verdicts(ledger) == {**NONE, "RUN-01": "PASS", "RUN-02": "PASS"}


def test_a_charge_that_is_out_is_listed(ledger: Ledger) -> None:
    run(ledger)
    charge(ledger)
    assert verdicts(ledger)["RUN-01"] == "PASS"
    assert "listed as outstanding:\n  imp_1: 5 USD, paid as A-1 on 2026-09-" in reason(ledger, "RUN-01")


@pytest.mark.parametrize("state", [OrderState.PAID, OrderState.WAITING_FOR_CANCELLATION])
def test_an_order_that_is_not_cancelled_with_its_charge_fails(ledger: Ledger, state: OrderState) -> None:
    run(ledger)
    charge(ledger)
    ledger.came_back(ACCOUNT, "imp_1", Decimal(5))
    ledger.order_read(ACCOUNT, "imp_1", state)
    assert verdicts(ledger) == {**NONE, "RUN-01": "FAIL", "RUN-02": "PASS"}
    assert reason(ledger, "RUN-01") == f"imp_1 is cancelled at PortOne, and the merchant says that order A is {state}"


def test_what_could_not_be_looked_up_is_an_error(ledger: Ledger) -> None:
    run(ledger)
    charge(ledger)
    assert verdicts(ledger, "A-1 could not be looked up")["RUN-01"] == "ERROR"


@pytest.mark.parametrize(
    ("settings", "charged", "words"),
    [
        (SETTINGS, {"amount": 6}, "imp_1 was charged 6 USD, and charges.max_amount allows 5 USD"),
        (ChargesSettings(max_amount={"USD": Decimal(5)}), {}, "without consent (charges.allow_real_charges)"),
        (SETTINGS, {"permitted": False}, "although the buyer was not to pay in that scenario (A buyer pays)"),
        (SETTINGS, {"method": "mint"}, "by mint, which cannot be refunded"),
        (SETTINGS, {"paid_by": "mint"}, "by mint, which cannot be refunded"),
    ],
)
def test_a_charge_that_was_not_agreed_to_fails(
    ledger: Ledger, settings: ChargesSettings, charged: dict[str, int], words: str
) -> None:
    run(ledger, settings)
    charge(ledger, **charged)  # type: ignore[arg-type]  # by name
    assert verdicts(ledger) == {**NONE, "RUN-01": "PASS", "RUN-02": "FAIL"}
    assert words in reason(ledger, "RUN-02")


def test_more_charges_than_were_agreed_to_fail(ledger: Ledger) -> None:
    run(ledger)
    charge(ledger, 1)
    charge(ledger, 2)
    assert reason(ledger, "RUN-02") == "2 charges were made, and charges.max_charges allows 1"


def test_a_payment_without_money_needs_no_consent(ledger: Ledger) -> None:
    run(ledger, ChargesSettings())
    charge(ledger, method="test")
    assert verdicts(ledger)["RUN-02"] == "NOT_APPLICABLE"


def test_another_runs_charges_are_not_this_ones(ledger: Ledger) -> None:
    run(ledger)
    charge(ledger, amount=99)
    ledger.begin_run("run-2", ACCOUNT, SHOP, agreed(SETTINGS))
    assert {id: one[0].value for id, one in judged(ledger.books(), "run-2", ()).items()} == NONE


def test_a_setting_that_was_not_put_back_is_for_a_person_to_see(ledger: Ledger) -> None:
    run(ledger)
    ledger.setting_changed("webhook endpoint", "https://shop.example/a", "https://tunnel.example/b")
    assert verdicts(ledger)["RUN-03"] == "REVIEW"
    assert "in PortOne's console back to https://shop.example/a" in reason(ledger, "RUN-03")
    ledger.setting_restored("webhook endpoint", "attested by Ada")
    assert verdicts(ledger)["RUN-03"] == "PASS"
    when = f"{ledger.entries[-1].at:%Y-%m-%d %H:%M} UTC"
    assert reason(ledger, "RUN-03") == f"webhook endpoint: attested by Ada on {when}"


def test_the_ledger_wins_over_a_scenario_and_speaks_where_none_was_selected() -> None:
    own = ScenarioResult("features/run.feature::1", "F", "T", ("RUN-01",), Verdict.INCONCLUSIVE, "later")
    other = ScenarioResult("features/x.feature::1", "F", "T", ("CANCEL-01",), Verdict.PASS)
    kept = (Cause(Why.SAID, facts={"said": "kept"}),)
    said: dict[str, Judgement] = {
        "RUN-01": (Verdict.FAIL, kept), "RUN-02": (Verdict.PASS, ()), "RUN-03": (Verdict.NOT_APPLICABLE, ()),
    }  # fmt: skip
    results = with_judgements([own, other], said)
    assert [(one.requirements, one.verdict.value, one.reason) for one in results] == [
        (("RUN-01",), "FAIL", "kept"),
        (("CANCEL-01",), "PASS", ""),
        (("RUN-02",), "PASS", ""),
    ]


def test_a_card_in_place_of_the_test_method_was_not_agreed(ledger: Ledger) -> None:
    run(ledger)
    charge(ledger, method="test", pg_tid="b1493096790")
    assert verdicts(ledger)["RUN-02"] == "FAIL"
    told = "(Paymentwall's b1493096790), although the buyer was to pay by the Test Payment method"
    assert told in reason(ledger, "RUN-02")
