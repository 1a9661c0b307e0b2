"""A merchant whose server uses a published client library, in a process of its own."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer

from emulator.server import Emulator
from tests.emulator.clients.environments import ROOT, NotInstalled, Registry, runner
from tests.emulator.driver import Driver

ANSWER_LIMIT_SECONDS = 30.0


class ClientError(Exception):
    """The library raised; `error` is what its runner tells of that: its `kind`, and what a merchant can read."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error))
        self.error = error


class Client:
    """A client library at work: `call` names one of its own methods, or one of its runner's few."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """The method's result. Raises ClientError where the library raised or rejected."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"method": method, "arguments": arguments, "options": options}
        limit = threading.Timer(ANSWER_LIMIT_SECONDS, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        finally:
            limit.cancel()
        assert answer, f"The runner ended, or did not answer {method} within {ANSWER_LIMIT_SECONDS:.0f} s."
        told: dict[str, Any] = json.loads(answer)
        if "error" in told:
            raise ClientError(told["error"])
        return told["result"]


@contextmanager
def _running(registry: Registry, package: str, *arguments: str) -> Iterator[Client]:
    try:
        found = runner(registry, package)
    except NotInstalled as error:
        pytest.fail(str(error), pytrace=False)
    command = [*map(str, found.command), *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=found.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            yield Client(process)
        finally:
            process.kill()


Start = Callable[..., Client]


@pytest.fixture(scope="module")
def start_once() -> Iterator[Start]:
    """As `start`, for runners that a module's tests share: they hold no account."""
    with ExitStack() as running:

        def started(registry: Registry, package: str, *arguments: str) -> Client:
            return running.enter_context(_running(registry, package, *arguments))

        yield started


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the runner of a package with the arguments that its script names."""
    with ExitStack() as running:

        def started(registry: Registry, package: str, *arguments: str) -> Client:
            return running.enter_context(_running(registry, package, *arguments))

        yield started


@pytest.fixture
def shop(client: httpx.Client, receiver: HTTPServer) -> Driver:
    """An account in the live stage: the libraries know no `include_sandbox`, test payments are hidden from them."""
    asked = {"stage": "live", "webhook": {"live": {"url": receiver.url_for("/webhook")}}, "paymentwall": {"live": True}}
    return Driver(client, client.post("/_emulator/accounts", json=asked).raise_for_status().json())


@pytest.fixture
def keys(emulator: Emulator, shop: Driver) -> tuple[str, str, str]:
    """The arguments of every runner of a PortOne client: where the API is, REST key, secret."""
    return emulator.url, shop.settings["imp_key"], shop.settings["imp_secret"]
