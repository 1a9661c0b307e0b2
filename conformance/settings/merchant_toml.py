"""The format of the file that describes a merchant's deployment, and its reading: a fault is one line with its key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import StringConstraints, ValidationError, model_validator

from conformance.machine.files import NotReadable, Strict, complaints, toml_of
from conformance.record.orders import PARTIAL_REFUNDS, OrderState
from conformance.settings.merchant_actions import Refund, Ship
from conformance.settings.merchant_acts import (
    Act,
    Call,
    Captures,
    Person,
    Sql,
    Step,
    Unit,
    spoken_of,
)
from conformance.settings.merchant_sources import Attention, Button, Fact, Find, Source
from conformance.verdict.catalogue import Profile

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Told = Annotated[str, StringConstraints(min_length=1)]
Seconds = Annotated[float, pydantic.Field(gt=0)]


class PlaceOrder(Act):
    """Places an order, and says where its facts are found afterwards; `captures` are further ones, by their name.

    The calls of `after` come when the order is there, in the same session: what they capture can be a fact's `value`.
    With steps the last of them may press the pay button: IMP.request_pay is noted then, and no window opens.
    `currencies` is for a merchant who sells in several: by ISO code, what is changed in the body to order in it.
    `price` says who names the price: the "shop", or the "buyer" (a donation, "pay what you want").
    """

    order: Fact
    merchant_uid: Fact
    amount: Fact
    currency: Fact
    after: tuple[Call, ...] = ()
    captures: Captures = pydantic.Field(default={})
    currencies: Mapping[Currency, Mapping[str, Any]] = {}
    price: Literal["shop", "buyer"] | None = None

    @property
    def facts(self) -> Mapping[str, Source]:
        """Where each fact stands."""
        return {name: getattr(self, name) for name in ("order", "merchant_uid", "amount", "currency")}

    @property
    def sources(self) -> Mapping[str, Source]:
        """The same, and where each further fact stands."""
        return {**self.facts, **{f"captures.{name}": source for name, source in self.captures.items()}}

    @property
    def told_after(self) -> frozenset[str]:
        """Which of them speak of what the calls of `after` capture."""
        captured = frozenset(name for call in self.after for name in call.captures)
        return frozenset(name for name, one in self.sources.items() if captured & spoken_of(one.value or ""))

    @property
    def asked_by_page(self) -> bool:
        """Whether a fact is what the checkout page asks for, which the act itself does not open."""
        return not self.steps and any(source.request_pay is not None for source in self.sources.values())

    def in_currency(self, currency: str | None) -> Self:
        """The same act with what is changed in its json or form for an order in this currency."""
        changed = {} if currency is None else self.currencies[currency]
        if self.form:
            return self.model_copy(update={"form": {**self.form, **changed}})
        if self.body is None and self.method == "GET":
            return self
        if self.body is None:
            changed = {name: value for name, value in changed.items() if name not in self._spoken}
        return self.model_copy(update={"body": {**(self.body or {}), **changed}}) if changed else self

    def chosen(self, currency: str | None) -> Mapping[str, Any]:
        """What the placeholders of its path, steps or command stand for in this currency, else in the first."""
        return self.currencies.get(currency or next(iter(self.currencies), ""), {})

    @property
    def _spoken(self) -> frozenset[str]:
        """The names that placeholders speak of."""
        return spoken_of(f"{self.path} {self.steps} {self.command}")


class CheckoutPage(Strict):
    """The page with the pay button: its address, who opens it (`by`), the steps to the button, and the button.

    `{order}`, `{widget}` and what was captured are filled in. `pays = "on load"` in place of the button is a page that
    calls IMP.request_pay by itself. `success` are words (or an element, as `{ css = ".paid" }`) that the shop's pages
    and dialogs show only where an order is paid, `failure` only where a payment failed.
    """

    path: str
    steps: tuple[Step, ...] = ()
    pays: Literal["by button", "on load"] = "by button"
    pay_button: Annotated[Button | None, pydantic.Field(validate_default=True)] = None
    by: str | None = None
    success: Told | Find | None = None
    failure: Told | Find | None = None

    @pydantic.field_validator("pay_button")
    @classmethod
    def _one_way_to_pay(cls, given: Find | None, known: pydantic.ValidationInfo) -> Find | None:
        if (given is None) != (known.data.get("pays") == "on load"):
            raise ValueError('give the button, or pays = "on load" for a page that has none')
        return given


class ReadOrder(Act):
    """Reads an order; `states` maps the merchant's words to ours.

    From a call's answer, a page (`path`, where the facts are elements), an SQL query, or a command that prints JSON.
    With `in_browser = false` such a page is read as it comes, by a call: faster, where no script fills it.
    """

    sql: Sql | None = None
    state: Fact
    states: Mapping[str, OrderState]
    paid_amount: Fact | None = None
    cancelled_amount: Fact | None = None
    country: Fact | None = None
    fulfilments: Fact | None = None
    attention: Attention | None = None
    in_browser: bool = True

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """The keys of which one says how it is done."""
        return ("path", "steps", "command", "sql")

    @pydantic.field_validator("states", mode="before")
    @classmethod
    def _by_word(cls, given: Any) -> Any:
        """`paid = ["processing", "on-hold"]` says the same as two lines with a word of the merchant's each."""
        if not isinstance(given, dict):
            return given
        spread: dict[str, Any] = {}
        for key, value in given.items():
            words = {word: key.replace("_", " ") for word in value} if isinstance(value, list) else {key: value}
            if twice := [word for word in words if word in spread]:
                raise ValueError(f"the word {twice[0]!r} is mapped to two states")
            spread |= words
        return spread

    @property
    def facts(self) -> Mapping[str, Source]:
        """Where each fact that is described stands."""
        names = ("state", "paid_amount", "cancelled_amount", "country", "fulfilments", "attention")
        return {name: source for name in names if (source := getattr(self, name)) is not None}

    @property
    def on_page(self) -> bool:
        """Whether it is read from a page in a browser."""
        return bool(self.steps) or (self.in_browser and self.state.on_page)


