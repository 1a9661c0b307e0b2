"""Where a phone lands when it comes back from the widget: whose page that is, and whether it loads."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from playwright.sync_api import Response

from conformance.browser.visits import Visit
from conformance.merchant.protocol import Checkout
from conformance.verdict.reasons import Cause, Why, within


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
