"""What a merchant's driver works with: the address, the hosts it may reach, secrets, a browser, and the timeline.

And what lets the suite in where a staging shop is closed to the public: headers that each request to it brings.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import BrowserContext, Route

from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import MerchantSettings
from conformance.settings.merchant_acts import PLACEHOLDER
from conformance.settings.secrets import revealed
from conformance.verdict.endings import SuiteError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_here(url: str) -> bool:
    """Whether an address is this machine's own, so that nobody else's proxy leads there."""
    return (urlsplit(url).hostname or "") in LOOPBACK


class HostRefused(SuiteError):
    """Something would have been sent to a host that is not among allowed_hosts."""


class Exhausted(SuiteError):
    """The run has made as many requests or orders as it may."""


@dataclass
class Allowance:
    """How much a run may still do at the merchant's. Safe from any thread."""

    requests: int = 40_000
    orders: int = 2_000
    _lock: Lock = field(default_factory=Lock)

    def spend(self, what: str) -> None:
        """Count one of `requests` or `orders`. Raises Exhausted when there is none left."""
        with self._lock:
            left = getattr(self, what)
            if left <= 0:
                raise Exhausted(f"this run has reached limits.{what}; raise it to go on")
            setattr(self, what, left - 1)


@dataclass(frozen=True)
class Gate:
    """`headers` go with every request to the merchant and to no other; none where it is open.

    `hosts` are the merchant's: `shop.example` at any port, `127.0.0.1:3000` at that one.
    """

    hosts: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def pass_through(self, request: httpx.Request) -> None:
        """Let a call bring them, unless it says something else in their place; elsewhere a redirect loses them."""
        for name, value in self.headers.items():
            if self._leads_to(str(request.url)):
                request.headers.setdefault(name, value)
            elif request.headers.get(name) == value:
                del request.headers[name]

    def opened(self, context: BrowserContext) -> BrowserContext:
        """The same session of a browser, whose pages bring them; what a service worker asks for does not."""
        if self.headers:
            context.route(lambda url: self._leads_to(url), lambda route: self._let_in(route))
        return context

    def _leads_to(self, url: str) -> bool:
        named = urlsplit(url)
        return not self.hosts.isdisjoint({(named.hostname or "").lower(), named.netloc.lower()})

    def _let_in(self, route: Route) -> None:
        route.continue_(headers={**self.headers, **route.request.all_headers()})


OPEN = Gate()
"""Where nobody is kept out."""


def gate_of(merchant: MerchantSettings, *, webhooks: bool = False) -> Gate:
    """What its settings say, for `webhooks` where these need it too. Raises SecretMissing."""
    gate = merchant.gate
    if gate is None or (webhooks and not gate.webhooks):
        return OPEN
    secrets = {name: revealed(merchant.secrets[name], f"merchant.secrets.{name}") for name in gate.secrets}

    def said(text: str) -> str:
        return PLACEHOLDER.sub(lambda match: secrets[match[1]], text)

    headers = {name: said(value) for name, value in gate.headers.items()}
    if gate.login is not None:
        password = said(gate.login.password.get_secret_value())
        basic = b64encode(f"{gate.login.username}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", **headers}
    hosts = {httpx.URL(merchant.base_url).netloc.decode(), *merchant.allowed_hosts}  # without a port that goes unsaid
    return Gate(frozenset(host.lower() for host in hosts), headers)


@dataclass(frozen=True)
class Surroundings:
    """What a driver is given.

    `webhook_url` is where the merchant receives webhooks, None where the driver knows it. `hosts` are those that
    anything may be sent to, None for any. `imp_uid` tells PortOne's name of an attempt's payment, None where there is
    no payment. `new_context` opens a browser, None where there is none. `gate` is what a
    closed shop wants of everybody.
    """

    base_url: str
    timeline: Timeline
    secrets: Mapping[str, str] = field(default_factory=dict)
    webhook_url: str | None = None
    hosts: frozenset[str] | None = None
    allowance: Allowance = field(default_factory=Allowance)
    imp_uid: Callable[[str], str | None] = lambda _: None
    new_context: Callable[..., BrowserContext] | None = None
    limit_seconds: float = 10.0
    verify: bool = True
    gate: Gate = OPEN

    def guard(self, request: httpx.Request) -> None:
        """Count a request that is about to be sent, and let it in at the gate. Raises HostRefused and Exhausted."""
        self.may_reach(str(request.url))
        self.gate.pass_through(request)
        self.allowance.spend("requests")

    def may_reach(self, url: str) -> None:
        """Raises HostRefused for an address at a host that nobody allowed."""
        host = (urlsplit(url).hostname or "").lower()
        if self.hosts is not None and host not in self.hosts:
            raise HostRefused(f"{host} is not in allowed_hosts of [merchant], so nothing is sent there ({url})")
