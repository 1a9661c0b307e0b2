"""The emulator's page shows what V2 does beside what V1 does, and the keys that a merchant on V2 needs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from emulator.server import Emulator
from tests.emulator.browser.screen import Screen, screen
from tests.emulator.browser.test_page_at_the_desk import done_by


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


@pytest.fixture
def unconnected(desktop: Screen) -> Screen:
    desktop.control.set(webhook={"test": {"url": None}})
    return desktop


def addresses(desktop: Screen) -> tuple[str | None, str | None]:
    settings = desktop.control.settings()
    return settings["webhook"]["test"]["url"], settings["v2"]["webhook"]["test"]["url"]


def test_a_merchant_on_v2_finds_its_keys(desktop: Screen) -> None:
    desktop.open()
    desktop.tab("Connect")
    v2 = desktop.control.settings()["v2"]
    keys = desktop.page.locator(".keys")
    for told in (v2["store_id"], v2["api_secret"], v2["webhook"]["test"]["secrets"][0], "/v2/browser-sdk.js"):
        expect(keys).to_contain_text(told)


def test_the_address_of_one_version_is_set_and_the_other_stays(unconnected: Screen) -> None:
    desktop = unconnected
    desktop.open()
    desktop.tab("Connect")
    version, url = desktop.page.get_by_label("PortOne version"), desktop.page.get_by_label("Endpoint URL")
    expect(version).to_have_value("V1")
    url.fill("http://127.0.0.1:9/first")
    desktop.press("Save")
    desktop.said("Saved: webhooks go there from now on.")
    assert addresses(desktop) == ("http://127.0.0.1:9/first", None)
    version.select_option("V2")
    expect(url).to_have_value("")
    expect(desktop.page.get_by_label("Content-Type")).to_be_hidden()
    url.fill("http://127.0.0.1:9/second")
    assert done_by(desktop.page.locator("#content pre").inner_text()).status_code == 200, "the curl does the same"
    assert addresses(desktop) == ("http://127.0.0.1:9/first", "http://127.0.0.1:9/second")
    version.select_option("V1")
    expect(url).to_have_value("http://127.0.0.1:9/first")
    assert desktop.complaints == []


def test_the_version_that_the_account_uses_is_chosen_and_gets_the_test_webhook(unconnected: Screen) -> None:
    desktop = unconnected
    desktop.control.set(v2={"webhook": {"test": {"url": f"{desktop.url}/demo/webhook"}}})
    desktop.open()
    desktop.tab("Connect")
    expect(desktop.page.get_by_label("PortOne version")).to_have_value("V2")
    desktop.tab("Webhooks")
    expect(desktop.page.locator("#content")).to_contain_text(f"Webhooks to {desktop.url}/demo/webhook")
    desktop.press("Send a test webhook")
    desktop.said("The test webhook was answered with 200")
    [sent] = [entry for entry in desktop.control.journal()["entries"] if entry["kind"] == "webhook"]
    assert sent["request"]["body"]["type"] == "Transaction.Paid"
    desktop.control.pay("order-1", 12000, version="V1")
    desktop.tab("Connect")
    expect(desktop.page.get_by_label("PortOne version")).to_have_value("V1")


def test_the_choice_is_there_in_korean(desktop: Screen) -> None:
    desktop.open()
    desktop.press("한국어")
    desktop.page.locator("#tab-connect").click()
    expect(desktop.page.get_by_label("포트원 버전")).to_have_value("V1")
