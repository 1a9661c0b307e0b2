"""Who may call PortOne's REST API: the access token wherever it comes, and every call in the journal, refused or not.

PortOne's older documentation (and published PHP clients) send the token in the header `X-ImpTokenHeader` or as the
parameter `_token` [seen]; today's documentation sends it as `Authorization`.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.incoming import caller, names_in_path
from emulator.journal import Kind
from emulator.portone.account import PortOne
from emulator.portone.amounts import text
from emulator.portone.not_emulated import is_not_emulated
from emulator.portone.rest import Action, Call, Failed, Fields, Reply, fail, failure, fields_of, parameters
from emulator.portone.tokens import Tokens

UNAUTHORIZED = "Unauthorized"  # seen
NOT_ALLOWED = "허용되지 않은 IP입니다."  # inferred, as is its HTTP status 403: no page shows such a refusal
NO_SUCH_CALL = "존재하지 않는 API입니다."
WRONG_METHOD = "지원되지 않는 HTTP method입니다."

NO_TOKEN = "the request has no access token (Authorization, X-ImpTokenHeader, ?_token=)"
UNKNOWN_TOKEN = "PortOne did not issue this access token"
EXPIRED_TOKEN = "the access token has expired"
UNKNOWN_CALL = "PortOne has no such call"
NOT_EMULATED = "PortOne has this call, the emulator does not (see docs/emulator.md)"

TOKEN_PATH = "/users/getToken"
TOKEN_HEADER, TOKEN_PARAMETER = "x-imptokenheader", "_token"
_NOBODY_CALLS = ("/_emulator", "/favicon.ico")
_AT_PAYMENTWALL = ("/api/", "/developers/")


class Directory(Protocol):
    """Finds accounts for the API."""

    def by_code(self, imp_code: str) -> PortOne | None: ...
    def by_key(self, imp_key: str) -> PortOne | None: ...
    def by_payment(self, imp_uid: str) -> PortOne | None: ...
    def at_portone(self) -> Iterable[PortOne]: ...


def sent_token(headers: Mapping[str, str], query: Mapping[str, Any]) -> str:
    """The access token of a call, bare or as Bearer (seen), from wherever it came; empty without one."""
    scheme, _, rest = headers.get("authorization", "").strip().partition(" ")
    found = rest if scheme.lower() == "bearer" else f"{scheme} {rest}"
    return found.strip() or headers.get(TOKEN_HEADER, "").strip() or str(query.get(TOKEN_PARAMETER, "")).strip()


def refusal_of(imp_key: str, imp_secret: str, account: PortOne | None, client: str) -> str | None:
    """Why no token is given for these keys, None where one is."""
    if not imp_key or not imp_secret:
        return "imp_key or imp_secret is missing"
    if account is None or account.console.imp_secret != imp_secret:
        return "no account has this imp_key with this imp_secret"
    return None if account.console.lets_in(client) else _not_admitted(client)


def authorised(kind: Kind, action: Action, directory: Directory, tokens: Tokens) -> ASGIApp:
    """An endpoint that wants a living access token."""

    async def endpoint(request: Request) -> Response:
        began = time.time()
        sent = _token_of(request)
        account, alive = _sender(sent, directory, tokens)
        body: Fields = {}
        try:
            body = await fields_of(request)
            if account is None or not alive:
                fail(UNAUTHORIZED, status=401)
            query, client = parameters(request.scope["query_string"]), caller(request)
            if not account.console.lets_in(client):
                fail(NOT_ALLOWED, status=403, reason=_not_admitted(client))
            result = action(Call(account, names_in_path(request), query, body, client))
            reply = result if isinstance(result, Reply) else await result
        except Failed as failed:
            # Who has no token learns nothing else.
            reply = failed.reply if alive else _unauthorized(sent, tokens)
        return answered(request, kind, _about(request, body, account, directory, tokens), body, reply, began)

    return Directly(endpoint)


def _sender(sent: str, directory: Directory, tokens: Tokens) -> tuple[PortOne | None, bool]:
    """Whose token was sent, and whether it still lives."""
    token = tokens.find(sent)
    account = directory.by_code(token.imp_code) if token else None
    return account, token is not None and account is not None and account.token_time() < token.expires_at


def _unauthorized(sent: str, tokens: Tokens) -> Reply:
    why = EXPIRED_TOKEN if tokens.was_issued(sent) else UNKNOWN_TOKEN if sent else NO_TOKEN
    return failure(UNAUTHORIZED, status=401, reason=why)


def _not_admitted(client: str) -> str:
    return f"{client} is not among the account's allowed addresses"


def _token_of(request: Request) -> str:
    query = request.scope["query_string"]
    given = parse_qsl(query.decode("latin-1")) if b"oken" in query else []
    named = {name.strip(): value for name, value in given}
    return sent_token(request.headers, named)


def _about(
    request: Request, body: Fields, account: PortOne | None, directory: Directory, tokens: Tokens
) -> Sequence[PortOne]:
    """Whose journals get a call: that of the account it names by token or payment, else every one."""
    found = account
    if found is None and (imp_code := tokens.was_issued(_token_of(request))):
        found = directory.by_code(imp_code)
    if found is None:
        found = directory.by_payment(text({**body, **request.path_params}.get("imp_uid")) or "")
    return [found] if found is not None else list(directory.at_portone())


class Directly:
    """An endpoint as a bare ASGI application: Starlette's wrapping of functions costs as much as a look-up itself."""

    def __init__(self, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


class Whole(Response):
    """An answer in JSON, in one piece: its two headers are written as they are."""

    def __init__(self, content: bytes, status: int) -> None:
        self.body, self.status_code, self.background = content, status, None
        self.raw_headers = [(b"content-length", b"%d" % len(content)), (b"content-type", b"application/json")]


def answered(
    request: Request, kind: Kind, accounts: Sequence[PortOne], body: Fields, reply: Reply, began: float
) -> Response:
    """The reply over HTTP, in one piece; recorded for each account that the call may be about."""
    payment, named = reply.payment, {**body, **names_in_path(request)}
    for account in accounts:
        account.journal.record(
            kind=kind, source="merchant", target="portone", began=began, ended=time.time(),
            clock=account.clock.now(), method=request.method, url=_path_and_query(request),
            headers=request.headers, body=dict(body) or None, status=reply.status, response=reply.kept,
            error=reply.reason,
            imp_uid=payment.imp_uid if payment else text(named.get("imp_uid")),
            merchant_uid=payment.merchant_uid if payment else text(named.get("merchant_uid")),
        )  # fmt: skip
    return Whole(reply.content, reply.status)


class Elsewhere(BaseRoute):
    """What is under these prefixes and none of the `routes`, by any method: refused, and journalled.

    In PortOne's envelope, to who may call its REST API at all, or in plain words where the address is none of that
    (`enveloped` False). What PortOne has and the emulator has not is told apart from what nobody has in the journal.
    """

    def __init__(
        self,
        prefixes: Sequence[str],
        routes: Sequence[BaseRoute],
        directory: Directory,
        tokens: Tokens,
        *,
        enveloped: bool = True,
    ) -> None:
        self._prefixes, self._routes, self._enveloped = prefixes, routes, enveloped
        self._directory, self._tokens = directory, tokens

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        here = any(path == prefix or path.startswith(f"{prefix}/") for prefix in self._prefixes)
        return (Match.FULL if here and scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, request = time.time(), Request(scope, receive, send)
        partly = [route for route in self._routes if route.matches(scope)[0] is Match.PARTIAL]
        methods = sorted({method for route in partly if isinstance(route, Route) for method in route.methods or ()})
        headers: dict[str, str] = {}
        if self._enveloped and (refused := self._refused(request)) is not None:
            reply = refused
        elif self._enveloped and is_not_emulated(request.method, scope["path"]):
            reply = failure(NO_SUCH_CALL, status=404, reason=NOT_EMULATED)
        elif partly:
            reply = failure(WRONG_METHOD, status=405, reason=f"PortOne does not accept {request.method} here")
            headers = {"allow": ", ".join(methods)}
        else:
            reply = failure(NO_SUCH_CALL, status=404, reason=UNKNOWN_CALL)
        if not request.url.path.startswith(_NOBODY_CALLS):
            self._journal(request, reply, began)
        if self._enveloped:
            response = Response(reply.content, reply.status, headers, "application/json")
        else:
            response = PlainTextResponse("Method Not Allowed" if partly else "Not Found", reply.status, headers)
        await response(scope, receive, send)

    def _refused(self, request: Request) -> Reply | None:
        """Why the caller learns nothing of what is here, None where it may; a token is asked for without one."""
        if request.scope["path"] == TOKEN_PATH:
            return None
        sent, client = _token_of(request), caller(request)
        account, alive = _sender(sent, self._directory, self._tokens)
        if account is None or not alive:
            return _unauthorized(sent, self._tokens)
        if not account.console.lets_in(client):
            return failure(NOT_ALLOWED, status=403, reason=_not_admitted(client))
        return None

    def _journal(self, request: Request, reply: Reply, began: float) -> None:
        token = self._tokens.find(_token_of(request))
        owner = self._directory.by_code(token.imp_code) if token else None
        path = request.scope["path"]
        for account in _about(request, {}, owner, self._directory, self._tokens):
            account.journal.record(
                kind="other", source="browser" if "sec-fetch-mode" in request.headers else "merchant",
                target="paymentwall" if path.startswith(_AT_PAYMENTWALL) else "portone", began=began,
                ended=time.time(), clock=account.clock.now(), method=request.method, url=_path_and_query(request),
                headers=request.headers, status=reply.status, response=reply.kept if self._enveloped else None,
                error=reply.reason,
            )  # fmt: skip


def _path_and_query(request: Request) -> str:
    query = request.scope["query_string"]
    return f"{request.scope['path']}?{query.decode('latin-1')}" if query else str(request.scope["path"])
