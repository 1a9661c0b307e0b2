"""The bare script: the embedded run's browser journeys and requests with playwright and httpx, and nothing around them.

Prints the seconds that they took, start-up apart, without and with a browser, and of those with one the median of a
journey that ends on the paid order's page with the widget in an iframe. It asserts as little as such a script would.
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from statistics import median

import httpx
from playwright.sync_api import Browser, Frame, Page, sync_playwright
from pydantic import SecretStr

from conformance.browser.setup import find_browser
from conformance.network.gateway import Gateway, Lead
from conformance.network.receiver import WebhookReceiver
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from emulator.server import Emulator
from shop.server import Shop
from shop.settings import ShopSettings

PLAYED = (
    "PortOne lets the merchant's key and secret in",
    "The account has a channel to Paymentwall",
    "The project's pw_1 works with PortOne",
    "The country is a custom pingback parameter",
    "PortOne knows where to send results",
    "A payment through the test channel is found",
    "PortOne reports a payment",
    "PortOne reports a payment with a charset",
    "PortOne reports a payment without a charset",
    "PortOne reports a payment in the Content-Type that is not configured",
    "A webhook says paid about a payment that the buyer broke off",
    "PortOne delivers the same result three times",
    "A webhook names a payment that PortOne does not know",
    "The merchant refunds an order",
    "The ticket is open",
    "A PayPal payment is refunded without a waiting time",
    "The payment method cannot be refunded",
    "Paymentwall accepts the ticket after three days",
    "Paymentwall accepts a ticket and PortOne gives notice only on request",
    "A refund is asked for again while the ticket waits",
    "A buyer from KR paid",
    "A buyer from JP paid",
    "The order remembers that it was paid from JP",
    "The checkout page loads and initialises the SDK",
    "The request goes to Paymentwall",
    "Nothing that Paymentwall requires is missing",
    "An order in a currency with 2 decimals goes to be paid",
    "The checkout asks for pw_1 or t3_1",
    "A buyer pays by card through pw_1",
    "A buyer pays by card through t3_1",
    "A browser claims a payment that never was, with success",
    "A buyer pays on a phone",
    "The browser dies before the page hears of the payment",
)
"""The scenarios that this script plays, by their titles."""

PHONE = "Pixel 7"
BUYER = {"buyer_name": "Grace Hopper", "buyer_email": "grace@example.com"}
GOES_TO = {"street": "12 Harbour Road", "city": "Busan", "zip": "48058", "country": "KR", "phone": "+82 51 000 0000"}
OPERATOR = ("operator", "bare-script")
DAY = 86_400


class Script:
    """The requests of one scenario after the other."""

    def __init__(self, control: httpx.Client, api: httpx.Client, shop: httpx.Client, receiver: WebhookReceiver) -> None:
        self.control, self.api, self.shop, self.receiver = control, api, shop, receiver

    def reset(self) -> None:
        self.control.post("/reset", json={}).raise_for_status()
        self.receiver.clear()

    def order(self) -> dict[str, str]:
        placed = self.shop.post("/api/orders", json={"sku": "mug", **BUYER, **GOES_TO}).raise_for_status()
        return dict(placed.json())

    def pay(self, order: dict[str, str], method: str = "cc", finish: str = "pay") -> str:
        asked = {name: order[name] for name in ("merchant_uid", "amount", "currency")}
        paid = self.control.post("/payments", json={**BUYER, **asked, "name": "x", "method": method, "finish": finish})
        return str(paid.raise_for_status().json()["imp_uid"])

    def read(self, order: dict[str, str], expected: str) -> None:
        self.control.post("/idle", json={"timeout_seconds": 10}).raise_for_status()
        seen = self.shop.get(f"/api/orders/{order['order']}").json()["status"]
        assert seen == expected, (seen, expected)

    def paid(self, method: str = "cc") -> tuple[dict[str, str], str]:
        order = self.order()
        imp_uid = self.pay(order, method)
        self.read(order, "paid")
        return order, imp_uid

    def refund(self, order: dict[str, str]) -> None:
        asked = {"reason": "x"}
        self.shop.post(f"/api/operator/orders/{order['order']}/refund", json=asked, auth=OPERATOR)

    def advance(self, seconds: float) -> None:
        self.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()

    def waiting(self) -> dict[str, str]:
        self.control.patch("", json={"paymentwall": {"ticket_seconds": 3 * DAY}}).raise_for_status()
        order, _ = self.paid()
        self.refund(order)
        self.control.get("/tickets").raise_for_status()
        self.read(order, "waiting_for_cancellation")
        return order

    def token(self, keys: dict[str, str]) -> dict[str, str]:
        got = self.api.post("/users/getToken", json=keys).raise_for_status().json()
        return {"Authorization": got["response"]["access_token"]}

    def webhook(self, order: dict[str, str], imp_uid: str) -> None:
        said = {"imp_uid": imp_uid, "merchant_uid": order["merchant_uid"], "status": "paid"}
        self.shop.post("/webhooks/portone", json=said)


def without_browser(script: Script, keys: dict[str, str]) -> None:
    """What the scenarios without a browser send, in their order; each begins with a reset."""
    for path in ("/users/getToken", "/users/pg"):  # SETUP-01 and -02
        script.reset()
        headers = script.token(keys)
        if path != "/users/getToken":
            script.api.get(path, headers=headers).raise_for_status()
    for _ in range(3):  # SETUP-10 to -12
        script.reset()
        script.control.get("").raise_for_status()
    script.reset()  # SETUP-16
    script.pay(script.order())
    order = script.order()
    script.pay(order)
    script.read(order, "paid")
    script.reset()  # WEBHOOK-01
    script.paid()
    script.paid()  # WEBHOOK-02: the merchant acts on webhooks
    for sending in (  # and WEBHOOK-03
        {"content_type": "application/json", "charset": False},
        {"content_type": "application/json", "charset": True},
        {"content_type": "application/x-www-form-urlencoded", "charset": False},
    ):
        script.reset()
        script.control.patch("", json={"webhook": {"test": sending}}).raise_for_status()
        script.paid()
    script.reset()  # WEBHOOK-05
    order = script.order()
    script.webhook(order, script.pay(order, finish="leave"))
    script.read(order, "failed")
    script.reset()  # WEBHOOK-08
    order, imp_uid = script.paid()
    script.webhook(order, imp_uid)
    script.webhook(order, imp_uid)
    script.read(order, "paid")
    script.read(order, "paid")
    script.reset()  # WEBHOOK-10
    order = script.order()
    script.webhook(order, "imp_999999999999")
    script.read(order, "unpaid")
    cancellations(script)
    for _ in range(2):  # COUNTRY-01
        script.reset()
        imp_uid = script.pay(script.order())
        look_up(script, keys, imp_uid)
    script.reset()  # COUNTRY-02
    order, imp_uid = script.paid()
    look_up(script, keys, imp_uid)


def cancellations(script: Script) -> None:
    """CANCEL-01 to -12."""
    for method, after in (
        ("cc", ""),
        ("cc", "waiting_for_cancellation"),
        ("paypal", "cancelled"),
        ("paysafecard", "paid"),
    ):
        script.reset()
        order, _ = script.paid(method)
        script.refund(order)
        if after:
            script.read(order, after)
    for notice in ("always", "opt_in"):
        script.reset()
        script.control.patch("", json={"cancel_notice": notice}).raise_for_status()
        order = script.waiting()
        script.advance(3 * DAY)
        script.read(order, "cancelled")
    script.reset()
    order = script.waiting()
    script.advance(2 * DAY)
    script.refund(order)
    script.read(order, "waiting_for_cancellation")
    script.control.get("/tickets").raise_for_status()


def look_up(script: Script, keys: dict[str, str], imp_uid: str) -> None:
    asked = {"extension": "true", "include_sandbox": "true"}
    script.api.get(f"/payments/{imp_uid}", params=asked, headers=script.token(keys)).raise_for_status()


def with_browser(script: Script, browser: Browser, proxy: str, phone: dict[str, object]) -> float:
    """The browser journeys: five only as far as the payment request, six paid to the end, one on a phone.

    The median of those that are paid in an iframe, in seconds, from the new context to the paid order's page.
    """
    phone.pop("default_browser_type", None)
    journeys = []
    for widget, device, paying in (
        *((("pw_1", {}, False),) * 5),  # CHECKOUT-01, -02, -03, -05, SETUP-09
        ("pw_1", {}, True),  # CHECKOUT-06
        ("t3_1", {}, True),
        ("pw_1", {}, True),  # a checkout in which buyers can pay, shown once
        ("pw_1", {}, False),  # CHECKOUT-08: answered by the browser itself
        ("pw_1", phone, True),  # CHECKOUT-09
        ("pw_1", {}, True),  # CHECKOUT-12
    ):
        script.reset()
        order = script.order()
        began = time.perf_counter()
        context = browser.new_context(proxy={"server": proxy}, ignore_https_errors=True, **device)  # type: ignore[arg-type]  # a device is what Playwright describes
        page = context.new_page()
        page.goto(f"{script.shop.base_url}/orders/{order['order']}/checkout?widget={widget}")
        journey(page, paying)
        if paying and not device:
            journeys.append(time.perf_counter() - began)
        if paying:
            script.read(order, "paid")
        context.close()
    return median(journeys)


def journey(page: Page, paying: bool) -> None:
    with page.expect_response("**/sdk/request_pay"):
        page.get_by_role("button", name="Pay").click()
    if not paying:
        return
    page.wait_for_url("**/api/subscription/**") if page.viewport_size and page.viewport_size["width"] < 600 else None
    frame = _widget(page)
    frame.get_by_label("Card number").fill("4242 4242 4242 4242")
    frame.get_by_label("Expiry date").fill("12/34")
    frame.get_by_label("CVV").fill("123")
    frame.get_by_label("Cardholder name").fill("Grace Hopper")
    frame.get_by_role("button", name="Pay").click()
    page.wait_for_selector("#status[data-status=paid]")


def _widget(page: Page) -> Frame:
    found = [frame for frame in page.frames if "/api/subscription" in frame.url]
    return found[0] if found else page.wait_for_event("framenavigated", lambda f: "/api/subscription" in f.url)


def opened(stack: ExitStack) -> tuple[Script, dict[str, str], Emulator]:
    """Emulator, receiver and shop, running, with what sends the requests, the account's keys, and the emulator."""
    emulator = stack.enter_context(Emulator(tls=True))
    receiver = stack.enter_context(WebhookReceiver(Timeline(Redaction())))
    made = httpx.post(f"{emulator.url}/_emulator/accounts", json={"webhook": {"test": {"url": receiver.url}}}).json()
    settings = ShopSettings(
        portone_api_url=emulator.url,
        imp_code=made["imp_code"],
        imp_key=SecretStr(made["imp_key"]),
        imp_secret=SecretStr(made["imp_secret"]),
        channel_key=made["channels"][0]["channel_key"],
        operator_password=SecretStr(OPERATOR[1]),
    )
    shop = stack.enter_context(Shop(settings))
    receiver.merchant_url = f"{shop.url}/webhooks/portone"
    control = stack.enter_context(httpx.Client(base_url=f"{emulator.url}/_emulator/accounts/{made['imp_code']}"))
    api = stack.enter_context(httpx.Client(base_url=emulator.url))
    buyer = stack.enter_context(httpx.Client(base_url=shop.url))
    logging.getLogger("shop").setLevel(logging.ERROR)
    keys = {"imp_key": made["imp_key"], "imp_secret": made["imp_secret"]}
    return Script(control, api, buyer, receiver), keys, emulator


def main() -> None:
    """Start everything, then time the requests and journeys."""
    with ExitStack() as stack:
        script, keys, emulator = opened(stack)
        gateway = stack.enter_context(
            Gateway(Lead("127.0.0.1", int(emulator.url.rpartition(":")[2]), emulator.tls_port))
        )
        playwright = stack.enter_context(sync_playwright())
        launched = playwright.chromium.launch(executable_path=str(find_browser()), args=["--no-sandbox"])
        began = time.perf_counter()
        without_browser(script, keys)
        between = time.perf_counter()
        in_an_iframe = with_browser(script, launched, gateway.url, dict(playwright.devices[PHONE]))
        ended = time.perf_counter()
        launched.close()
    print(between - began, ended - between, in_an_iframe)


if __name__ == "__main__":
    main()
