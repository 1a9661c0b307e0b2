"""Where a buyer's browser lands: whose page that is, whether it loads, and whether it came to rest there.

Only of a page that was answered, is whole and came to rest does anything follow from what it did not do.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Response

from conformance.browser.visits import PAGE_OF, Visit
from conformance.merchant.protocol import Checkout
from conformance.verdict.reasons import Cause, Causes, Why, within


def objection(visit: Visit, checkout: Checkout) -> Cause | None:
    """Why the buyer is not back on the merchant's page, at its m_redirect_url; None where they are."""
    wanted = visit.request.get("m_redirect_url")
    if not wanted:
        return Cause(Why.NO_REDIRECT_URL)
    if visit.obstacle:
        return Cause(Why.NOT_BACK, facts=within(visit.obstacle))
    if site_of(str(wanted)) != site_of(checkout.url):
        return Cause(Why.REDIRECT_ELSEWHERE, facts={"url": str(wanted), "own": checkout.url})
    pages = [response for response in visit.responses if is_page(response, visit)]
    if not any(urlsplit(page.url)[:3] == urlsplit(str(wanted))[:3] for page in pages):
        return Cause(Why.REDIRECT_UNANSWERED, facts={"url": str(wanted), "urls": ", ".join(visit.addresses)})
    if pages[-1].status >= 400:
        return Cause(Why.REDIRECT_STATUS, facts={"url": str(wanted), "status": str(pages[-1].status)})
    return None


def is_nowhere(visit: Visit) -> bool:
    """Whether the browser shows a page of its own, since nobody answered at the address."""
    return urlsplit(visit.page.url).scheme == "chrome-error"


def site_of(url: str) -> str:
    """What the hosts of one shop have in common (www., m. and pay.shop.example): a registered name, or an address.

    Without a list of all registries a short word before a country's is taken for one of theirs (co.kr, com.au).
    """
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    labels = host.split(".")
    if _is_address(host) or len(labels) < 3:
        return host
    of_a_country = len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3:] if of_a_country else labels[-2:])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_page(response: Response, visit: Visit) -> bool:
    """Whether it is an answer that the browser showed to the buyer, or that led them on."""
    return response.request.is_navigation_request() and response.frame is visit.page.main_frame


def why_unseen(visit: Visit, checkout: Checkout, stopped: Causes) -> Causes:
    """Why the page shows nothing by not asking for a payment, nothing where it does.

    `stopped` is what stopped the buyer while the page was opened. Of steps that lead to a pay button it says nothing:
    a shop may offer none by then. It does where their first page, the checkout's own, was never answered.
    """
    pages = [one for one in visit.responses if is_page(one, visit)]
    if stopped and (checkout.lead is None or not any(_is_of(checkout, page) for page in pages)):
        return stopped
    if not pages or is_nowhere(visit):
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
