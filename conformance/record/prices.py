"""A price in each way to write it, and half of it in the same one; changed wherever something that is sent says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from babel.numbers import format_decimal, get_currency_precision

_LOCALES = ("en_US", "de_DE", "fr_FR")
"""1,234.50 and 1.234,50 and 1 234,50."""
_LEAST_DIGITS = 2
"""A whole number of one digit may be any number of things."""
_WRITTEN = re.compile(r"([^\d-]*)(\d[\d.,\s]*?)([^\d]*)")
_NO_PRICE = re.compile(
    r"(?:^|[_.-])(?:id|uid|no|number|order|ref|reference|key|qty|quantity|count|sku|code|time|date)$"
    r"|(?:Id|Uid|No|Ref|Qty|Count|Key)$"
)
"""What a field is called that holds no price, whatever its value (as in browser/prices.js)."""


def writings(amount: Decimal, currency: str) -> Mapping[str, str]:
    """Each way to write an amount of major units as a number, and half of it written in the same way."""
    coin = Decimal(1).scaleb(-get_currency_precision(currency))
    half = (amount / 2).quantize(coin, ROUND_DOWN)
    pairs = zip(_written(amount, currency), _written(half, currency), strict=True)
    return {one: other for one, other in pairs if len(one) >= _LEAST_DIGITS}


def _written(amount: Decimal, currency: str) -> Iterator[str]:
    decimals = get_currency_precision(currency)
    for places in {decimals, 2}:
        fixed = "#,##0" + ("." + "0" * places if places else "")
        for locale in _LOCALES:
            yield format_decimal(amount, fixed, locale=locale)
            yield format_decimal(amount, fixed, locale=locale, group_separator=False)
    yield f"{amount.normalize():f}"
    yield f"{amount.normalize():f}".replace(".", ",")
    yield f"{amount.scaleb(decimals):.0f}"


@dataclass
class Repricing:
    """Halves a price in what is sent. `held` are the fields that said it as a page had it, `given` the others."""

    amount: Decimal
    currency: str
    held: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    def of(self, value: Any, template: Any, name: str = "") -> Any:
        """The document with another price; `template` is the same before placeholders were filled in."""
        if isinstance(value, Mapping):
            inner = template if isinstance(template, Mapping) else {}
            return {key: self.of(one, inner.get(key), str(key)) for key, one in value.items()}
        if isinstance(value, list | tuple):
            others = template if isinstance(template, list | tuple) else [None] * len(value)
            return [self.of(one, other, name) for one, other in zip(value, others, strict=True)]
        changed = value if _NO_PRICE.search(name) else self._changed(value)
        if changed != value:
            captured = isinstance(template, str) and template != value
            (self.held if captured else self.given).append(name)
        return changed

    def path(self, path: str, template: str) -> str:
        """The path with another price in its query."""
        before, mark, query = path.partition("?")
        pairs, templates = parse_qsl(query, keep_blank_values=True), parse_qsl(template.partition("?")[2], True)
        if not mark or len(pairs) != len(templates):
            return path
        changed = [(name, self.of(one, other[1], name)) for (name, one), other in zip(pairs, templates, strict=True)]
        return f"{before}?{urlencode(changed)}" if changed != pairs else path

    def says(self, text: str) -> bool:
        """Whether a text is the price."""
        return bool(self._changed(text) != text)

    def _changed(self, value: Any) -> Any:
        smaller = writings(self.amount, self.currency)
        if isinstance(value, int | float) and not isinstance(value, bool):
            other = smaller.get(str(value))
            return value if other is None else float(other) if "." in other else int(other)
        said = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
        if said is None or said[2] not in smaller:
            return value
        return f"{said[1]}{smaller[said[2]]}{said[3]}"
