"""A buyer's whole way in a real browser: a merchant's page, the SDK, the payment window, and back."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FrameLocator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from pytest_httpserver import HTTPServer

from emulator.server import Emulator
from tests.emulator.tunnel import tunnel

CDN = "https://cdn.iamport.kr/v1/iamport.js"
SYSTEM_BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome", "microsoft-edge")
SECONDS = 1000

PAGE = """<!doctype html><html lang="en"><title>Shop</title>
<script src="%s"></script>
<main><h1>Shop</h1><button id="pay">Buy now</button></main>
<script>
  window.results = [];
  IMP.init(%s);
  document.getElementById("pay").addEventListener("click", () =>
    IMP.request_pay(%s, (response) => window.results.push(response)));
</script></html>"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="module")
def playwright_here() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright_here: Playwright, emulator: Emulator) -> Iterator[Browser]:
    """Whose way to PortOne's hosts leads through a proxy, as the suite's gateway does."""
    found = os.environ.get("CONFORMANCE_BROWSER") or next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)
    arguments = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with tunnel(emulator.tls_port) as proxy:
        browser = playwright_here.chromium.launch(
            executable_path=found, args=arguments, proxy={"server": proxy, "bypass": "127.0.0.1"}
        )
        yield browser
        browser.close()


@dataclass
class Shop:
    """A merchant's page for one account, and the browser it is open in."""

    emulator: Emulator
    server: HTTPServer
    account: dict[str, Any]
    context: BrowserContext
    page: Page
    said: list[str]

    def open(self, sdk: str | None = None, **params: Any) -> None:
        """Show the page; `params` replace what it asks `IMP.request_pay` for, None takes a parameter out."""
        usual = {
            "channelKey": self.account["channels"][0]["channel_key"],
            "merchant_uid": "A1B2C3-1",
            "name": "Mug",
            "amount": 10.5,
            "currency": "USD",
            "buyer_name": "Minji Kim",
            "buyer_email": "minji@shop.example",
            "custom_data": {"gift": True},
            "m_redirect_url": self.server.url_for("/return?shop=1"),
        }
        asked = {name: value for name, value in {**usual, **params}.items() if value is not None}
        source = sdk or f"{self.emulator.url}/v1/iamport.js"
        text = PAGE % (source, json.dumps(self.account["imp_code"]), json.dumps(asked))
        self.server.expect_request("/").respond_with_data(text, content_type="text/html")
        self.server.expect_request("/return").respond_with_data("Welcome back", content_type="text/html")
        self.page.goto(self.server.url_for("/"))

    def buy(self) -> None:
        self.page.get_by_role("button", name="Buy now").click()

    @property
    def window(self) -> FrameLocator:
        return self.page.frame_locator('iframe[title="Payment window"]')

    def result(self) -> dict[str, Any]:
        """What the callback was given; it must be called once."""
        self.page.wait_for_function("window.results.length > 0", timeout=5 * SECONDS)
        results = self.page.evaluate("window.results")
        assert len(results) == 1
        found: dict[str, Any] = results[0]
        return found

    def payments(self) -> list[dict[str, Any]]:
        return self._emulated("payments", "payments")

    def journal(self, *kinds: str) -> list[dict[str, Any]]:
        return [entry for entry in self._emulated("journal", "entries") if entry["kind"] in kinds]

    def _emulated(self, what: str, part: str) -> list[dict[str, Any]]:
        url = f"{self.emulator.url}/_emulator/accounts/{self.account['imp_code']}/{what}"
        found: list[dict[str, Any]] = httpx.get(url).raise_for_status().json()[part]
        return found


def shop(emulator: Emulator, server: HTTPServer, context: BrowserContext, **settings: Any) -> Shop:
    account = httpx.post(f"{emulator.url}/_emulator/accounts", json=settings).raise_for_status().json()
    context.set_default_timeout(5 * SECONDS)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"uncaught: {error}"))
    return Shop(emulator, server, account, context, page, said)


@pytest.fixture
def desktop(emulator: Emulator, chromium: Browser, httpserver: HTTPServer) -> Iterator[Shop]:
    with chromium.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 860}) as context:
        yield shop(emulator, httpserver, context)


@pytest.fixture
def phone(emulator: Emulator, chromium: Browser, httpserver: HTTPServer, playwright_here: Playwright) -> Iterator[Shop]:
    device = {**playwright_here.devices["iPhone 13"]}
    device.pop("default_browser_type")
    with chromium.new_context(ignore_https_errors=True, **device) as context:
        yield shop(emulator, httpserver, context)


