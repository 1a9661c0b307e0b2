"""Where a fact stands: in an answer, on a page, in an address, or in what the page asked of PortOne's SDK."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Self

import jsonpath
from pydantic import BeforeValidator, model_validator

from conformance.machine.files import Strict


class Find(Strict):
    """An element of a page: by role (with its accessible name), label, text or CSS selector.

    `attribute` takes the value of an attribute instead of the element's text.
    """

    role: str | None = None
    name: str | None = None
    label: str | None = None
    text: str | None = None
    css: str | None = None
    attribute: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        self._exactly_one("role", "label", "text", "css")
        if self.name is not None and self.role is None:
            raise ValueError("name goes with role")
        return self

    def __str__(self) -> str:
        given = {name: value for name, value in self.model_dump().items() if value is not None}
        return "{ " + ", ".join(f'{name} = "{value}"' for name, value in given.items()) + " }"


class Source(Strict):
    """Where a fact is found: exactly one of the ways.

    `json` is a path in an answer, a command's output or a row; `find` an element of a page or of an HTML answer;
    `regex` a regular expression whose only group is the fact, in the text of an answer or page, and `address` one in
    the address that the steps or the call ended at; `cookie` and `header` are names; `request_pay` is the name of a
    parameter that the page passed to IMP.request_pay; `value` is the fact itself.
    """

    json_path: str | None = None
    find: Find | None = None
    regex: str | None = None
    address: str | None = None
    cookie: str | None = None
    header: str | None = None
    request_pay: str | None = None
    value: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        self._exactly_one(*type(self).model_fields)
        return self

    def __str__(self) -> str:
        if self.json_path is not None:
            return repr(self.json_path)
        if self.find is not None:
            return str(self.find)
        [(name, value)] = [(n, v) for n, v in self.model_dump().items() if v is not None]
        return f'{{ {name} = "{value}" }}'

    @property
    def way(self) -> str:
        """Which of the ways it is."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def is_shown(self) -> bool:
        """Whether it may stand in a text for people, where amounts have signs and thousands."""
        return self.find is not None or self.regex is not None or self.value is not None

    @property
    def on_page(self) -> bool:
        """Whether it takes a browser to see."""
        return self.find is not None or self.request_pay is not None


def _source(given: object) -> object:
    """A text is a JSON path; in a table the keys of an element stand beside the others."""
    if isinstance(given, str):
        return {"json_path": json_path(given)}
    if not isinstance(given, dict) or isinstance(given.get("find"), Find):
        return given
    element = {name: value for name, value in given.items() if name in Find.model_fields}
    rest = {name: value for name, value in given.items() if name not in element}
    for name in ("address", "regex"):
        if name in rest:
            _pattern(rest[name])
    return {**rest, **({"find": element} if element else {})}


def json_path(text: str) -> str:
    """The path itself. Raises ValueError where it is none."""
    if not text.startswith("$"):
        raise ValueError(f"{text!r} is not a JSON path: it must begin with $")
    try:
        jsonpath.compile(text)
    except jsonpath.JSONPathError as error:
        raise ValueError(f"{text!r} is not a JSON path") from error
    return text


def _pattern(text: object) -> None:
    try:
        groups = re.compile(str(text)).groups
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    if groups != 1:
        raise ValueError(f"{text!r} has {groups} groups; the fact is the only one, as in '/orders/([0-9]+)'")


def _named(**usual: str) -> Callable[[object], object]:
    """A text in place of a table: the usual way to name what is meant, with the text where `usual` has none."""

    def table(given: object) -> object:
        if not isinstance(given, str):
            return given
        return {name: value or given for name, value in usual.items()}

    return table


def _attention(given: object) -> object:
    """`"none"` says that nobody is told anything: a fact that is always empty."""
    return {"value": ""} if given == "none" else _source(given)


Fact = Annotated[Source, BeforeValidator(_source)]
Attention = Annotated[Source, BeforeValidator(_attention)]
Button = Annotated[Find, BeforeValidator(_named(role="button", name=""))]
Field = Annotated[Find, BeforeValidator(_named(label=""))]
Words = Annotated[Find, BeforeValidator(_named(text=""))]
