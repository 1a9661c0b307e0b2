"""Fills the placeholders of the file, `{order}` and the like, with an order's facts, what was captured, and secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeVar

from babel.numbers import get_currency_precision
from pydantic import BaseModel

from conformance.merchant.protocol import NotDescribed, Order
from conformance.settings.merchant_acts import PLACEHOLDER, Unit
from conformance.settings.merchant_sources import Find, Source

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Filling:
    """What placeholders stand for; `later` are facts that are asked for only where they are needed."""

    facts: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    later: Mapping[str, Callable[[], str]] = field(default_factory=dict)

    def knowing(self, facts: Mapping[str, object]) -> Filling:
        """The same with further facts, as those that were captured on the way."""
        return replace(self, facts={**self.facts, **facts}) if facts else self

    def __call__(self, template: str, key: str) -> str:
        """The template with each placeholder replaced. Raises NotDescribed, naming the `key`, for others."""
        return PLACEHOLDER.sub(lambda match: as_text(self._one(match, key)), template)

    def body(self, template: Any, key: str) -> Any:
        """The same for everything in a JSON document, in which everything else stays as it is.

        A placeholder alone keeps the type of what was captured; `{amount:number}` becomes a number, `{id:text}` a text.
        """
        if isinstance(template, Mapping):
            return {name: self.body(value, f"{key}.{name}") for name, value in template.items()}
        if isinstance(template, list | tuple):
            return [self.body(value, key) for value in template]
        if isinstance(template, date | time):  # a datetime is a date
            return template.isoformat()
        if not isinstance(template, str):
            return template
        whole = PLACEHOLDER.fullmatch(template)
        if whole and whole[2] == ":number":
            return _number(self(template, key), key)
        return _plain(self._one(whole, key)) if whole and whole[2] is None else self(template, key)

    def each(self, templates: Sequence[str], key: str) -> list[str]:
        """The same for every text of a list."""
        return [self(template, key) for template in templates]

    def table(self, templates: Mapping[str, str], key: str) -> dict[str, str]:
        """The same for every text of a table."""
        return {name: self(template, f"{key}.{name}") for name, template in templates.items()}

    def form(self, templates: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The same for the fields of a form: a list repeats its field, null is empty."""
        return {name: self.body(value, f"{key}.{name}") for name, value in templates.items()}

    def element(self, find: Find, key: str) -> Find:
        """The same for an element of a page."""
        return self._model(find, key)

    def source(self, source: Source, key: str) -> Source:
        """The same for where a fact stands."""
        filled = self._model(source, key)
        return filled if source.find is None else filled.model_copy(update={"find": self.element(source.find, key)})

    def sources(self, table: M, key: str) -> M:
        """The same for every element and every fact that a table of the file names."""
        filled: dict[str, object] = {}
        for name, value in table:
            place = f"{key}.{name}"
            if isinstance(value, Source):
                filled[name] = self.source(value, place)
            elif isinstance(value, Find):
                filled[name] = self.element(value, place)
            elif isinstance(value, Mapping) and all(isinstance(one, Source) for one in value.values()):
                filled[name] = {one: self.source(source, f"{place}.{one}") for one, source in value.items()}
        return table.model_copy(update=filled)

    def _model(self, table: M, key: str) -> M:
        return table.model_copy(update={name: self(text, key) for name, text in table if isinstance(text, str)})

    def _one(self, match: re.Match[str], key: str) -> object:
        name = match[1]
        if name in self.later:
            return self.later[name]()
        known = {**self.facts, **self.secrets}
        if name not in known:
            names = ", ".join(sorted({*known, *self.later})) or "none"
            raise NotDescribed(f"{key} uses {{{name}}}, which is not known there; known are: {names}")
        return known[name]


def as_text(value: object) -> str:
    """A fact within a text: as JSON writes true, false and null, else as it is."""
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def _plain(value: object) -> object:
    """A fact as JSON can carry it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _number(text: str, key: str) -> int | float:
    try:
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    except ValueError as error:
        raise NotDescribed(f"{key} asks for a number, and {text!r} is not one") from error


def facts_of(order: Order) -> dict[str, object]:
    """What is known of every order."""
    return {
        "order": order.reference,
        "merchant_uid": order.merchant_uid,
        "amount": str(order.amount),
        "currency": order.currency,
    }


def texts_in(given: object) -> Iterable[str]:
    """Every text in a document, however deep."""
    if isinstance(given, str):
        yield given
    elif isinstance(given, Mapping):
        for value in given.values():
            yield from texts_in(value)
    elif isinstance(given, list | tuple):
        for value in given:
            yield from texts_in(value)


def email_in(given: object) -> str | None:
    """The only e-mail address that was given, however deep; None where there is none, or more than one."""
    found = {text for text in texts_in(given) if _EMAIL.fullmatch(text)}
    return found.pop() if len(found) == 1 else None


_EMAIL = re.compile(r"[^@\s{}]+@[^@\s{}]+\.[^@\s{}]+")


def decimals_left_out(unit: Unit, currency: str) -> int:
    """How many decimals a merchant leaves out who counts in this unit (CLDR: 2 of USD, 0 of KRW, 3 of KWD)."""
    return get_currency_precision(currency) if unit == "minor" else 0


def in_unit(amount: Decimal, currency: str, unit: Unit) -> str:
    """An amount of major units as it is written in this unit."""
    counted = amount.scaleb(decimals_left_out(unit, currency))
    if unit == "minor" and counted == counted.to_integral_value():
        counted = counted.to_integral_value()
    return str(amount) if unit == "major" else f"{counted:f}"
