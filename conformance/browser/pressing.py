"""The press of a pay button, and once more where the page that was pressed on was loaded anew: its press is lost."""

from __future__ import annotations

from collections.abc import Callable

from conformance.browser.patience import Patience
from conformance.browser.visits import Visit
from conformance.merchant.pages import listening, located, named, offers
from conformance.settings.merchant_sources import Find
from conformance.verdict.reasons import Cause, Why


class Pressing:
    """What a page asked for and was told since it was opened, or since its pay button was pressed.

    A page may load itself anew meanwhile, as where its service worker takes over: who is left without a widget then
    presses once more. Only once: a page that each press loads anew cannot be paid on.
    """

    def __init__(self, visit: Visit, patience: Patience) -> None:
        self.visit = visit
        self._patience = patience
        self._asked_before = self._told_before = self._opened_before = 0
        self._button: Find | str | None = None
        self._url = ""
        self._repeats = False

    def begin(self) -> None:
        """From now on: the page is opened."""
        self._asked_before, self._told_before = len(self.visit.requested), len(self.visit.results)
        self._repeats = False

    def press(self, button: Find | str | None) -> None:
        """Press the pay button, and wait until the page asks the SDK for a payment; it may do so on load (None)."""
        self._button = button
        self._press()
        self._repeats = True
        self.until(self.asks, self._silent())

    def asks(self) -> bool:
        """Whether the page asked for a payment."""
        return len(self.visit.requested) > self._asked_before

    def refused(self, opened_before: int) -> bool:
        """Whether the page was told a result, or a phone led back (after the first so many addresses) to be told there.

        A page loaded anew may be the one that a phone is led back to, but its address tells it nothing new.
        """
        told = len(self.visit.results) > self._told_before
        return told or (self.visit.led_back(opened_before) and not self._is_anew())

    def said(self) -> str:
        """What the page was told where no widget opened."""
        return str(self.visit.told(self._told_before).get("error_msg"))

    def until(self, holds: Callable[[], bool], obstacle: Cause) -> bool:
        """Wait until what a press leads to holds, and press again where it was lost.

        Returns whether an obstacle was noted since it does not.
        """
        if self._patience.until(lambda: holds() or self.is_lost(), obstacle):
            return True
        if not holds():
            self._patience.rest()  # a page that came instead may ask for the payment by itself
            _ = holds() or self.again()
        return self._patience.until(holds, obstacle)

    def is_lost(self) -> bool:
        """Whether the page was loaded anew since, and may be pressed on again."""
        return self._repeats and self._is_anew()

    def _is_anew(self) -> bool:
        opened = self.visit.addresses[self._opened_before :]
        return self._url in [address.partition("#")[0] for address in opened]

    def again(self) -> bool:
        """Press once more; returns whether there still is something to press, or the page asks on load by itself."""
        self._repeats = False
        if self._button is None:
            return True  # the page asks by itself
        offered = bool(located(self.visit.page, self._button).count())
        if offered:
            self._press()
        return offered

    def _press(self) -> None:
        visit, button = self.visit, self._button
        self._url, self._opened_before = visit.page.url.partition("#")[0], len(visit.addresses)
        if button is None:
            return
        self.begin()
        unpressed = Cause(Why.BUTTON_STUCK, facts={"page": visit.page.url, "button": named(button)})
        self._patience.attempt(lambda: listening(visit.page, located(visit.page, button)).click(), unpressed, offers)

    def _silent(self) -> Cause:
        if self._button is None:
            return Cause(Why.LOADS_NO_REQUEST, facts={"page": self.visit.page.url})
        return Cause(Why.PRESSED_NO_REQUEST)
