"""Outbound HTTP: known hosts are answered in memory by an ASGI application, all others over the network."""

import asyncio
import json as jsonlib
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from starlette.types import ASGIApp

from emulator.answers import Answer, ConnectFailed, TimedOut, Timeouts, place
from emulator.in_memory import asked

if TYPE_CHECKING:
    from emulator.network import Network

Pairs = Mapping[str, str] | Sequence[tuple[str, str]]

as_json = jsonlib.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A body as it is sent: who signs one signs these letters."""


class Wire:
    """Sends HTTP requests.

    `hosts` leads host names to applications: replace one there to put a stub in a side's place. `trusted` is a PEM file
    with one more authority that HTTPS addresses may be signed by.
    """

    def __init__(self, hosts: Mapping[str, ASGIApp] | None = None, *, trusted: Path | None = None) -> None:
        self.hosts: dict[str, ASGIApp] = dict(hosts or {})
        self._trusted = trusted
        self._network: Network | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Pairs | None = None,
        data: Pairs | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        """Send one request and give the answer, whatever its status; redirects are not followed.

        `data` is sent as a form, `json` as JSON; a Content-Type in `headers` replaces the usual one.
        Raises ConnectFailed or TimedOut.
        """
        limits = timeouts or Timeouts()
        target = _with_query(url, params)
        content, sent = _body(data, json, headers)
        application = self.hosts.get(urlsplit(target).hostname or "")
        if application is not None:
            return await _in_memory(application, method, target, content, sent, limits)
        return await self._by_network(method, target, content, sent, limits)

    async def close(self) -> None:
        """Close the pooled connections."""
        if self._network is not None:
            await self._network.close()
            self._network = None

    async def _by_network(
        self, method: str, url: str, content: bytes | None, headers: dict[str, str], limits: Timeouts
    ) -> Answer:
        if self._network is None:  # imported late and beside the loop, which goes on
            module = await asyncio.to_thread(import_module, "emulator.network")
            if self._network is None:
                self._network = module.Network(self._trusted)
        return await self._network.send(method, url, content, headers, limits)


async def _in_memory(
    application: ASGIApp,
    method: str,
    url: str,
    content: bytes | None,
    headers: dict[str, str],
    limits: Timeouts,
) -> Answer:
    try:
        async with asyncio.timeout(limits.total):
            return await asked(application, method, url, content, headers)
    except TimeoutError as error:
        raise TimedOut(f"{method} {place(url)} did not answer in time.") from error
    except ValueError as error:
        raise ConnectFailed(f"{method} {place(url)} failed: {error}.") from error


def as_form(pairs: Pairs) -> str:
    """A form as it is sent."""
    return urlencode(list(pairs.items()) if isinstance(pairs, Mapping) else list(pairs))


def _with_query(url: str, params: Pairs | None) -> str:
    if not params:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{as_form(params)}"


def _body(data: Pairs | None, json: Any, headers: Mapping[str, str] | None) -> tuple[bytes | None, dict[str, str]]:
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if data is not None:
        sent.setdefault("content-type", "application/x-www-form-urlencoded")
        return as_form(data).encode(), sent
    if json is not None:
        sent.setdefault("content-type", "application/json")
        return as_json(json).encode(), sent
    return None, sent
