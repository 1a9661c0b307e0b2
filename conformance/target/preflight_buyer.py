"""The preflight's first buyer: what the checkout page shows before anybody paid, and a payment made there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from playwright.sync_api import BrowserContext, Error

from conformance.browser.journey import Journey
from conformance.browser.visits import Visit, words_of
from conformance.browser.widget import Card
from conformance.merchant.elements import located, named
from conformance.merchant.protocol import Checkout, Merchant, Order
from conformance.portone.sdk_words import ImpWords, SdkWords
from conformance.record.timeline import Timeline
from conformance.settings.merchant_sources import Find
from conformance.verdict.reasons import told


@dataclass(frozen=True)
class FirstBuyer:
    """A buyer at one merchant's checkout, each time in a new session; every wait has `limit_seconds`."""

    merchant: Merchant
    timeline: Timeline
    new_context: Callable[[], BrowserContext]
    limit_seconds: float
    reroute_to: str = ""
    words: SdkWords = field(default_factory=ImpWords)

    def pays(self, order: Order) -> tuple[Order, str | None]:
        """The order as the page asked for it, and what stopped the buyer from paying it; None where nothing did."""
        context = self.new_context()
        try:
            journey = self._journey(context, self.reroute_to)
            checkout = self.merchant.checkout(order, self.merchant.widgets[0])
            visit = journey.open(checkout)
            journey.press_pay(visit, checkout)
            journey.pay(visit, Card())
        finally:
            context.close()
        attempt = visit.requested[-1].get("merchant_uid") if visit.requested else None
        return (replace(order, merchant_uid=str(attempt)) if attempt else order), told(visit.obstacle) or None

    def _journey(self, context: BrowserContext, reroute_to: str = "") -> Journey:
        limit = self.limit_seconds
        return Journey(context, self.timeline, limit_seconds=limit, reroute_to=reroute_to, words=self.words)

    def asks(self, order: Order) -> tuple[Visit, Checkout, str | None]:
        """The visit to the order's page until it asked for a payment, and what the file says wrongly of that page."""
        context = self.new_context()
        try:
            journey = self._journey(context)
            checkout = self.merchant.checkout(order, self.merchant.widgets[0])
            visit = journey.open(checkout)
            journey.read_page(visit)
            wrong = None
            if checkout.pay_button is not None and not visit.obstacle:
                journey.rest(visit)
                wrong = _asked_before_its_button(visit, checkout)
            wrong = wrong or _told_already(visit, checkout)
            if wrong is None:
                journey.press_pay(visit, checkout)
                wrong = _told_already(visit, checkout)
            return visit, checkout, wrong
        finally:
            context.close()


def other_attempt(asked: Mapping[str, Any], order: Order, *, follows_page: bool = False) -> str:
    """That the page asks for another attempt than the order was placed with, in words; else nothing.

    `follows_page` is whether the file takes an order's merchant_uid from what its page asks for.
    """
    attempt = asked.get("merchant_uid")
    if attempt in (None, order.merchant_uid):
        return ""
    if follows_page:
        before = f"{order.merchant_uid} when place_order asked it"
        return f", as {attempt} ({before}): a new attempt at each press, which the suite follows"
    return (
        f", as {attempt}, while place_order gave {order.merchant_uid}. The suite follows the page's; if "
        "that is another order, take place_order.merchant_uid from request_pay"
    )


def asked_channel(asked: Mapping[str, Any], own_key: str) -> str:
    """That the page names no channel, or another than the emulator's Paymentwall one, in words; else nothing."""
    key, pg = asked.get("channelKey"), asked.get("pg")
    if key:
        return "" if key == own_key else f", with channelKey {key!r}, while the emulator's is {own_key!r}"
    if pg:
        own = str(pg).partition(".")[0] == "paymentwall"
        return "" if own else f", with pg {pg!r}, while the emulator's channel is of pg 'paymentwall'"
    return ", with neither channelKey nor pg, so that PortOne takes the account's default channel"


def other_store(requested: Sequence[Mapping[str, Any]], own: str) -> str | None:
    """That the page names a store that the emulator does not have (V2); None where it names none or the right one."""
    named = [one["storeId"] for one in requested if "storeId" in one]
    if not named or named[-1] == own:
        return None
    return (
        f"the page asks for a payment of store {named[-1]!r}, and the emulator's is {own!r}: set the shop's storeId to "
        "it, or emulator.store_id to the shop's"
    )


def other_unit(asked: Mapping[str, Any], order: Order, unit: str) -> str | None:
    """How the file reads the order's amount in another unit than the page asks for it in; None where it does not.

    PortOne takes major units, and V2 minor ones, so the page says which they are. A page that itself asks for cents, or
    in V2 for major units, is for the scenarios to judge, as is another amount altogether.
    """
    if asked.get("totalAmount") == order.amount:
        return None
    try:
        amount = Decimal(str(asked.get("amount")))
    except InvalidOperation:
        return None
    decimals = get_currency_precision(order.currency)
    if not decimals or not amount.is_finite() or not amount:
        return None
    seen = (
        f"the page asks for {amount} {order.currency}, and the order's amount, as the file reads it, is {order.amount}"
    )
    if unit == "major" and order.amount == amount.scaleb(decimals):
        return f'{seen}: the order counts in minor units. Set amounts = "minor" in the description'
    if unit == "minor" and order.amount == amount.scaleb(-decimals):
        return f'{seen}: the order counts in major units. Set amounts = "major" in the description (or in place_order)'
    return None


def _asked_before_its_button(visit: Visit, checkout: Checkout) -> str | None:
    if not visit.requested or checkout.pay_button is None:
        return None
    return (
        f"the page {visit.page.url} asked for a payment before {named(checkout.pay_button)} was pressed. Where it pays "
        'on load, write pays = "on load" in place of checkout.pay_button; where checkout.steps press the button, let '
        "them end before it"
    )


def _told_already(visit: Visit, checkout: Checkout) -> str | None:
    """That the page shows, unpaid, what the file says it shows of a payment's end; None where it does not."""
    for key, shown in (("success", checkout.success), ("failure", checkout.failure)):
        if shown is not None and _stands_there(visit, shown):
            only = "an order is paid" if key == "success" else "a payment failed"
            described = named(shown) if isinstance(shown, Find) else repr(shown)
            return (
                f"checkout.{key} = {described} stands on {visit.page.url} "
                f"before anybody paid, so it proves nothing: name what is shown only where {only}"
            )
    return None


def _stands_there(visit: Visit, shown: Find | str) -> bool:
    try:
        if isinstance(shown, Find):
            return any(one.is_visible() for one in located(visit.page, shown).all())
        return shown in " ".join([words_of(visit.page), *visit.dialogs])
    except Error:  # it is closed, or being left for another
        return False
