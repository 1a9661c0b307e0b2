"""The SDK in a merchant's page: loaded twice, asked for too much, and told things by strangers."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.emulator.browser.shopfront import Shop, fill_card, press_pay


def test_what_portone_refuses_opens_no_window(desktop: Shop) -> None:
    desktop.open(channelKey="channel-key-of-somebody-else")
    desktop.buy()
    result = desktop.result()
    assert (result["success"], result["imp_uid"], result["merchant_uid"]) == (False, None, "A1B2C3-1")
    assert result["error_msg"]
    expect(desktop.page.locator("iframe")).to_have_count(0)


def test_an_account_is_set_once(desktop: Shop) -> None:
    desktop.open()
    desktop.page.evaluate("IMP.init('imp00000000')")
    assert len(desktop.said) == 1
    assert "IMP.init was called again" in desktop.said[0]
    desktop.buy()
    expect(desktop.window.get_by_role("button", name="Pay 10.50 USD")).to_be_visible()


def test_loading_the_script_again_forgets_nothing(desktop: Shop) -> None:
    desktop.open()
    desktop.page.add_script_tag(url=f"{desktop.emulator.url}/v1/iamport.js")
    desktop.page.add_script_tag(url=f"{desktop.emulator.url}/js/iamport.payment-1.2.0.js")
    desktop.buy()
    fill_card(desktop.window)
    press_pay(desktop.window)
    assert desktop.result()["success"] is True
    assert desktop.said == []


def test_without_init_nothing_is_opened(desktop: Shop) -> None:
    desktop.server.expect_request("/bare").respond_with_data(
        f'<!doctype html><script src="{desktop.emulator.url}/v1/iamport.js"></script>', content_type="text/html"
    )
    desktop.page.goto(desktop.server.url_for("/bare"))
    told = desktop.page.evaluate("new Promise((heard) => IMP.request_pay({ merchant_uid: 'A1' }, heard))")
    assert (told["success"], told["imp_uid"], told["merchant_uid"]) == (False, None, "A1")
    assert "IMP.init" in told["error_msg"]


@pytest.mark.parametrize(
    "call", ["IMP.certification({ merchant_uid: 'A1' }, heard)", "IMP.loadUI('paypal', { merchant_uid: 'A1' }, heard)"]
)
def test_what_the_emulator_lacks_answers_with_an_error(desktop: Shop, call: str) -> None:
    desktop.open()
    told = desktop.page.evaluate(f"new Promise((heard) => {call})")
    assert (told["success"], told["merchant_uid"]) == (False, "A1")
    assert call.partition("(")[0] in told["error_msg"]
    assert desktop.page.evaluate("IMP.loadModule('x', {}).then(() => '', (error) => error.message)")


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"sdk_success": "imp_success"}, {"imp_success"}),
        ({"sdk_success": "success"}, {"success"}),
        ({"sdk_success": "none"}, set()),
        ({"sdk_callback": "reduced"}, set()),
    ],
)
def test_the_callback_has_the_shape_of_the_account(desktop: Shop, settings: dict[str, str], names: set[str]) -> None:
    httpx.patch(
        f"{desktop.emulator.url}/_emulator/accounts/{desktop.account['imp_code']}", json=settings
    ).raise_for_status()
    desktop.open()
    desktop.buy()
    fill_card(desktop.window)
    press_pay(desktop.window)
    paid = desktop.result()
    assert {"success", "imp_success"} & paid.keys() == names
    assert (paid.keys() == {"imp_uid", "merchant_uid"}) is ("sdk_callback" in settings)
    desktop.page.evaluate("window.results.length = 0")
    desktop.buy()
    refused = desktop.result()
    assert (refused["imp_uid"], refused["error_code"]) == (None, "F1002")
    assert {"success", "imp_success"} & refused.keys() == names


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


REFUSED = [
    {"channelKey": "channel-key-of-somebody-else"},
    {"amount": 0},
    {"name": "n" * 41},
    {"buyer_email": None},
    {"currency": "won"},
]


@pytest.mark.parametrize("params", REFUSED)
def test_what_portone_refuses_leads_a_phone_back_and_no_callback_runs(phone: Shop, params: dict[str, Any]) -> None:
    phone.open(**params)
    phone.buy()
    phone.page.wait_for_url("**/return?**")
    told = httpx.URL(phone.page.url).params
    assert list(told) == ["shop", "imp_uid", "merchant_uid", "imp_success", "error_code", "error_msg"]
    assert (told["shop"], told["imp_uid"], told["merchant_uid"]) == ("1", "", "A1B2C3-1")
    assert (told["imp_success"], told["error_code"]) == ("false", "F400")
    assert told["error_msg"]
    assert phone.payments() == []
    phone.page.go_back()
    assert phone.page.evaluate("window.results") == []


def test_where_success_is_not_told_a_phone_is_not_told_either(phone: Shop) -> None:
    url = f"{phone.emulator.url}/_emulator/accounts/{phone.account['imp_code']}"
    httpx.patch(url, json={"sdk_success": "none"}).raise_for_status()
    phone.open(amount=0)
    phone.buy()
    phone.page.wait_for_url("**/return?**")
    assert "imp_success" not in httpx.URL(phone.page.url).params


def test_what_was_paid_leads_a_phone_back_when_it_asks_again(phone: Shop) -> None:
    phone.open()
    phone.buy()
    fill_card(phone.page)
    press_pay(phone.page)
    phone.page.wait_for_url("**/return?**")
    phone.open()
    phone.buy()
    phone.page.wait_for_url("**/return?**imp_uid=&**")
    assert httpx.URL(phone.page.url).params["error_code"] == "F1002"


@pytest.mark.parametrize("address", [None, "", "javascript:window.results.push({})", "http://["])
def test_a_phone_without_a_way_back_is_told_in_the_callback(phone: Shop, address: str | None) -> None:
    phone.open(amount=0, m_redirect_url=address)
    phone.buy()
    result = phone.result()
    assert (result["success"], result["imp_uid"], result["error_code"]) == (False, None, "F400")


def test_a_phone_that_portone_does_not_answer_is_led_back(phone: Shop) -> None:
    phone.open()
    phone.page.route("**/sdk/request_pay", lambda route: route.abort())
    phone.buy()
    phone.page.wait_for_url("**/return?**")
    assert httpx.URL(phone.page.url).params["error_code"] == "F500"


def test_a_phone_that_pays_without_an_account_is_led_back(phone: Shop) -> None:
    phone.open()
    phone.server.expect_request("/bare").respond_with_data(
        f'<!doctype html><script src="{phone.emulator.url}/v1/iamport.js"></script>', content_type="text/html"
    )
    phone.page.goto(phone.server.url_for("/bare"))
    phone.page.evaluate("IMP.request_pay({ merchant_uid: 'A1', m_redirect_url: '/return#there' })")
    phone.page.wait_for_url("**/return?**#there")
    assert httpx.URL(phone.page.url).params["merchant_uid"] == "A1"


def test_pressing_twice_takes_a_phone_to_the_window_all_the_same(phone: Shop) -> None:
    phone.open()
    phone.page.evaluate("for (const _ of [1, 2]) document.getElementById('pay').click()")
    expect(phone.page.get_by_role("button", name="Pay 10.50 USD")).to_be_visible()
    assert len(phone.payments()) == 1
