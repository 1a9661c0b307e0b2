"""The payment window in a real browser: its fields, methods and messages, by mouse, keyboard and screen reader."""

import pytest
from playwright.sync_api import expect

from tests.emulator.browser.shopfront import Shop, fill_card, press_pay


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


def test_a_window_that_cannot_be_shown_says_why_and_can_be_closed(desktop: Shop) -> None:
    desktop.open(bypass={"widget_code": "p1_1"})
    desktop.buy()
    expect(desktop.window.get_by_role("alert")).to_have_text("There is no widget p1_1 in this project.")
    desktop.page.get_by_role("button", name="Close payment window").click()
    assert desktop.result()["status"] == "failed"


def test_every_test_code_can_be_chosen_and_is_answered(desktop: Shop) -> None:
    desktop.open(language="ko")
    desktop.buy()
    window = desktop.window
    window.get_by_text("테스트 카드 사용").click()
    for code, said in (("111", "CVV가"), ("222", "잔액"), ("333", "카드사")):
        window.get_by_role("button", name=f"CVV {code}").click()
        window.get_by_role("button", name="10.50 USD 결제하기").click()
        expect(window.get_by_role("alert")).to_contain_text(said)
    window.get_by_role("button", name="닫기").click()
    assert desktop.result()["status"] == "failed"


@pytest.mark.parametrize("widget", ["pw_1", "t3_1"])
def test_every_control_has_a_name_and_a_role(desktop: Shop, widget: str) -> None:
    desktop.open(bypass={"widget_code": widget})
    desktop.buy()
    expect(desktop.window.get_by_role("button", name="Close")).to_be_visible()
    unnamed = desktop.window.locator("body").evaluate(
        """(body) => [...body.querySelectorAll("input:not([type=hidden]), select, button, summary")]
            .filter((one) => !(one.labels && one.labels.length && one.labels[0].textContent.trim())
                && !one.textContent.trim() && !one.getAttribute("aria-label"))
            .map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    for group in ("Payment method", "Card details"):
        expect(desktop.window.get_by_role("group", name=group)).to_have_count(1)
    expect(desktop.window.get_by_role("combobox", name="Country")).to_have_count(1)
    expect(desktop.window.get_by_role("main")).to_have_count(1)
    expect(desktop.window.get_by_role("heading", level=1)).to_have_count(1)


def test_a_method_of_another_country_appears_with_the_country(desktop: Shop) -> None:
    desktop.open()
    desktop.buy()
    expect(desktop.window.get_by_role("radio", name="KakaoPay")).to_be_visible()
    expect(desktop.window.get_by_role("radio", name="iDEAL")).to_be_hidden()
    desktop.window.get_by_role("radio", name="KakaoPay").check()
    desktop.window.get_by_label("Country").select_option("NL")
    expect(desktop.window.get_by_role("radio", name="KakaoPay")).to_be_hidden()
    expect(desktop.window.get_by_role("radio", name="Credit card")).to_be_checked()
    desktop.window.get_by_role("radio", name="iDEAL").check()
    press_pay(desktop.window)
    assert desktop.result()["success"] is True


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


def test_nothing_is_wider_than_a_phone(phone: Shop) -> None:
    for widget in ("pw_1", "t3_1"):
        phone.open(bypass={"widget_code": widget})
        phone.buy()
        expect(phone.page.get_by_role("button", name="Pay 10.50 USD")).to_be_in_viewport()
        assert phone.page.evaluate("document.documentElement.scrollWidth <= screen.width")
