"""The targets with a real account where the merchant speaks PortOne V2, against a process that stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from conformance.machine.settling import eventually
from conformance.portone.api import PortOneApi, PortOneRefused
from conformance.real.account import api_of, keys_of, name_of, portone_of, provider_of
from conformance.real.buyers import PayingPerson
from conformance.real.ledger import Ledger
from conformance.real.preflight import KEYS
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import Settings, SettingsError
from conformance.verdict.catalogue import Api
from conformance.verdict.endings import NotObservable
from emulator.client import Control
from emulator.server import Emulator
from tests.real.standing_in import CONSENT, SECRETS, StandIn, kept

V2 = {"store_id": "store-1", "api_secret": {"env": "V2_SECRET"}, "webhook_secrets": [{"env": "SIGNING"}]}
V1 = {"imp_code": "imp1", "imp_key": {"env": "V1_KEY"}, "imp_secret": {"env": "V1_SECRET"}}
CHANNEL = {"channel_key": "channel-key-1"}


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path, api="v2")


def settings(api: str, **portone: Any) -> Settings:
    return Settings.model_validate({"api": api, "portone": {**CHANNEL, **portone}})


def test_the_sandbox_pays_by_card_and_a_later_process_learns_that_it_came_back(stand_in: StandIn) -> None:
    with stand_in.running():
        config = stand_in.configure("sandbox", CONSENT)
        ended = stand_in.run(config, "--requirement=WEBHOOK-01", "--requirement=CANCEL-02", "-v")
        assert {ended.verdicts.get(id) for id in ("WEBHOOK-01", "CANCEL-02", "RUN-02")} == {"PASS"}, ended.output
        listed = ended.output

        def outstanding() -> bool:
            nonlocal listed
            listed += stand_in.command(config, "outstanding").output
            return "No charge is outstanding" not in listed

        assert not eventually(outstanding, lambda left: not left, limit_seconds=60), listed
    assert "Charged to the card and refunded: 1 payment in USD" in ended.output
    assert "By the Test Payment method, which moves no money: 1 payment" in ended.output
    assert "OUTSTANDING: 10.50 USD of 1 charge" in ended.output
    assert (ended.document["api"], ended.document["real_money"]) == ("v2", False)
    told = kept(ended) + listed
    assert not [secret for secret in SECRETS.values() if len(secret) > 5 and secret in told]


def test_a_store_that_is_not_the_secrets_and_a_secret_of_nobody_are_said_before_anything_is_paid(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = "Compare what is given as portone.store_id, portone.api_secret with PortOne's console"
    with stand_in.running():
        config = stand_in.configure("sandbox", CONSENT)
        assert f"accepts what is given as {KEYS[Api.V2]} (" in stand_in.command(config, "check").output
        config = stand_in.configure("sandbox", CONSENT, ("store-stand-in", "store-nobody"))
        said = stand_in.command(config, "check").output
        assert "?storeId=store-nobody with HTTP 403, code FORBIDDEN" in said
        assert ends in said
        monkeypatch.setitem(SECRETS, "STAND_IN_V2_SECRET", "another-secret-of-nobody")
        said = stand_in.command(stand_in.configure("sandbox", CONSENT), "check").output
        assert "POST /login/api-secret with HTTP 401" in said
        assert ends in said


@pytest.mark.proof
def test_at_the_taken_endpoint_signed_webhooks_pass_through(stand_in: StandIn) -> None:
    former = f"{stand_in.deployment.url}/webhooks/portone"
    more = f'\n[golive]\ntake_endpoint = true\nformer_endpoint = "{former}"\n'
    with stand_in.running(), stand_in.shop():
        config = stand_in.configure("golive", more, ("settle_seconds = 1.0", "settle_seconds = 5.0"))
        ended = stand_in.run(config, "--requirement=WEBHOOK-16", "--requirement=WEBHOOK-01")
    assert ended.verdicts["WEBHOOK-16"] == ended.verdicts["WEBHOOK-01"] == "PASS", ended.output


class TestLaterProcess:
    """A payment's transactionId alone finds nothing at V2: a later process knows its paymentId by the ledger."""

    @pytest.fixture
    def account(self) -> Iterator[tuple[Control, str]]:
        with Emulator(tls=False) as emulator, Control.of_new_account(emulator.url) as control:
            yield control, emulator.url

    @contextmanager
    def api(self, account: tuple[Control, str], monkeypatch: pytest.MonkeyPatch, **known: str) -> Iterator[PortOneApi]:
        control, url = account
        own = control.settings()["v2"]
        monkeypatch.setenv("V2_SECRET", own["api_secret"])
        portone = portone_of(settings("v2", **{**V2, "store_id": own["store_id"]}, api_url=url))
        assert portone is not None
        with closing(api_of(portone, keys_of(portone, Api.V2), Timeline(Redaction()), Api.V2, known.get)) as api:
            yield api

    def test_it_looks_up_and_cancels_what_another_has_paid(
        self, account: tuple[Control, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paid = account[0].pay("order-1", "10.50", currency="USD", version="V2")
        imp_uid = str(paid["imp_uid"])
        with self.api(account, monkeypatch, **{imp_uid: "order-1"}) as knowing:
            payment = knowing.payment(imp_uid)
            assert (payment.merchant_uid, payment.amount, payment.status) == ("order-1", Decimal("10.50"), "paid")
            knowing.cancel(payment, Decimal(3), "The rest stays")
            assert knowing.payments([imp_uid]) == {imp_uid: knowing.payment(imp_uid)}
        [ticket] = account[0].tickets()
        assert Decimal(ticket["amount"]) == 3

    def test_one_that_nobody_knows_is_no_payment(
        self, account: tuple[Control, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        imp_uid = str(account[0].pay("order-1", "10.50", currency="USD", version="V2")["imp_uid"])
        with self.api(account, monkeypatch) as unknowing:
            assert unknowing.payments([imp_uid]) == {imp_uid: None}
            with pytest.raises(PortOneRefused, match="404"):
                unknowing.payment(imp_uid)
            assert [one.imp_uid for one in unknowing.payments_of("order-1")] == [imp_uid]
            assert unknowing.payment(imp_uid).merchant_uid == "order-1", "what was seen is known"

    def test_the_ledger_tells_whose_payment_it_is(self, tmp_path: Path) -> None:
        ledger = Ledger(tmp_path / "charges.sqlite")
        ledger.begin_attempt("order-1", Decimal("10.50"), "USD", "cc", "scenario", "store-1 (url)", "1")
        ledger.charged("store-1 (url)", "order-1", "transaction-1", Decimal("10.50"), "USD", 1)
        books = ledger.books()
        ledger.close()
        assert books.attempt_of("store-1 (url)", "transaction-1") == "order-1"
        assert books.attempt_of("store-2 (url)", "transaction-1") is None


class TestKeys:
    @pytest.mark.parametrize(
        ("api", "given", "said"),
        [
            ("v2", V1, "; portone.imp_code, portone.imp_key, portone.imp_secret belong to the other generation."),
            ("v2", V1, 'api is "v2", which needs portone.store_id, portone.api_secret, portone.webhook_secrets;'),
            ("v1", V2, 'api is "v1", which needs portone.imp_code, portone.imp_key, portone.imp_secret;'),
            ("v2", {**V2, "webhook_secrets": []}, 'api is "v2", which needs portone.webhook_secrets. PortOne'),
        ],
    )  # fmt: skip
    def test_those_of_the_other_generation_are_said(self, api: str, given: dict[str, Any], said: str) -> None:
        with pytest.raises(SettingsError) as refused:
            portone_of(settings(api, **given))
        assert said in str(refused.value)
        assert Redaction().text(str(refused.value)) == str(refused.value), "no word of it looks like a secret"

    @pytest.mark.parametrize(
        ("api", "name"),
        [("v1", "imp1 (https://api.iamport.kr)"), ("v2", "store-1 (https://api.portone.io)")],
    )
    def test_a_merchant_that_moves_gives_both(self, api: str, name: str) -> None:
        portone = portone_of(settings(api, **V1, **V2))
        assert portone is not None
        assert name_of(portone, Api(api)) == name

    def test_a_webhook_secret_that_is_none_is_said_without_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("V2_SECRET", "a-secret-of-the-api")
        monkeypatch.setenv("SIGNING", "no-webhook-secret-2026")
        given = settings("v2", **V2)
        portone = portone_of(given)
        assert portone is not None
        keys = keys_of(portone, Api.V2)
        buyer = PayingPerson(given.buyer, cast(Any, None))
        with closing(api_of(portone, keys, Timeline(Redaction()), Api.V2)) as api:
            with pytest.raises(NotObservable, match="list the account's channels"):
                api.channels()
            with pytest.raises(SettingsError) as refused:
                provider_of(portone, api, keys, buyer, widget_at="https://widget.example")
        assert "portone.webhook_secrets: it is no webhook secret" in str(refused.value)
        assert "no-webhook-secret-2026" not in str(refused.value)
