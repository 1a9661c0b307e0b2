"""The emulator as a server: one application, a plain and a TLS listener, one loop in one thread."""

import asyncio
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator import control as control_plane
from emulator import openapi, page, paymentwall
from emulator.accounts import Account, Accounts
from emulator.breaking import Gate
from emulator.certificates import Certificates, certificates_in
from emulator.client import Control
from emulator.files import JournalFile, StateFile, StateUnreadable
from emulator.finding import Finder
from emulator.incoming import path_of
from emulator.journal import Entry
from emulator.latency import Delayed
from emulator.listening import LOOPBACK, LOOPBACKS, Listener, PortTaken, bound, configured, loop_factory, reachable
from emulator.portone import api, pingbacks, receipts, sdk
from emulator.portone.letting_in import Elsewhere
from emulator.portone.tokens import Tokens
from emulator.portone.v2.face import Face
from emulator.wire import Wire

__all__ = ["HOSTS", "LOOPBACK", "Emulator", "PortTaken", "application", "routes"]

HOSTS = (
    "api.iamport.kr", "cdn.iamport.kr", "service.iamport.kr", "api.portone.io", "cdn.portone.io", "api.paymentwall.com",
)  # fmt: skip
START_SECONDS = 10.0


class Emulator:
    """PortOne and Paymentwall on a local port; a context manager that returns when it answers.

    `port` 0 takes a free one. `certificates` is a folder to keep the TLS listener's certificates in, by
    default a temporary one. `control_token`: what callers of `/_emulator/` must then send; made up where
    `host` is more than this machine and none is given. `control` False: no control plane and no page at all.
    `speed`: virtual seconds per real second of every account's clock, 0 (the default) for clocks that only
    move when told to. `state` is a file that all accounts are kept in, `journal` one that gets every entry.
    `trusted` is a PEM file with one more authority that merchants' HTTPS addresses may be signed by.
    `latency_seconds` (real) is what every call from outside waits before it is answered. `heard` is called with an
    account's imp_code and each entry of its journal, masked, as it comes.
    """

    def __init__(
        self,
        port: int = 0,
        tls: bool = True,
        certificates: Path | None = None,
        control_token: str | None = None,
        *,
        host: str = LOOPBACK,
        tls_port: int = 0,
        control: bool = True,
        speed: float = 0.0,
        state: Path | None = None,
        journal: Path | None = None,
        trusted: Path | None = None,
        latency_seconds: float = 0.0,
        heard: Callable[[str, Entry], None] | None = None,
    ) -> None:
        self._asked_port = port
        self._host = host
        self._tls = tls
        self._asked_tls_port = tls_port
        self._folder = certificates
        self._made_folder: Path | None = None
        self._certificates: Certificates | None = None
        if control and control_token is None and host not in LOOPBACKS:
            control_token = secrets.token_urlsafe(24)
        self.control_token = control_token
        self.wire = Wire(trusted=trusted)
        self.accounts = Accounts(self.wire, speed=speed)
        tokens = self.accounts.tokens
        self.app = application(self.accounts, tokens, control_token, control=control)
        self.wire.hosts.update(dict.fromkeys(HOSTS, self.app))
        gate = Gate(self.app, lambda: bool(self.accounts.faulty), Finder(self.accounts, tokens))
        self._served: ASGIApp = Delayed(gate, latency_seconds) if latency_seconds else gate
        self._state = StateFile(state, self.accounts, tokens) if state else None
        self._journal = JournalFile(journal) if journal else None
        self._hearing = [one for one in (heard, self._journal.append if self._journal else None) if one]
        if self._hearing:
            self.accounts.on_create = self._hear
        self._listeners: list[Listener] = []
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.port = 0
        self.tls_port = 0

    def _hear(self, account: Account) -> None:
        def tell(entry: Entry) -> None:
            for one in self._hearing:
                one(account.settings.imp_code, entry)

        account.journal.copied_to = tell

    @property
    def url(self) -> str:
        """The plain listener as this machine reaches it; everything is reachable there by path."""
        return f"http://{reachable(self._host)}:{self.port}"

    @property
    def ca_file(self) -> str:
        """A PEM file with the authority that signed the TLS listener's certificate.

        Raises RuntimeError without TLS.
        """
        if self._certificates is None:
            raise RuntimeError("The emulator runs without TLS, or does not run.")
        return str(self._certificates.ca_file)

    def start(self) -> None:
        """Start and return when requests are answered.

        Raises PortTaken, and StateUnreadable or OSError where a file cannot be used.
        """
        if self._state is not None:
            self._state.read()
        if self._journal is not None:
            self._journal.open()
        starting = self._bound()
        ready = threading.Semaphore(0)
        self._listeners = [Listener(config, bound, ready.release, self.accounts.let_go) for bound, config in starting]
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="emulator", daemon=True)
        self._thread.start()
        for _ in self._listeners:
            if not ready.acquire(timeout=START_SECONDS) or self._failure is not None:
                self.stop()
                for bound, _ in starting:
                    bound.close()
                if isinstance(self._failure, StateUnreadable):
                    raise self._failure
                raise RuntimeError("The emulator did not start.") from self._failure

    def _bound(self) -> list[tuple[socket.socket, uvicorn.Config]]:
        """The sockets to listen on, all or none, each with its server's settings."""
        with ExitStack() as opened:
            plain = opened.enter_context(bound(self._host, self._asked_port))
            self.port = plain.getsockname()[1]
            starting = [(plain, configured(self._served))]
            if self._tls:
                if self._folder is None:
                    self._folder = self._made_folder = Path(tempfile.mkdtemp(prefix="emulator-"))
                made = self._certificates = certificates_in(self._folder)
                secure = opened.enter_context(bound(self._host, self._asked_tls_port))
                self.tls_port = secure.getsockname()[1]
                starting.append((secure, configured(self._served, made, self.accounts.refused_handshake)))
            opened.pop_all()
        return starting

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
            # Python takes a thread whose join() was interrupted (Ctrl-C) for ended, and would exit under its feet.
            self._ended.wait()
            self._thread.join()
            self._thread = None

    def settings(self) -> list[dict[str, Any]]:
        """The settings of all accounts, in the order of their making."""
        return [account.settings.model_dump(mode="json") for account in self.accounts]

    def have_account(self, settings: dict[str, Any]) -> None:
        """Make this account, if it is not there already from an earlier run. Raises SettingsRefused."""

        async def have() -> None:
            if self.accounts.get(str(settings.get("imp_code"))) is None:
                self.accounts.create(settings)

        self._on_the_loop(have())

    def change(self, imp_code: str, settings: dict[str, Any]) -> None:
        """Merge settings into an account's. Raises KeyError for an unknown one, and SettingsRefused."""

        async def change() -> None:
            account = self.accounts.get(imp_code)
            if account is None:
                raise KeyError(imp_code)
            self.accounts.change(account, settings)

        self._on_the_loop(change())

    def _on_the_loop(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None  # it runs
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def control(self, imp_code: str) -> Control:
        """The control plane's verbs for one account, in Python; close it when done."""
        return Control(self.url, imp_code, self.control_token)

    def __enter__(self) -> "Emulator":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, ready: threading.Semaphore) -> None:
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(self._serve())
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that waits for the start
            self._failure = failure
            for _ in self._listeners:
                ready.release()
        finally:
            self._ended.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        keeping = None
        if self._state is not None:
            self._state.put_back()
            keeping = asyncio.create_task(self._state.keep())
        try:
            await asyncio.gather(*(listener.serve([listener.bound]) for listener in self._listeners))
        finally:
            if keeping is not None and self._state is not None:
                keeping.cancel()
                await asyncio.to_thread(self._state.write)
            self.accounts.close()
            await self.wire.close()
            if self._journal is not None:
                self._journal.close()


