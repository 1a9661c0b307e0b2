"""The pages in a real browser: somebody who has never seen them pays, watches, cancels, and moves the clock."""

from collections.abc import Iterator
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Playwright, Route, expect

from emulator.client import Control
from emulator.page import DEMO_WEBHOOK
from emulator.server import Emulator
from tests.emulator.browser.screen import SMALL, UNNAMED, UNREADABLE, WIDER, Screen, screen
from tests.emulator.browser.shopfront import fill_card, press_pay

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
def desktop(emulator: Emulator, chromium: Browser) -> Iterator[Screen]:
    with chromium.new_context(viewport={"width": 1280, "height": 860}) as context:
        yield from screen(emulator, context.new_page())


@pytest.fixture
def phone(emulator: Emulator, chromium: Browser, playwright: Playwright) -> Iterator[Screen]:
    device = {**playwright.devices["iPhone 13"]}
    device.pop("default_browser_type")
    with chromium.new_context(**device) as context:
        yield from screen(emulator, context.new_page())


def test_somebody_who_has_never_seen_it_pays_watches_cancels_and_moves_the_clock(desktop: Screen) -> None:
    desktop.open()
    expect(desktop.page.get_by_role("heading", name="No payment yet")).to_be_visible()
    desktop.page.locator("#buy").click()
    desktop.press("To the payment window")
    window = desktop.page.frame_locator('iframe[title="Payment window"]')
    fill_card(window)
    press_pay(window)
    desktop.said("Paid. The webhook is on its way.")
    detail = desktop.page.get_by_role("article")
    expect(detail).to_contain_text("Paid")
    for step in ("Payment asked for by the page", "Buyer pressed Pay", "Pingback: paid", "Webhook: paid"):
        expect(detail).to_contain_text(step)
    desktop.press("Cancel …")
    desktop.press("Cancel it")
    expect(detail).to_contain_text("Ticket waits")
    expect(desktop.page.get_by_role("tab", name="Tickets 1")).to_be_visible()
    desktop.press("+ 3 days")
    desktop.said("Advanced 3 days: 1 ticket completed, 1 webhook sent.")
    expect(detail).to_contain_text("Cancelled")
    expect(detail).to_contain_text("Webhook: cancelled")
    [payment] = desktop.control.payments()
    assert (payment["status"], payment["cancel_amount"]) == ("cancelled", 10.5)
    assert desktop.complaints == []


def test_what_others_do_appears_without_reloading(desktop: Screen) -> None:
    desktop.open()
    desktop.control.pay("order-1", 12000, name="Green tea")
    expect(desktop.page.get_by_role("button", name="Green tea")).to_contain_text("Paid")
    desktop.control.pay("order-2", 12000, name="Black tea", finish="decline")
    expect(desktop.page.get_by_role("button", name="Black tea")).to_contain_text("Failed")
    before = desktop.page.locator("#now").inner_text()
    desktop.control.advance(86_400)
    expect(desktop.page.locator("#now")).not_to_have_text(before)
    desktop.control.reset()
    expect(desktop.page.get_by_role("heading", name="No payment yet")).to_be_visible()


@pytest.mark.parametrize(("button", "status"), [("Complete", "cancelled"), ("Refuse", "paid")])
def test_a_ticket_is_decided(desktop: Screen, button: str, status: str) -> None:
    desktop.open()
    imp_uid = desktop.paid()
    desktop.control.cancel(imp_uid)
    desktop.tab("Tickets")
    expect(desktop.page.get_by_role("tabpanel").or_(desktop.page.locator("#content"))).to_contain_text("Waiting")
    desktop.press(button)
    expect(desktop.page.locator("#content")).to_contain_text("Accepted" if status == "cancelled" else "Refused")
    assert desktop.control.payments()[0]["status"] == status


def test_a_part_is_cancelled_and_the_rest_charged_back(desktop: Screen) -> None:
    desktop.open()
    desktop.paid()
    desktop.press("Cancel …")
    desktop.page.get_by_label("Amount").fill("3.00")
    desktop.press("Cancel it")
    desktop.press("+ 1 day")
    expect(desktop.page.get_by_role("article")).to_contain_text("Partly cancelled")
    desktop.press("Charge back …")
    desktop.press("Charge it back")
    desktop.said("Charged back")  # "Cancelled" stands there already, in the part's reason
    [payment] = desktop.control.payments()
    assert [one["amount"] for one in payment["cancel_history"]] == [3, 7.5]


def test_what_cannot_be_done_is_said_where_it_was_asked(desktop: Screen) -> None:
    desktop.open()
    desktop.paid()
    desktop.press("Cancel …")
    desktop.page.get_by_label("Amount").fill("99")
    desktop.press("Cancel it")
    expect(desktop.page.get_by_role("alert")).not_to_be_empty()
    expect(desktop.page.get_by_role("dialog")).to_be_visible()
    desktop.page.keyboard.press("Escape")
    expect(desktop.page.get_by_role("dialog")).to_have_count(0)


