"""What comes of an HTTP request that the emulator sends: an answer, or why none came; and how long it waits."""

import json as jsonlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


class WireError(Exception):
    """No answer came; the text says why in one sentence."""


class ConnectFailed(WireError):
    """The connection was refused, broken, or not trusted."""


class TimedOut(WireError):
    """The other side took longer than allowed."""


_SHORTEST_CONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Real seconds; `total_seconds` defaults to both together, so that a dripping answer ends too."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float | None = None

    @property
    def total(self) -> float:
        return self.total_seconds if self.total_seconds is not None else self.connect_seconds + self.read_seconds

    def scaled(self, scale: float) -> "Timeouts":
        """All of them times `scale`; a connection has two seconds in any case, as a busy machine may need them."""
        if scale == 1:
            return self
        connect = max(self.connect_seconds * scale, min(self.connect_seconds, _SHORTEST_CONNECT_SECONDS))
        total = None if self.total_seconds is None else self.total_seconds * scale
        return Timeouts(connect, self.read_seconds * scale, total)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whole; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The parsed body; raises ValueError where it is no JSON."""
        return jsonlib.loads(self.text)


def place(url: str) -> str:
    """An address without its query, as messages name it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
