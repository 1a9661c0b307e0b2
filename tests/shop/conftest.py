"""A shop against a stub of PortOne: in the same process, one running server, a fresh stub for each test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator.server import Emulator
from shop.database import Database
from shop.portone import PortOne
from shop.server import Shop
from shop.settings import ShopSettings
from shop.store import Store
from tests.shop.both import Both
from tests.shop.counter import KEYS, OPERATOR, Clock, Counter
from tests.shop.portone_stub import PortOneStub


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[Shop, PortOneStub]]:
    stub = PortOneStub()
    with Shop(ShopSettings.model_validate(KEYS), transport=httpx.MockTransport(stub)) as shop:
        yield shop, stub


@pytest.fixture
def portone(running: tuple[Shop, PortOneStub]) -> PortOneStub:
    """PortOne as the running shop reaches it."""
    return running[1]


@pytest.fixture
def client(running: tuple[Shop, PortOneStub]) -> Iterator[httpx.Client]:
    """Somebody who talks HTTP with the running shop, whose PortOne is fresh."""
    running[1].reset()
    with httpx.Client(base_url=running[0].url, timeout=10) as client:
        yield client


@pytest.fixture
def counter_of(tmp_path: Path) -> Iterator[Callable[..., Counter]]:
    """Opens a shop without a server, with the settings given."""
    opened, numbers = ExitStack(), count()

    def open_counter(**settings: Any) -> Counter:
        stub, clock = PortOneStub(), Clock()
        chosen = ShopSettings.model_validate(KEYS | settings)
        database = Database(f"sqlite:///{tmp_path}/shop{next(numbers)}.sqlite3", throw_away=True)
        opened.callback(database.close)
        portone = opened.enter_context(PortOne(chosen, httpx.MockTransport(stub)))
        store = Store(chosen, database, portone, clock)
        return Counter(store, stub, clock)

    with opened:
        yield open_counter


@pytest.fixture
def counter(counter_of: Callable[..., Counter]) -> Counter:
    """A shop of the test stage without a server."""
    return counter_of()


@pytest.fixture
def together() -> Callable[[int, Callable[[], Any]], list[Any]]:
    """Does the same thing several times at one moment, and returns what each gave."""

    def do(times: int, action: Callable[[], Any]) -> list[Any]:
        start, results = threading.Barrier(times), []

        def one() -> None:
            start.wait(timeout=10)
            results.append(action())

        threads = [threading.Thread(target=one) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(results) == times, "not all of them ended"
        return results

    return do


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Emulator, Shop, str]]:
    with Emulator(tls=False) as emulator, httpx.Client(base_url=emulator.url) as control:
        account = control.post("/_emulator/accounts", json={}).json()
        settings = ShopSettings.model_validate(
            {
                "portone_api_url": emulator.url,
                "sdk_url": f"{emulator.url}/v1/iamport.js",
                "imp_code": account["imp_code"],
                "imp_key": account["imp_key"],
                "imp_secret": account["imp_secret"],
                "channel_key": account["channels"][0]["channel_key"],
                "operator_password": OPERATOR[1],
            }
        )
        with Shop(settings) as shop:
            yield emulator, shop, account["imp_code"]


@pytest.fixture
def both(servers: tuple[Emulator, Shop, str]) -> Iterator[Both]:
    emulator, shop, imp_code = servers
    account = f"{emulator.url}/_emulator/accounts/{imp_code}"
    with httpx.Client(base_url=shop.url) as buyer, httpx.Client(base_url=account, timeout=20) as control:
        control.post("reset").raise_for_status()
        both = Both(buyer, control)
        both.change(webhook={"test": {"url": f"{shop.url}/webhooks/portone"}})
        yield both
