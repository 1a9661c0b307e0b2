"""What a page tells its buyer of a payment: by its words, by dialogs, by going on; never what the SDK told the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urlsplit

from playwright.sync_api import Error

from conformance.browser import landings
from conformance.browser.visits import Visit, wait_at, words_of
from conformance.machine.settling import eventually
from conformance.merchant.pages import LIMIT_KEY, located, named, status_of
from conformance.merchant.protocol import Checkout
from conformance.settings.merchant_sources import Find
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why

SAYS_FAILED = re.compile(
    r"fail\w*|declin\w*|refus\w*|reject\w*|unsuccessful\w*|not (?:go|gone) through|try again"
    r"|실패|거절|오류|다시 (?:시도|결제)",
    re.IGNORECASE,
)
_SAYS_PAID = re.compile(
    r"\bthank(?:s| you)|\bsuccess\w*|(?<!not )(?<!not been )\bpaid\b|감사합니다|결제(?:가|를)? ?완료|주문(?:이)? ?완료",
    re.IGNORECASE,
)
_MOST_TOLD = 200
_SAYS_MORE_SECONDS = 1.0
"""What a page that came to rest may take to say more than it says at first."""
_DRAWN_SECONDS = 0.1
_LATEST_SECONDS = 60.0
"""What is put off for longer is no answer to the buyer: a session ends, an offer is over."""
_DUE = "() => window.__conformance_due ? window.__conformance_due() : []"
_DESCRIBE = "set success in [checkout] to what the shop shows when an order is paid"


class _Shows(StrEnum):
    """What is seen of a page after its buyer paid."""

    PAID = "it says that the order is paid"
    FAILED = "it says that the payment failed"
    BOTH = "it shows both a success and a failure"
    CHANGED = "it changed, and shows neither a success nor a failure"
    NOTHING = "it did not change"


def no_success_shown(visit: Visit, checkout: Checkout, *, limit_seconds: float) -> Cause | None:
    """Why the buyer who has paid does not learn it from the page; None where it tells that it succeeded.

    Where the description does not say what the page shows then, its usual words, dialogs, another page or any change
    will do. Raises NotObservable where nothing can be told from these.
    """
    began = time.monotonic()

    def decides(seen: _Shows) -> bool:
        left = visit.page.url != visit.opened_at
        waited = time.monotonic() - began >= _SAYS_MORE_SECONDS
        changed = seen is _Shows.CHANGED and checkout.success is None and (left or waited)
        return seen is _Shows.PAID or changed or (seen is _Shows.FAILED and waited)

    seen = eventually(
        lambda: _seen(visit, checkout),
        decides,
        limit_seconds=limit_seconds,
        wait=lambda seconds: wait_at(visit.page, seconds),
    )
    late = ""
    if seen is _Shows.FAILED or (seen is _Shows.CHANGED and checkout.success is None):  # unless more is said
        late, seen = _put_off(visit, limit_seconds), _seen(visit, checkout)
    address, shown = visit.page.url, _told(visit)
    if landings.is_nowhere(visit):
        return Cause(Why.NOWHERE, facts={"url": visit.addresses[-1]})
    if seen is not _Shows.PAID and (status := status_of(visit.page)) >= 400:
        return Cause(Why.PAGE_STATUS, facts={"url": address, "status": str(status)})
    waits = _unanswered(visit)
    at = {"url": address, "seconds": f"{limit_seconds:g}", "limit": LIMIT_KEY, "waits": waits}
    if seen is _Shows.FAILED:
        return Cause(Why.FAILURE_SHOWN, facts={"url": address, "words": shown})
    if seen is _Shows.CHANGED and late:
        raise NotObservable(Cause(Why.PAGE_UNDECIDED, facts={"url": address, "said": late}))
    if seen is _Shows.PAID or (seen is _Shows.CHANGED and checkout.success is None and not waits):
        return None
    if checkout.success is not None:
        expected = {"expected": named(checkout.success), "words": shown}
        return Cause(Why.SUCCESS_UNSHOWN, facts={**expected, **at})
    if seen is _Shows.NOTHING and waits:
        return Cause(Why.PAGE_UNCHANGED, facts=at)
    raise NotObservable(Cause(Why.SUCCESS_UNSEEN, facts={"url": address, "said": f"{seen}{waits}; {_DESCRIBE}"}))


def failure_shown(visit: Visit, checkout: Checkout, *, limit_seconds: float) -> str:
    """What the page says to a buyer who has paid, where it speaks of a failure and of no success; else nothing.

    Raises NotObservable where it puts off something for longer than the limit.
    """
    return _shown_by_then(visit, lambda: _seen(visit, checkout) is _Shows.FAILED, limit_seconds)


def success_shown(visit: Visit, checkout: Checkout, *, limit_seconds: float) -> str:
    """What the page says to a buyer who has not paid, where it speaks of a success; else nothing.

    Where the description does not say what is shown then: by usual words, beside none of a failure. Raises
    NotObservable where it puts off something for longer than the limit.
    """

    def shown() -> bool:
        return _shows(visit, checkout.success) if checkout.success else _seen(visit, checkout) is _Shows.PAID

    return _shown_by_then(visit, shown, limit_seconds)


def _shown_by_then(visit: Visit, shown: Callable[[], bool], limit_seconds: float) -> str:
    """What the page says, where it shows that now, or once what it put off is done; else nothing."""
    if shown():
        return _told(visit)
    late = _put_off(visit, limit_seconds)
    if shown():
        return _told(visit)
    if late:
        raise NotObservable(Cause(Why.PAGE_UNDECIDED, facts={"url": visit.page.url, "said": late}))
    return ""


def _put_off(visit: Visit, limit_seconds: float) -> str:
    """Wait for what the page put off (setTimeout), at most until the limit; what is due after it, in words."""
    try:
        due = [seconds for seconds in visit.page.evaluate(_DUE) if seconds <= _LATEST_SECONDS]
    except Error:  # it is being left for another
        return ""
    soon = [seconds for seconds in due if seconds <= limit_seconds]
    end = time.monotonic() + max(soon) + _DRAWN_SECONDS if soon else 0.0
    while (left := end - time.monotonic()) > 0:
        wait_at(visit.page, left)
    late = max(due, default=0.0)
    if late <= limit_seconds:
        return ""
    return f"the page does something more in {late:.1f} s, after the limit of {limit_seconds:g} s ({LIMIT_KEY})"


def says_failed(visit: Visit, checkout: Checkout) -> bool:
    """Whether the page speaks of a failure of which it did not speak at first.

    By the words that the SDK told it, those that the description names, or usual ones.
    """
    told = _error_text(visit)
    if told and told in words_of(visit.page) and told not in visit.at_first:
        return True
    return _shows(visit, checkout.failure) or bool(_new(SAYS_FAILED, visit))


def _seen(visit: Visit, checkout: Checkout) -> _Shows:
    try:
        failed = says_failed(visit, checkout)
        if checkout.success is not None:
            paid = _shows(visit, checkout.success)
            return _Shows.PAID if paid else _Shows.FAILED if failed else _Shows.CHANGED
        paid = bool(_new(_SAYS_PAID, visit))
        if failed and paid:
            return _Shows.BOTH
        if failed or paid:
            return _Shows.FAILED if failed else _Shows.PAID
        changed = visit.page.url != visit.opened_at or words_of(visit.page) != visit.at_first
        return _Shows.CHANGED if changed or visit.dialogs else _Shows.NOTHING
    except Error:  # the page is being left for another
        return _Shows.NOTHING


def _shows(visit: Visit, told: Find | str | None) -> bool:
    """Whether what the description names is on the page or in a dialog, and was not there at first."""
    if isinstance(told, Find):
        return any(one.is_visible() for one in located(visit.page, told).all())
    if told is None or told in visit.at_first:
        return False
    return told in " ".join([words_of(visit.page), *visit.dialogs])


def _new(pattern: re.Pattern[str], visit: Visit) -> set[str]:
    """The words that stand on the page or in a dialog, and did not stand on it at first."""
    shown = " ".join([words_of(visit.page), *visit.dialogs])
    return {word.lower() for word in pattern.findall(shown)} - {w.lower() for w in pattern.findall(visit.at_first)}


def _told(visit: Visit) -> str:
    try:
        return " ".join([words_of(visit.page), *visit.dialogs])[:_MOST_TOLD]
    except Error:  # the page is being left for another
        return " ".join(visit.dialogs)[:_MOST_TOLD]


def _error_text(visit: Visit) -> str:
    """What the SDK told the page of the failure: in its callback, or on a phone in the address."""
    told = visit.result.get("error_msg") if visit.results else visit.in_address(visit.page.url).get("error_msg")
    return " ".join(str(told or "").split())


def _unanswered(visit: Visit) -> str:
    """What the page still waits for of its shop, in words; empty where that is nothing."""
    asked = [f"{request.method} {urlsplit(request.url).path or '/'}" for request in visit.unanswered()]
    return f"; the shop has not answered the page's {' and '.join(asked)}" if asked else ""
