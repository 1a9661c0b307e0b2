"""A run that is killed (SIGKILL) loses no charge: the next start finds each, gets it back, and asks for none twice."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from conformance.portone.accounts import account_settings
from conformance.real.ledger import Ledger
from conformance.verdict.catalogue import Stage
from emulator.client import Control
from emulator.server import Emulator
from shop.server import Shop
from shop.settings import ShopSettings
from tests.charges.charging import DIED, WENT_WELL, World
from tests.depth import WHOLE

ROOT = Path(__file__).resolve().parents[2]
TIMES = int(os.environ.get("CONFORMANCE_KILLS", "40" if WHOLE else "8"))
SEED = 20261128
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")


@dataclasses.dataclass(frozen=True)
class Scene:
    """The world of the runs, and a look behind it."""

    world: World
    control: Control

    def run(self, **what: Any) -> list[str]:
        """Let a process do it, and tell how its children ended."""
        told = json.dumps({"world": dataclasses.asdict(self.world), **what})
        command = [sys.executable, "-m", "tests.charges.charging"]
        ended = subprocess.run(command, cwd=ROOT, input=told, capture_output=True, text=True, timeout=120, check=False)
        assert ended.returncode == 0, ended.stderr
        assert "Traceback" not in ended.stderr, ended.stderr
        endings: list[str] = json.loads(ended.stdout)
        return endings

    def paid(self) -> dict[str, Any]:
        """Every payment that was charged, by imp_uid."""
        return {one["imp_uid"]: one for one in self.control.payments() if one["paid_at"]}

    def tickets(self) -> Counter[str]:
        """How many tickets there are for each payment."""
        return Counter(ticket["imp_uid"] for ticket in self.control.tickets())


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """An emulator that answers a ticket after a moment, and a shop with its keys."""
    passwords = {"operator_password": secrets.token_urlsafe(), "packer_password": secrets.token_urlsafe()}
    with Emulator(tls=False, speed=1.0) as emulator:
        settings = dict(account_settings(Stage.TEST, "http://127.0.0.1:1/"))
        settings["paymentwall"] = {"ticket_seconds": 0.05}
        with Control.of_new_account(emulator.url, settings) as control:
            account = control.settings()
            channel = next(one["channel_key"] for one in account["channels"] if one["sandbox"])
            shop = ShopSettings(
                portone_api_url=emulator.url,
                imp_code=account["imp_code"],
                imp_key=SecretStr(account["imp_key"]),
                imp_secret=SecretStr(account["imp_secret"]),
                channel_key=channel,
                operator_password=SecretStr(passwords["operator_password"]),
                packer_password=SecretStr(passwords["packer_password"]),
            )
            with Shop(shop) as server:
                control.set(webhook={"test": {"url": f"{server.url}/webhooks/portone"}})
                world = World(
                    portone=emulator.url,
                    imp_code=account["imp_code"],
                    imp_key=account["imp_key"],
                    imp_secret=account["imp_secret"],
                    channel=channel,
                    shop=server.url,
                    passwords=passwords,
                    ledger=str(tmp_path / "charges.sqlite"),
                    lines=str(tmp_path / "lines.txt"),
                )
                yield Scene(world, control)


def nothing_is_lost(scene: Scene) -> None:
    """After the next start."""
    assert scene.run(how="next start") == [WENT_WELL]
    paid = scene.paid()
    assert paid
    ledger = Ledger(Path(scene.world.ledger))
    charges = {charge.imp_uid: charge for charge in ledger.books().charges.values()}
    told = (ledger.outstanding(), ledger.books().open_attempts(scene.world.imp_code))
    ledger.close()
    assert charges.keys() == paid.keys()
    assert {imp_uid: one["status"] for imp_uid, one in paid.items()} == dict.fromkeys(paid, "cancelled")
    assert told[0] == []
    assert scene.tickets() == Counter(dict.fromkeys(paid, 1))


@pytest.mark.proof
def test_at_each_step_of_a_charge(scene: Scene) -> None:
    endings = scene.run(how="each step", first=0, limit=150)
    assert endings[-1] == WENT_WELL
    assert set(endings[:-1]) == {DIED}
    assert len(endings) > 30
    nothing_is_lost(scene)


@pytest.mark.deeper
def test_at_any_moment(scene: Scene) -> None:
    endings = scene.run(how="any moment", first=1000, times=TIMES, seed=SEED)
    assert len(endings) == TIMES
    assert endings.count(DIED) >= TIMES / 4
    assert set(endings) <= {DIED, WENT_WELL}
    nothing_is_lost(scene)
