"""A shop is configured once: the emulator at the desk and in a run has one set of addresses, keys and names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from conformance.machine.places import ROOT
from conformance.settings.conformance_toml import EmulatorSettings
from conformance.target.deployment import account_of
from conformance.target.options import RunOptions
from conformance.verdict.catalogue import Stage
from emulator.__main__ import READY
from emulator.desk import URL
from emulator.starting import Start

RUNS = EmulatorSettings()
SET = {
    "imp_code": RUNS.imp_code,
    "imp_key": RUNS.imp_key,
    "imp_secret": str(RUNS.imp_secret),
    "channel_key": RUNS.channel_key,
}
ADDRESS = f"http://127.0.0.1:{RUNS.port}"
SHOWN = (
    "README.md",
    "Makefile",
    "docs/emulator.md",
    "docs/your-deployment.md",
    "docs/real-account.md",
    "conformance/cli/template.toml",
    "examples/compose/compose.yaml",
    "examples/express/shop.js",
    "examples/express/README.md",
    "examples/express_v2/shop.js",
    "examples/express_v2/README.md",
    "examples/flask/shop.py",
    "examples/flask/README.md",
    "examples/flask_v2/shop.py",
    "examples/flask_v2/README.md",
    "examples/php/shop.php",
    "examples/php/README.md",
    "examples/real-account/stand-in.toml",
    "examples/real-account/conformance.toml",
)
STALE = re.compile(
    r"imp12345678|\b1234567890123456\b|emulator-secret-that|channel-key-emulator|\b8740\b|127\.0\.0\.1:8741"
)


def test_the_emulator_at_the_desk_listens_where_that_of_a_run_does() -> None:
    assert Start().port == RUNS.port
    assert Start(tls=True).tls_listener == RUNS.tls_port
    assert URL == ADDRESS


def test_the_ready_account_is_that_of_a_run() -> None:
    agreed: Mapping[str, Any] = account_of(RUNS, RunOptions(Stage.TEST), "http://127.0.0.1/")  # the merchant's in a run
    assert {name: READY[name] for name in ("imp_code", "imp_key", "imp_secret")} == {
        name: agreed[name] for name in ("imp_code", "imp_key", "imp_secret")
    }
    [here] = READY["channels"]
    [there] = [one for one in agreed["channels"] if one["sandbox"]]
    assert {name: here[name] for name in ("channel_key", "pg_id", "secret_key")} == {
        name: there[name] for name in ("channel_key", "pg_id", "secret_key")
    }


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_that_people_read_or_copy_has_another_set(name: str) -> None:
    assert STALE.findall((ROOT / name).read_text("utf-8")) == []


def test_the_stand_in_has_the_same_keys() -> None:
    stand_in = tomllib.loads((ROOT / "examples/real-account/stand-in.toml").read_text("utf-8"))
    [account] = stand_in["accounts"]
    assert {name: account[name] for name in ("imp_code", "imp_key", "imp_secret")} == {
        name: SET[name] for name in ("imp_code", "imp_key", "imp_secret")
    }


@pytest.mark.parametrize("page", ["docs/your-deployment.md", "docs/emulator.md"])
def test_the_set_is_written_down(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert [value for value in (ADDRESS, *SET.values()) if value not in text] == []