def test_a_review_is_accepted(desktop: Screen) -> None:
    desktop.control.set(paymentwall={"review": "hold"})
    desktop.open()
    desktop.paid()
    expect(desktop.page.get_by_role("article")).to_contain_text("Under review")
    desktop.press("Accept the review")
    expect(desktop.page.get_by_role("article")).not_to_contain_text("Under review")
    assert desktop.control.payments()[0]["status"] == "paid"


def test_webhooks_are_shown_with_request_and_answer_and_sent_again(desktop: Screen) -> None:
    desktop.open()
    imp_uid = desktop.paid()
    desktop.tab("Webhooks")
    content = desktop.page.locator("#content")
    content.get_by_text("Webhook: paid").click()
    expect(content.get_by_label("Request")).to_contain_text(f'"imp_uid": "{imp_uid}"')
    expect(content.get_by_label("Request")).to_contain_text(f"POST {desktop.url}{DEMO_WEBHOOK}")
    expect(content.get_by_label("Answer")).to_have_text("The demo shop has taken note.")
    desktop.press("Send again")
    desktop.said("Sent again: answered with 200.")
    expect(content.get_by_label("Answer")).to_be_visible()  # what was open stays open
    desktop.press("Send a test webhook")
    desktop.said("The test webhook was answered with 200.")
    assert len(desktop.control.journal(kind="webhook")["entries"]) == 3


def test_a_webhook_that_nobody_takes_is_seen_as_such(desktop: Screen) -> None:
    desktop.control.break_call("answer", "webhook", status=500, body="Oops")
    desktop.open()
    desktop.paid()
    desktop.tab("Webhooks")
    expect(desktop.page.locator("#content")).to_contain_text("500")


def test_pingbacks_are_shown_and_sent_again(desktop: Screen) -> None:
    desktop.open()
    desktop.paid()
    desktop.tab("Pingbacks")
    desktop.page.get_by_text("Pingback: paid").click()
    desktop.press("Send again")
    desktop.said("The pingback was sent again.")
    assert len(desktop.control.journal(kind="pingback")["entries"]) == 2


def test_the_clock_is_stopped_and_runs(desktop: Screen) -> None:
    desktop.open()
    expect(desktop.page.locator("#speed")).to_have_text("stopped")
    desktop.press("Let the clock run")
    expect(desktop.page.locator("#speed")).to_have_text("")
    assert desktop.control.clock()["speed"] == 1
    desktop.press("Stop the clock")
    expect(desktop.page.locator("#speed")).to_have_text("stopped")


def test_the_webhook_address_is_set(desktop: Screen) -> None:
    desktop.open()
    desktop.tab("Connect")
    expect(desktop.page.locator("#content")).to_contain_text("?include_sandbox=true")
    expect(desktop.page.locator("#content")).to_contain_text("enable_webhook: true")
    content = desktop.page.locator("#content")
    for shown in (desktop.url, desktop.control.settings()["imp_secret"], "/v1/iamport.js"):
        expect(content).to_contain_text(shown)
    desktop.page.get_by_label("Endpoint URL").fill("http://127.0.0.1:9/hook")
    desktop.control.pay("order-1", 12000)  # what happens meanwhile takes nothing away that was typed
    expect(desktop.page.get_by_role("tab", name="Payments 1")).to_be_visible()
    desktop.page.get_by_label("Content-Type").select_option("application/x-www-form-urlencoded")
    desktop.press("Save")
    desktop.said("Saved")
    endpoint = desktop.control.settings()["webhook"]["test"]
    assert (endpoint["url"], endpoint["content_type"]) == (
        "http://127.0.0.1:9/hook",
        "application/x-www-form-urlencoded",
    )


def test_every_call_is_there(desktop: Screen) -> None:
    desktop.open()
    desktop.paid()
    pair = {"imp_key": desktop.control.settings()["imp_key"], "imp_secret": "wrong"}
    httpx.post(f"{desktop.url}/users/getToken", json=pair)
    desktop.tab("Calls")
    expect(desktop.page.locator("#content")).to_contain_text("Access token asked for: 인증에 실패하였습니다")


def test_it_can_be_used_by_keyboard_alone(desktop: Screen) -> None:
    desktop.open()
    imp_uid = desktop.paid()
    desktop.control.cancel(imp_uid)
    desktop.page.get_by_role("tab", name="Payments").focus()
    desktop.page.keyboard.press("ArrowRight")
    expect(desktop.page.get_by_role("tab", name="Tickets")).to_be_focused()
    complete = desktop.page.get_by_role("button", name="Complete", exact=True)
    for _ in range(6):
        if complete.evaluate("(element) => element === document.activeElement"):
            break
        desktop.page.keyboard.press("Tab")
    expect(complete).to_be_focused()
    desktop.page.keyboard.press("Enter")
    expect(desktop.page.locator("#content")).to_contain_text("Accepted")


def test_everything_has_a_name_and_enough_contrast_in_the_dark_too(desktop: Screen) -> None:
    desktop.open()
    desktop.paid()
    for scheme in SCHEMES:
        desktop.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert desktop.page.evaluate(UNREADABLE) == []
    assert desktop.page.evaluate(UNNAMED) == 0


