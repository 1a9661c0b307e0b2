"""The preflight of a real account says in one line what is wrong with it, before anything is charged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from conformance.cli.checking import CannotCheck, checked
from conformance.real.preflight import REAL_LEGS
from conformance.target.legs import Broken
from conformance.verdict.catalogue import Stage
from emulator.server import Emulator
from tests.real.standing_in import CHANNEL, MID, SECRETS, StandIn

CHANNELS = [
    {"channel_key": CHANNEL, "pg_id": MID, "secret_key": "a", "sandbox": True},
    {"channel_key": "channel-key-live", "pg_id": "f00d", "secret_key": "b", "sandbox": False},
]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    there = StandIn(tmp_path)
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    keys = {"imp_key": SECRETS["STAND_IN_KEY"], "imp_secret": SECRETS["STAND_IN_SECRET"]}
    with Emulator(there.ports[0], tls=False, control=False) as emulator:
        emulator.have_account({"imp_code": "imp12345678", **keys, "channels": CHANNELS})
        yield there


def broken(stand_in: StandIn, *replaced: tuple[str, str], more: str = "", stage: Stage = Stage.TEST) -> str:
    """In which words the preflight ends."""
    configured = stand_in.configure("sandbox", more, *replaced)
    with pytest.raises((Broken, CannotCheck)) as caught:
        list(checked(str(configured), stand_in.folder, stage))
    told = str(caught.value)
    assert "\n" not in told
    assert not [secret for secret in SECRETS.values() if re.search(rf"(?<!\d){re.escape(secret)}(?!\d)", told)]
    return told


def test_every_leg_of_a_good_account_stands(stand_in: StandIn) -> None:
    stands = list(checked(str(stand_in.configure("sandbox")), stand_in.folder))
    assert tuple(stand.leg for stand in stands) == REAL_LEGS
    assert stands[1].told == f"channel {CHANNEL} with MID {MID} takes test payments"
    assert stands[2].told.startswith(f"{stand_in.endpoint} leads here; PortOne's console must have it")


def test_wrong_keys(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_SECRET", "another")
    told = broken(stand_in)
    assert told.startswith("Preflight failed (keys): PortOne answered POST /users/getToken with HTTP 401")
    assert told.endswith("Compare what is given as portone.imp_key, portone.imp_secret with PortOne's console")


def test_a_secret_that_is_not_there(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAND_IN_KEY")
    assert broken(stand_in) == "the environment has no STAND_IN_KEY, which portone.imp_key names; set it to the secret"


def test_an_api_that_does_not_answer(stand_in: StandIn, unused_port: int) -> None:
    told = broken(stand_in, (f'api_url = "{stand_in.url}"', f'api_url = "http://127.0.0.1:{unused_port}"'))
    assert told.endswith("does not answer (no connection could be made): correct portone.api_url")


def test_an_address_that_is_no_api(stand_in: StandIn, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/users/getToken").respond_with_data("<html>Welcome</html>")
    told = broken(stand_in, (f'api_url = "{stand_in.url}"', f'api_url = "{httpserver.url_for("")}"'))
    assert "HTTP 200, code None: an answer that is no JSON" in told


def test_a_channel_that_the_account_does_not_have(stand_in: StandIn) -> None:
    told = broken(stand_in, (CHANNEL, "channel-key-other"))
    assert f"the account has no Paymentwall channel channel-key-other; it has {CHANNEL}, channel-key-live" in told


def test_the_test_mid_in_the_live_stage(stand_in: StandIn) -> None:
    told = broken(stand_in, stage=Stage.LIVE)
    assert told == (
        f"Preflight failed (channel): MID {MID} is a test MID, and this is the live stage: name the live channel in "
        "portone.channel_key"
    )


def test_a_live_mid_in_the_test_stage(stand_in: StandIn) -> None:
    assert "MID f00d is a live channel's, and this is the test stage" in broken(stand_in, (CHANNEL, "channel-key-live"))


def test_another_mid_than_the_settings_say(stand_in: StandIn) -> None:
    told = broken(stand_in, ("hosts_lead_to", 'mid = "t_expected"\nhosts_lead_to'))
    assert f"the channel has MID {MID}, and portone.mid says t_expected" in told


@pytest.mark.parametrize("answer", [None, "another machine's page"])
def test_a_public_address_that_does_not_lead_here(
    answer: str | None, stand_in: StandIn, httpserver: HTTPServer, unused_port: int
) -> None:
    public = f"http://127.0.0.1:{unused_port}"
    if answer is not None:
        httpserver.expect_request(re.compile(".*")).respond_with_data(answer)
        public = httpserver.url_for("").rstrip("/")
    port = stand_in.ports[2]
    told = broken(stand_in, (f"port = {port}", f'port = {port}\npublic_url = "{public}"'))
    assert told.startswith(f"Preflight failed (address): {public}/portone/webhook does not lead to this receiver")
    assert f"have the tunnel or proxy lead to 127.0.0.1:{port}, or correct receiver.public_url" in told


def test_the_real_api_cannot_reach_this_machine(stand_in: StandIn) -> None:
    told = broken(stand_in, (f'api_url = "{stand_in.url}"\n', ""))
    assert told.startswith("receiver.public_url: PortOne cannot reach this machine's own address.")


def test_a_target_without_its_account(tmp_path: Path) -> None:
    (tmp_path / "conformance.toml").write_text('target = "sandbox"\n', "utf-8")
    with pytest.raises(CannotCheck, match=r"target sandbox needs a \[portone\] table in conformance\.toml"):
        list(checked(None, tmp_path))


def test_an_endpoint_that_is_taken_has_a_way_back(stand_in: StandIn) -> None:
    told = broken(stand_in, more="\n[golive]\ntake_endpoint = true\n")
    assert "golive: take_endpoint needs former_endpoint" in told
