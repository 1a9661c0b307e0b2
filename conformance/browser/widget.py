"""Paymentwall's widget as its buyer meets it: where it is shown, and how its form is filled in."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Error, Frame, Locator, Page

from conformance.merchant.pages import listening, located
from conformance.network.gateway import is_portone
from conformance.settings.real import WidgetSettings
from conformance.verdict.reasons import Cause, Causes, Why


@dataclass(frozen=True)
class Card:
    """A card as the buyer types it; the default is Paymentwall's test card that succeeds."""

    number: str = "4242 4242 4242 4242"
    expiry: str = "12/34"
    cvv: str = "123"
    holder: str = "Grace Hopper"


@dataclass(frozen=True)
class Widget:
    """The widget, by what its parts are found by: those of the emulator's unless the settings say otherwise."""

    parts: WidgetSettings = field(default_factory=WidgetSettings)

    def frame(self, page: Page) -> Frame | None:
        """The frame in which Paymentwall's widget is shown: in the page, in a window that it opened, or all of it."""
        return next((frame for frame in _frames(page) if _host(frame).endswith(self.parts.hosts)), None)

    def others(self, page: Page) -> list[str]:
        """The hosts of all frames and windows that are neither the page's own nor PortOne's."""
        own = {"", _host(page.main_frame)}
        hosts = dict.fromkeys(_host(frame) for frame in _frames(page))
        return [host for host in hosts if host not in own and not is_portone(host)]

    def fill(self, frame: Frame, means: Card | str) -> None:
        """Choose how to pay (a card, or a method by its name) and press the pay button. Raises Playwright's Error."""
        pay_button = listening(frame, self.pay_button(frame))
        if isinstance(means, Card):
            for part in ("number", "expiry", "cvv", "holder"):
                located(frame, getattr(self.parts, part)).fill(getattr(means, part))
        else:
            self.method(frame, means).check()
        pay_button.click()

    def close(self, frame: Frame) -> None:
        """Press the button that leaves without paying. Raises Playwright's Error."""
        listening(frame, located(frame, self.parts.close)).click()

    def method(self, frame: Frame, name: str) -> Locator:
        """Where the method of this name is chosen, or would be."""
        return frame.get_by_role("radio", name=name)

    def pay_button(self, frame: Frame) -> Locator:
        """The button that pays."""
        return located(frame, self.parts.pay)

    def message(self, frame: Frame) -> Locator:
        """Where it says what went wrong."""
        return located(frame, self.parts.message)

    def says(self, frame: Frame) -> Causes:
        """What it says of itself, for whoever wonders why nothing came; nothing where it is silent or gone."""
        with contextlib.suppress(Error):
            if told := " ".join(self.message(frame).all_inner_texts()).strip():
                return (Cause(Why.WIDGET_SHOWED, facts={"said": repr(told)}),)
        return ()


def _frames(page: Page) -> list[Frame]:
    windows = [page, *(other for other in page.context.pages if other is not page)]
    return [frame for window in windows for frame in window.frames]


def _host(frame: Frame) -> str:
    return urlsplit(frame.url).hostname or ""