def test_with_a_token_the_page_asks_for_it(chromium: Browser) -> None:
    with Emulator(tls=False, control_token="let-me-in") as emulator, chromium.new_context() as context:
        page = context.new_page()
        page.goto(emulator.url)
        page.get_by_role("textbox", name="Control token").fill("let-me-in")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Create an account").click()
        expect(page.get_by_role("heading", name="No payment yet")).to_be_visible()
        page.goto("about:blank")
        page.goto(f"{emulator.url}/#token=let-me-in")
        expect(page.get_by_role("heading", name="No payment yet")).to_be_visible()
        assert "token" not in page.url


def test_it_says_when_the_emulator_is_gone_and_goes_on_when_it_is_back(chromium: Browser) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        with Emulator(tls=False) as emulator:
            port = emulator.port
            with Control.of_new_account(emulator.url):
                page.goto(emulator.url)
                expect(page.get_by_text("Live", exact=True)).to_be_visible()
        expect(page.get_by_text("The emulator does not answer; trying again")).to_be_visible()
        with Emulator(port, tls=False) as emulator:
            expect(page.get_by_role("button", name="Create an account")).to_be_visible()


def test_a_purchase_is_paid_in_the_demo_shop(desktop: Screen) -> None:
    desktop.open("/demo")
    desktop.press("Pay 10.50 USD")
    window = desktop.page.frame_locator('iframe[title="Payment window"]')
    fill_card(window)
    press_pay(window)
    expect(desktop.page.get_by_role("status")).to_contain_text("Thank you. The payment succeeded.")
    desktop.page.get_by_role("link", name="See what happened to it").click()
    expect(desktop.page.get_by_role("article")).to_contain_text("Webhook: paid")
    assert desktop.complaints == []


def test_nobody_presses_pay_before_the_demo_shop_can_ask_for_it(desktop: Screen) -> None:
    """Pressed earlier, its form would be sent as forms are, and nothing would come of it."""
    held: list[Route] = []
    desktop.page.route("**/_emulator/accounts", lambda route: held.append(route))
    with desktop.page.expect_request("**/_emulator/accounts"):
        desktop.open("/demo")
    button = desktop.page.get_by_role("button", name="Pay 10.50 USD", exact=True)
    expect(button).to_be_disabled()
    held[0].continue_()
    expect(button).to_be_enabled()


def test_a_purchase_that_is_left_is_not_paid(desktop: Screen) -> None:
    desktop.open("/demo")
    desktop.press("Pay 10.50 USD")
    desktop.page.frame_locator('iframe[title="Payment window"]').get_by_role("button", name="Close").click()
    expect(desktop.page.get_by_role("status")).to_contain_text("The payment did not succeed.")


class TestOnAPhone:
    def test_a_purchase_is_paid_and_comes_back_to_its_payment(self, phone: Screen) -> None:
        phone.open()
        phone.page.locator("#buy").click()
        phone.press("To the payment window")
        fill_card(phone.page)
        press_pay(phone.page)
        expect(phone.page.get_by_role("article")).to_contain_text("Webhook: paid")
        phone.page.get_by_role("button", name="All payments").click()
        expect(phone.page.get_by_role("list", name="Payments")).to_be_visible()
        expect(phone.page.get_by_role("article")).to_have_count(0)

    def test_a_purchase_is_paid_in_the_demo_shop(self, phone: Screen) -> None:
        phone.open("/demo")
        phone.press("Pay 10.50 USD")
        fill_card(phone.page)
        press_pay(phone.page)
        expect(phone.page.get_by_role("status")).to_contain_text("Thank you. The payment succeeded.")

    def test_nothing_is_wider_than_it(self, phone: Screen) -> None:
        phone.open()
        phone.paid()
        phone.control.cancel(phone.control.payments()[0]["imp_uid"])
        for name in ("Payments", "Tickets", "Webhooks", "Pingbacks", "Calls", "Connect"):
            phone.tab(name)
            assert phone.page.evaluate(WIDER) == [], name
        phone.open("/demo")
        assert phone.page.evaluate(WIDER) == []

    def test_a_thumb_hits_every_button(self, phone: Screen) -> None:
        phone.open()
        phone.paid()
        assert phone.page.evaluate(SMALL) == []


def test_what_is_pressed_while_news_come_is_pressed(desktop: Screen) -> None:
    desktop.open()
    tab = desktop.page.get_by_role("tab", name="Connect")
    for order, press in (("order-1", tab), ("order-2", desktop.page.locator("#call-test"))):
        press.hover()
        desktop.page.mouse.down()
        with desktop.page.expect_response(lambda response: "/journal?after" in response.url) as read:
            desktop.control.pay(order, "10.50", currency="USD")
        read.value.finished()
        desktop.page.evaluate("new Promise((done) => setTimeout(done, 50))")
        desktop.page.mouse.up()
        if press is tab:
            expect(desktop.page.locator("#tab-connect")).to_have_attribute("aria-selected", "true")
            desktop.tab("Webhooks")
    desktop.said("The test webhook was answered with 200")
    expect(desktop.page.locator("#tab-payments")).to_contain_text("2")
