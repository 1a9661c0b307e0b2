"""Both targets with a real account, run against a process that stands in for it: real time, and no control."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.real.standing_in import CONSENT, SECRETS, StandIn, kept, reasons

PATIENT = ("settle_seconds = 1.0", "settle_seconds = 5.0")
"""Where webhooks are held back one is waited for so long, which takes no time where it comes."""
NO_CONTROL = ("/_emulator/accounts", "/_emulator/accounts/imp12345678")


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def chosen(*ids: str) -> list[str]:
    return [f"--requirement={id}" for id in ids]


@pytest.mark.proof
def test_the_sandbox_decides_what_it_can_with_the_payments_that_it_planned(stand_in: StandIn) -> None:
    ids = chosen("SETUP-01", "CHECKOUT-01", "CHECKOUT-06", "WEBHOOK-01", "WEBHOOK-16", "CANCEL-02")
    with stand_in.running():
        ended = stand_in.run(stand_in.configure("sandbox", CONSENT, PATIENT), *ids, "-v")
        assert [httpx.get(f"{stand_in.url}{path}").status_code for path in NO_CONTROL] == [404, 404]
        payments = stand_in.payments()
    shown = {"SETUP-01", "CHECKOUT-01", "WEBHOOK-01", "WEBHOOK-16", "CANCEL-02", "RUN-01", "RUN-02"}
    assert {id for id, verdict in ended.verdicts.items() if verdict == "PASS"} == shown, ended.output
    assert "By the Test Payment method, which moves no money: 3 payments." in ended.output
    assert "Charged to the card and refunded: 2 payments in USD, at most 40 USD (each at most 20)." in ended.output
    assert "Preflight keys: " in ended.output
    assert len(payments) == 5
    assert ended.document["real_money"] is False, "a stand-in charges no card"
    assert ended.document["provider"] == {"kind": "stand-in", "charged": 0, "returned": 0}
    assert ended.document["addresses"]["portone"] == stand_in.url
    assert "charged with a real card" not in (ended.reports / "conformance.html").read_text("utf-8")
    assert "OUTSTANDING: 21.0 USD of 2 charges did not come back yet" in ended.output
    assert ended.code == pytest.ExitCode.TESTS_FAILED  # money is out
    told, long = kept(ended), [secret for secret in SECRETS.values() if len(secret) > 5]  # others stand there by chance
    assert len(long) == 4
    assert not [secret for secret in long if secret in told]


@pytest.mark.proof
def test_a_live_account_is_looked_at_without_consent_and_no_card_is_charged(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path, mid="f00dcafe")
    ids = chosen("SETUP-04", "CHECKOUT-12", "CHECKOUT-18", "CANCEL-02", "WEBHOOK-14")
    with stand_in.running(f"{stand_in.deployment.url}/webhooks/portone"), stand_in.shop(stage="live"):
        ended = stand_in.run(stand_in.configure("golive"), "--stage=live", *ids, "-v")
        payments = stand_in.payments()
    shown = {"CHECKOUT-12", "CHECKOUT-18", "RUN-01"}
    assert {id for id, verdict in ended.verdicts.items() if verdict == "PASS"} == shown, ended.output
    assert "CANCEL-02" not in ended.verdicts
    assert "PortOne's webhooks to the merchant do not pass through the suite" in " ".join(reasons(ended, "WEBHOOK-14"))
    assert "Charged to the card: nothing." in ended.output
    assert len(payments) == 2  # that a checkout works, and the one whose browser dies
    assert ended.code == pytest.ExitCode.TESTS_FAILED  # who goes live must be READY


def test_at_the_taken_endpoint_this_runs_webhooks_are_seen_and_repeated(stand_in: StandIn) -> None:
    former = f"{stand_in.deployment.url}/webhooks/portone"
    more = f'\n[golive]\ntake_endpoint = true\nformer_endpoint = "{former}"\n'
    with stand_in.running(), stand_in.shop():
        config = stand_in.configure("golive", more, PATIENT)
        ended = stand_in.run(config, *chosen("WEBHOOK-14", "WEBHOOK-16"))
        of_the_run = {"RUN-01": "PASS", "RUN-03": "REVIEW"}
        # Of WEBHOOK-14 the repeated and the cancelled webhook need a clock that can jump.
        assert ended.verdicts == {"WEBHOOK-14": "INCONCLUSIVE", "WEBHOOK-16": "PASS", **of_the_run}, ended.output
        assert "1 of 2 scenarios passed: PortOne waits for the merchant's answer." in ended.output
        put_back = stand_in.command(config, "outstanding", "--restored=webhook endpoint", "--who=Ada")
    assert ended.verdicts["RUN-03"] == "PASS", put_back.output
    assert "webhook endpoint: attested by Ada on " in put_back.output
    assert f"PortOne's console must have {stand_in.endpoint} as this stage's webhook endpoint" in ended.output
    assert f"Not put back yet: the webhook endpoint at PortOne; it was {former}" in ended.output
