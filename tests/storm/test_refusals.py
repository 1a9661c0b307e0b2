"""A storm that cannot be made as it was asked for is refused in one sentence, and nothing is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.verbs import app
from conformance.machine.places import PYTHON
from conformance.network.spoken import invented_secret
from conformance.storm import locusts
from tests.fixtures.deployed import PASSWORDS, Deployment
from tests.fixtures.test_deployment_v2 import V2

MERCHANT = """
target = "merchant"
[merchant]
base_url = "{url}"
driver = "{driver}"
"""


def refusal(*options: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The only line of a storm that ends with 2."""
    monkeypatch.chdir(folder)
    ended = CliRunner().invoke(app, ["storm", *options])
    assert ended.exit_code == 2, ended.output
    [line] = ended.output.splitlines()
    return line


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--rate=0",), "--rate 0: give more than 0 and at most 500 orders a second"),
        (("--rate=-3",), "--rate -3: give more than 0 and at most 500 orders a second"),
        (("--rate=nan",), "--rate nan: give more than 0 and at most 500 orders a second"),
        (("--rate=501",), "--rate 501: give more than 0 and at most 500 orders a second"),
        (("--seconds=0",), "--seconds 0: give more than 0 and at most 300 seconds"),
        (("--seconds=-1",), "--seconds -1: give more than 0 and at most 300 seconds"),
        (("--orders=0",), "--orders 0: give more than 0 and at most 5000 orders"),
        (("--orders=5001",), "--orders 5001: give more than 0 and at most 5000 orders"),
        (("--recover=0",), "--recover 0: give more than 0 and at most 3600 seconds"),
        (("--limit-scale=0",), "--limit-scale 0: give more than 0 and at most 100 times PortOne's limits"),
        (("--look-up-delay=-1",), "--look-up-delay -1: give 0 to 30 seconds"),
        (
            ("--workers=1", "--local-workers=2"),
            "--workers 1, --local-workers 2: give 0 to 64 workers, and no more local ones than workers",
        ),
        (
            ("--workers=-1",),
            "--workers -1, --local-workers -1: give 0 to 64 workers, and no more local ones than workers",
        ),
        (("--find-limit", "--most-rate=0"), "--most-rate 0: give more than 0 and at most 500 orders a second"),
        (
            ("--target=sandbox",),
            "A storm is never made on target sandbox, where PortOne and the cards are real: use embedded or merchant",
        ),
        (
            ("--target=golive",),
            "A storm is never made on target golive, where PortOne and the cards are real: use embedded or merchant",
        ),
        (("--target=moon",), "--target moon: there is no such target; use embedded or merchant"),
        (
            ("--workers=2", "--local-workers=1"),
            "Other machines do not reach the embedded shop: use --target merchant, or start all workers here",
        ),
        (("--lang=fr",), "--lang fr: choose en or ko"),
        (("--shop-defect=xyzzy",), "--shop-defect xyzzy: there is no such name; docs/proof.md tells all of them"),
        (("--target=merchant",), "target merchant needs a [merchant] table in conformance.toml"),
    ],
    ids=" ".join,
)
def test_it_is_told_word_for_word(
    options: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = refusal(*options, folder=tmp_path, monkeypatch=monkeypatch)
    assert line.startswith(told) if told.endswith("conformance.toml") else line == told
    assert not list(tmp_path.iterdir())


def test_no_option_makes_a_storm_where_the_settings_say_golive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conformance.toml").write_text('target = "golive"\n')
    line = refusal(folder=tmp_path, monkeypatch=monkeypatch)
    assert line.startswith("A storm is never made on target golive")


def test_only_the_other_generations_keys_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conformance.toml").write_text('[emulator]\nimp_key = "1"\n')
    assert refusal("--api=v2", folder=tmp_path, monkeypatch=monkeypatch) == (
        'emulator.imp_key: that is a key of the other generation, and api is "v2": give store_id, api_secret, '
        "webhook_secrets, or leave all of them out"
    )


def test_a_merchant_that_lacks_the_webhook_secret_gets_no_storm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = Deployment(tmp_path)
    environ = {**PASSWORDS, "SHOP_DATABASE": deployment.database.as_posix()}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    deployment.configure()
    with deployment.shop(**{**V2, "webhook_secrets": json.dumps([invented_secret()])}):
        line = refusal("--api=v2", folder=tmp_path, monkeypatch=monkeypatch)
    assert line.startswith("No storm is made: at a quiet moment order ")
    assert "refuses webhooks with HTTP 400. If it verifies their signature, its webhook secret must be that of" in line


def test_more_orders_than_the_settings_allow_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conformance.toml").write_text("[limits]\norders = 50\n")
    assert refusal("--rate=10", "--seconds=6", folder=tmp_path, monkeypatch=monkeypatch) == (
        "limits.orders is 50, and the storm would place 60: raise it or ask for fewer"
    )


def test_a_host_that_nobody_allowed_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conformance.toml").write_text(MERCHANT.format(url="http://shop.example", driver="shop.toml"))
    assert refusal(folder=tmp_path, monkeypatch=monkeypatch).startswith(
        "merchant.base_url: shop.example is not in merchant.allowed_hosts."
    )


@pytest.mark.parametrize(
    ("checkout", "system", "line"),
    [
        (True, "linux", "-m pip install --require-hashes -r lock-storm.txt"),
        (True, "win32", '-m pip install "locust>=2.47,<3"'),
        (False, "linux", '-m pip install "locust>=2.47,<3"'),
    ],
)
def test_without_locust_the_line_that_installs_it_is_told(
    checkout: bool, system: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locusts, "find_spec", lambda _: None)
    monkeypatch.setattr(locusts, "IS_CHECKOUT", checkout)
    monkeypatch.setattr("conformance.storm.locusts.sys.platform", system)
    told = refusal(folder=tmp_path, monkeypatch=monkeypatch)
    assert told == f"A storm needs Locust, which is not installed here: run `{PYTHON} {line}`"


def test_a_merchant_that_is_not_there_gets_no_storm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = Deployment(tmp_path)
    for name, password in {**PASSWORDS, "SHOP_DATABASE": "none"}.items():
        monkeypatch.setenv(name, password)
    deployment.configure()
    line = refusal(folder=tmp_path, monkeypatch=monkeypatch)
    assert line.startswith("No storm is made: at a quiet moment no order can be placed and paid: ")
    assert f"127.0.0.1:{deployment.ports[4]}" in line


def test_a_merchant_without_a_webhook_address_gets_no_storm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = Deployment(tmp_path)
    driver = tmp_path / "driver.toml"
    text = (Path(__file__).parents[2] / "shop" / "shop.toml").read_text("utf-8")
    driver.write_text(text.replace('webhook_path = "/webhooks/portone"', 'webhook_path = "none"'))
    for name, password in {**PASSWORDS, "SHOP_DATABASE": "none"}.items():
        monkeypatch.setenv(name, password)
    deployment.configure(driver)
    assert refusal(folder=tmp_path, monkeypatch=monkeypatch) == (
        "This merchant has no address for webhooks, so that a storm would show nothing: set webhook_path"
    )
