"""Where a phone lands when it comes back from the widget: whose page that is, and whether it loads."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from playwright.sync_api import Response

from conformance.browser.visits import Visit
from conformance.merchant.protocol import Checkout


def objection(visit: Visit, checkout: Checkout) -> str | None:
    """Why the buyer is not back on the merchant's page, at its m_redirect_url, in words; None where they are."""
    wanted = visit.request.get("m_redirect_url")
    if not wanted:
        return "The payment request has no m_redirect_url, so a phone does not come back."
    if visit.obstacle:
        return f"The Buyer did not come back from the widget: {visit.obstacle}."
    if site_of(str(wanted)) != site_of(checkout.url):
        return f"The m_redirect_url {wanted} is not the merchant's, whose checkout is at {checkout.url}."
    pages = [response for response in visit.responses if is_page(response, visit)]
    if not any(urlsplit(page.url)[:3] == urlsplit(str(wanted))[:3] for page in pages):
        return f"Nothing answered the phone at {wanted}; it went to {', '.join(visit.addresses)}."
    if pages[-1].status >= 400:
        return f"The phone came back to {wanted}, and its page answered HTTP {pages[-1].status}."
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
