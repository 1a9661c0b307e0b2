"""A buyer's whole way in a real browser: a merchant's page, the SDK, the payment window, and back."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.emulator.browser.shopfront import Shop, fill_card, press_pay

CDN = "https://cdn.iamport.kr/v1/iamport.js"


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


def test_a_payment_under_review_looks_failed_first(desktop: Shop) -> None:
    desktop.open()
    desktop.buy()
    fill_card(desktop.window, cvv="555")
    press_pay(desktop.window)
    result = desktop.result()
    assert (result["success"], result["status"], result["error_msg"]) == (
        False,
        "failed",
        "(PG사 결제 장애) Internal error",
    )
    advance = f"{desktop.emulator.url}/_emulator/accounts/{desktop.account['imp_code']}/clock/advance"
    httpx.post(advance, json={"seconds": 120}).raise_for_status()
    assert [payment["status"] for payment in desktop.payments()] == ["paid"]


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