def fill_card(window: FrameLocator | Page, number: str = "4242424242424242") -> None:
    window.get_by_label("Card number").fill(number)
    window.get_by_label("Expiry date").fill("12/39")
    window.get_by_label("CVV").fill("123")
    window.get_by_label("Cardholder name").fill("Minji Kim")


def press_pay(window: FrameLocator | Page) -> None:
    window.get_by_role("button", name="Pay 10.50 USD").click()


@pytest.mark.parametrize("widget", ["pw_1", "t3_1"])
@pytest.mark.parametrize("sdk", [None, CDN, "https://service.iamport.kr/js/iamport.payment-1.2.0.js"])
def test_a_buyer_pays_on_a_desktop(desktop: Shop, sdk: str | None, widget: str) -> None:
    desktop.open(sdk, bypass={"widget_code": widget})
    desktop.buy()
    origin = "https://api.paymentwall.com" if sdk else desktop.emulator.url
    expect(desktop.page.locator("iframe")).to_have_attribute("src", re.compile(f"^{re.escape(origin)}/"))
    fill_card(desktop.window)
    press_pay(desktop.window)
    result = desktop.result()
    (payment,) = desktop.payments()
    assert payment["status"] == "paid"
    (asked,) = desktop.journal("request_pay")
    service = "service.iamport.kr" if sdk else httpx.URL(desktop.emulator.url).netloc.decode()
    assert asked["request"]["headers"]["host"] == service
    assert (
        result.items()
        >= {
            "success": True,
            "imp_uid": payment["imp_uid"],
            "merchant_uid": "A1B2C3-1",
            "paid_amount": 10.5,
            "status": "paid",
            "pg_provider": "paymentwall",
            "pg_tid": payment["pg_tid"],
            "paid_at": payment["paid_at"],
            "custom_data": {"gift": True},
        }.items()
    )
    expect(desktop.page.get_by_role("dialog")).to_have_count(0)
    expect(desktop.page.get_by_role("button", name="Buy now")).to_be_focused()
    assert desktop.said == []


