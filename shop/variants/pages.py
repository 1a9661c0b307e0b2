"""Other pages for the buyer, other words for the operator, and fields of the shop's own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from shop import checkout, machine, orders, rendering
from shop import pages as shop_pages
from shop.life import OPEN_TO_PAYMENT
from shop.store import Store
from shop.variants.registry import variant

WORDS: Mapping[str, str] = {
    "unpaid": "new",
    "failed": "on-hold",
    "paid": "processing",
    "waiting_for_cancellation": "refund-requested",
    "partly_cancelled": "partially-refunded",
    "cancelled": "refunded",
}


@variant()
def speaks_other_words() -> AbstractContextManager[Any]:
    """Orders have other words for their states, as WooCommerce's are."""
    described = machine._described

    def describe(*given: Any) -> dict[str, Any]:
        told = described(*given)
        return {**told, "status": WORDS[told["status"]]}

    return patch.object(machine, "_described", describe)


@variant()
def has_one_page_for_an_order() -> AbstractContextManager[Any]:
    """An order has one page: it shows the pay button while the order is open, and how it stands after that."""
    shown = shop_pages.order

    def order(request: Request) -> Response:
        store: Store = request.app.state.store
        as_order = shown(request)
        with store.database.reading() as session:
            found, _ = orders.read(session, request.path_params["reference"])
        return checkout.checkout(request) if found.state in OPEN_TO_PAYMENT else as_order

    routes = [
        route if getattr(route, "endpoint", None) is not shown else type(route)("/orders/{reference}", order)
        for route in shop_pages.routes
        if getattr(route, "endpoint", None) is not checkout.checkout
    ]
    return patch.object(shop_pages, "routes", routes)


# A page that is woken by the shop would leave as soon; asking is what most do.
_FOLLOWING = """<script>addEventListener("DOMContentLoaded", () => {
  const ask = async () => {
    const answer = await fetch(`/api${page.order_url}`);
    if ((await answer.json()).status === "paid") openOrder();
    else setTimeout(ask, 10);
  };
  ask();
})</script></body>"""


@variant()
def follows_its_order_in_the_page() -> AbstractContextManager[Any]:
    """The checkout page asks how the order stands, and leaves as soon as it is paid, before the SDK tells of it."""
    return _with_script(_FOLLOWING)


_READING = """<script>addEventListener("DOMContentLoaded", () => {
  const told = ended;
  ended = async (report) => report.told.success ? told(report) : (say("The payment did not go through."), busy(false));
})</script></body>"""


@variant(only_v1="V2 has no word for a success: without a code it is one")
def reads_success_only() -> AbstractContextManager[Any]:
    """The page takes the payment for failed unless the SDK says `success`, as it is documented for Paymentwall."""
    return _with_script(_READING)


def _with_script(script: str) -> AbstractContextManager[Any]:
    """The checkout page with a script more, which ends it as the page ended before."""
    shown = rendering.page

    def page(*given: Any, **context: Any) -> HTMLResponse:
        response = shown(*given, **context)
        html = bytes(response.body).decode().replace("</body>", script)
        return HTMLResponse(html, response.status_code)

    return patch.object(checkout, "page", page)


@variant()
def adds_its_own_fields() -> AbstractContextManager[Any]:
    """The payment request carries what the shop wants to find again, and its answers say more than anybody asks."""
    asked, described = checkout.request_pay, machine._described

    def request_pay(*given: Any) -> dict[str, Any]:
        told = asked(*given)
        more = {"cart": 7, "campaign": "spring"}
        if "paymentId" in told:
            return {**told, "customData": more, "locale": "EN_US"}
        return {**told, "custom_data": more, "buyer_tel": "010-0000-0000", "language": "en"}

    def describe(*given: Any) -> dict[str, Any]:
        return {**described(*given), "warehouse": {"shelf": 12}, "events": [{"kind": "placed"}]}

    stack = ExitStack()
    stack.enter_context(patch.object(checkout, "request_pay", request_pay))
    stack.enter_context(patch.object(machine, "_described", describe))
    return stack


# As a page of a progressive web app does when its service worker took over.
_RELOADS = """<script>addEventListener("load", () => {
  if (sessionStorage.getItem("reloaded") === page.order_url) return;
  sessionStorage.setItem("reloaded", page.order_url);
  location.reload();
})</script></body>"""


@variant()
def reloads_its_checkout_once() -> AbstractContextManager[Any]:
    """The checkout page loads itself once more when it is opened, so that two documents initialise the SDK."""
    return _with_script(_RELOADS)


# By alert() alone: the page stays as it is, and what is said is said in a dialog.
_BY_DIALOG = """<script>addEventListener("DOMContentLoaded", () => {
  openOrder = () => alert("Thank you for your order!");
  say = (text) => text && alert(text);
})</script></body>"""


@variant()
def tells_by_alert() -> AbstractContextManager[Any]:
    """The buyer is told how the payment went by the browser's own dialogs, and the page stays where it is."""
    return _with_script(_BY_DIALOG)
