"""What an answer or a page shows, as facts: words, amounts, counts; what is not there is said with the file's key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import jsonpath

from conformance.merchant.protocol import MerchantUnreachable
from conformance.merchant.toml.filling import Filling
from conformance.settings.merchant_sources import Find, Source
from conformance.verdict.endings import NotAnAmount
from conformance.verdict.reasons import Cause, Why, within

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

NOTHING = object()
_NOT_SHOWN = ("script", "style", "template")


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


@dataclass(frozen=True)
class Answer:
    """An answer, and the session that it came in; `unexpected` gives what is said of one that is no JSON."""

    response: httpx.Response
    session: httpx.Client
    unexpected: Callable[[], Cause]

    @property
    def place(self) -> Cause:
        """The beginning of what there is, of a page its words; and where it led to."""
        if self.response.is_redirect:
            to = {"status": str(self.response.status_code), "url": self.response.headers["Location"]}
            return Cause(Why.SHOP_PLACE_REDIRECTS, facts=to)
        try:
            content: object = parsed(self.response.text)
        except (json.JSONDecodeError, RecursionError):
            content = _words(self._page) or self.response.text
        said = {"said": str(content)[:200]}
        if self.response.history:
            return Cause(Why.SHOP_PLACE_REDIRECTED, facts={**said, "url": str(self.response.url)})
        return Cause(Why.SHOP_PLACE, facts=said)

    @cached_property
    def json(self) -> object:
        """The answer's JSON. Raises MerchantUnreachable where it is none."""
        try:
            return parsed(self.response.text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise MerchantUnreachable(self.unexpected()) from error

    def find(self, source: Source) -> Any:
        """The fact at this source, NOTHING where there is none. Raises MerchantUnreachable for no JSON."""
        if source.json_path is not None:
            return at_path(source.json_path, self.json)
        if source.find is not None:
            return self._element(source.find)
        if source.regex is not None:
            match = re.search(source.regex, self.response.text)
            return match[1] if match else NOTHING
        if source.header is not None:
            return self.response.headers.get(source.header, NOTHING)
        if source.cookie is not None:
            return cookie(self.session, source.cookie)
        return in_address(source, self.response.headers.get("Location") or str(self.response.url))

    def says(self, path: str, words: Collection[object]) -> bool:
        """Whether the answer's JSON has one of these at the path; an answer that is no JSON says nothing."""
        try:
            said = at_path(path, self.json)
        except MerchantUnreachable:
            return False
        return any(isinstance(said, bool) is isinstance(word, bool) and said == word for word in words)

    def has(self, element: Find) -> bool:
        """Whether the answer's HTML has the element."""
        return self._element(element.model_copy(update={"attribute": None})) is not NOTHING

    def _element(self, find: Find) -> Any:
        found = self._page.select_one(find.css or "")
        if found is None:
            return NOTHING
        if find.attribute is not None:
            value = found.get(find.attribute)
            return NOTHING if value is None else value if isinstance(value, str) else " ".join(value)
        return _words(found)

    @cached_property
    def _page(self) -> BeautifulSoup:
        """The answer's HTML by the rules that browsers read it by: end tags may be missing."""
        from bs4 import BeautifulSoup  # it takes a while to import, and few need it

        return BeautifulSoup(self.response.text, "html5lib")


def cookie(session: httpx.Client, name: str) -> object:
    """The value of a session's cookie, NOTHING where there is none; of two, that of the longer path."""
    found = [one for one in session.cookies.jar if one.name == name]
    return max(found, key=lambda one: len(one.path)).value if found else NOTHING


def _words(element: Tag) -> str:
    shown = (text for text in element.strings if text.parent is element or text.find_parent(_NOT_SHOWN) is None)
    return " ".join("".join(shown).split())