def test_everything_can_be_done_by_keyboard(desktop: Shop) -> None:
    desktop.open()
    desktop.page.get_by_role("button", name="Buy now").focus()
    keyboard = desktop.page.keyboard
    keyboard.press("Enter")
    expect(desktop.window.get_by_role("radio", name="Credit card")).to_be_checked()
    for typed in ("", "", "4242424242424242", "1239", "123", "Minji Kim"):
        keyboard.press("Tab")
        keyboard.type(typed)
    expect(desktop.window.get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
    expect(desktop.window.get_by_label("Expiry date")).to_have_value("12 / 39")
    keyboard.press("Enter")
    assert desktop.result()["success"] is True


@pytest.mark.parametrize("way", ["Close", "cross", "Escape in the window", "Escape on the page"])
def test_a_buyer_who_closes_the_window_leaves_a_failed_payment(desktop: Shop, way: str) -> None:
    desktop.open()
    desktop.buy()
    expect(desktop.window.get_by_role("button", name="Close")).to_be_visible()
    match way:
        case "Close":
            desktop.window.get_by_role("button", name="Close").click()
        case "cross":
            desktop.page.get_by_role("button", name="Close payment window").click()
        case "Escape in the window":
            desktop.window.get_by_label("Card number").press("Escape")
        case "Escape on the page":
            desktop.page.get_by_role("button", name="Close payment window").press("Escape")
    result = desktop.result()
    (payment,) = desktop.payments()
    assert (result["success"], result["imp_uid"], result["status"]) == (False, payment["imp_uid"], "failed")
    assert result["error_msg"] == payment["fail_reason"]
    expect(desktop.page.get_by_role("dialog")).to_have_count(0)
    assert desktop.journal("charge", "webhook") == []


def test_a_declined_card_is_told_and_another_one_pays(desktop: Shop) -> None:
    desktop.open()
    desktop.buy()
    fill_card(desktop.window, "4000000000000002")
    press_pay(desktop.window)
    expect(desktop.window.get_by_role("alert")).to_contain_text("Your card was declined")
    assert [payment["status"] for payment in desktop.payments()] == ["ready"]
    fill_card(desktop.window)
    press_pay(desktop.window)
    assert desktop.result()["status"] == "paid"
    assert [entry["status"] for entry in desktop.journal("charge")] == [402, 200]


def test_what_is_missing_is_said_at_its_field(desktop: Shop) -> None:
    desktop.open()
    desktop.buy()
    press_pay(desktop.window)
    number = desktop.window.get_by_label("Card number")
    expect(number).to_be_focused()
    expect(number).to_have_accessible_description("Enter a valid card number.")
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill("4")
    expect(number).not_to_have_attribute("aria-invalid", "true")
    assert desktop.journal("charge") == []


def test_a_method_without_card_needs_no_card(desktop: Shop) -> None:
    desktop.open()
    desktop.buy()
    desktop.window.get_by_role("radio", name="PayPal").check()
    expect(desktop.window.get_by_label("Card number")).to_be_hidden()
    desktop.window.get_by_label("Country").select_option("FR")
    press_pay(desktop.window)
    assert desktop.result()["success"] is True
    assert [payment["extension"]["country_code"] for payment in desktop.payments()] == ["FR"]


def test_what_portone_refuses_opens_no_window(desktop: Shop) -> None:
    desktop.open(channelKey="channel-key-of-somebody-else")
    desktop.buy()
    result = desktop.result()
    assert (result["success"], result["imp_uid"], result["merchant_uid"]) == (False, None, "A1B2C3-1")
    assert result["error_msg"]
    expect(desktop.page.locator("iframe")).to_have_count(0)


def test_a_window_that_cannot_be_shown_says_why_and_can_be_closed(desktop: Shop) -> None:
    desktop.open(bypass={"widget_code": "p1_1"})
    desktop.buy()
    expect(desktop.window.get_by_role("alert")).to_have_text("There is no widget p1_1 in this project.")
    desktop.page.get_by_role("button", name="Close payment window").click()
    assert desktop.result()["status"] == "failed"


def test_an_account_is_set_once(desktop: Shop) -> None:
    desktop.open()
    desktop.page.evaluate("IMP.init('imp00000000')")
    assert len(desktop.said) == 1
    assert "IMP.init was called again" in desktop.said[0]
    desktop.buy()
    expect(desktop.window.get_by_role("button", name="Pay 10.50 USD")).to_be_visible()


def test_a_second_window_is_not_opened_over_the_first(desktop: Shop) -> None:
    desktop.open()
    desktop.buy()
    expect(desktop.window.get_by_role("button", name="Close")).to_be_visible()
    desktop.page.evaluate("document.getElementById('pay').click()")
    assert desktop.result()["imp_uid"] is None
    assert len(desktop.payments()) == 1


def test_another_pages_message_ends_nothing(desktop: Shop) -> None:
    desktop.open()
    desktop.buy()
    expect(desktop.window.get_by_role("button", name="Close")).to_be_visible()
    imp_uid = desktop.payments()[0]["imp_uid"]
    forged = {"type": "portone:returned", "response": {"imp_uid": imp_uid, "success": True}}
    desktop.page.evaluate("(message) => window.postMessage(message, '*')", forged)
    desktop.window.get_by_role("button", name="Close").click()
    assert desktop.result()["success"] is False


@pytest.mark.parametrize("sdk", [None, CDN])
def test_a_buyer_pays_on_a_phone_and_is_led_back(phone: Shop, sdk: str | None) -> None:
    phone.open(sdk)
    phone.buy()
    fill_card(phone.page)
    press_pay(phone.page)
    phone.page.wait_for_url("**/return?**")
    (payment,) = phone.payments()
    assert httpx.URL(phone.page.url).params == httpx.QueryParams(
        shop="1", imp_uid=payment["imp_uid"], merchant_uid="A1B2C3-1", imp_success="true"
    )
    assert (payment["status"], payment["channel"]) == ("paid", "mobile")


def test_a_buyer_who_closes_the_window_on_a_phone_is_led_back_too(phone: Shop) -> None:
    phone.open()
    phone.buy()
    phone.page.get_by_role("button", name="Close").click()
    phone.page.wait_for_url("**/return?**")
    told = httpx.URL(phone.page.url).params
    assert (told["imp_success"], told["error_msg"]) == ("false", phone.payments()[0]["fail_reason"])


def test_without_a_redirect_address_a_phone_has_no_way_back(phone: Shop) -> None:
    phone.open(m_redirect_url=None)
    phone.buy()
    fill_card(phone.page)
    press_pay(phone.page)
    expect(phone.page.get_by_role("status")).to_contain_text("named no m_redirect_url")
    assert phone.payments()[0]["status"] == "paid"


def test_nothing_is_wider_than_a_phone(phone: Shop) -> None:
    for widget in ("pw_1", "t3_1"):
        phone.open(bypass={"widget_code": widget})
        phone.buy()
        expect(phone.page.get_by_role("button", name="Pay 10.50 USD")).to_be_in_viewport()
        assert phone.page.evaluate("document.documentElement.scrollWidth <= screen.width")
