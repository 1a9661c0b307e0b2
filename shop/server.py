"""The shop as a web application, and as a server that runs in a thread of its own."""

import asyncio
import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from shop import machine, operators, pages, rendering, webhooks
from shop.database import Database
from shop.generations import GENERATIONS
from shop.machine import NotAllowed, NotLoggedIn
from shop.messages import NotUnderstood
from shop.orders import NoSuchOrder
from shop.portone import PortOneUnclear
from shop.settings import ShopSettings
from shop.store import Store, wall_clock

HOST = "127.0.0.1"


class PortTaken(OSError):
    """Another program listens on the port already."""


def _nobody_reads_it(_request: Request, _error: Exception) -> Response:
    """Who asked has left in the middle of the request, which is no error here."""
    return Response(status_code=400)


def application(store: Store) -> Starlette:
    """The whole shop; `store` is what its handlers work with."""
    settings = store.settings
    secret = settings.session_secret.get_secret_value() if settings.session_secret else secrets.token_urlsafe(32)
    https = (settings.public_url or "").startswith("https:")
    sessions = Middleware(SessionMiddleware, secret_key=secret, same_site="lax", https_only=https, max_age=8 * 3600)
    app = Starlette(
        routes=[
            Route("/api/orders", machine.place_order, methods=["POST"]),
            Route("/api/orders/{reference}", machine.read_order),
            Route("/api/operator/orders/{reference}/refund", machine.refund, methods=["POST"]),
            Route("/api/operator/orders/{reference}/delivery", machine.report_delivery, methods=["POST"]),
            Route("/api/operator/reconcile", machine.reconcile_now, methods=["POST"]),
            Route("/webhooks/portone", webhooks.portone, methods=["POST"]),
            *pages.routes,
            Mount("/operator", routes=operators.routes, middleware=[sessions]),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
        exception_handlers={
            ClientDisconnect: _nobody_reads_it,
            NoSuchOrder: _no_such_order,
            NotUnderstood: _not_understood,
            NotLoggedIn: _not_logged_in,
            NotAllowed: _not_allowed,
            PortOneUnclear: _portone_unclear,
            HTTPException: _http_error,
        },
    )
    app.state.store = store
    return app


def _no_such_order(request: Request, _error: Exception) -> Response:
    return _refusal(request, 404, "There is no such order.")


def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotUnderstood)
    return _refusal(request, error.status, str(error))


def _not_logged_in(request: Request, _error: Exception) -> Response:
    refusal = _refusal(request, 401, "Log in as the operator.")
    refusal.headers["WWW-Authenticate"] = 'Basic realm="operator"'
    return refusal


def _not_allowed(request: Request, _error: Exception) -> Response:
    return _refusal(request, 403, "Only the operator may do that.")


def _portone_unclear(request: Request, error: Exception) -> Response:
    return _refusal(request, 503, f"The payment could not be looked up; try again. {error}")


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refusal = _refusal(request, error.status_code, error.detail)
    refusal.headers.update(error.headers or {})
    return refusal


def _refusal(request: Request, status: int, message: str) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return rendering.page(request, "error.html", status, message=message)
    return JSONResponse({"error": message}, status_code=status)


class Shop:
    """A shop that serves from a thread until it is left, or closed.

    `port=0` takes a free one. `transport` stands in for the network to PortOne, `clock` for the wall clock.
    Raises PortTaken.
    """

    def __init__(
        self,
        settings: ShopSettings,
        port: int = 0,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._leaving = ExitStack()
        with ExitStack() as opened:
            listener = opened.enter_context(_listener(port))
            self.url = f"http://{HOST}:{listener.getsockname()[1]}"
            self.settings = settings.model_copy(update={"public_url": settings.public_url or self.url})
            database = _open_database(opened, settings.database_url)
            account = GENERATIONS[settings.api].account(self.settings, transport)
            portone = opened.enter_context(account)
            self.store = Store(self.settings, database, portone, clock)
            self._serve(opened, listener)
            self._leaving = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends serving and gives back the port, the database and the connections."""
        self._leaving.close()

    def wait(self) -> None:
        """Returns when the server has ended; Ctrl-C raises KeyboardInterrupt here."""
        # Not the thread's join(): Python takes a thread whose join() was interrupted for ended.
        self._ended.wait()

    def _serve(self, opened: ExitStack, listener: socket.socket) -> None:
        config = uvicorn.Config(
            application(self.store),
            log_level="warning",
            access_log=False,
            ws="none",
            lifespan="off",
            forwarded_allow_ips="127.0.0.1,::1",  # named, as is the next: else the environment is asked
            workers=1,
            timeout_graceful_shutdown=1,  # who has sent half a request keeps nobody waiting
        )
        server = _Server(config)
        self._ended = threading.Event()

        def serve() -> None:
            try:
                server.run([listener])
            finally:
                self._ended.set()

        thread = threading.Thread(target=serve, name="shop", daemon=True)
        thread.start()
        opened.callback(thread.join)
        opened.callback(setattr, server, "should_exit", True)
        server.ready.wait()


class _Server(uvicorn.Server):
    """Says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):  # whose request never came to its end
            connection.transport.abort()
        await asyncio.sleep(0)


def _listener(port: int) -> socket.socket:
    # Named TCP so that uvicorn switches Nagle's algorithm off; kept connections would stall for 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere this would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"Port {port} cannot be used ({error.strerror}): choose another, or 0 for a free one."
        ) from error
    return listener


def _open_database(opened: ExitStack, url: str) -> Database:
    if url not in {"sqlite://", "sqlite:///:memory:"}:
        database = Database(url)
    else:
        # A file, not memory: connections that share memory refuse each other instead of waiting.
        folder = opened.enter_context(TemporaryDirectory(prefix="shop-"))
        database = Database(f"sqlite:///{folder}/shop.sqlite3", throw_away=True)
    opened.callback(database.close)
    return database
