"""Which calls are V2's: both generations stand on one address, and what V2 is made of is loaded when it is called.

Official clients put their own paths behind the host they are given, so that a path alone does not tell
`GET /payments/{imp_uid}` from `GET /payments/{paymentId}`. How a call shows that it may be made does, and the host.
"""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Protocol

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from emulator.portone.account import PortOne
from emulator.portone.tokens import Tokens

HOST = b"api.portone.io"
_OWN = re.compile(
    r"/v2/(browser-sdk(\.esm)?\.js|sdk/request_payment|paymentwall/return)|/login/api-secret|/token/refresh|/payments-by-cursor|/paymentwall/delivery/confirm"
    r"|/payments/(?!find/|findAll/|status/|prepare/)[^/]+/(cancel|pre-register|resend-webhook|transactions|cancellations/[^/]+/stop)"
)
_NOBODY_CALLS = ("/_emulator", "/favicon.ico")


class AllAccounts(Protocol):
    """Finds the accounts of the API."""

    def by_payment(self, imp_uid: str) -> PortOne | None: ...
    def at_portone(self) -> Iterable[PortOne]: ...


def is_v2(scope: Scope) -> bool:
    """Whether a call is one of V2: by its path, its credentials (`PortOne …`, a JWT), or its host."""
    path: str = scope["path"]
    if path.startswith(("/v2/", "/payment", "/login", "/token")) and _OWN.fullmatch(path):
        return True
    for name, value in scope["headers"]:
        if name == b"authorization" and _names_v2(value):
            return not path.startswith(_NOBODY_CALLS)
        if name == b"host" and value.startswith(HOST):
            return not path.startswith(_NOBODY_CALLS)
    return False


def _names_v2(authorization: bytes) -> bool:
    scheme, _, rest = authorization.partition(b" ")
    return scheme.lower() == b"portone" or (scheme.lower() == b"bearer" and rest.count(b".") == 2)


class Face(BaseRoute):
    """All of V2 as one route."""

    def __init__(self, accounts: AllAccounts, tokens: Tokens) -> None:
        self._accounts, self._tokens = accounts, tokens
        self._served: Any = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope["type"] == "http" and is_v2(scope) else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._served is None:
            self._served = import_module("emulator.portone.v2.api").Served(self._accounts, self._tokens)
        await self._served(scope, receive, send)
