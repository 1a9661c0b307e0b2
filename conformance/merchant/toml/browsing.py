"""Steps in a browser: who does them, one after the other, and what the page shows afterwards."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext, Error, Locator, Page, StorageState

from conformance.machine.browser_gone import is_gone
from conformance.merchant.pages import listening, located, offers, plain
from conformance.merchant.protocol import MerchantUnreachable
from conformance.merchant.surroundings import Surroundings
from conformance.merchant.toml.calls import Calls, Session
from conformance.merchant.toml.filling import Filling
from conformance.merchant.toml.seen import NOTHING, captures, in_address
from conformance.record.timeline import Event
from conformance.settings.merchant_acts import Step
from conformance.settings.merchant_sources import Find, Source
from conformance.verdict.endings import NotLoaded, NotObservable
from conformance.verdict.reasons import Cause, Why

_POLL_SECONDS = 0.05
_REMEMBER = """(({origin, localStorage: kept}) => {
  if (location.origin !== origin || sessionStorage.getItem("__conformance_kept")) return;
  sessionStorage.setItem("__conformance_kept", "1");
  for (const {name, value} of kept) localStorage.setItem(name, value);
})(__ORIGIN__);"""
_NOTED = (Path(__file__).parent / "sdk_noted.js").read_text("utf-8")


@dataclass(frozen=True)
class PageShown:
    """A page as the steps left it; `requested` are the parameters of each IMP.request_pay on the way there."""

    page: Page
    requested: Sequence[Mapping[str, Any]]
    limit_seconds: float

    @property
    def place(self) -> Cause:
        """The page's address, and how long it was waited for."""
        return Cause(Why.SHOP_PLACE_PAGE, facts={"url": self.page.url, "seconds": f"{self.limit_seconds:g}"})

    def find(self, source: Source) -> Any:
        """The fact on the page, waited for as long as the limit; or in its address, or in what it asked PortOne for."""
        end = time.monotonic() + self.limit_seconds
        while (value := self._now(source)) is NOTHING and source.value is None and time.monotonic() < end:
            self.page.wait_for_timeout(_POLL_SECONDS * 1000)
        return value

    def has(self, element: Find) -> bool:
        """Whether the page shows the element now."""
        return located(self.page, element).count() > 0

    def _now(self, source: Source) -> Any:
        if source.request_pay is not None:
            return self.requested[-1].get(source.request_pay, NOTHING) if self.requested else NOTHING
        if source.regex is not None:
            match = re.search(source.regex, self.page.content())
            return match[1] if match else NOTHING
        if source.cookie is not None:
            held = [one for one in self.page.context.cookies(self.page.url) if one.get("name") == source.cookie]
            return held[0].get("value", NOTHING) if held else NOTHING
        if source.find is None:
            return in_address(source, self.page.url)
        element = located(self.page, source.find)
        if not element.count():
            return NOTHING
        if source.find.attribute is not None:
            value = element.first.get_attribute(source.find.attribute)
            return NOTHING if value is None else value
        return element.first.inner_text().strip()


