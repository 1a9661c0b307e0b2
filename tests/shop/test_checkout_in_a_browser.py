"""A buyer in a browser: pays, closes the window, is declined, pays on a phone."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.shop.both import Both

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
}
GOOD_CARD, DECLINED_CARD = "4242 4242 4242 4242", "4000 0000 0000 0002"
STEP_MILLISECONDS = 5_000


@pytest.fixture
def buyer(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens browsers for buyers; what goes wrong in their pages fails the test."""
    contexts, errors = [], []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(STEP_MILLISECONDS)
        context.on("weberror", lambda event: errors.append(str(event.error)))
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def press_pay(page: Page) -> FrameLocator:
    page.locator("#pay").click()
    return page.frame_locator('iframe[title="Payment window"]')


def fill_card(window: FrameLocator | Page, number: str) -> None:
    for label, text in (
        ("Card number", number),
        ("Expiry date", "12/30"),
        ("CVV", "123"),
        ("Cardholder name", "MINA KIM"),
    ):
        window.get_by_label(label).fill(text)
    window.get_by_role("button", name=re.compile("^Pay ")).click()


def checkout(both: Both, order: dict[str, Any], widget: str = "pw_1") -> str:
    return f"{both.shop.base_url}/orders/{order['order']}/checkout?widget={widget}".replace("//orders", "/orders")


@pytest.mark.parametrize("widget", ["pw_1", "t3_1"])
def test_a_buyer_pays_and_lands_on_the_paid_order(both: Both, buyer: Callable[..., Page], widget: str) -> None:
    order, page = both.place(), buyer()
    page.goto(checkout(both, order, widget))
    fill_card(press_pay(page), GOOD_CARD)
    page.wait_for_url(f"**/orders/{order['order']}")
    expect(page.locator("#status")).to_have_text("Paid")
    both.settle()
    assert both.read(order)["fulfilments"] == 1


def test_a_buyer_whose_card_is_declined_is_told_and_pays_with_another(both: Both, buyer: Callable[..., Page]) -> None:
    order, page = both.place(), buyer()
    page.goto(checkout(both, order))
    window = press_pay(page)
    fill_card(window, DECLINED_CARD)
    expect(window.get_by_role("alert")).to_contain_text("declined")
    window.get_by_role("button", name="Close").click()
    expect(page.locator("#message")).to_contain_text("did not go through")
    assert both.read(order)["status"] in {"unpaid", "failed"}
    fill_card(press_pay(page), GOOD_CARD)
    page.wait_for_url(f"**/orders/{order['order']}")
    now = both.read(order)
    assert (now["status"], now["merchant_uid"]) == ("paid", f"{order['order']}-2")


def test_a_buyer_on_a_phone_comes_back_to_the_paid_order(both: Both, buyer: Callable[..., Page]) -> None:
    order, page = both.place(), buyer(**PHONE)
    page.goto(checkout(both, order))
    page.locator("#pay").click()
    page.wait_for_url("**/api/subscription/**")
    fill_card(page, GOOD_CARD)
    page.wait_for_url(f"**/orders/{order['order']}")
    expect(page.locator("#status")).to_have_text("Paid")


def test_a_price_changed_in_the_browser_is_not_honoured(both: Both, buyer: Callable[..., Page]) -> None:
    order, page = both.place(), buyer()
    page.goto(checkout(both, order))
    page.evaluate("const pay = IMP.request_pay; IMP.request_pay = (p, f) => pay.call(IMP, {...p, amount: 0.01}, f)")
    page.locator("#pay").click()  # refused before the widget opens: the shop has registered its own amount
    expect(page.locator("#message")).to_be_visible()
    assert page.locator("iframe").count() == 0
    both.settle()
    assert (both.read(order)["status"], both.read(order)["fulfilments"]) == ("unpaid", 0)
