"""A merchant on PortOne V2, for each test one of its own."""

import pytest
from pytest_httpserver import HTTPServer

from tests.emulator.driver import Driver
from tests.emulator.v2.second import Second


@pytest.fixture
def second(account: Driver, receiver: HTTPServer) -> Second:
    endpoint = {"url": receiver.url_for("/webhook")}
    account.set(v2={"webhook": {"test": endpoint, "live": endpoint}})
    return Second(account)
