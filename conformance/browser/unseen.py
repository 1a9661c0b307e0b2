"""Whether anything follows from what a page did not do: only of one that was answered, is whole and came to rest."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from playwright.sync_api import Response

from conformance.browser import landings
from conformance.browser.visits import PAGE_OF, Visit
from conformance.merchant.protocol import Checkout
from conformance.verdict.reasons import Cause, Causes, Why


def why_unseen(visit: Visit, checkout: Checkout, stopped: Causes) -> Causes:
    """Why the page shows nothing by not asking for a payment, nothing where it does.

    `stopped` is what stopped the buyer while the page was opened. Of steps that lead to a pay button it says nothing:
    a shop may offer none by then. It does where their first page, the checkout's own, was never answered.
    """
    pages = [one for one in visit.responses if landings.is_page(one, visit)]
    if stopped and (checkout.lead is None or not any(_is_of(checkout, page) for page in pages)):
        return stopped
    if not pages or landings.is_nowhere(visit):
        return (Cause(Why.NOTHING_ANSWERED, facts={"url": visit.page.url}),)
    if pages[-1].status >= 500:
        return (Cause(Why.ADDRESS_ANSWERED, facts={"url": pages[-1].url, "status": str(pages[-1].status)}),)
    coming = [one for one in visit.under_way if one.resource_type in PAGE_OF]
    if awaited := [*coming, *(one for one in visit.unanswered() if one not in coming)]:
        named = " and ".join(f"{one.method} {urlsplit(one.url).path or '/'}" for one in awaited)
        return (Cause(Why.STILL_WAITS, facts={"page": visit.page.url, "calls": named}),)
    if visit.failed:
        named = " and ".join(f"{one.url} ({one.failure})" for one in visit.failed)
        return (Cause(Why.PAGE_LACKS, facts={"page": visit.page.url, "addresses": named}),)
    return ()


def _is_of(checkout: Checkout, page: Response) -> bool:
    wanted, came = urlsplit(checkout.url), urlsplit(page.url)
    same_path = (unquote(wanted.path) or "/") == (unquote(came.path) or "/")
    return wanted.netloc.lower() == came.netloc.lower() and same_path
