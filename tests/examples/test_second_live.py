"""The examples on PortOne V2 in the live stage: what a test channel paid is no money, and the page is the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.server import Emulator
from tests.examples.conftest import NAMES
from tests.examples.second import OLD, SecondShop, second

pytestmark = pytest.mark.proof


@pytest.fixture(params=NAMES)
def live(request: pytest.FixtureRequest, tmp_path: Path, emulator: Emulator) -> Iterator[SecondShop]:
    with second(request.param, tmp_path, emulator, PORTONE_STAGE="live", PORTONE_SDK_URL="") as running:
        yield running


def test_a_test_channel_pays_nothing_in_the_live_stage(live: SecondShop) -> None:
    order = live.order()
    live.pay(order)
    found = live.read(order)
    assert (found["status"], found["fulfilments"]) == ("unpaid", 0)
    assert "test channel" in found["attention"]


def test_the_page_loads_portone_s_script_and_holds_no_secret(live: SecondShop) -> None:
    order = live.order()
    page = live.http.get(f"/orders/{order['order']}/pay").text
    assert '<script src="https://cdn.portone.io/v2/browser-sdk.js"></script>' in page
    secrets = (live.control.settings()["v2"]["api_secret"], OLD)
    assert [secret for secret in secrets if secret in page] == []
