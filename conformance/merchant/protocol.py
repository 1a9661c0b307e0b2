"""What the suite needs of a merchant: six verbs and an optional one, and the facts that they give."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, cast

from playwright.sync_api import Page

from conformance.record.orders import Asker, DeliveryStatus, OrderState
from conformance.settings.merchant_sources import Find
from conformance.verdict.catalogue import Probe, Profile
from conformance.verdict.endings import MerchantUnreachable as MerchantUnreachable
from conformance.verdict.endings import NotDescribed as NotDescribed
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why, term


@dataclass(frozen=True)
class Order:
    """An order as it was placed: what the merchant calls it, its first attempt, and what it costs (major units).

    `buyer_email` is the address that it was placed with, None where the driver does not know. `first` is what it was
    called when it was placed, where it is called otherwise since its page asked for a payment.
    """

    reference: str
    merchant_uid: str
    amount: Decimal
    currency: str
    buyer_email: str | None = None
    first: str = field(default="", compare=False)

    @property
    def placed_as(self) -> str:
        """What it was called when it was placed."""
        return self.first or self.reference


_FACTS = {
    "paid_amount": "what was paid",
    "cancelled_amount": "what was cancelled",
    "country": "the buyer's country",
    "fulfilments": "how often an order was fulfilled",
    "attention": "what it brings to a person's attention",
}


@dataclass(frozen=True)
class OrderView:
    """An order as the merchant stores it now. Amounts in major units; None where the merchant has none.

    `hidden` are the facts that nobody can see here, `unproven` those that prove nothing, with the reason: to ask for
    one raises NotObservable, which ends the scenario.
    """

    state: OrderState
    paid_amount: Decimal | None = None
    cancelled_amount: Decimal | None = None
    country: str | None = None
    fulfilments: int | None = None
    attention: str | None = None
    word: str = ""
    hidden: frozenset[str] = frozenset()
    unproven: Mapping[str, Cause] = field(default_factory=dict)

    if not TYPE_CHECKING:  # it would hide misspelt names from the type checker

        def __getattribute__(self, name: str) -> object:
            if name in _FACTS and name in super().__getattribute__("hidden"):
                raise NotObservable(Cause(Why.NOT_SHOWN, facts={"key": name, **term("what", _FACTS[name])}))
            if name in _FACTS and (reason := super().__getattribute__("unproven").get(name)):
                raise NotObservable(reason)
            return super().__getattribute__(name)

    @property
    def has_own_word(self) -> bool:
        """Whether the merchant calls its state otherwise than this project."""
        return bool(self.word) and self.word.replace("_", " ") != self.state

    def __str__(self) -> str:
        return f"{self.state} (the merchant's word: {self.word!r})" if self.has_own_word else str(self.state)


@dataclass(frozen=True)
class ActionAnswer:
    """What an action of the merchant's answered: whether it took the request, and what the person was told."""

    accepted: bool
    message: str


@dataclass(frozen=True)
class Checkout:
    """Where the buyer finds the pay button: the page's address, and the button or its accessible name.

    The button is None for a page that asks for the payment by itself once it is loaded. `success` are words (or an
    element) that the shop's pages show only where an order is paid, `failure` only where a payment failed; None where
    nobody told. `lead` brings a page to the button, where it takes more than the address; it raises
    MerchantUnreachable.
    """

    url: str
    pay_button: Find | str | None
    success: Find | str | None = None
    failure: Find | str | None = None
    lead: Callable[[Page], None] | None = None


@dataclass(frozen=True)
class Repriced:
    """What became of an order in whose placing the price was changed; None where it was refused, as `refused` says.

    `held` names what said the price as the shop's own page had it, `given` what said it otherwise.
    """

    order: Order | None
    held: tuple[str, ...]
    given: tuple[str, ...]
    refused: str = ""


class Merchant(Protocol):
    """The driver of a merchant. Every verb raises MerchantUnreachable when the merchant does not answer at all."""

    name: str
    profile: frozenset[Profile]
    widgets: tuple[str, ...]
    currencies: tuple[str, ...]
    """What an order can be placed in on demand (ISO 4217); empty where all that can be ordered is the usual thing."""
    capabilities: frozenset[Probe]
    settle_seconds: float
    waiting_limit: timedelta | None
    """How long a cancellation may wait before the merchant tells a person; None where nobody said."""
    delivery_statuses: tuple[DeliveryStatus, ...]
    """The steps of a delivery that `ship` knows, first to last."""
    not_done: Mapping[str, str]
    """What it does not do, by profile or PARTIAL_REFUNDS, with the reason."""

    def place_order(self, currency: str | None = None) -> Order:
        """Place an order for something small, in one of `currencies` where one is named."""
        ...

    def checkout(self, order: Order, widget: str) -> Checkout:
        """Where a buyer pays the order through that widget."""
        ...

    def read_order(self, order: Order) -> OrderView:
        """The order as the merchant stores it."""
        ...

    def ask_for_refund(
        self, order: Order, amount: Decimal | None = None, *, asker: Asker = Asker.ENTITLED
    ) -> ActionAnswer:
        """Use the merchant's own refund action; None: the whole amount. Raises KeyError for an unknown `asker`."""
        ...

    def ship(self, order: Order, status: DeliveryStatus) -> ActionAnswer:
        """Use the merchant's own action that says how far the goods have come (optional: probe `ship`)."""
        ...

    def see_to_open_orders(self, order: Order, only: Collection[str] = ...) -> None:
        """Do what the merchant does about orders without a result: run its reconciliation, then open the order.

        `only` is given to a driver alone that has `looks`, and names some of them.
        """
        ...

    def webhook_url(self) -> str:
        """Where the merchant receives PortOne's webhooks."""
        ...

    def close(self) -> None:
        """Let connections go."""
        ...


class _Around:
    def __init__(self, driver: Merchant, own: dict[str, Any]) -> None:
        self._driver = driver
        vars(self).update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


def around(driver: Merchant, **own: Any) -> Merchant:
    """The same driver with these verbs and facts in place of its own; everything else is the driver's."""
    return cast(Merchant, _Around(driver, own))
