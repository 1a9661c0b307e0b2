"""npm's `@portone/browser-sdk` in a merchant's page: it loads PortOne's script, which is the emulator's, and pays."""

import pytest

from tests.emulator.browser.conftest import chromium, desktop, emulator
from tests.emulator.browser.shopfront import Shop
from tests.emulator.browser.test_v2_in_a_page import CDN, IMPORT, pay, payment, show
from tests.emulator.clients.environments import PINS, npm_folder

__all__ = ["chromium", "desktop", "emulator"]  # fixtures

pytestmark = pytest.mark.proof


def test_npm_s_package_loads_the_script_and_pays(desktop: Shop) -> None:
    _, modules = npm_folder("npm-portone-server-sdk", PINS / "npm" / "portone-server-sdk")
    source = (modules / "@portone" / "browser-sdk" / "dist" / "v2.js").read_text("utf-8")
    desktop.server.expect_request("/npm.js").respond_with_data(source, content_type="text/javascript")
    show(desktop, "/npm.js", IMPORT)
    assert pay(desktop)["txId"] == payment(desktop)["transactionId"]
    assert [script.get_attribute("src") for script in desktop.page.locator("head script").all()] == [CDN]
