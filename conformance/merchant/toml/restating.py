"""Facts that prove nothing: a count that says the order's state in another way, and a note that is always there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.settings.merchant_toml import ReadOrder
from conformance.verdict.reasons import Cause, Why

RESTATED = Cause(Why.RESTATED)
ALWAYS_TOLD = Cause(Why.ALWAYS_TOLD)
_COUNTS = re.compile(r"\b(select|count|sum)\b", re.IGNORECASE)
_COLUMN = re.compile(r"(?:\w+\.)?[`\"]?(\w+)[`\"]?")


def restates(read: ReadOrder) -> bool:
    """Whether the file's `fulfilments` is the source of `state` itself, or an expression of a query over its column."""
    if read.fulfilments is None:
        return False
    if read.fulfilments == read.state:
        return True
    if read.sql is None:
        return False
    columns = dict(_columns(read.sql.query))
    counted, state = (
        columns.get(str(source.json_path).removeprefix("$.")) for source in (read.fulfilments, read.state)
    )
    if counted is None or state is None or _COUNTS.search(counted):
        return False
    column = _COLUMN.fullmatch(state.strip())
    return column is not None and column[1].lower() in _words(counted)


def _words(expression: str) -> list[str]:
    return re.findall(r"[a-z_][a-z0-9_]*", expression.lower())


def _columns(query: str) -> Iterator[tuple[str, str]]:
    """The columns of a query by name, each with the expression that gives it."""
    chosen = re.sub(r"(?is)^\s*select\s+", "", query)
    item, depth = "", 0
    for token in re.findall(r"(?is)\bfrom\b|'[^']*'|[(),]|[^(),'\s]+|\s+", chosen):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and (token == "," or token.lower() == "from"):
            yield _column(item)
            item = ""
            if token != ",":
                return
        else:
            item += token


def _column(item: str) -> tuple[str, str]:
    """`case … end as shipped`, `o.status state` or `o.status`: the name, and what gives it."""
    named = re.fullmatch(r"(?is)(.+?)\s+(?:as\s+)?[`\"]?(\w+)[`\"]?", item.strip())
    return (named[2], named[1]) if named else (_words(item)[-1] if _words(item) else "", item)
