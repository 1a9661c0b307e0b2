"""PortOne V2's SDK in a merchant's page: as a script, as a module, and as npm's package loads it."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.emulator.browser.shopfront import SECONDS, Shop, fill_card, press_pay

CDN = "https://cdn.portone.io/v2/browser-sdk.js"
MODULE = "https://cdn.portone.io/v2/browser-sdk.esm.js"
BACK = "/v2-back?shop=1"
SCRIPT = """<!doctype html><html lang="en"><title>Shop</title><script src="{sdk}"></script>
<main><button id="pay">Buy now</button></main><script>
  window.results = [];
  const button = document.getElementById("pay");
  button.onclick = () => PortOne.requestPayment({asked}).then((one) => window.results.push(one));
</script></html>"""
IMPORT = """<!doctype html><html lang="en"><title>Shop</title>
<main><button id="pay">Buy now</button></main><script type="module">
  import * as PortOne from "{sdk}";
  window.results = [];
  const button = document.getElementById("pay");
  button.onclick = () => PortOne.requestPayment({asked}).then((one) => window.results.push(one));
</script></html>"""


def show(shop: Shop, sdk: str, page: str = SCRIPT, **params: Any) -> None:
    """Open a page of the shop that asks V2's SDK for a payment."""
    usual = {
        "storeId": shop.account["v2"]["store_id"],
        "channelKey": shop.account["channels"][0]["channel_key"],
        "paymentId": "order-1",
        "orderName": "Mug",
        "totalAmount": 1050,
        "currency": "USD",
        "customer": {"customerId": "minji", "email": "minji@shop.example", "fullName": "Minji Kim"},
        "customData": {"gift": True},
        "redirectUrl": shop.server.url_for(BACK),
    }
    text = page.replace("{sdk}", sdk).replace("{asked}", json.dumps({**usual, **params}))
    shop.server.expect_request("/v2-shop").respond_with_data(text, content_type="text/html")
    shop.server.expect_request("/v2-back").respond_with_data("Welcome back", content_type="text/html")
    shop.page.goto(shop.server.url_for("/v2-shop"))


def payment(shop: Shop, payment_id: str = "order-1") -> dict[str, Any]:
    headers = {"Authorization": f"PortOne {shop.account['v2']['api_secret']}"}
    found: dict[str, Any] = httpx.get(f"{shop.emulator.url}/payments/{payment_id}", headers=headers).json()
    return found


def pay(shop: Shop) -> dict[str, Any]:
    shop.buy()
    fill_card(shop.window)
    press_pay(shop.window)
    return shop.result()


@pytest.mark.parametrize(("sdk", "page"), [("script", SCRIPT), ("module", IMPORT), (CDN, SCRIPT), (MODULE, IMPORT)])
def test_a_buyer_pays_and_the_promise_resolves(desktop: Shop, sdk: str, page: str) -> None:
    own = {"script": "/v2/browser-sdk.js", "module": "/v2/browser-sdk.esm.js"}
    show(desktop, desktop.emulator.url + own[sdk] if sdk in own else sdk, page)
    result = pay(desktop)
    shown = payment(desktop)
    assert result == {"transactionType": "PAYMENT", "txId": shown["transactionId"], "paymentId": "order-1"}
    assert (shown["status"], shown["amount"]["total"], json.loads(shown["customData"])) == (
        "PAID",
        1050,
        {"gift": True},
    )
    assert shown["origin"]["platformType"] == "PC"
    expect(desktop.page.get_by_role("dialog")).to_have_count(0)
    assert desktop.said == []


def test_a_buyer_who_leaves_gets_a_code_and_may_pay_after_all(desktop: Shop) -> None:
    show(desktop, CDN)
    desktop.buy()
    expect(desktop.window.get_by_role("button", name="Close")).to_be_visible()
    desktop.page.get_by_role("button", name="Close payment window").click()
    left = desktop.result()
    assert (left["paymentId"], left["code"]) == ("order-1", "PGProviderError")
    assert left["message"]
    desktop.page.evaluate("window.results.length = 0")
    paid = pay(desktop)
    assert "code" not in paid
    assert paid["txId"] != left["txId"]
    desktop.page.evaluate("window.results.length = 0")
    desktop.buy()
    assert desktop.result()["code"] == "PaymentAlreadyPaid"


def test_what_is_refused_resolves_with_a_code_and_is_not_led_anywhere(desktop: Shop) -> None:
    show(desktop, CDN, totalAmount=10.5, forceRedirect=True)
    desktop.buy()
    assert desktop.result()["code"] == "BadRequest"
    expect(desktop.page.locator("iframe")).to_have_count(0)
    assert desktop.page.url == desktop.server.url_for("/v2-shop")


def test_a_forced_redirection_leads_a_desktop_back(desktop: Shop) -> None:
    show(desktop, CDN, forceRedirect=True)
    desktop.buy()
    fill_card(desktop.page)
    press_pay(desktop.page)
    desktop.page.wait_for_url("**/v2-back?**", timeout=5 * SECONDS)
    told = dict(httpx.URL(desktop.page.url).params)
    assert told == {
        "shop": "1", "transactionType": "PAYMENT", "txId": payment(desktop)["transactionId"], "paymentId": "order-1",
    }  # fmt: skip


def test_a_phone_is_led_back_with_what_went_wrong(phone: Shop) -> None:
    show(phone, CDN)
    phone.buy()
    phone.page.get_by_role("button", name="Close").click()
    phone.page.wait_for_url("**/v2-back?**", timeout=5 * SECONDS)
    told = httpx.URL(phone.page.url).params
    assert (told["paymentId"], told["code"]) == ("order-1", "PGProviderError")
    assert told["message"] == payment(phone)["failure"]["reason"]
    assert payment(phone)["origin"]["platformType"] == "MOBILE"


def test_a_second_window_is_not_opened_over_the_first(desktop: Shop) -> None:
    show(desktop, CDN)
    desktop.buy()
    expect(desktop.window.get_by_role("button", name="Close")).to_be_visible()
    desktop.page.evaluate("document.getElementById('pay').click()")
    assert desktop.result()["code"] == "BadRequest"
    assert len(desktop.payments()) == 1


def test_what_the_emulator_lacks_says_so(desktop: Shop) -> None:
    show(desktop, CDN)
    told = desktop.page.evaluate("PortOne.requestIssueBillingKey({}).then(() => '', (error) => error.message)")
    assert "PortOne.requestIssueBillingKey" in told


def test_both_generations_live_in_one_page(desktop: Shop) -> None:
    show(desktop, CDN)
    desktop.page.add_script_tag(url="https://cdn.iamport.kr/v1/iamport.js")
    assert desktop.page.evaluate("typeof IMP.request_pay + typeof PortOne.requestPayment") == "functionfunction"
