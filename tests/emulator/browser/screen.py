"""The emulator's page as a browser shows it, and what is wrong with how it looks."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, Request, expect

from emulator.client import Control
from emulator.page import DEMO_WEBHOOK
from emulator.server import Emulator
from tests.emulator.browser.shopfront import SECONDS


@dataclass
class Screen:
    """A browser's page on the emulator's page, with an account of its own."""

    page: Page
    control: Control
    url: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> None:
        self.page.goto(f"{self.url}{path}?account={self.control.imp_code}")
        if path == "/":
            expect(self.page.get_by_text("Live", exact=True)).to_be_visible()

    def row(self, name: str) -> Locator:
        """The row of a payment in the list of payments."""
        return self.page.locator(".row", has_text=name)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def paid(self, name: str = "Handmade mug") -> str:
        """A payment by a buyer without a browser, opened on the page; its imp_uid."""
        imp_uid = str(self.control.pay(f"order-{name}", "10.50", currency="USD", name=name)["imp_uid"])
        self.page.get_by_role("button", name=name).click()
        expect(self.page.get_by_role("heading", name=name)).to_be_visible()
        return imp_uid

    def said(self, text: str) -> None:
        expect(self.page.locator("#said")).to_contain_text(text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.foreign.append(request.url)


def screen(emulator: Emulator, page: Page) -> Iterator[Screen]:
    url = emulator.url + DEMO_WEBHOOK
    page.set_default_timeout(5 * SECONDS)
    with Control.of_new_account(emulator.url, {"webhook": {"test": {"url": url}}}) as control:
        shown = Screen(page, control, emulator.url)
        page.on("console", lambda message: shown.complaints.append(message.text))
        page.on("pageerror", lambda error: shown.complaints.append(f"uncaught: {error}"))
        page.on("request", shown._asked)
        yield shown
        assert shown.foreign == []


# The tabs may be pushed sideways, nothing else.
WIDER = """[...document.querySelectorAll("body *")].filter(
  (e) => e.checkVisibility() && !e.closest(".tabs, .skip") && e.getBoundingClientRect().right > innerWidth + 1
).map((e) => e.outerHTML.slice(0, 80))"""
UNNAMED = """[...document.querySelectorAll("button, input, select, a")].filter(
  (e) => !e.textContent.trim() && !e.labels?.length && !e.getAttribute("aria-label")).length"""
SMALL = """[...document.querySelectorAll("button")].filter(
  (e) => e.offsetParent && e.getBoundingClientRect().height < 36).map((e) => e.textContent)"""
# Texts whose contrast with what is behind them is below 4.5 (WCAG AA).
UNREADABLE = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest(".sr, .skip, script, noscript")) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(e.textContent.trim());
  }
  return found;
}"""
