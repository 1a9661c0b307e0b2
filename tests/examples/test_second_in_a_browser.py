"""Buyers pay at the examples on PortOne V2 in a real browser: PortOne's SDK, its window, a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.emulator.browser.shopfront import fill_card, press_pay
from tests.examples.second import SecondShop

pytestmark = pytest.mark.proof
WINDOW = 'iframe[title="Payment window"]'


def pay_page(shop: SecondShop, page: Page) -> dict[str, Any]:
    """The order whose page with the pay button is open."""
    order = shop.order(country="KR")
    page.goto(f"{shop.http.base_url}/orders/{order['order']}/pay")
    page.get_by_role("button", name="Pay").click()
    return order


def test_a_buyer_pays_in_the_window_and_the_country_is_a_code(shop: SecondShop, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        order = pay_page(shop, page)
        fill_card(page.frame_locator(WINDOW))
        press_pay(page.frame_locator(WINDOW))
        expect(page.get_by_text("Thank you")).to_be_visible()
    [asked] = shop.control.journal(kind="request_pay", merchant_uid=order["payment_id"])["entries"]
    params = asked["request"]["body"]["params"]
    assert (params["totalAmount"], params["currency"]) == (1050, "USD")
    assert params["bypass"]["paymentwall"] == {"widget": "pw_1", "country_code": "KR"}
    assert "payMethod" not in params
    kinds = [entry["kind"] for entry in shop.control.journal(merchant_uid=order["payment_id"])["entries"]]
    assert kinds.index("prepare") < kinds.index("request_pay")


def test_a_buyer_who_leaves_is_told_and_pays_after_all(shop: SecondShop, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        order = pay_page(shop, page)
        expect(page.frame_locator(WINDOW).get_by_role("button", name="Close")).to_be_visible()
        page.get_by_role("button", name="Close payment window").click()
        expect(page.get_by_role("alert")).to_contain_text("did not go through")
        assert shop.status_is(order, "failed")
        page.get_by_role("button", name="Pay").click()
        fill_card(page.frame_locator(WINDOW))
        press_pay(page.frame_locator(WINDOW))
        expect(page.get_by_text("Thank you")).to_be_visible()
        page.goto(f"{shop.http.base_url}/orders/{order['order']}/pay")  # a second time there is nothing to pay
        expect(page.get_by_text("Thank you")).to_be_visible()


def test_a_phone_comes_back_by_redirection(shop: SecondShop, browser: Browser, playwright: Playwright) -> None:
    device = {**playwright.devices["iPhone 13"]}
    device.pop("default_browser_type")
    with browser.new_context(**device) as context:
        page = context.new_page()
        order = pay_page(shop, page)
        fill_card(page)
        press_pay(page)
        expect(page.get_by_text("Thank you")).to_be_visible()
        assert page.url.endswith(f"/orders/{order['order']}")
