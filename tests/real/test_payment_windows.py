"""A payment window that is not known as the widget is not the merchant's fault, wherever it opens."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from conformance.browser.widget import Card
from conformance.real.buyers import Script
from conformance.settings.real import BuyerSettings, WidgetSettings
from conformance.verdict import reasons
from conformance.verdict.endings import NotObservable
from tests.real.test_buyers import CARD, Noted, Shop, script
from tests.real.test_buyers import browser as browser
from tests.real.test_buyers import stack as stack

OTHER_SDK = """
<script>window.IMP = {init() {}, request_pay() { OPEN }}</script>
<button onclick="IMP.request_pay({merchant_uid: 'order-7', amount: 10.5, currency: 'USD'})">Pay</button>
"""
A_FRAME = "document.body.append(Object.assign(document.createElement('iframe'), {src: 'ADDRESS'}))"
A_WINDOW = "window.open('ADDRESS')"


def led_to(shop: Shop, opens: str, address: str) -> None:
    """The page's payment opens this address, instead of what the stand-in's SDK would open."""
    shop.html = OTHER_SDK.replace("OPEN", opens.replace("ADDRESS", address))
    shop.context.route(
        address, lambda route: route.fulfill(content_type="text/html", body="<p>Card number</p><button>Pay</button>")
    )


@pytest.mark.parametrize("opens", [A_FRAME, A_WINDOW], ids=["frame", "window"])
def test_a_payment_window_that_may_be_the_widget_is_not_the_merchants_fault(
    opens: str, stack: ExitStack, browser: Browser
) -> None:
    shop = Shop(stack, browser)
    led_to(shop, opens, "https://pay.example/window")
    journey, visit = shop.visited(script(Noted(), needs_card=True), limit_seconds=2)
    with pytest.raises(NotObservable, match=r"has one of pay\.example: .* name it in buyer\.widget\.hosts"):
        journey.pay(visit, Card())


def test_a_widget_whose_host_the_settings_do_not_name_is_not_the_merchants_fault(
    stack: ExitStack, browser: Browser
) -> None:
    settings = BuyerSettings(by="script", limit_seconds=5, widget=WidgetSettings(hosts=("misspelt.example",)))
    buyer = Script(settings, Noted(), card=CARD)
    buyer.begin("A scenario", needs_card=True)
    journey, visit = Shop(stack, browser).visited(buyer, limit_seconds=2)
    with pytest.raises(NotObservable, match=r"no payment window of misspelt\.example opened, .* api\.paymentwall\.com"):
        journey.pay(visit, Card())


def test_where_nothing_opens_the_page_is_to_blame(stack: ExitStack, browser: Browser) -> None:
    shop = Shop(stack, browser)
    led_to(shop, "", "https://pay.example/window")
    journey, visit = shop.visited(script(Noted(), needs_card=True), limit_seconds=1)
    journey.pay(visit, Card())
    assert reasons.told(visit.obstacle) == "no widget opened within 1 s (limits.wait_seconds or --limit)"


@pytest.mark.parametrize("opens", [A_FRAME, A_WINDOW], ids=["frame", "window"])
def test_the_widget_is_found_in_the_page_and_in_a_window_of_its_own(
    opens: str, stack: ExitStack, browser: Browser
) -> None:
    shop = Shop(stack, browser)
    led_to(shop, opens, "https://api.paymentwall.com/api/subscription/?key=1")
    journey, visit = shop.visited(script(Noted(), needs_card=True), limit_seconds=2)
    journey.read_widget(visit)
    assert (visit.widget_text, visit.obstacle) == ("Card number\n\nPay", ())