class MerchantFile(Strict):
    """A merchant's deployment, as a TOML file describes it.

    `webhook_path` is where it receives PortOne's webhooks, "none" where it receives none. `open_orders` is "none" where
    it does nothing about orders without a result.
    `profile` is what it does, by default what the file describes: [refund], [ship], read_order.country.
    `not_done` is what it does not do, by profile or "partial-refunds", each with the reason. `amounts` is the unit that
    it gives and takes amounts in: "major" (10.50) or "minor" (1050 cents; by the currency's own number of decimals).
    """

    name: str
    profile: frozenset[Profile] | None = None
    widgets: Annotated[tuple[str, ...], pydantic.Field(min_length=1)] = ("pw_1",)
    webhook_path: str | None = None
    open_orders: Literal["none"] | None = None
    settle_seconds: Annotated[float, pydantic.Field(ge=0)] = 5.0
    timeout_seconds: Seconds = 10.0
    amounts: Unit = "major"
    not_done: Mapping[str, Reason] = {}
    person: Mapping[str, Person] = {}
    place_order: PlaceOrder
    checkout: CheckoutPage | None = None
    read_order: ReadOrder | None = None
    refund: Refund | None = None
    waiting_limit_days: Annotated[float, pydantic.Field(gt=0)] | None = None
    ship: Ship | None = None
    open_order: Act | None = None
    open_order_as_staff: Act | None = None
    reconcile: Act | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        possible = {*Profile, PARTIAL_REFUNDS}
        for key in self.not_done:
            if key not in possible:
                raise ValueError(f"not_done.{key}: choose one of {', '.join(sorted(possible))}")
            if key in self.does:
                raise ValueError(f"not_done.{key}: profile says that the merchant does it")
        for key in OPEN_ORDERS if self.open_orders else ():
            if getattr(self, key) is not None:
                raise ValueError(f'open_orders = "none": [{key}] says what the merchant does about them')
        for key, by in self._persons():
            if by is not None and by not in self.person:
                raise ValueError(f"{key}.by: there is no [person.{by}]")
        return self

    @property
    def does(self) -> frozenset[Profile]:
        """What the merchant does, as `profile` says it, or as it follows from what is described."""
        if self.profile is not None:
            return self.profile
        described = {
            Profile.REFUNDS: self.refund,
            Profile.PHYSICAL: self.ship,
            Profile.COUNTRY: self.read_order and self.read_order.country,
        }
        return frozenset(profile for profile, how in described.items() if how)

    def _persons(self) -> list[tuple[str, str | None]]:
        described = {name: act for name in ("checkout", *ACTS) if (act := getattr(self, name)) is not None}
        powerless = [("refund.powerless", self.refund.powerless_by)] if self.refund else []
        return [*((name, act.by) for name, act in described.items()), *powerless]

    @property
    def needs_browser(self) -> bool:
        """Whether an order cannot be placed, read or refunded without a browser."""
        by_steps = [act for name in ACTS if (act := getattr(self, name)) is not None and act.steps]
        on_page = self.place_order.asked_by_page or (self.read_order is not None and self.read_order.on_page)
        return bool(by_steps) or on_page or any(person.steps for person in self.person.values())


OPEN_ORDERS = ("reconcile", "open_order", "open_order_as_staff")
"""The tables of what it does about open orders, in the order in which it does so: a job meets what nobody opened."""
ACTS = ("place_order", "read_order", "refund", "ship", "open_order", "open_order_as_staff", "reconcile")
"""The tables of what is done at the merchant's."""


class MerchantFileError(Exception):
    """The TOML file cannot be used; `str()` says which file, which line of it, and why."""


def read_merchant_file(path: Path, *changes: Path) -> MerchantFile:
    """The description in `path`, with what the files of `changes` say instead, key by key of its tables.

    Raises MerchantFileError when one is missing, no TOML, or says something unknown.
    """
    told = _read(path)
    for change in changes:
        for key, value in _read(change).items():
            told[key] = {**told.get(key, {}), **value} if isinstance(value, dict) else value
    try:
        return MerchantFile.model_validate(told)
    except ValidationError as error:
        raise MerchantFileError(f"{(path, *changes)[-1]}: {complaints(error, MerchantFile)}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return toml_of(path)
    except NotReadable as reason:
        raise MerchantFileError(str(reason)) from reason
