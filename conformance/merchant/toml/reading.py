"""Reads an order as the merchant stores it: by a call, on a page, in its database or by a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx

from conformance.merchant.protocol import MerchantUnreachable, NotDescribed, Order, OrderView
from conformance.merchant.toml import programs, seen
from conformance.merchant.toml.acting import Acting
from conformance.merchant.toml.filling import Filling, decimals_left_out
from conformance.merchant.toml.seen import Seen
from conformance.record.orders import OrderState
from conformance.settings.merchant_toml import MerchantFile, ReadOrder
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why

GONE = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})
_OPTIONAL = ("paid_amount", "cancelled_amount", "country", "fulfilments", "attention")
RESTATED = Cause(Why.RESTATED)
ALWAYS_TOLD = Cause(Why.ALWAYS_TOLD)
_COUNTS = re.compile(r"\b(select|count|sum)\b", re.IGNORECASE)
_COLUMN = re.compile(r"(?:\w+\.)?[`\"]?(\w+)[`\"]?")


class Reading:
    """What `read_order` of the file shows; `fresh` places an order about which nothing is wrong."""

    def __init__(
        self,
        file: MerchantFile,
        acting: Acting,
        filling: Callable[[Order], Filling],
        fresh: Callable[[], Order],
    ) -> None:
        self._file = file
        self._acting = acting
        self._filling = filling
        self._fresh = fresh
        self.restates = file.read_order is not None and restates(file.read_order)
        self._always_told: bool | None = None

    def view(self, order: Order) -> OrderView:
        """The order as the merchant stores it; one that is not there any more is missing.

        Raises MerchantUnreachable on a word that the file does not map.
        """
        call = self._file.read_order
        if call is None:
            raise NotObservable(Cause(Why.NOT_DESCRIBED, facts={"merchant": self._file.name, "table": "read_order"}))
        with self._read(call, order) as (shown, known):
            if isinstance(shown, str):
                return OrderView(OrderState.MISSING, word=shown)
            decimals = decimals_left_out(call.amounts or self._file.amounts, order.currency)
            return self._view(known.sources(call, "read_order"), shown, decimals)

    def _tells_of_every_order(self) -> bool:
        """Whether `attention` says something of an order about which nothing is wrong; found out once, when it matters.

        By then a page that lists what is to be seen to of all orders lists something.
        """
        if self._always_told is None:
            self._always_told = False
            with suppress(MerchantUnreachable):
                self._always_told = bool(self.view(self._fresh()).attention)
        return self._always_told

    def _view(self, call: ReadOrder, shown: Seen, decimals: int) -> OrderView:
        word = seen.word(shown, call.state, "read_order.state")
        if word not in call.states:
            known = ", ".join(state.replace(" ", "_") for state in OrderState if state is not OrderState.MISSING)
            facts = {"merchant": self._file.name, "word": repr(word), "known": known}
            raise NotDescribed(Cause(Why.SHOP_UNMAPPED, facts=facts))
        attention = seen.text(shown, call.attention)
        unproven: dict[str, Cause] = {}
        if self.restates or isinstance(seen.optional(shown, call.fulfilments), bool):
            unproven["fulfilments"] = RESTATED
        if attention and self._tells_of_every_order():
            unproven["attention"] = ALWAYS_TOLD
        return OrderView(
            state=call.states[word],
            word=word,
            paid_amount=seen.optional_money(shown, call.paid_amount, "read_order.paid_amount", decimals),
            cancelled_amount=seen.optional_money(shown, call.cancelled_amount, "read_order.cancelled_amount", decimals),
            country=seen.text(shown, call.country),
            fulfilments=seen.count(shown, call.fulfilments, "read_order.fulfilments"),
            attention=attention,
            hidden=frozenset(_OPTIONAL) - set(call.facts),
            unproven=unproven,
        )

    @contextmanager
    def _read(self, call: ReadOrder, order: Order) -> Iterator[tuple[Seen | str, Filling]]:
        """What is seen of the order, or in a word why it is not there any more; and what is known then."""
        filling = self._filling(order)
        words = "is asked for the order"
        if call.sql is not None:
            found = programs.row("read_order", call.sql, filling.facts, filling)
            yield "no row" if found is None else found, filling
        elif call.path is not None and call.on_page:
            with self._acting.browsing.page(call.by, filling) as shown:
                status = self._acting.browsing.go(shown.page, filling(call.path, "read_order.path"), "read_order.path")
                yield f"HTTP {status}" if status in GONE else shown, filling
        elif call.path is not None:
            known = self._acting.calls.prepared("read_order", call, filling)
            response = self._acting.calls.send("read_order", call, known, words=words, order=order)
            if response.status_code in GONE:
                yield f"HTTP {response.status_code}", known
            else:
                yield self._acting.calls.seen(self._acting.calls.well(response, call), call, known), known
        else:
            with self._acting.done("read_order", call, filling, words=words, order=order) as done:
                yield done


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
