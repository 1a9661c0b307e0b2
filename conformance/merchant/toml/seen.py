"""What an answer or a page shows, as facts: words, amounts, counts; what is not there is said with the file's key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

import jsonpath

from conformance.merchant.protocol import MerchantUnreachable
from conformance.merchant.toml.filling import Filling
from conformance.settings.merchant_sources import Source
from conformance.verdict.endings import NotAnAmount
from conformance.verdict.reasons import Cause, Why, within

NOTHING = object()


class Seen(Protocol):
    """Something that facts can be found in; `place` says where, for a message."""

    @property
    def place(self) -> Cause:
        """Where this is, as a message ends."""
        ...

    def find(self, source: Source) -> Any:
        """The fact at this source, NOTHING where there is none."""
        ...


@dataclass(frozen=True)
class Document:
    """A JSON document, and the address that it came from or leads to."""

    content: object
    address: str = ""

    @property
    def place(self) -> Cause:
        """The beginning of what there is."""
        return Cause(Why.SHOP_PLACE, facts={"said": str(self.content)[:200]})

    def find(self, source: Source) -> Any:
        """The fact at a JSON path, or in the address."""
        if source.json_path is not None:
            return at_path(source.json_path, self.content)
        return in_address(source, self.address)


def at_path(path: str, content: object) -> Any:
    """What stands at a JSON path, NOTHING where there is none."""
    match = jsonpath.match(path, content)  # type: ignore[arg-type]  # any JSON document
    return match.value if match else NOTHING


def in_address(source: Source, address: str) -> Any:
    """The fact that an address has, or that the file itself gives."""
    if source.value is not None:
        return source.value
    match = re.search(source.address, address) if source.address is not None else None
    return match[1] if match else NOTHING


def parsed(text: str) -> object:
    """A JSON document with exact numbers. Raises json.JSONDecodeError."""
    return json.loads(text, parse_float=Decimal)


def found(seen: Seen, source: Source, key: str) -> Any:
    """The fact at `source`. Raises MerchantUnreachable, naming the `key` of the file, where there is none."""
    value = seen.find(source)
    if value is NOTHING:
        raise MerchantUnreachable(
            Cause(Why.SHOP_MATCHES_NOTHING, facts={"key": key, "source": str(source), **within((seen.place,), "place")})
        )
    return value


def optional(seen: Seen, source: Source | None) -> Any:
    """The fact at `source`, None where there is none or nobody described it."""
    value = seen.find(source) if source else None
    return None if value is NOTHING or value == "" else value


def word(seen: Seen, source: Source, key: str) -> str:
    """A word of the merchant's as the file writes it: 1, true and null are words too."""
    value = found(seen, source, key)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value).strip()


def money(seen: Seen, source: Source, key: str, decimals: int = 0) -> Decimal:
    """An amount in major units; on a page currency signs and thousands are left out. Raises MerchantUnreachable.

    `decimals` is how many of them the merchant leaves out because it counts in minor units.
    """
    return amount(found(seen, source, key), source, key, decimals)


def amount(value: object, source: Source, key: str, decimals: int = 0) -> Decimal:
    """What was found at a source, as an amount of major units. Raises NotAnAmount for what is none."""
    try:
        counted = Decimal(_plain(str(value)) if source.is_shown else str(value))
    except InvalidOperation:
        counted = Decimal("NaN")
    if not counted.is_finite():
        raise NotAnAmount(_gives(Why.SHOP_NO_AMOUNT, source, key, value))
    if decimals and counted != counted.to_integral_value():
        raise NotAnAmount(_gives(Why.SHOP_NO_MINOR_UNITS, source, key, value))
    return counted.scaleb(-decimals)


def optional_money(seen: Seen, source: Source | None, key: str, decimals: int = 0) -> Decimal | None:
    """An amount, None where there is none. Raises MerchantUnreachable for what is no amount."""
    return None if source is None or optional(seen, source) is None else money(seen, source, key, decimals)


def count(seen: Seen, source: Source | None, key: str) -> int | None:
    """A number of times; a list counts its entries. Raises NotAnAmount for what is no number."""
    value = optional(seen, source)
    if isinstance(value, list):
        return len(value)
    try:
        return None if value is None else int(str(value).strip() if not isinstance(value, bool) else value)
    except ValueError as error:
        raise NotAnAmount(_gives(Why.SHOP_NO_NUMBER, source, key, value)) from error


def captures(seen: Seen, wanted: Mapping[str, Source], key: str, filling: Filling) -> dict[str, object]:
    """Facts by the names that placeholders call them by. Raises MerchantUnreachable for one that is not there."""
    return {name: found(seen, filling.source(one, f"{key}.{name}"), f"{key}.{name}") for name, one in wanted.items()}


def text(seen: Seen, source: Source | None) -> str | None:
    """Words for a person, None where there are none."""
    value = optional(seen, source)
    return str(value).strip() if value else None


def _gives(kind: Why, source: Source | None, key: str, value: object) -> Cause:
    return Cause(kind, facts={"key": key, "source": str(source), "value": repr(value)})


def _plain(shown: str) -> str:
    """The digits of an amount as people read it: `₩10,500`, `USD 1,234.50`, `1.234,50 €`; a number is one already."""
    if re.fullmatch(r"-?\d+(\.\d+)?(E[+-]?\d+)?", shown):
        return shown
    digits = "".join(re.findall(r"[\d.,]+", shown)[:1]).strip(".,")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits):
        return digits.replace(",", "")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", digits) or re.fullmatch(r"\d+,\d+", digits):
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(".", "") if digits.count(".") > 1 else digits


def shortened(facts: Mapping[str, object]) -> str:
    """The beginning of a row or a table, for a message."""
    return str(dict(facts))[:200]
