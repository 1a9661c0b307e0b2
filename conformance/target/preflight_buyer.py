"""The preflight's first buyer: what the checkout page shows before anybody paid, and a payment made there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from playwright.sync_api import BrowserContext, Error

from conformance.browser.journey import Journey
from conformance.browser.visits import Visit, words_of
from conformance.browser.widget import Card
from conformance.merchant.pages import located, named
from conformance.merchant.protocol import Checkout, Merchant, Order
from conformance.portone.sdk_words import ImpWords, SdkWords, whole_minor
from conformance.record.timeline import Timeline
from conformance.settings.merchant_sources import Find
from conformance.verdict.reasons import Cause, Causes, Why

_UNITS = [Decimal(10) ** power for power in range(-4, 5) if power]
"""By how much an amount is another where it counts in another unit."""


@dataclass(frozen=True)
class FirstBuyer:
    """A buyer at one merchant's checkout, each time in a new session; every wait has `limit_seconds`."""

    merchant: Merchant
    timeline: Timeline
    new_context: Callable[[], BrowserContext]
    limit_seconds: float
    reroute_to: str = ""
    words: SdkWords = field(default_factory=ImpWords)

    def pays(self, order: Order) -> tuple[Order, Causes]:
        """The order as the page asked for it, and what stopped the buyer from paying it, empty where nothing did."""
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
        return (replace(order, merchant_uid=str(attempt)) if attempt else order), visit.obstacle

    def _journey(self, context: BrowserContext, reroute_to: str = "") -> Journey:
        limit = self.limit_seconds
        return Journey(context, self.timeline, limit_seconds=limit, reroute_to=reroute_to, words=self.words)

    def asks(self, order: Order) -> tuple[Visit, Checkout, Cause | None]:
        """The visit to the order's page until it asked for a payment, and what the file says wrongly of that page."""
        context = self.new_context()
        try:
            journey = self._journey(context)
            checkout = self.merchant.checkout(order, self.merchant.widgets[0])
            visit = journey.open(checkout)
            journey.read_page(visit)
            wrong = None
            if checkout.pay_button is not None and not visit.obstacle:
                journey.rest()
                wrong = _asked_before_its_button(visit, checkout)
            wrong = wrong or _told_already(visit, checkout)
            if wrong is None:
                journey.press_pay(visit, checkout)
                wrong = _told_already(visit, checkout)
            return visit, checkout, wrong
        finally:
            context.close()

    def counts(self, asked: Mapping[str, Any], order: Order) -> Causes:
        """That pages of V2 ask for another unit than the minor one; else nothing.

        Where this order's page does not show it, one in a currency of another number of decimals may.
        """
        if "totalAmount" not in asked:
            return ()
        if wrong := other_total(asked, order):
            return wrong
        unlike = (one for one in self.merchant.currencies if _minor_of_one(one) != _minor_of_one(order.currency))
        if (currency := next(unlike, None)) is None:
            return ()
        further = self.merchant.place_order(currency)
        visit, _, _ = self.asks(further)
        return other_total(visit.requested[-1], further) if visit.requested else ()


def other_total(asked: Mapping[str, Any], order: Order) -> Causes:
    """That a page of V2 asks for the order's amount in another unit than the currency's minor one; else nothing.

    Another amount altogether is for the scenarios to judge.
    """
    total, expected = asked.get("totalAmount"), order.amount * _minor_of_one(order.currency)
    if expected != expected.to_integral_value() or (type(total) is int and total == expected):
        return ()
    try:
        times = Decimal(str(total)) / expected if expected else Decimal(0)
    except InvalidOperation:
        return ()
    if type(total) is int and times not in _UNITS:
        return ()
    price = {"amount": str(order.amount), "currency": order.currency, "expected": str(int(expected))}
    return (Cause(Why.ALSO_UNITS, facts={"asked": json.dumps(total), **price}),)


def _minor_of_one(currency: str) -> int:
    return whole_minor(Decimal(1), currency)


def other_attempt(asked: Mapping[str, Any], order: Order, *, follows_page: bool = False) -> Causes:
    """That the page asks for another attempt than the order was placed with; else nothing.

    `follows_page` is whether the file takes an order's merchant_uid from what its page asks for.
    """
    attempt = asked.get("merchant_uid")
    if attempt in (None, order.merchant_uid):
        return ()
    both = {"asked": str(attempt), "placed": order.merchant_uid}
    return (Cause(Why.ALSO_NEW_ATTEMPT if follows_page else Why.ALSO_OTHER_ATTEMPT, facts=both),)


def asked_channel(asked: Mapping[str, Any], own_key: str) -> Causes:
    """That the page names no channel, or another than the emulator's Paymentwall one; else nothing."""
    key, pg = asked.get("channelKey"), asked.get("pg")
    if key:
        return () if key == own_key else (Cause(Why.ALSO_CHANNEL, facts={"asked": repr(key), "own": repr(own_key)}),)
    if pg:
        own = str(pg).partition(".")[0] == "paymentwall"
        return () if own else (Cause(Why.ALSO_PG, facts={"asked": repr(pg)}),)
    return (Cause(Why.ALSO_DEFAULT_CHANNEL),)


def other_store(requested: Sequence[Mapping[str, Any]], own: str) -> Cause | None:
    """That the page names a store that the emulator does not have (V2); None where it names none or the right one."""
    named = [one["storeId"] for one in requested if "storeId" in one]
    if not named or named[-1] == own:
        return None
    return Cause(Why.CHECK_OTHER_STORE, facts={"asked": repr(named[-1]), "own": repr(own)})


def other_unit(asked: Mapping[str, Any], order: Order, unit: str) -> Cause | None:
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
    seen = {"asked": f"{amount} {order.currency}", "amount": str(order.amount)}
    if unit == "major" and order.amount == amount.scaleb(decimals):
        return Cause(Why.CHECK_MINOR_UNITS, facts=seen)
    if unit == "minor" and order.amount == amount.scaleb(-decimals):
        return Cause(Why.CHECK_MAJOR_UNITS, facts=seen)
    return None


def _asked_before_its_button(visit: Visit, checkout: Checkout) -> Cause | None:
    if not visit.requested or checkout.pay_button is None:
        return None
    return Cause(Why.CHECK_ASKED_EARLY, facts={"url": visit.page.url, "button": named(checkout.pay_button)})


def _told_already(visit: Visit, checkout: Checkout) -> Cause | None:
    """That the page shows, unpaid, what the file says it shows of a payment's end; None where it does not."""
    success = _told_early(Why.CHECK_SUCCESS_EARLY, visit, checkout.success)
    return success or _told_early(Why.CHECK_FAILURE_EARLY, visit, checkout.failure)


def _told_early(kind: Why, visit: Visit, shown: Find | str | None) -> Cause | None:
    if shown is None or not _stands_there(visit, shown):
        return None
    what = named(shown) if isinstance(shown, Find) else repr(shown)
    return Cause(kind, facts={"what": what, "url": visit.page.url})


def _stands_there(visit: Visit, shown: Find | str) -> bool:
    try:
        if isinstance(shown, Find):
            return any(one.is_visible() for one in located(visit.page, shown).all())
        return shown in " ".join([words_of(visit.page), *visit.dialogs])
    except Error:  # it is closed, or being left for another
        return False
