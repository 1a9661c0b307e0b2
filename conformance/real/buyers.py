"""Buyers with a real card: a script that fills the widget's form, or a person who is told what to do.

How the real widget is made is not known to this project [inferred]: a script takes its selectors from the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from playwright.sync_api import Error, Frame

from conformance.browser.buyers import SUCCESS_NAMES
from conformance.browser.widget import Card, Widget
from conformance.settings.real import BuyerSettings, CardSettings
from conformance.settings.secrets import revealed
from conformance.target.charging import TEST_METHOD, Attempt, Charges
from conformance.verdict.endings import NotApplicable, NotObservable
from conformance.verdict.reasons import Cause, Causes, Why, within

CARD = "cc"
"""The short code of a credit card (Paymentwall docs)."""


def card_of(settings: CardSettings | None) -> Card | None:
    """The buyer's card, None where none is configured. Raises SecretMissing."""
    if settings is None:
        return None
    parts = ("number", "expiry", "cvv", "holder")
    return Card(**{part: revealed(getattr(settings, part), f"buyer.card.{part}") for part in parts})


@dataclass
class RealBuyer:
    """What both kinds have in common: they ask before they pay, and everything payable is written down first.

    By the Test Payment method they pay what needs no card, unless `settings.test_method` is false. `attempts` are the
    merchant_uids that were asked for.
    """

    settings: BuyerSettings
    charges: Charges
    awaited: bool = True
    scenario: str = ""
    needs_card: bool = True
    attempts: set[str] = field(default_factory=set)
    widget: Widget = field(init=False)
    limit_seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.widget = Widget(self.settings.widget)
        self.limit_seconds = self.settings.limit_seconds

    @property
    def only_by(self) -> str:
        """The Test Payment method, wherever it answers what the scenario asks."""
        return TEST_METHOD if self.settings.test_method and not self.needs_card else ""

    def begin(self, scenario: str, *, needs_card: bool) -> None:
        """The scenario that payments are made for from now on."""
        self.scenario, self.needs_card = scenario, needs_card

    def asked(self, request: Mapping[str, Any]) -> None:
        """Have the attempt written down; the SDK waits for it."""
        attempt = self._attempt(request)
        self.attempts.add(attempt.merchant_uid)
        self.charges.begun(attempt)

    def saw_no_widget(self, others: Sequence[str]) -> None:
        """Raises NotObservable where something else opened: how the real widget is made is not known [inferred]."""
        if others:
            windows = {"hosts": ", ".join(self.widget.parts.hosts), "others": ", ".join(others)}
            raise NotObservable(Cause(Why.NO_WINDOW, facts=windows))

    def pay(self, frame: Frame, means: Card | str, request: Mapping[str, Any]) -> None:
        """Ask whether it may be paid, and pay. Raises NotObservable for a card or a method that they do not have."""
        if means != Card():
            told = "by a card that is declined" if isinstance(means, Card) else f"by {means}"
            raise NotObservable(Cause(Why.OWN_CARD, facts={"said": told}))
        attempt = self._attempt(request)
        self._able(attempt)
        self.charges.permit(attempt)
        self._pay(frame, attempt)

    def close(self, frame: Frame) -> None:
        """Leave the widget without paying."""
        self.widget.close(frame)

    def came_back(self, request: Mapping[str, Any], result: Mapping[str, Any], obstacle: Causes) -> None:
        """Have it written down that the page was told a result.

        Raises NotObservable where nobody paid: that a person left, or the bank declined, shows nothing of the merchant.
        """
        if result:
            self.charges.seen(str(request.get("merchant_uid")))
        if obstacle:
            raise NotObservable(Cause(Why.REAL_NOT_MADE, facts=within(obstacle)))
        if any(result.get(name) is False for name in SUCCESS_NAMES):
            raise NotObservable(Cause(Why.REAL_NOT_PAID, facts={"said": str(result.get("error_msg"))}))

    def _able(self, attempt: Attempt) -> None:
        """Raises NotObservable where they have nothing to pay with."""

    def _pay(self, frame: Frame, attempt: Attempt) -> None:
        raise NotImplementedError

    def _attempt(self, request: Mapping[str, Any]) -> Attempt:
        try:
            amount = Decimal(str(request.get("amount")))
        except InvalidOperation:
            amount = Decimal("Infinity")  # more than anybody allows
        return Attempt(
            merchant_uid=str(request.get("merchant_uid")),
            amount=amount,
            currency=str(request.get("currency") or "KRW"),
            method=self.only_by or CARD,
            scenario=self.scenario,
        )


@dataclass
class Script(RealBuyer):
    """Fills the widget's form with the buyer's card, or chooses the Test Payment method."""

    card: Card | None = None

    def _able(self, attempt: Attempt) -> None:
        if attempt.charges and self.card is None:
            raise NotObservable(Cause(Why.NO_CARD))

    def _pay(self, frame: Frame, attempt: Attempt) -> None:
        means = self.card if attempt.charges else self.settings.widget.test_method
        assert means is not None  # it was looked at
        if isinstance(means, str):
            try:
                self.widget.method(frame, means).first.wait_for(state="attached")
            except Error as error:
                raise NotObservable(Cause(Why.NO_TEST_METHOD, facts={"method": str(means)})) from error
        self.widget.fill(frame, means)


@dataclass
class PayingPerson(RealBuyer):
    """Somebody at this machine: told in the terminal what to do in the browser that they see, by `say`, line by line.

    `not_refundable` are the methods that they are warned of.
    """

    say: Callable[[str], None] = print
    not_refundable: Sequence[str] = ()

    def _pay(self, frame: Frame, attempt: Attempt) -> None:  # noqa: ARG002  # it is theirs to look at
        for line in told(attempt, self.settings, self.not_refundable):
            self.say(line)

    def close(self, frame: Frame) -> None:  # noqa: ARG002
        """Tell them to leave; it is waited for like a payment."""
        self.say("Your turn, in the browser: close the payment window WITHOUT paying, by its own Close button.")


def told(attempt: Attempt, settings: BuyerSettings, not_refundable: Sequence[str] = ()) -> list[str]:
    """What a person is told to do, and what not, line by line."""
    price = f"{attempt.amount} {attempt.currency}"
    if attempt.charges:
        by = f"by your own card. It is CHARGED {price}, which is refunded at the end of the run"
        such = f" ({', '.join(not_refundable)})" if not_refundable else ""
        never = f"Do not choose a method whose payments cannot be refunded{such}"
    else:
        by = f"by {settings.widget.test_method!r}, which moves no money"
        never = "Do not type a card number; if the window offers no such method, close it"
    return [
        f"Your turn, in the browser: pay {price} (attempt {attempt.merchant_uid}) {by}.",
        f"  {never}. Pay once, do not press Back, and leave the window open until it closes by itself.",
        f"  You have {settings.limit_seconds:.0f} s; what you type is not recorded.",
    ]


def in_country(country: str | None, own: str | None) -> None:
    """Raises NotApplicable where a buyer is to pay from a country that is not their own, NotObservable without any."""
    if country is not None and own is None:
        raise NotObservable(Cause(Why.BUYERS_COUNTRY, facts={"country": country}))
    if country not in (None, own):
        raise NotApplicable(Cause(Why.OTHER_COUNTRY, facts={"own": str(own), "country": str(country)}))


def chooses(**other: object) -> None:
    """Raises NotObservable for what a buyer with a real card cannot choose; None where nothing is wished."""
    if wished := [f"{name} {value!r}" for name, value in other.items() if value is not None]:
        raise NotObservable(Cause(Why.REAL_CHOICE, facts={"said": ", ".join(wished)}))
