"""Facts in an HTTP answer: in its JSON, in its HTML or text, in its headers, in cookies, in where it leads to."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx

from conformance.merchant.protocol import MerchantUnreachable
from conformance.merchant.toml.seen import NOTHING, at_path, in_address, parsed
from conformance.settings.merchant_sources import Find, Source
from conformance.verdict.reasons import Cause, Why

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_NOT_SHOWN = ("script", "style", "template")


@dataclass(frozen=True)
class Answer:
    """An answer, and the session that it came in; `unexpected` is what is said of one that is no JSON."""

    response: httpx.Response
    session: httpx.Client
    unexpected: Cause

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

    @property
    def json(self) -> object:
        """The answer's JSON. Raises MerchantUnreachable where it is none."""
        try:
            return parsed(self.response.text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise MerchantUnreachable(self.unexpected) from error

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
