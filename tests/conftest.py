"""What every test finds, however the tests were started."""

from __future__ import annotations

import os
import signal
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from httpx._transports import default
from playwright.sync_api import Browser, Playwright, sync_playwright

from conformance.browser.setup import find_browser, launch_arguments

with suppress(ModuleNotFoundError):  # pytest may read this where the suite alone is installed, and no test is run
    from hypothesis import HealthCheck, settings

    # How long Hypothesis takes to think of an example says how busy the machine is, and nothing of the code.
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    if settings.get_current_profile_name() in ("default", "ci"):  # mutations are tried with a profile of their own
        settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent
MARKS = (
    "proof: takes its time; `make proof` runs it, `make test` does not",
    "deeper: bounded in `make test`, and run whole in `make proof`",
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks, and hear Ctrl-C although a shell started this in the background, where it is ignored.

    Many tests end a program by it, as a user would; their children would not hear it either.
    """
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    _share_tls()
    # Playwright's driver then starts in three quarters of the time.
    os.environ.setdefault("NODE_COMPILE_CACHE", str(ROOT / ".cache" / "node"))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _share_tls() -> None:
    """Let the clients of a process share what they trust: each reads all authorities anew, 20 ms and a megabyte."""
    transports: Any = default
    made = transports.create_ssl_context
    shared: dict[tuple[object, ...], ssl.SSLContext] = {}

    def create(verify: object = True, cert: object = None, trust_env: bool = True) -> Any:
        if cert or not isinstance(verify, bool):
            return made(verify=verify, cert=cert, trust_env=trust_env)
        asked = (verify, trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        if asked not in shared:
            shared[asked] = made(verify=verify, trust_env=trust_env)
        return shared[asked]

    transports.create_ssl_context = create


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """By module: while one runs, no other test can run a loop of its own, or start another."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The browser that the suite would take."""
    started = playwright.chromium.launch(**launch_arguments(find_browser()))
    yield started
    started.close()
