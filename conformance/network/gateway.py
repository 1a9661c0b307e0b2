"""The gateway: a proxy that leads PortOne's and Paymentwall's names to the emulator and refuses every other host.

Browsers go by it, and servers whose code knows no other address of PortOne's than the real one.

Own code, because the proxies that one can embed do not fit: proxy.py forks worker processes beside running threads and
keeps what it refused to itself; mitmproxy pins its dependencies to other versions than the servers here.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from conformance.network.heads import LONGEST_HEAD, read_head, refusal_of, split_head

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::")  # an address to listen on, and none to send to
PORTONE_DOMAINS = ("iamport.kr", "portone.io")
PROVIDER_DOMAINS = (*PORTONE_DOMAINS, "paymentwall.com")
HTTP_PORT = 80
_HEAD_SECONDS = 10.0
_LET_READ_SECONDS = 2.0


def is_provider(host: str) -> bool:
    """Whether the host is PortOne's or Paymentwall's."""
    return _is_of(host, PROVIDER_DOMAINS)


def is_portone(host: str) -> bool:
    """Whether the host is PortOne's."""
    return _is_of(host, PORTONE_DOMAINS)


def _is_of(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)


@dataclass(frozen=True)
class Lead:
    """Where the provider's names lead: an address with a plain and a TLS listener."""

    host: str
    plain_port: int
    tls_port: int


_TURNS = 3
"""Of a loop, in which a connection that was accepted comes to be served: a server closed before that loses it open."""


class _Listening:
    """A server on a loop and a thread of its own. `asked_port` 0 takes a free one."""

    host: str
    asked_port: int
    _serving: set[asyncio.Task[None]]

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
        self._thread.start()
        try:
            self._server = self._run(asyncio.start_server(self._accept, self.host, self.asked_port, limit=LONGEST_HEAD))
        except OSError:
            self._end_loop()
            raise
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._shut_down())
        self._end_loop()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=_HEAD_SECONDS)

    async def _shut_down(self) -> None:
        for listening in self._server.sockets:
            with contextlib.suppress(NotImplementedError):  # of Windows' loop, which accepts in another way
                self._loop.remove_reader(listening.fileno())
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await asyncio.sleep(0)  # transports that were aborted close their sockets

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._serving.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(self._serving.discard)
        task.add_done_callback(lambda _: writer.transport.abort())  # one that was cancelled may never have begun

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


