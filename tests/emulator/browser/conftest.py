"""A browser whose way to PortOne's hosts leads to one emulator, on a desk and in a hand."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright
from pytest_httpserver import HTTPServer

from emulator.server import Emulator
from tests.emulator.browser.shopfront import Shop, shop
from tests.emulator.tunnel import tunnel

SYSTEM_BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome", "microsoft-edge")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, emulator: Emulator) -> Iterator[Browser]:
    """Whose way to PortOne's hosts leads through a proxy, as the suite's gateway does."""
    found = os.environ.get("CONFORMANCE_BROWSER") or next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)
    arguments = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with tunnel(emulator.tls_port) as proxy:
        browser = playwright.chromium.launch(
            executable_path=found, args=arguments, proxy={"server": proxy, "bypass": "127.0.0.1"}
        )
        yield browser
        browser.close()


@pytest.fixture
def desktop(emulator: Emulator, chromium: Browser, httpserver: HTTPServer) -> Iterator[Shop]:
    with chromium.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 860}) as context:
        yield shop(emulator, httpserver, context)


@pytest.fixture
def phone(emulator: Emulator, chromium: Browser, httpserver: HTTPServer, playwright: Playwright) -> Iterator[Shop]:
    device = {**playwright.devices["iPhone 13"]}
    device.pop("default_browser_type")
    with chromium.new_context(ignore_https_errors=True, **device) as context:
        yield shop(emulator, httpserver, context)
