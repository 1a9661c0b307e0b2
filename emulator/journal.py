"""What crossed an account's boundaries, in order, bounded, and with every secret masked before anybody reads it."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from math import isfinite
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, unquote_plus, urlsplit

from starlette.datastructures import Headers

from emulator.changes import Changes
from emulator.secret_names import MASK, holds_secret, is_secret, masked_text

Kind = Literal[
    "token", "look-up", "find", "channels", "cancel", "prepare", "request_pay",
    "widget", "charge", "pingback", "ticket", "webhook", "return",
    "delivery", "onetime", "again", "customers", "schedule", "cash-receipt", "stop", "resend", "handshake", "other",
]  # fmt: skip
Source = Literal["merchant", "browser", "portone", "paymentwall", "operator"]
Target = Literal["portone", "paymentwall", "merchant"]

RELEVANT_HEADERS = frozenset(
    ("content-type", "authorization", "x-imptokenheader", "user-agent", "origin", "host", "webhook-id",
     "webhook-timestamp", "webhook-signature")
)  # fmt: skip
_RELEVANT_RAW = frozenset(name.encode() for name in RELEVANT_HEADERS)
_PLAIN_NAME, _PLAIN = re.compile(r"[\w.~\[\]-]*", re.ASCII), re.compile(r"[\w.~/-]*", re.ASCII)
LONGEST_TEXT = 16_384  # characters: answers of a megabyte must not fill the memory


class Later:
    """A value that is made, and masked, when an entry with it is first read; `make` always makes the same.

    Merchants look up far more than anybody reads.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def value(self) -> Any:
        """What readers of the entry see."""
        return masked(self._make())


class Entry(NamedTuple):
    """One exchange; `began` and `ended` are wall-clock unix seconds, `clock` the account's virtual ones.

    A tuple rather than a frozen dataclass because one is made for each look-up, at a tenth of the cost.
    """

    seq: int
    kind: Kind
    source: Source
    target: Target
    began: float
    ended: float
    clock: float
    method: str
    url: str
    request: dict[str, Any]
    status: int | None
    response: Any
    error: str | None
    imp_uid: str | None
    merchant_uid: str | None


class Journal:
    """The last `limit` entries of one account; sequence numbers start at 1 and never repeat."""

    def __init__(self, limit: int = 10_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._last = 0
        self._cleared = 0
        self.changes = Changes()
        self.copied_to: Callable[[Entry], None] | None = None
        """Gets each entry as well, say to keep on disk what falls out of the bound here."""

    def record(
        self,
        *,
        kind: Kind,
        source: Source,
        target: Target,
        began: float,
        ended: float,
        clock: float,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        status: int | None = None,
        response: Any = None,
        error: str | None = None,
        imp_uid: str | None = None,
        merchant_uid: str | None = None,
    ) -> None:
        """Keep one exchange. `url` is reduced to path and query; bodies are parsed values or text, or come later."""
        self._last += 1
        entry = Entry(
            self._last, kind, source, target, began, ended, clock, method, _address(url),
            {"headers": _few(headers) if headers else {}, "body": masked(body)},
            status, response if type(response) is Later else masked(response), error, imp_uid, merchant_uid,
        )  # fmt: skip
        self._entries.append(entry)
        self.changes.happened()
        if self.copied_to is not None:
            self.copied_to(_read(entry))

    def take_back(self, entries: Iterable[Entry], last: int) -> None:
        """Continue an earlier journal: its newest entries, and the number of the last one."""
        self._entries.extend(entries)
        self._last = max(last, self._last)
        self._cleared = self._last - len(self._entries)

    def entries(self, after: int = 0) -> list[Entry]:
        """Those with a sequence number above `after`, oldest first (what fell out of the bound is gone)."""
        skip = max(after - self._last + len(self._entries), 0)
        return [_read(entry) for entry in islice(self._entries, skip, None)]

    @property
    def last(self) -> int:
        """The sequence number of the newest entry, 0 when there is none."""
        return self._last

    def dropped(self, after: int = 0) -> int:
        """How many entries above `after` were pushed out by newer ones."""
        return max(self._last - len(self._entries) - max(after, self._cleared), 0)

    def clear(self) -> None:
        """Forget all entries; the numbers go on, so that a reader who asks for what is new misses nothing."""
        self._entries.clear()
        self._cleared = self._last
        self.changes.happened()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries())


def _read(entry: Entry) -> Entry:
    return entry._replace(response=entry.response.value) if type(entry.response) is Later else entry


def masked(value: Any) -> Any:
    """`value` without the values of secret names, at any depth, and with long texts shortened."""
    kind = type(value)
    if kind is str:
        text = value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + "…"
        return masked_text(text) if "=" in text or ":" in text else text
    if kind is dict:
        return {
            key: MASK if item is not None and holds_secret(key, item) else masked(item) for key, item in value.items()
        }
    if kind is float and not isfinite(value):
        return str(value)  # JSON has no such number
    if kind is list or kind is tuple:
        return [masked(item) for item in value]
    return value


def _few(headers: Mapping[str, str]) -> dict[str, str]:
    found = {}
    if isinstance(headers, Headers):  # as each call brings them: most are not wanted, so most are not decoded
        for raw_name, raw in headers.raw:
            if raw_name in _RELEVANT_RAW:
                name = raw_name.decode("latin-1")
                found[name] = MASK if is_secret(name) else raw.decode("latin-1")
        return found
    for name, value in headers.items():
        lowered = name.lower()
        if lowered in RELEVANT_HEADERS:
            found[lowered] = MASK if is_secret(lowered) else value
    return found


def _address(url: str) -> str:
    if url.startswith("/") and "%" not in url:
        return masked_text(url) if "?" in url else url
    parts = urlsplit(url)
    path = parts.path or "/"
    if not parts.query:
        return path
    return f"{path}?{'&'.join(_pair(pair) for pair in parts.query.split('&') if pair)}"


def _pair(pair: str) -> str:
    """A field of a query as everybody would write it; what is plain is written so already."""
    name, _, item = pair.partition("=")
    shown = name
    if not _PLAIN_NAME.fullmatch(name):
        name = unquote_plus(name)
        shown = quote(name, safe="[]")
    if is_secret(name):
        return f"{shown}={MASK}"
    return f"{shown}={item if _PLAIN.fullmatch(item) else quote(unquote_plus(item))}"
