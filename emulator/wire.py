"""Outbound HTTP: known hosts are answered in memory by an ASGI application, all others over the network."""

import asyncio
import json as jsonlib
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import httpx
from starlette.types import ASGIApp

if TYPE_CHECKING:
    import aiohttp

Pairs = Mapping[str, str] | Sequence[tuple[str, str]]

LARGEST_ANSWER = 1 << 20  # bytes; an endless answer must end


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


class Wire:
    """Sends HTTP requests.

    `hosts` leads host names to applications: replace one there to put a stub in a side's place. `trusted` is a PEM file
    with one more authority that HTTPS addresses may be signed by.
    """

    def __init__(self, hosts: Mapping[str, ASGIApp] | None = None, *, trusted: Path | None = None) -> None:
        self.hosts: dict[str, ASGIApp] = dict(hosts or {})
        self._trusted = trusted
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Pairs | None = None,
        data: Pairs | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        """Send one request and give the answer, whatever its status; redirects are not followed.

        `data` is sent as a form, `json` as JSON; a Content-Type in `headers` replaces the usual one.
        Raises ConnectFailed or TimedOut.
        """
        limits = timeouts or Timeouts()
        target = _with_query(url, params)
        content, sent = _body(data, json, headers)
        application = self.hosts.get(urlsplit(target).hostname or "")
        if application is not None:
            return await _in_memory(application, method, target, content, sent, limits)
        return await self._by_network(method, target, content, sent, limits)

    async def close(self) -> None:
        """Close the pooled connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _by_network(
        self, method: str, url: str, content: bytes | None, headers: dict[str, str], limits: Timeouts
    ) -> Answer:
        # Imported late, because it takes longer than the emulator's whole start, and beside the loop, which
        # goes on.
        if self._session is None:
            await asyncio.to_thread(import_module, "aiohttp")
        import aiohttp
        from yarl import URL

        if self._session is None:
            # Idle connections are dropped before common servers (5 s) drop them, which would lose a POST in
            # between.
            secure = True if self._trusted is None else _trusting(self._trusted)
            connector = aiohttp.TCPConnector(limit=100, keepalive_timeout=2.0, ssl=secure)
            told = aiohttp.TraceConfig()
            told.on_connection_reuseconn.append(_reused)
            told.on_connection_create_start.append(_connected)
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trace_configs=[told]
            )
        timeout = aiohttp.ClientTimeout(
            total=limits.total, sock_connect=limits.connect_seconds, sock_read=limits.read_seconds
        )
        attempt = _Attempt()

        async def once() -> Answer:
            assert self._session is not None  # opened above
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=content,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                trace_request_ctx=attempt,
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
            raise TimedOut(f"{method} {_place(url)} did not answer in time.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ConnectFailed(f"{method} {_place(url)} failed: {str(error) or type(error).__name__}.") from error


_AT_ONCE_SECONDS = 0.1


@dataclass(slots=True)
class _Attempt:
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


async def _reused(_: object, context: Any, __: object) -> None:
    context.trace_request_ctx.reused = True


async def _connected(_: object, context: Any, __: object) -> None:
    context.trace_request_ctx.reused = False


def _trusting(authority: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(authority)
    return context


async def _in_memory(
    application: ASGIApp,
    method: str,
    url: str,
    content: bytes | None,
    headers: dict[str, str],
    limits: Timeouts,
) -> Answer:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    try:
        request = httpx.Request(method, url, content=content, headers=headers)
        async with asyncio.timeout(limits.total):
            response = await transport.handle_async_request(request)
            await response.aread()
    except TimeoutError as error:
        raise TimedOut(f"{method} {_place(url)} did not answer in time.") from error
    except httpx.InvalidURL as error:
        raise ConnectFailed(f"{method} {_place(url)} failed: {error}.") from error
    return Answer(response.status_code, dict(response.headers), response.text)


def _with_query(url: str, params: Pairs | None) -> str:
    if not params:
        return url
    query = urlencode(list(params.items()) if isinstance(params, Mapping) else list(params))
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"


def _body(data: Pairs | None, json: Any, headers: Mapping[str, str] | None) -> tuple[bytes | None, dict[str, str]]:
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if data is not None:
        sent.setdefault("content-type", "application/x-www-form-urlencoded")
        return urlencode(list(data.items()) if isinstance(data, Mapping) else list(data)).encode(), sent
    if json is not None:
        sent.setdefault("content-type", "application/json")
        return jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode(), sent
    return None, sent


async def _read_some(response: "aiohttp.ClientResponse") -> bytes:
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


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