@dataclass
class Browsing:
    """The browser's sessions at one merchant: one for each person, and a new one for each stranger.

    Of somebody `fresh` there is one for each order; what it holds is kept between acts, not the browser's session.
    While there is a `script`, it stands in every page, and `told` is what it tells.
    """

    surroundings: Surroundings
    calls: Calls
    script: str = ""
    told: list[Mapping[str, Any]] = field(default_factory=list)
    _sessions: dict[str, BrowserContext] = field(default_factory=dict)
    _kept: dict[Session, StorageState] = field(default_factory=dict)
    _thread: int = field(default_factory=threading.get_ident)

    def close(self) -> None:
        """Close every session."""
        for context in self._sessions.values():
            context.close()
        self._sessions.clear()

    @contextmanager
    def page(self, by: str | None, filling: Filling) -> Iterator[PageShown]:
        """A page of this person's. Raises NotObservable without a browser.

        Raises MerchantUnreachable for a refused log-in, and where the browser is gone.
        """
        if threading.get_ident() != self._thread:
            raise NotObservable(Cause(Why.NOT_AT_ONCE))
        requested: list[Mapping[str, Any]] = []
        fresh = by is not None and self.calls.persons[by].fresh
        try:
            context = (
                self._context() if by is None else self._anew(by, filling) if fresh else self._session(by, filling)
            )
            page = context.new_page()
            page.set_default_timeout(self.surroundings.limit_seconds * 1000)
            page.expose_binding("__conformance_noted", _noting(requested))
            page.add_init_script(_NOTED)
            if self.script:
                page.expose_binding("__conformance_tell", lambda _, one: self.told.append(one["detail"]))
                page.add_init_script(self.script)
        except Error as error:
            raise MerchantUnreachable(self._browser_gone(Why.SHOP_NO_PAGE, error)) from error
        try:
            yield PageShown(page, requested, self.surroundings.limit_seconds)
        except Error as error:
            if not is_gone(error):
                raise
            raise MerchantUnreachable(self._browser_gone(Why.SHOP_PAGE_GONE, error)) from error
        finally:
            with _closing():
                page.close()
                if by is not None and fresh:
                    self._kept[self.calls.session(by, filling)] = context.storage_state()
                if by is None or fresh:
                    context.close()

    def go(self, page: Page, path: str, key: str) -> int | None:
        """Open an address; the HTTP status of the answer. Raises NotLoaded."""
        url = urljoin(self.surroundings.base_url + "/", path)
        self.surroundings.may_reach(url)
        self.surroundings.allowance.spend("requests")
        try:
            response = page.goto(url)
        except Error as error:
            raise NotLoaded(Cause(Why.SHOP_NOT_LOADED, facts={"key": key, "url": url, "said": plain(error)})) from error
        return response.status if response else None

    def _browser_gone(self, kind: Why, error: Error) -> Cause:
        return Cause(kind, facts={"url": self.surroundings.base_url, "said": plain(error)})

    def do(self, shown: PageShown, steps: Sequence[Step], key: str, filling: Filling) -> Filling:
        """One step after the other; what is known afterwards. Raises MerchantUnreachable, naming a step that failed."""
        page = shown.page
        for number, step in enumerate(steps):
            place = f"{key}.{number}"
            began = time.time()
            if step.goto is not None:
                self._found(self.go(page, filling(step.goto, place), place), page, place)
            elif step.capture is not None:
                filling = filling.knowing(captures(shown, step.capture, f"{place}.capture", filling))
            else:
                self._act(page, step, place, filling)
            self.surroundings.timeline.record(
                Event("step", "suite", "merchant", f"{place}: {step}", began, time.time())
            )
        return filling

    def click_together(self, pages: Sequence[PageShown], step: Step, key: str, filling: Filling) -> None:
        """Click in every page before what comes of it is waited for in any. Raises MerchantUnreachable."""
        assert step.click is not None
        element = filling.element(step.click, key)
        try:
            found = [listening(shown.page, located(shown.page, element).first) for shown in pages]
            for one in found:
                one.evaluate("(element) => { setTimeout(() => element.click()); }")
            for shown in pages:
                shown.page.wait_for_load_state("networkidle")
        except Error as error:
            facts = {"key": key, "step": str(step), "said": plain(error)}
            raise MerchantUnreachable(Cause(Why.SHOP_STEP_FAILED, facts=facts)) from error

    def press(self, shown: PageShown, button: Find | None, key: str) -> None:
        """Press the pay button, unless the page has asked for a payment already. Raises MerchantUnreachable."""
        if button is not None and not shown.requested:
            self._act(shown.page, Step(click=button), key, Filling())

    def shown(self, page: Page) -> PageShown:
        """A page of somebody else's making, whose requests of IMP.request_pay are not noted here."""
        return PageShown(page, (), self.surroundings.limit_seconds)

    def _found(self, status: int | None, page: Page, place: str) -> None:
        """Raises MerchantUnreachable for a page that is not there: what is looked for next would only be missed."""
        if status in (404, 410):
            facts = {"key": place, "url": page.url, "status": str(status)}
            raise MerchantUnreachable(Cause(Why.SHOP_NO_SUCH_PAGE, facts=facts))

    def _act(self, page: Page, step: Step, place: str, filling: Filling) -> None:
        value = filling(step.value or "", f"{place}.value")
        element: Locator = located(page, filling.element(getattr(step, step.kind), place)).first
        acts: Mapping[str, Callable[[], object]] = {
            "fill": lambda: element.fill(value),
            "click": element.click,
            "select": lambda: element.select_option(value),
            "check": element.check,
            "wait_for": element.wait_for,
        }
        self.surroundings.allowance.spend("requests")
        try:
            listening(page, element)
            acts[step.kind]()
        except Error as error:
            failed = {"key": place, "step": str(step), "url": page.url, "said": plain(error)}
            failed["seconds"] = f"{self.surroundings.limit_seconds:g}"
            raise MerchantUnreachable(Cause(Why.SHOP_STEP_NOT_DONE, facts=failed), *offers(page)) from error

    def log_in(self, page: Page, by: str, filling: Filling) -> None:
        """Let this person be logged in, in a session of somebody else's making. Raises MerchantUnreachable."""
        person, context = self.calls.persons[by], page.context
        if person.path is not None or person.fresh:
            context.add_cookies([cast(Any, one) for one in self.calls.cookies(by, filling)])
        kept = self._kept.get(self.calls.session(by, filling))
        if kept is None:
            self.do(self.shown(page), person.steps, f"person.{by}.steps", filling)
            return
        context.add_cookies([cast(Any, one) for one in kept.get("cookies", [])])
        for origin in kept.get("origins", []):
            context.add_init_script(_REMEMBER.replace("__ORIGIN__", json.dumps(origin)))

    def cookies(self, by: str, filling: Filling) -> Sequence[Mapping[str, Any]]:
        """The cookies of somebody who logs in by steps, for the calls of the same person."""
        if self.calls.persons[by].fresh:
            session = self.calls.session(by, filling)
            if session not in self._kept:
                context = self._logged_in(by, filling)
                self._kept[session] = context.storage_state()
                context.close()
            return [dict(one) for one in self._kept[session].get("cookies", [])]
        return [dict(one) for one in self._session(by, filling).cookies()]

    def _anew(self, by: str, filling: Filling) -> BrowserContext:
        """A session that goes on where this order's buyer left it."""
        kept = self._kept.get(self.calls.session(by, filling))
        return self._logged_in(by, filling) if kept is None else self._context(storage_state=kept)

    def _context(self, **options: Any) -> BrowserContext:
        if self.surroundings.new_context is None:
            raise NotObservable(Cause(Why.NO_BROWSER))
        return self.surroundings.new_context(**options)

    def _session(self, by: str, filling: Filling) -> BrowserContext:
        if by not in self._sessions:
            self._sessions[by] = self._logged_in(by, filling)
        return self._sessions[by]

    def _logged_in(self, by: str, filling: Filling) -> BrowserContext:
        login = self.calls.persons[by].login
        credentials = {} if login is None else {
            "username": login.username,
            "password": filling(login.password.get_secret_value(), f"person.{by}.login.password"),
            "origin": self.surroundings.base_url,
            "send": "always",
        }  # fmt: skip
        context = self._context(**({"http_credentials": credentials} if credentials else {}))
        try:
            page = context.new_page()
            page.set_default_timeout(self.surroundings.limit_seconds * 1000)
            self.log_in(page, by, filling)
            page.close()
        except MerchantUnreachable:
            context.close()
            raise
        return context


def _noting(requested: list[Mapping[str, Any]]) -> Callable[[object, Mapping[str, Any]], None]:
    def note(_source: object, parameters: Mapping[str, Any]) -> None:
        requested.append(parameters)

    return note


@contextmanager
def _closing() -> Iterator[None]:
    """Where the browser is gone there is nothing to close; what was done with it has said so."""
    try:
        yield
    except Error as error:
        if not is_gone(error):
            raise
