"""Sockets to listen on, and uvicorn as this server wants it."""

import asyncio
import errno
import socket
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from emulator.certificates import Certificates, OnRefused

LONGEST_HEAD = 64 * 1024  # bytes; h11 has the same limit
LOOPBACK = "127.0.0.1"
LOOPBACKS = frozenset((LOOPBACK, "localhost", "::1"))


class PortTaken(OSError):
    """Somebody else listens on the port that was asked for."""


class Listener(uvicorn.Server):
    """A server that says when it answers, and lets go before it stops whoever waits for something to happen."""

    def __init__(
        self,
        config: uvicorn.Config,
        bound: socket.socket,
        on_started: Callable[[], None],
        on_stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self.bound = bound
        self._on_started = on_started
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stopping()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):  # whose request never came to its end
            connection.transport.abort()
        await asyncio.sleep(0)


def bound(host: str, port: int) -> socket.socket:
    # With the protocol named: on a socket made by default the server leaves Nagle's algorithm on, 44 ms per
    # request.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except socket.gaierror as error:
        opened.close()
        raise PortTaken(f"{host} is not an address of this machine.") from error
    except OSError as error:
        opened.close()
        raise PortTaken(_why(host, port, error)) from error
    return opened


def _why(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRNOTAVAIL:
            return f"{host} is not an address of this machine."
        case errno.EACCES:
            return f"Port {port} on {host} may not be used by this user; choose one above 1023, or 0 for a free one."
        case _:
            return f"Port {port} on {host} is taken; choose another one, or 0 for a free one."


def reachable(host: str) -> str:
    """An address at which this machine reaches what listens on `host`."""
    name = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)
    return f"[{name}]" if ":" in name else name


def configured(
    app: ASGIApp, certificates: Certificates | None = None, on_refused: OnRefused | None = None
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_protocol(),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        forwarded_allow_ips="",
        workers=1,  # neither is asked of the environment then
        server_header=False,
        # Longer than clients keep theirs (5 s is usual): a call that meets the closing would be lost.
        timeout_keep_alive=65,
        timeout_graceful_shutdown=1,
        ssl_context_factory=None if certificates is None else lambda *_: certificates.context(on_refused),
    )


def _protocol() -> type[asyncio.Protocol]:
    """uvicorn's protocol, with each connection's transport in the scope's state: a fault may have to break it.

    A head longer than LONGEST_HEAD is refused with 400, as one that is no HTTP.
    """
    has_httptools = find_spec("httptools") is not None
    name, kind = ("httptools_impl", "HttpToolsProtocol") if has_httptools else ("h11_impl", "H11Protocol")
    usual: Any = getattr(import_module(f"uvicorn.protocols.http.{name}"), kind)

    def connection_made(self: Any, transport: asyncio.BaseTransport) -> None:
        usual.connection_made(self, transport)
        self.app_state = {**self.app_state, "transport": transport}

    def on_headers_complete(self: Any) -> None:
        if sum(len(name) + len(value) for name, value in self.headers) > LONGEST_HEAD:
            raise ValueError("the head is too long")  # the parser makes an error of its own of it
        usual.on_headers_complete(self)

    limited = {"on_headers_complete": on_headers_complete} if has_httptools else {}
    return type("Breakable", (usual,), {"connection_made": connection_made, **limited})


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if not find_spec("uvloop"):  # Windows
        return None
    import uvloop

    return uvloop.new_event_loop
