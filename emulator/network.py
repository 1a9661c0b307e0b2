"""Outbound HTTP over the network: kept connections, and one request by one of them.

A module of its own because aiohttp takes longer to import than the emulator to start.
"""

import ssl
import time
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from emulator.answers import Answer, ConnectFailed, TimedOut, Timeouts, place

LARGEST_ANSWER = 1 << 20  # bytes; an endless answer must end
MOST_CONNECTIONS = 100
# Idle connections are dropped before common servers (5 s) drop them, which would lose a POST in between.
IDLE_SECONDS = 2.0

_AT_ONCE_SECONDS = 0.1


@dataclass(slots=True)
class _Sending:
    """What one request met: whether by a kept connection, and whether an answer began."""

    reused: bool = False
    answered: bool = False

    def was_swallowed(self, error: Exception, seconds: float) -> bool:
        """Whether the other side had closed the kept connection that the request went out by, unread.

        Who had closed says so at once; who takes longer worked on it, and must not get it twice. An answer's
        beginning stands in the error (`message` is none of a text then).
        """
        begun = self.answered or not isinstance(getattr(error, "message", ""), str)
        return self.reused and not begun and seconds < _AT_ONCE_SECONDS


_attempt: ContextVar[_Sending] = ContextVar("_attempt")


class _Connections(aiohttp.TCPConnector):
    """Tells each request whether its connection is one that was kept.

    aiohttp's tracing tells it too, for a tenth of what a request costs.
    """

    def __init__(self, trusted: Path | None) -> None:
        secure = True if trusted is None else _trusting(trusted)
        super().__init__(limit=MOST_CONNECTIONS, keepalive_timeout=IDLE_SECONDS, ssl=secure)
        self._used: WeakSet[ResponseHandler] = WeakSet()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        if (protocol := connection.protocol) is not None:
            _attempt.get().reused = protocol in self._used
            self._used.add(protocol)
        return connection


class Network:
    """Sends requests; needs the loop. `trusted` is a PEM file with one more authority to trust."""

    def __init__(self, trusted: Path | None) -> None:
        self._session = aiohttp.ClientSession(connector=_Connections(trusted), cookie_jar=aiohttp.DummyCookieJar())

    async def send(
        self, method: str, url: str, content: bytes | None, headers: dict[str, str], limits: Timeouts
    ) -> Answer:
        """The answer, once more asked for where a closing connection swallowed the request.

        Raises ConnectFailed or TimedOut.
        """
        attempt = _Sending()
        _attempt.set(attempt)

        async def once() -> Answer:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=content,
                headers=headers,
                timeout=_timeout(limits),
                allow_redirects=False,
            ) as response:
                attempt.answered = True
                body = await _read_some(response)
                charset = response.charset or "utf-8"
                found = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, found, _text(body, charset))

        try:
            began = time.monotonic()
            try:
                return await once()
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if not attempt.was_swallowed(error, time.monotonic() - began):
                    raise
                return await once()
        except TimeoutError as error:
            raise TimedOut(f"{method} {place(url)} did not answer in time.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ConnectFailed(f"{method} {place(url)} failed: {str(error) or type(error).__name__}.") from error

    async def close(self) -> None:
        """Close the kept connections."""
        await self._session.close()


@lru_cache(maxsize=64)
def _timeout(limits: Timeouts) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=limits.total, sock_connect=limits.connect_seconds, sock_read=limits.read_seconds
    )  # fmt: skip


def _trusting(authority: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(authority)
    return context


async def _read_some(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            response.close()
            break
    return bytes(body[:LARGEST_ANSWER])


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
