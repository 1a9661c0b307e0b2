"""The examples on PortOne V2, each beside an emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.server import Emulator
from tests.examples.second import SecondShop, second

NAMES = ("express_v2", "flask_v2")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(tls=False) as running:
        yield running


@pytest.fixture(scope="module", params=NAMES)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, emulator: Emulator
) -> Iterator[SecondShop]:
    with second(request.param, tmp_path_factory.mktemp(request.param), emulator) as found:
        yield found


@pytest.fixture
def shop(running: SecondShop) -> Iterator[SecondShop]:
    """One of them; afterwards without faults, and with the console as it was."""
    before = running.control.settings()["v2"]["webhook"]
    yield running
    running.control.remove_faults()
    running.control.set(v2={"webhook": before})
