"""The emulator's page shows what V2 does beside what V1 does, and the keys that a merchant on V2 needs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from emulator.server import Emulator
from tests.emulator.browser.screen import Screen, screen


@pytest.fixture
def desktop(emulator: Emulator, chromium: Browser) -> Iterator[Screen]:
    with chromium.new_context(viewport={"width": 1280, "height": 860}) as context:
        yield from screen(emulator, context.new_page())


def test_a_payment_of_v2_is_shown_with_its_webhooks(desktop: Screen) -> None:
    stages = {"test": {"url": f"{desktop.url}/demo/webhook"}}
    desktop.control.set(v2={"webhook": stages})
    desktop.open()
    desktop.control.pay("order-1", 12000, name="Green tea", version="V2")
    row = desktop.page.get_by_role("button", name="Green tea")
    expect(row).to_contain_text("V2")
    row.click()
    detail = desktop.page.get_by_role("article")
    for step in ("Webhook: Transaction.Ready", "Webhook: Transaction.Paid"):
        expect(detail).to_contain_text(step)
    desktop.press("Cancel …")
    desktop.press("Cancel it")
    expect(detail).to_contain_text("Webhook: Transaction.CancelPending")
    assert desktop.complaints == []


def test_a_merchant_on_v2_finds_its_keys_and_one_address_for_both(desktop: Screen) -> None:
    desktop.open()
    desktop.tab("Connect")
    v2 = desktop.control.settings()["v2"]
    keys = desktop.page.locator(".keys")
    for told in (v2["store_id"], v2["api_secret"], v2["webhook"]["test"]["secrets"][0], "/v2/browser-sdk.js"):
        expect(keys).to_contain_text(told)
    desktop.page.get_by_label("Endpoint URL").fill("http://127.0.0.1:9/hook")
    desktop.press("Save")
    desktop.said("Saved: webhooks go there from now on.")
    settings = desktop.control.settings()
    for webhook in (settings["webhook"], settings["v2"]["webhook"]):
        assert webhook["test"]["url"] == "http://127.0.0.1:9/hook"
