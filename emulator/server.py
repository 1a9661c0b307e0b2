"""The emulator as a server: one application, a plain and a TLS listener, one loop in one thread."""

import asyncio
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator import control, paymentwall
from emulator.accounts import Accounts
from emulator.certificates import Certificates, certificates_in
from emulator.portone import api, pingbacks, receipts, sdk
from emulator.portone.tokens import Tokens
from emulator.wire import Wire

HOSTS = ("api.iamport.kr", "cdn.iamport.kr", "service.iamport.kr", "api.paymentwall.com")
LOOPBACK = "127.0.0.1"
START_SECONDS = 10.0

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>PortOne and Paymentwall emulator</title> <body style="font:
16px/1.5 system-ui; max-width: 46rem; margin: 3rem auto; padding: 0 1rem"> <h1>PortOne and Paymentwall
emulator</h1> <p>No money moves here. Point a merchant's PortOne address at this server, and its pages at the
SDK.</p> <dl> <dt>PortOne REST API</dt><dd><code>/users/getToken</code>, <code>/users/pg</code>,
<code>/payments/{imp_uid}</code>, <code>/payments/find/{merchant_uid}</code>,
<code>/payments/cancel</code></dd> <dt>SDK</dt><dd><code>/v1/iamport.js</code></dd>
<dt>Paymentwall</dt><dd><code>/api/subscription/</code> (the widget), <code>/developers/api/ticket</code></dd>
<dt>Control plane</dt><dd><code>/_emulator/health</code>, <code>/_emulator/accounts</code></dd>
</dl></body></html>
"""


class PortTaken(OSError):
    """Somebody else listens on the port that was asked for."""


class Emulator:
    """PortOne V1 and Paymentwall on a local port; a context manager that returns when it answers.

    `port` 0 takes a free one. `certificates` is a folder to keep the TLS listener's certificates in, by
    default a temporary one. `control_token`: what callers of `/_emulator/` must then send. `speed`: virtual
    seconds per real second of every account's clock, 0 (the default) for clocks that only move when told to.
    """

    def __init__(
        self,
        port: int = 0,
        tls: bool = True,
        certificates: Path | None = None,
        control_token: str | None = None,
        *,
        speed: float = 0.0,
    ) -> None:
        self._asked_port = port
        self._tls = tls
        self._folder = certificates
        self._made_folder: Path | None = None
        self._certificates: Certificates | None = None
        self.wire = Wire()
        self.accounts = Accounts(self.wire, speed=speed)
        self.app = application(self.accounts, self.wire, control_token)
        self.wire.hosts.update(dict.fromkeys(HOSTS, self.app))
        self._listeners: list[_Listener] = []
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self.port = 0
        self.tls_port = 0

    @property
    def url(self) -> str:
        """The plain listener, where everything is reachable by path."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def ca_file(self) -> str:
        """A PEM file with the authority that signed the TLS listener's certificate.

        Raises RuntimeError without TLS.
        """
        if self._certificates is None:
            raise RuntimeError("The emulator runs without TLS, or does not run.")
        return str(self._certificates.ca_file)

    def start(self) -> None:
        """Start and return when requests are answered. Raises PortTaken."""
        plain = _bound(self._asked_port)
        self.port = plain.getsockname()[1]
        starting = [(plain, _config(self.app))]
        if self._tls:
            if self._folder is None:
                self._folder = self._made_folder = Path(tempfile.mkdtemp(prefix="emulator-"))
            made = self._certificates = certificates_in(self._folder)
            secure = _bound(0)
            self.tls_port = secure.getsockname()[1]
            starting.append((secure, _config(self.app, made)))
        ready = threading.Semaphore(0)
        self._listeners = [_Listener(config, bound, ready.release) for bound, config in starting]
        self._thread = threading.Thread(target=self._run, args=(ready,), name="emulator", daemon=True)
        self._thread.start()
        for _ in self._listeners:
            if not ready.acquire(timeout=START_SECONDS) or self._failure is not None:
                self.stop()
                raise RuntimeError("The emulator did not start.") from self._failure

    def stop(self) -> None:
        """Stop answering; what was due or in flight is dropped."""
        for listener in self._listeners:
            listener.should_exit = True
        self.join()
        if self._made_folder is not None:
            shutil.rmtree(self._made_folder)
            self._folder = self._made_folder = None

    def join(self) -> None:
        """Wait until it has stopped."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> "Emulator":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, ready: threading.Semaphore) -> None:
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(self._serve())
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that waits for the start
            self._failure = failure
            for _ in self._listeners:
                ready.release()

    async def _serve(self) -> None:
        try:
            await asyncio.gather(*(listener.serve([listener.bound]) for listener in self._listeners))
        finally:
            self.accounts.close()
            await self.wire.close()


class _Listener(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, bound: socket.socket, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self.bound = bound
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


class _WithoutTrailingSlash:
    """Clients write `/payments/cancel/` as well, and none of them follows a redirect of a POST."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.endswith("/") and path != "/":
            scope = {**scope, "path": path.rstrip("/") or "/"}
        await self._app(scope, receive, send)


def application(accounts: Accounts, wire: Wire, control_token: str | None = None) -> ASGIApp:
    """Both sides and the control plane as one ASGI application; the Host header decides nothing."""

    async def page(_: Request) -> Response:
        return HTMLResponse(_PAGE)

    routes = [
        *api.routes(accounts, Tokens()),
        *pingbacks.routes(accounts.by_payment),
        *receipts.routes(accounts.by_payment),
        *sdk.routes(accounts.by_code, accounts.by_payment),
        *paymentwall.routes(accounts.by_project),
        *control.routes(accounts, wire, control_token),
        Route("/", page),
    ]
    return _WithoutTrailingSlash(Starlette(routes=routes))


def _bound(port: int) -> socket.socket:
    # With the protocol named: on a socket made by default the server leaves Nagle's algorithm on, 44 ms per
    # request.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
    except OSError as error:
        bound.close()
        raise PortTaken(f"Port {port} on {LOOPBACK} is taken; choose another one, or 0 for a free one.") from error
    return bound


def _config(app: ASGIApp, certificates: Certificates | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools" if find_spec("httptools") else "h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        ssl_context_factory=None if certificates is None else lambda *_: certificates.context(),
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if not find_spec("uvloop"):  # Windows
        return None
    import uvloop

    return uvloop.new_event_loop
