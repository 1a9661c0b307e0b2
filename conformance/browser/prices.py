"""A buyer who changes the price wherever a page holds or sends it: which writings of it, and what they become."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any, cast

from babel.numbers import format_decimal, get_currency_precision
from playwright.sync_api import Error, Page

from conformance.network.gateway import PROVIDER_DOMAINS

_SCRIPT = (Path(__file__).parent / "prices.js").read_text("utf-8")
_LOCALES = ("en_US", "de_DE", "fr_FR")
"""1,234.50 and 1.234,50 and 1 234,50."""
_LEAST_DIGITS = 2
"""A whole number of one digit may be any number of things."""


def script(amount: Decimal, currency: str) -> str:
    """The script for pages in which this price becomes half of it."""
    facts = {"__PRICES__": dict(writings(amount, currency)), "__PROVIDERS__": list(PROVIDER_DOMAINS)}
    text = _SCRIPT
    for name, fact in facts.items():
        text = text.replace(name, json.dumps(fact))
    return text


def change_cookies(page: Page) -> list[str]:
    """Change the price in what the shop's cookies hold, those too that no script reads; the names of the changed ones.

    Raises Playwright's Error where the page is gone.
    """
    changed = []
    for cookie in page.context.cookies(page.url):
        told = page.evaluate("(given) => window.__conformance_cheaper?.(...given)", [cookie["value"], cookie["name"]])
        if told is not None and told != cookie["value"]:
            page.context.add_cookies([cast(Any, {**cookie, "value": told})])
            changed.append(cookie["name"])
    return changed


def asks_buyer(page: Page) -> bool:
    """Whether the page shows the price in a field that its buyer may change."""
    with contextlib.suppress(Error):  # the page is being left for another
        return bool(page.evaluate("() => window.__conformance_asks_for_price?.()"))
    return False


def writings(amount: Decimal, currency: str) -> Mapping[str, str]:
    """Each way to write an amount of major units as a number, and half of it written in the same way."""
    coin = Decimal(1).scaleb(-get_currency_precision(currency))
    half = (amount / 2).quantize(coin, ROUND_DOWN)
    pairs = zip(_written(amount, currency), _written(half, currency), strict=True)
    return {one: other for one, other in pairs if len(one) >= _LEAST_DIGITS}


def _written(amount: Decimal, currency: str) -> Iterator[str]:
    decimals = get_currency_precision(currency)
    for places in {decimals, 2}:
        fixed = "#,##0" + ("." + "0" * places if places else "")
        for locale in _LOCALES:
            yield format_decimal(amount, fixed, locale=locale)
            yield format_decimal(amount, fixed, locale=locale, group_separator=False)
    yield f"{amount.normalize():f}"
    yield f"{amount.normalize():f}".replace(".", ",")
    yield f"{amount.scaleb(decimals):.0f}"
