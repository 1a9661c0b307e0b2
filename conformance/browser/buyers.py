"""Who sits before the widget: a script that fills its form at once; people and real money are in `real`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from playwright.sync_api import Frame

from conformance.browser.widget import Card, Widget
from conformance.verdict.reasons import Causes

SUCCESS_NAMES = ("success", "imp_success")
"""By which names the SDK may tell its callback whether the payment succeeded (docs)."""


class Buyer(Protocol):
    """What a journey asks of whoever pays.

    `limit_seconds` is how long a payment may take them, 0 where any other wait's limit holds. `only_by` is the payment
    system that the widget is to offer alone (`ps`), empty where the page decides. `awaited`: the SDK is not asked for
    a payment before `asked` has returned.
    """

    widget: Widget
    limit_seconds: float
    awaited: bool

    @property
    def only_by(self) -> str:
        """The payment system (`ps`) that they want; empty: what the page asks for."""
        ...

    def begin(self, scenario: str, *, needs_card: bool) -> None:
        """A scenario begins; whether a payment in it must be one by card."""
        ...

    def asked(self, request: Mapping[str, Any]) -> None:
        """The page asks the SDK for a payment with these parameters: the widget is about to open."""
        ...

    def saw_no_widget(self, others: Sequence[str]) -> None:
        """No widget opened that they know as one; `others` are the hosts of what else stands in the page.

        Raises NotObservable where one of them may be the widget.
        """
        ...

    def pay(self, frame: Frame, means: Card | str, request: Mapping[str, Any]) -> None:
        """Pay in the widget what was asked for; returns when they have begun. Raises Playwright's Error.

        Raises NotObservable, before anything is paid, where they may not or cannot pay so.
        """
        ...

    def close(self, frame: Frame) -> None:
        """Leave the widget without paying. Raises Playwright's Error."""
        ...

    def came_back(self, request: Mapping[str, Any], result: Mapping[str, Any], obstacle: Causes) -> None:
        """The payment that was asked for came to its end: what the page was told about it, or what stopped them.

        Raises NotObservable where that is nobody's fault who is tested here.
        """
        ...


@dataclass
class EmulatedBuyer:
    """A buyer without money, who has every card and method."""

    widget: Widget = field(default_factory=Widget)
    limit_seconds: float = 0.0
    awaited: bool = False
    only_by: str = ""

    def begin(self, scenario: str, *, needs_card: bool) -> None:
        """Every scenario finds them as they were."""

    def asked(self, request: Mapping[str, Any]) -> None:
        """They have nothing to lose."""

    def saw_no_widget(self, others: Sequence[str]) -> None:
        """They know the emulator's widget."""

    def pay(self, frame: Frame, means: Card | str, request: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Fill the form and press the pay button."""
        self.widget.fill(frame, means)

    def close(self, frame: Frame) -> None:
        """Press the button that closes the widget."""
        self.widget.close(frame)

    def came_back(self, request: Mapping[str, Any], result: Mapping[str, Any], obstacle: Causes) -> None:
        """There is nothing to write down, and nothing that they could have done wrong."""