class _Served:
    """The routes, without the layers of a Starlette application: they cost as much as a look-up.

    Clients write `/payments/cancel/` as well, and none of them follows a redirect of a POST. A slash that is escaped
    stays so: it is of a name, and divides no path (RFC 3986, 2.2).
    """

    def __init__(self, served: list[BaseRoute]) -> None:
        self._router = Router(served, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_of(scope)
        if path.endswith("/") and path != "/":
            path = path.rstrip("/") or "/"
        if path is not scope["path"]:
            scope = {**scope, "path": path}
        try:
            await self._router(scope, receive, send)
        except ClientDisconnect:  # who asked has left in the middle of the request, which is no error here
            await Response(status_code=400)(scope, receive, send)


def application(
    accounts: Accounts, tokens: Tokens, control_token: str | None = None, *, control: bool = True
) -> ASGIApp:
    """Both sides, the control plane and the page as one ASGI application; the Host header decides nothing."""
    return _Served(routes(accounts, tokens, control_token, control=control))


def routes(
    accounts: Accounts, tokens: Tokens, control_token: str | None = None, *, control: bool = True
) -> list[BaseRoute]:
    """All that is served."""
    found = [
        Face(accounts, tokens),
        *api.routes(accounts, tokens),
        *pingbacks.routes(accounts.by_payment),
        *receipts.routes(accounts.by_payment),
        *sdk.routes(accounts.by_code, accounts.by_payment),
        *paymentwall.routes(accounts.by_project, accounts.by_secret),
        *openapi.routes(),
        *(page.routes() if control else ()),
        *(control_plane.routes(accounts, control_token) if control else ()),
    ]
    return [*found, Elsewhere(("",), found, accounts, tokens, enveloped=False)]
