"""A cancellation at the real account takes its time: the run ends before, and a later one finishes it."""

from __future__ import annotations

from pathlib import Path

from conformance.real.ledger import Ledger
from tests.real.standing_in import CONSENT, StandIn, reasons


def test_a_result_that_came_after_the_run_is_collected_later(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path)
    config = stand_in.configure("sandbox", CONSENT + "\n[waits]\nwait_seconds = 0\n")
    with stand_in.running():
        ended = stand_in.run(config, "--requirement=CANCEL-09")
        assert "waiting for Paymentwall since" in " ".join(reasons(ended, "CANCEL-09")), ended.output
        assert ended.verdicts["CANCEL-09"] == "INCONCLUSIVE"
        assert parts_not_asked_for(tmp_path) == 1  # a third was; the rest must not come back before the scenario ended
        resumed = stand_in.command(config, "resume", CONFORMANCE_WAITS__WAIT_SECONDS="60")
        payments = stand_in.payments()
    assert "1 passed" in resumed.output, resumed.output
    assert ended.verdicts["CANCEL-09"] == "PASS"
    [part] = payments
    assert 0 < part["cancel_amount"] < part["amount"]
    assert parts_not_asked_for(tmp_path) == 0
    assert not list(tmp_path.glob("waits/*"))


def parts_not_asked_for(folder: Path) -> int:
    """How many charges there are of which something was not asked back yet."""
    ledger = Ledger(folder / "charges.sqlite")
    try:
        return len([charge for charge in ledger.books().charges.values() if charge.left])
    finally:
        ledger.close()
