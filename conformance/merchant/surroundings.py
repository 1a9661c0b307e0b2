"""What a merchant's driver works with: the address, the hosts it may reach, secrets, a browser, and the timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from conformance.merchant.gate import OPEN, Gate
from conformance.record.timeline import Timeline
from conformance.verdict.endings import SuiteError

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

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
