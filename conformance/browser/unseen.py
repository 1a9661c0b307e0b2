"""Whether anything follows from what a page did not do: only of one that was answered, is whole and came to rest."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from playwright.sync_api import Response

from conformance.browser import landings
from conformance.browser.visits import PAGE_OF, Visit
from conformance.merchant.protocol import Checkout


def why_unseen(visit: Visit, checkout: Checkout, stopped: str | None) -> str | None:
    """Why the page shows nothing by not asking for a payment, in words; None where it does.

    `stopped` is what stopped the buyer while the page was opened. Of steps that lead to a pay button it says nothing:
    a shop may offer none by then. It does where their first page, the checkout's own, was never answered.
    """
    pages = [one for one in visit.responses if landings.is_page(one, visit)]
    if stopped and (checkout.lead is None or not any(_is_of(checkout, page) for page in pages)):
        return stopped
    if not pages or landings.is_nowhere(visit):
        return f"nothing answered at {visit.page.url}"
    if pages[-1].status >= 500:
        return f"{pages[-1].url} answered HTTP {pages[-1].status}"
    coming = [one for one in visit.under_way if one.resource_type in PAGE_OF]
    if awaited := [*coming, *(one for one in visit.unanswered() if one not in coming)]:
        named = " and ".join(f"{one.method} {urlsplit(one.url).path or '/'}" for one in awaited)
        return f"the page {visit.page.url} still waits for the answer to {named}"
    if visit.failed:
        named = " and ".join(f"{one.url} ({one.failure})" for one in visit.failed)
        return f"the page {visit.page.url} lacks what it could not load: {named}"
    return None


def _is_of(checkout: Checkout, page: Response) -> bool:
    wanted, came = urlsplit(checkout.url), urlsplit(page.url)
    same_path = (unquote(wanted.path) or "/") == (unquote(came.path) or "/")
    return wanted.netloc.lower() == came.netloc.lower() and same_path