@dataclass
class Gateway(_Listening):
    """An HTTP proxy: CONNECT, and absolute-form requests in clear, for `https:` too, as axios sends them.

    `allowed` are further hosts that are passed on as they are (the merchant's own); with `pass_others` every host is.
    What was refused is in `refused`, and told to `on_refused` at once; `hint` tells whoever asked what to do about it.
    Entering it raises OSError where it cannot listen.
    """

    lead: Lead
    allowed: frozenset[str] = frozenset({"127.0.0.1", "localhost", "::1"})
    host: str = "127.0.0.1"
    asked_port: int = 0
    on_refused: Callable[[str], None] = lambda _host: None
    pass_others: bool = False
    hint: str = ""
    refused: list[str] = field(default_factory=list)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The proxy's address, as browsers and HTTP clients take it."""
        return f"http://{LOOPBACK if self.host in EVERYWHERE else self.host}:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _closing(writer):
            try:
                head = await asyncio.wait_for(read_head(reader), _HEAD_SECONDS)
            except (EOFError, TimeoutError):
                return
            if refusal := refusal_of(head):
                status = f"{refusal.status} {HTTPStatus(refusal.status).phrase}".encode()
                writer.write(_answer(status, f"{refusal.reason}\n".encode()))
                await _let_read(reader, writer)
                return
            try:
                method, target, rest = split_head(head)
                if method == "CONNECT":
                    await self._connect(target, reader, writer)
                else:
                    await self._forward(method, target, rest, reader, writer)
            except (ValueError, OverflowError):  # no request line, no address, no port
                writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    async def _connect(self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = target.lower().rpartition(":")
        # Some clients (undici) open a tunnel for http: as well.
        lead_port = self.lead.plain_port if int(port) == HTTP_PORT else self.lead.tls_port
        address = self._address(host.strip("[]"), int(port), lead_port)
        if address is None:
            self._refuse(host, writer)
        else:
            await _tunnel(address, b"", b"HTTP/1.1 200 Connection established\r\n\r\n", reader, writer)

    async def _forward(
        self,
        method: str,
        target: str,
        rest: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        parts = urlsplit(target)
        if not parts.hostname:
            body = b"This is the conformance suite's proxy, and no server: name it as the proxy of your HTTP client.\n"
            writer.write(_answer(b"400 Bad Request", body))
            return
        secure = parts.scheme == "https"
        address = self._address(parts.hostname, parts.port or (443 if secure else HTTP_PORT), self.lead.plain_port)
        if address is None:
            self._refuse(parts.hostname, writer)
        else:
            path = parts._replace(scheme="", netloc="").geturl() or "/"
            # Towards the emulator clear is enough; another host that was asked for by https: gets nothing in clear.
            tls = self._trust if secure and not is_provider(parts.hostname) else None
            first = f"{method} {path} HTTP/1.1\r\n".encode() + rest
            await _tunnel(address, first, b"", reader, writer, tls=tls, name=parts.hostname)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def _address(self, host: str, port: int, lead_port: int) -> tuple[str, int] | None:
        """Where a name leads; None: nowhere."""
        if is_provider(host):
            return self.lead.host, lead_port
        return (host, port) if self.pass_others or host in self.allowed else None

    def _refuse(self, host: str, writer: asyncio.StreamWriter) -> None:
        self.refused.append(host)
        self.on_refused(host)
        body = " ".join([f"The conformance suite's gateway does not forward to {host}.", self.hint]).strip() + "\n"
        writer.write(_answer(b"403 Forbidden", body.encode()))


@dataclass
class HostsFileListener(_Listening):
    """Where a hosts-file entry for a provider's name leads: whatever comes is led to the emulator's TLS listener.

    Entering it raises OSError where it cannot listen.
    """

    lead: Lead
    host: str = "127.0.0.1"
    asked_port: int = 443
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _closing(writer):
            await _tunnel((self.lead.host, self.lead.tls_port), b"", b"", reader, writer, told=False)


async def _let_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Let the other side read what was answered: with its own bytes unread the connection would be reset."""
    with contextlib.suppress(OSError, TimeoutError):
        writer.write_eof()
        async with asyncio.timeout(_LET_READ_SECONDS):
            while await reader.read(LONGEST_HEAD):
                pass


def _answer(status: bytes, body: bytes) -> bytes:
    head = [b"HTTP/1.1 " + status, b"Content-Type: text/plain", b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*head, b"Connection: close", b"", body])


async def _tunnel(
    address: tuple[str, int],
    first: bytes,
    answer: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    *,
    tls: ssl.SSLContext | None = None,
    name: str = "",
    told: bool = True,
) -> None:
    """Join both ways; where the far side cannot be reached the near one is told, if it can be told by HTTP."""
    try:
        far_reader, far_writer = await asyncio.open_connection(*address, ssl=tls, server_hostname=name if tls else None)
    except OSError as error:
        if told:
            writer.write(f"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n{error}\n".encode())
        return
    async with _closing(far_writer):
        far_writer.write(first)
        writer.write(answer)
        await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close the connection at the end; that the other side broke it off is no error."""
    try:
        with contextlib.suppress(ConnectionError):
            yield
    except asyncio.CancelledError:
        writer.transport.abort()  # nobody waits any more for who does not read
        raise
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # either side may break off at any moment
        while data := await reader.read(LONGEST_HEAD):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()
