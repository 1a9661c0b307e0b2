"""A buyer's visit to a checkout: the page they are on, and what was seen on it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import BrowserContext, Dialog, Error, Frame, Page, Request, Response
from playwright.sync_api import TimeoutError as TimedOut

from conformance.browser.probe import is_from_portone, is_sdk
from conformance.network.gateway import is_provider
from conformance.portone.sdk_words import ImpWords, SdkWords
from conformance.record.timeline import Event
from conformance.verdict.endings import blocked
from conformance.verdict.reasons import Cause, Causes, Why

_NEVER_DONE = ("eventsource", "ping", "websocket")  # open for as long as the page is, or nobody's to wait for
_NO_TUNNEL = "net::ERR_TUNNEL_CONNECTION_FAILED"  # the gateway refused
_GIVEN_UP = "net::ERR_ABORTED"  # the browser itself: the page was left
PAGE_OF = ("document", "script")  # without which there is no page, or half of one
_SHORTEST_WAIT_SECONDS = 0.015
_MOST_KEPT = 2000  # bytes of what a page sends
_ONE_TURN = "() => new Promise((done) => setTimeout(done))"


@dataclass
class Visit:
    """What was seen while a buyer was in a shop's checkout.

    `page` is the one that the buyer looks at: the shop may open another one for the payment. `words` are the SDK's, and
    what is kept of it is in V1's. `requested` are the parameters of each IMP.request_pay, `results` what the SDK gave
    its callback, `inits` the identification codes of each IMP.init by the document that called it, `sdk_urls` where
    PortOne's SDK was loaded from PortOne, `sdk_copies` where one was loaded from elsewhere, `widget_text` what the
    widget showed to who read it, `dialogs` what the page said in dialogs of the browser, `at_first` what it said itself
    before anything was done on it, `opened_at` its address then, `refused_hosts` where the gateway did not lead it,
    `failed` its documents and scripts that broke off or found nobody, `routes` what its address became without a new
    document, `repriced` where the buyer changed the price that the page held (`where`) or sent (`sent`: to which
    address), `names_price` whether it showed the price in a field that its buyer may change, `awaits_result` whether
    the page passed a callback to the last request, `told_at` after how many responses its callback was told something
    (or, before that, the payment was asked for).
    `obstacle` says what stopped the buyer, `no_widget` that it was a widget that did not open.
    """

    page: Page
    words: SdkWords = field(default_factory=ImpWords)
    sdk_urls: list[str] = field(default_factory=list)
    sdk_copies: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    inits: dict[str, list[str]] = field(default_factory=dict)
    requested: list[Mapping[str, Any]] = field(default_factory=list)
    results: list[Mapping[str, Any]] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    at_first: str = ""
    opened_at: str = ""
    refused_hosts: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    under_way: dict[Request, float] = field(default_factory=dict)
    kept_waiting: list[Request] = field(default_factory=list)
    failed: list[Request] = field(default_factory=list)
    repriced: list[Mapping[str, Any]] = field(default_factory=list)
    names_price: bool = False
    widget_text: str = ""
    awaits_result: bool = True
    told_at: int = 0
    obstacle: Causes = ()
    no_widget: bool = False

    @property
    def request(self) -> Mapping[str, Any]:
        """The parameters of the payment that the page asked for. Raises Blocked by CHECKOUT-06 if it asked for none."""
        if not self.requested:
            raise blocked(self.obstacle or (Cause(Why.NO_REQUEST),), "CHECKOUT-06")
        return self.requested[-1]

    @property
    def result(self) -> Mapping[str, Any]:
        """What the page was told last; nothing where it was told nothing, or left before it could be."""
        return self.results[-1] if self.results else {}

    def went_on(self, opened: int) -> bool:
        """Whether a page of the shop is open that came after the first so many, a widget of its own page or not."""
        return len(self.addresses) > opened and not is_provider(urlsplit(self.page.url).hostname or "")

    def led_back(self, opened: int) -> bool:
        """Whether the page at the request's m_redirect_url is open, and came after the first so many.

        It may be the checkout page itself, which stays open until the widget's has come.
        """
        wanted, here = str(self.request.get("m_redirect_url") or ""), self.page.url.partition("#")[0]
        came = len(self.addresses) > opened and self.addresses[-1].partition("#")[0] == here
        return bool(wanted) and came and here.partition("?")[0] == wanted.partition("?")[0]

    def told(self, before: int) -> Mapping[str, Any]:
        """What the page was told after the first so many results, in its callback or else in its address."""
        return self.result if len(self.results) > before else self.in_address(self.page.url)

    def in_address(self, url: str) -> Mapping[str, str]:
        """What an address tells of a payment."""
        return self.words.in_address(dict(parse_qsl(urlsplit(url).query)))

    def received(self) -> dict[str, str]:
        """What the shop's own hosts sent to the browser, by address; without pictures and what is gone by now."""
        texts = {}
        for response in self.responses:
            kind = response.request.resource_type
            if kind in ("document", "script", "xhr", "fetch") and not is_provider(
                urlsplit(response.url).hostname or ""
            ):
                with contextlib.suppress(Error):  # a redirect has no body, and a page that was left forgets its own
                    texts[response.url] = response.text()
        return texts

    def quiet(self) -> bool:
        """Whether no request of the page is under way, nor was begun in one more turn of the page's event loop."""
        if self.page.is_closed():
            return True
        if self.under_way:
            return False
        try:
            self.page.evaluate(_ONE_TURN)
        except Error:  # the page was left meanwhile
            return False
        return not self.under_way

    def watch(self, page: Page) -> None:
        """Note from now on what this page does: the buyer's, or one that the shop opens beside it."""
        page.on("close", lambda _: self._forget([one for one in self.under_way if _page_of(one) is page]))
        page.on("framenavigated", lambda frame: self._note_route(page, frame))

    def listen(self, context: BrowserContext) -> None:
        """Note what every page of the context asks for, from its first request on: before it can be watched itself."""
        context.on("request", self._note_begun)
        context.on("request", self._note_address)
        context.on("requestfinished", lambda request: self._forget([request]))
        context.on("requestfailed", lambda request: self._forget([request]))
        context.on("requestfailed", self._note_failed)
        context.on("response", self._note_response)
        context.on("weberror", lambda error: self.page_errors.append(str(error.error)))

    def _forget(self, over: Sequence[Request]) -> None:
        for request in over:
            self.under_way.pop(request, None)
            if request in self.kept_waiting:
                self.kept_waiting.remove(request)

    def keep_going(self, seconds: float) -> None:
        """Let time pass for the page too: it stands still while nobody listens to it. It may be closed meanwhile.

        Where another page of the shop is still open, the buyer looks at that one then.
        """
        with contextlib.suppress(Error):  # that it was closed shows below
            wait_at(self.page, seconds)
        if self.page.is_closed():
            left = [page for page in self.page.context.pages if not is_provider(urlsplit(page.url).hostname or "")]
            if left:
                self.page = left[0]
            else:
                self.obstacle = self.obstacle or (Cause(Why.PAGE_CLOSED),)

    def unanswered(self) -> list[Request]:
        """What the page asked of its shop and has had no answer to yet."""
        answered = {response.request for response in self.responses}
        asked = [*self.kept_waiting, *self.under_way]
        return [request for request in asked if request not in answered and is_of_shop(request)]

    def left_unanswered(self) -> str:
        """What the page asked its shop for since it was told something, where none of it was answered; else nothing."""
        if any(is_of_shop(response.request) for response in self.responses[self.told_at :]):
            return ""
        return " and ".join(f"{one.method} {urlsplit(one.url).path or '/'}" for one in self.unanswered())

    def wait_no_more(self) -> list[Event]:
        """Take what the shop has not answered for something that it never will; an event for each that is new."""
        late = [request for request in self.unanswered() if request in self.under_way]
        self.kept_waiting += late
        return [_event(request, self.under_way.pop(request), None) for request in late]

    def refused(self) -> Causes:
        """What an obstacle adds where the gateway did not lead the page somewhere."""
        hosts = ", ".join(self.refused_hosts)
        return (Cause(Why.GATEWAY_REFUSED, facts={"hosts": hosts}),) if hosts else ()

    def _note_begun(self, request: Request) -> None:
        if request.resource_type not in _NEVER_DONE and request.service_worker is None:
            self.under_way[request] = time.time()

    def _note_address(self, request: Request) -> None:
        if request.is_navigation_request() and _frame_of(request) is self.page.main_frame:
            self.addresses.append(request.url)

    def _note_route(self, page: Page, frame: Frame) -> None:
        if page is self.page and frame is page.main_frame and frame.url not in self.addresses[-1:]:
            self.routes.append(frame.url)

    def _note_response(self, response: Response) -> None:
        if response.request.service_worker is not None:  # the page's own request has the same answer
            return
        self.responses.append(response)
        if response.request.resource_type == "script" and response.status < 400 and is_sdk(response.request.url):
            urls = self.sdk_urls if is_from_portone(response.request.url) else self.sdk_copies
            urls.append(response.request.url)

    def _note_failed(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host and request.failure == _NO_TUNNEL and host not in self.refused_hosts:
            self.refused_hosts.append(host)
        if request.resource_type in PAGE_OF and request.failure not in (_NO_TUNNEL, _GIVEN_UP):
            self.failed.append(request)

    def answer(self, dialog: Dialog) -> None:
        """Agree to what comes before the payment's end, and to nothing after it: who gave up does not try again."""
        if dialog.type == "beforeunload":
            dialog.accept()
            return
        self.dialogs.append(dialog.message)
        if self.results:
            dialog.dismiss()
        else:
            dialog.accept()


def asked_of_shop(response: Response) -> Event | None:
    """What a page asked of the shop by itself, or which of its pages was opened, and how it answered; else None."""
    request = response.request
    began = request.timing["startTime"] / 1000 or time.time()
    return _event(request, began, response.status) if is_of_shop(request) else None


def said_in_a_dialog(dialog: Dialog) -> Event:
    """What a page said in a dialog of the browser."""
    now, shown = time.time(), {"type": dialog.type, "message": dialog.message}
    return Event("dialog", "merchant", "browser", f"{dialog.type}: {dialog.message}", now, now, request=shown)


def is_of_shop(request: Request) -> bool:
    """Whether a page of the shop's was opened with it, or asked its own host for something."""
    if request.service_worker is not None or is_provider(urlsplit(request.url).hostname or ""):
        return False
    frame, navigates = _frame_of(request), request.is_navigation_request()
    if frame is None:  # of a page that is only just being opened
        return navigates
    return (navigates and frame.parent_frame is None) or _asks_its_own_host(request, frame)


def _event(request: Request, began: float, status: int | None) -> Event:
    now = time.time()
    said = f"{request.method} {urlsplit(request.url).path or '/'}{'' if status else ', not answered'}"
    return Event(
        "page", "browser", "merchant", said, min(began, now), now,
        status=status, request=_asked(request), method=request.method, url=request.url,
    )  # fmt: skip


def _asks_its_own_host(request: Request, frame: Frame) -> bool:
    return request.resource_type in ("xhr", "fetch") and urlsplit(request.url).hostname == urlsplit(frame.url).hostname


def _frame_of(request: Request) -> Frame | None:
    """Where it was asked for; None of a page that is only just being opened, and of a service worker."""
    with contextlib.suppress(Error):
        return request.frame
    return None


def _page_of(request: Request) -> Page | None:
    frame = _frame_of(request)
    return frame.page if frame else None


def _asked(request: Request) -> Mapping[str, object]:
    kind = request.headers.get("content-type", "")
    text = (request.post_data_buffer or b"")[:_MOST_KEPT].decode("utf-8", "replace")
    body: object = text or None
    if kind.startswith("application/json"):
        with contextlib.suppress(json.JSONDecodeError):
            body = json.loads(text)
    return {"headers": {"content-type": kind} if kind else {}, "body": body}


def wait_at(page: Page, seconds: float) -> None:
    """Keep the page going until one of its requests ended, at most so long.

    At least a few milliseconds: the browser needs them itself, and to Playwright none at all is no limit. Not by its
    wait_for_timeout: a trace keeps the whole document with each.
    """
    with contextlib.suppress(TimedOut):
        page.wait_for_event("requestfinished", timeout=max(seconds, _SHORTEST_WAIT_SECONDS) * 1000)


def words_of(page: Page) -> str:
    """What a page says, in one line."""
    return " ".join(page.locator("body").inner_text().split())
