"""A merchant's page for one account, and the browser it is open in."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, FrameLocator, Page
from pytest_httpserver import HTTPServer

from emulator.server import Emulator

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


def fill_card(window: FrameLocator | Page, number: str = "4242424242424242", cvv: str = "123") -> None:
    window.get_by_label("Card number").fill(number)
    window.get_by_label("Expiry date").fill("12/39")
    window.get_by_label("CVV").fill(cvv)
    window.get_by_label("Cardholder name").fill("Minji Kim")


def press_pay(window: FrameLocator | Page) -> None:
    window.get_by_role("button", name="Pay 10.50 USD").click()
