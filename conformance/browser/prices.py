"""A buyer who changes the price wherever a page holds or sends it."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Error, Page

from conformance.network.gateway import PROVIDER_DOMAINS
from conformance.record.prices import writings

_SCRIPT = (Path(__file__).parent / "prices.js").read_text("utf-8")


def script(amount: Decimal, currency: str, other_currency: str = "") -> str:
    """The script for pages in which this price becomes half of it, or where another currency is named, one in that."""
    facts = {
        "__PRICES__": {} if other_currency else dict(writings(amount, currency)),
        "__CURRENCIES__": {currency: other_currency} if other_currency else {},
        "__PROVIDERS__": list(PROVIDER_DOMAINS),
    }
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
