"""Declined cards: the documented ones, and what a shop's page then lets its buyer see."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Error, Page

from conformance.browser.shown import says_failed
from conformance.browser.visits import Visit, wait_at, words_of
from conformance.browser.widget import Card
from conformance.machine.settling import eventually
from conformance.merchant.pages import located
from conformance.merchant.protocol import Checkout

CARDS: Mapping[str, Card] = {
    "is declined": Card(number="4000 0000 0000 0002"),
    "has the wrong CVV": Card(cvv="111"),
    "has no balance": Card(cvv="222"),
    "needs its issuer's approval": Card(cvv="333"),
}
"""By what is wrong with it: Paymentwall's test cards and codes (docs)."""


def told(visit: Visit, checkout: Checkout, *, limit_seconds: float) -> list[str]:
    """How the buyer learns that they have not paid, once they do in any way; empty when the limit passed without.

    Any one will do: words of failure that were not there before they paid (the SDK's, those that the merchant's driver
    names, or usual ones), an alert or a dialog of the browser, or a way back to paying (the pay button, or on another
    page a link to the checkout).
    """
    return eventually(
        lambda: _seen(visit, checkout),
        bool,
        limit_seconds=limit_seconds,
        wait=lambda seconds: wait_at(visit.page, seconds),
    )


def words(visit: Visit) -> str:
    """What the page says now, in one line."""
    return words_of(visit.page)


def _seen(visit: Visit, checkout: Checkout) -> list[str]:
    page = visit.page
    try:
        buttons = [] if checkout.pay_button is None else located(page, checkout.pay_button).all()
        ways = {
            "words of failure": says_failed(visit, checkout),
            "a dialog": bool(visit.dialogs),
            "an alert": any(one.is_visible() and one.inner_text().strip() for one in page.get_by_role("alert").all()),
            "the pay button": any(one.is_visible() and one.is_enabled() for one in buttons),
            "a link to the checkout": _links_to(page, checkout),
        }
    except Error:  # the page is being left for another
        return []
    return [way for way, seen in ways.items() if seen]


def _links_to(page: Page, checkout: Checkout) -> bool:
    wanted = urlsplit(checkout.url)[1:3]
    if urlsplit(page.url)[1:3] == wanted:  # there the pay button is the way
        return False
    links = [link for link in page.get_by_role("link").all() if link.is_visible()]
    addresses = [urljoin(page.url, link.get_attribute("href") or "") for link in links]
    return any(urlsplit(address)[1:3] == wanted for address in addresses)
