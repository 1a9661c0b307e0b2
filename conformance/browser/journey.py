"""The buyer's way through a checkout in a real browser: what they do, and what was seen on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from playwright.sync_api import BrowserContext, Error, Frame

from conformance.browser import prices
from conformance.browser.buyers import SUCCESS_NAMES, Buyer, EmulatedBuyer
from conformance.browser.hearing import Hearing
from conformance.browser.patience import Patience
from conformance.browser.pressing import Pressing
from conformance.browser.probe import FORGES, Behaviour, script
from conformance.browser.visits import Visit, words_of
from conformance.browser.widget import Card
from conformance.merchant.pages import NO_PAGE, located, named, offers
from conformance.merchant.protocol import Checkout, MerchantUnreachable
from conformance.portone import invented
from conformance.portone.sdk_words import ImpWords, SdkWords
from conformance.record.timeline import Timeline
from conformance.verdict.reasons import Cause, Why, said

PHONE = "Pixel 7"  # a device that Playwright knows
_STUCK = Cause(Why.FORM_STUCK)
DRAWS_SECONDS = 1.0
"""What a page that came to rest may take to show more than it shows at first."""


class Journey:
    """Takes a buyer through a checkout; every wait has the limit `limit_seconds`, what stops them is an obstacle.

    `words` are those of the SDK that the page uses; `claimed` is the payment that a forged result names, of `attempt`.
    One that reprices changes the price wherever the page holds or sends it, as the script `rewrites` does (`prices`).
    """

    def __init__(
        self,
        context: BrowserContext,
        timeline: Timeline,
        behaviour: Behaviour = "pass",
        *,
        claimed: str | None = None,
        channel_key: str = "",
        success_names: Sequence[str] = SUCCESS_NAMES,
        reroute_to: str = "",
        limit_seconds: float = 10.0,
        buyer: Buyer | None = None,
        rewrites: str = "",
        words: SdkWords | None = None,
        attempt: str = "",
    ) -> None:
        self._buyer = buyer or EmulatedBuyer()
        context.set_default_timeout(limit_seconds * 1000)
        self._page = context.new_page()
        self.visit = Visit(self._page, words or ImpWords())
        self._hearing = Hearing(self.visit, timeline, self._buyer, forged=behaviour in FORGES)
        self._hearing.listen(context)
        self._patience = Patience(self.visit, self._hearing, timeline, limit_seconds)
        self._pressing = Pressing(self.visit, self._patience)
        self._begun_at = (0, 0, 0)
        self._reprices = bool(rewrites)
        if rewrites:
            context.add_init_script(rewrites)
        context.add_init_script(
            script(
                behaviour,
                claimed=invented.imp_uid() if claimed is None else claimed,
                channel_key=channel_key,
                success_names=success_names,
                reroute_to=reroute_to,
                only_by=self._buyer.only_by,
                awaited=self._buyer.awaited,
                api=self.visit.words.api,
                attempt=attempt,
            )
        )

    def open(self, checkout: Checkout) -> Visit:
        """Open the checkout page with the SDK probe in place."""
        visit = self.visit
        visit.page = self._page
        self._pressing.begin()
        self._patience.attempt(lambda: self._lead(checkout), Cause(Why.CHECKOUT_NOT_LOADED))
        return visit

    def read_page(self, visit: Visit) -> None:
        """Remember what the page says before anything is done on it; one that cannot be read says nothing."""
        visit.opened_at = visit.page.url
        with contextlib.suppress(Error):
            visit.at_first = words_of(visit.page)
            if self._reprices:
                visit.names_price = prices.asks_buyer(visit.page)
                for name in prices.change_cookies(visit.page):
                    self._hearing.note_repriced({"where": f"cookie {name}"})

    def _lead(self, checkout: Checkout) -> None:
        if "#" in self._page.url:  # the same address once more would not be loaded anew
            self._page.goto(NO_PAGE)
        if checkout.lead is None:
            self._page.goto(checkout.url)
            return
        try:
            checkout.lead(self._page)
        except MerchantUnreachable as unreachable:
            self.visit.obstacle = said(str(unreachable))

    def press_pay(self, visit: Visit, checkout: Checkout) -> None:
        """Press the shop's pay button and wait until the page asked the SDK for a payment.

        A page that pays on load has none, and is waited for since it was opened.
        """
        if not visit.obstacle:
            self._pressing.press(checkout.pay_button)

    def press_pay_if_offered(self, visit: Visit, checkout: Checkout) -> None:
        """Press the pay button if the page offers one once it came to rest; an obstacle is noted if it does not.

        A page may show it a moment later than it came to rest, as one whose script draws it.
        """
        self.rest()
        shortly = min(DRAWS_SECONDS, self._patience.limit_seconds)
        self._patience.until(lambda: self._offers_to_pay(visit, checkout), None, shortly)
        if checkout.pay_button is None:
            if not self._pressing.asks() and not visit.obstacle:
                visit.obstacle = (Cause(Why.LOADS_NO_REQUEST, facts={"page": visit.page.url}),)
        elif located(visit.page, checkout.pay_button).count():
            self.press_pay(visit, checkout)
        elif not visit.obstacle:
            facts = {"page": visit.page.url, "button": named(checkout.pay_button)}
            visit.obstacle = (Cause(Why.BUTTON_ABSENT, facts=facts), *offers(visit.page))

    def _offers_to_pay(self, visit: Visit, checkout: Checkout) -> bool:
        with contextlib.suppress(Error):  # the page is being left for another
            button = checkout.pay_button
            return self._pressing.asks() if button is None else bool(located(visit.page, button).count())
        return False

    def read_widget(self, visit: Visit) -> None:
        """Read what the widget shows to the buyer, once its form is there: before that it offers nothing yet."""

        def read(frame: Frame) -> None:
            self._buyer.widget.pay_button(frame).first.wait_for()
            visit.widget_text = frame.locator("body").inner_text()

        self._in_widget(visit, Cause(Why.WIDGET_UNREADABLE), read)

    def close_widget(self, visit: Visit) -> None:
        """Close the widget without paying; ends when the page was told."""
        self._act(visit, Cause(Why.WIDGET_NOT_CLOSED), self._buyer.close, Cause(Why.CLOSED_NO_RESULT))

    def go(self, visit: Visit, url: str) -> None:
        """Open any address in the buyer's page."""
        self._patience.attempt(lambda: visit.page.goto(url), Cause(Why.ADDRESS_NOT_LOADED, facts={"url": url}))
        self.rest()

    def set_off(self, visit: Visit, url: str) -> None:
        """Have the buyer's page go to any address, without waiting until it is there."""
        go = "(url) => { setTimeout(() => location.assign(url)); }"
        self._patience.attempt(lambda: visit.page.evaluate(go, url), Cause(Why.LEFT_TOO_EARLY))

    def pay(self, visit: Visit, means: Card | str) -> None:
        """Pay in the widget by card or by a method of this name; ends when the page was told or the shop's is back.

        Raises NotObservable where a buyer with real money did not pay, or may not.
        """
        frame = self._act(visit, _STUCK, self._paying(visit, means), Cause(Why.PAID_NO_RESULT))
        if frame is None:
            return
        if visit.obstacle:
            visit.obstacle += self._buyer.widget.says(frame)
        self._buyer.came_back(visit.request, visit.result, visit.obstacle)

    def be_declined(self, visit: Visit, card: Card) -> None:
        """Try to pay by a card that is declined, and give up once the widget says so; ends as `close_widget` does."""
        if (frame := self._in_widget(visit, _STUCK, self._paying(visit, card))) is None:
            return
        message = self._buyer.widget.message(frame)
        self._patience.until(lambda: any(message.all_inner_texts()), Cause(Why.DECLINE_UNSHOWN))
        self.close_widget(visit)

    def begin_to_pay(self, visit: Visit, card: Card) -> None:
        """Press the widget's pay button without waiting for what comes of it."""
        self._in_widget(visit, _STUCK, self._paying(visit, card))

    def _paying(self, visit: Visit, means: Card | str) -> Callable[[Frame], None]:
        return lambda frame: self._buyer.pay(frame, means, visit.request)

    def offers(self, visit: Visit, method: str) -> bool:
        """Whether the widget offers a payment method of this name to the buyer."""
        widget = self._buyer.widget
        frame = self._in_widget(visit, Cause(Why.FORM_ABSENT), lambda frame: widget.pay_button(frame).first.wait_for())
        return frame is not None and bool(widget.method(frame, method).count())

    def release(self, visit: Visit, *, times: int = 1, **changed: object) -> None:
        """Let the page hear the result that was held back (a journey that holds or denies), with these facts changed.

        It is not waited for; several times at once, since a page may be left as soon as it was told.
        """
        at_once = f"(changed) => {{ for (let i = 0; i < {times}; i++) window.__conformance_release(changed); }}"
        visit.told_at = len(visit.responses)
        claim = visit.words.claim(changed)
        self._patience.attempt(lambda: visit.page.evaluate(at_once, claim), Cause(Why.LEFT_TOO_EARLY))

    def rest(self) -> None:
        """Wait until the page has nothing under way, at most until the limit."""
        self._patience.rest()

    def _act(self, visit: Visit, stuck: Cause, act: Callable[[Frame], object], silent: Cause) -> Frame | None:
        """Do something in the widget; ends when the page was told the result, or the shop's next page is there.

        That is the way back on a phone, and anywhere that of a page which learns from its own server how it went.
        """
        if (frame := self._in_widget(visit, stuck, act)) is None:
            return None
        told, opened, routed = self._begun_at

        def over() -> bool:
            moved = len(visit.routes) > routed or not visit.awaits_result
            over_here = moved and self._buyer.widget.frame(visit.page) is None
            return len(visit.results) > told or visit.went_on(opened) or over_here

        self._patience.until(over, silent, max(self._patience.limit_seconds, self._buyer.limit_seconds))
        self.rest()
        return frame

    def _in_widget(self, visit: Visit, stuck: Cause, act: Callable[[Frame], object]) -> Frame | None:
        """Do something in the widget; the frame that it was tried in, None where no widget opened."""
        if (frame := self._widget(visit)) is None:
            return None
        self._begun_at = len(visit.results), len(visit.addresses), len(visit.routes)
        try:
            act(frame)
        except Error as error:
            if not self._buyer.awaited and self._pressing.is_lost() and self._pressing.again():
                return self._in_widget(visit, stuck, act)
            self._patience.note(stuck, error)
        return frame

    def _widget(self, visit: Visit) -> Frame | None:
        if visit.obstacle:
            return None
        widget, pressing = self._buyer.widget, self._pressing
        visit.no_widget = pressing.until(
            lambda: widget.frame(visit.page) is not None or self._refused(), Cause(Why.NO_WIDGET_OPENED)
        )
        frame = widget.frame(visit.page)
        if frame is None and not self._refused():
            self._buyer.saw_no_widget(widget.others(visit.page))
        if frame is None and not visit.obstacle:
            visit.obstacle = (Cause(Why.SDK_REFUSED, facts={"said": pressing.said()}),)
        return None if visit.obstacle else frame

    def _refused(self) -> bool:
        return self._pressing.refused(self._hearing.opened_before)
