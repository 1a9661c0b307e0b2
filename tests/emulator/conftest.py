"""One emulator for all tests of it, and for each test an account of its own whose webhooks somebody receives."""

from collections.abc import Iterator

import httpx
import pytest
from pytest_httpserver import HTTPServer

from emulator.server import Emulator
from tests.emulator.billing import Biller
from tests.emulator.driver import Driver


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator(tls=False) as running:
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulator.url) as opened:
        yield opened


@pytest.fixture(scope="session")
def _receiver() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def receiver(_receiver: HTTPServer) -> HTTPServer:
    """Where webhooks go: `/webhook` answers 200."""
    _receiver.clear()
    _receiver.expect_request("/webhook").respond_with_data("ok")
    return _receiver


@pytest.fixture
def account(client: httpx.Client, receiver: HTTPServer) -> Iterator[Driver]:
    webhook = {"test": {"url": receiver.url_for("/webhook")}}
    created = client.post("/_emulator/accounts", json={"webhook": webhook}).raise_for_status()
    driver = Driver(client, created.json())
    yield driver
    driver.act("/idle")  # what is still on its way would reach the next test's receiver
    client.delete(driver.control).raise_for_status()  # with its journal, of which some keep every long body


@pytest.fixture
def biller(account: Driver) -> Biller:
    """A merchant with API payments and a billing key."""
    found = Biller(account)
    found.issued()
    return found
