"""What lets the suite in where a staging shop is closed to the public: headers that each request to it brings."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import BrowserContext, Route

from conformance.settings.conformance_toml import MerchantSettings
from conformance.settings.merchant_acts import PLACEHOLDER
from conformance.settings.secrets import revealed


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
