"""V2's REST API and SDK service: which address is which call, who may make it, and every call in the journal."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from emulator.incoming import address, caller, names_in_path
from emulator.journal import Kind
from emulator.portone.account import PortOne
from emulator.portone.letting_in import Directly
from emulator.portone.tokens import Tokens
from emulator.portone.v2 import acting, delivery, lookups, sdk
from emulator.portone.v2.answers import V2Action, V2Answer, V2Call, V2Problem, body_of, invalid
from emulator.portone.v2.face import AllAccounts
from emulator.portone.v2.logins import store_of

NO_CREDENTIALS = "the request has no Authorization: PortOne {API secret}"
OF_V1 = "that is a credential of V1 (imp_secret or access token); V2 wants the API secret of the console's V2 tab"
UNKNOWN_SECRET = "no account has this V2 API secret"
UNKNOWN_CALL = "V2 has no such call, or the emulator has it not (see docs/emulator.md)"

_CALLS: Sequence[tuple[str, str, Kind, V2Action]] = (
    ("GET", "/payments/{paymentId}", "look-up", lookups.one),
    ("GET", "/payments", "find", lookups.page),
    ("GET", "/payments-by-cursor", "find", lookups.by_cursor),
    ("GET", "/payments/{paymentId}/transactions", "find", lookups.transactions),
    ("POST", "/payments/{paymentId}/cancel", "cancel", acting.cancel),
    ("POST", "/payments/{paymentId}/cancellations/{cancellationId}/stop", "stop", acting.stop),
    ("POST", "/payments/{paymentId}/pre-register", "prepare", acting.pre_register),
    ("POST", "/payments/{paymentId}/resend-webhook", "resend", acting.resend_webhook),
    ("POST", "/paymentwall/delivery/confirm", "delivery", delivery.confirm),
)
LOGIN, REFRESH = "/login/api-secret", "/token/refresh"


class Served:
    """All of V2 over HTTP."""

    def __init__(self, accounts: AllAccounts, tokens: Tokens) -> None:
        self._accounts, self._tokens = accounts, tokens
        rest: list[BaseRoute] = [
            Route(path, Directly(self._authorised(kind, action)), methods=[method])
            for method, path, kind, action in _CALLS
        ]
        rest += [
            Route(LOGIN, Directly(self._token(self._by_secret)), methods=["POST"]),
            Route(REFRESH, Directly(self._token(self._by_refresh)), methods=["POST"]),
        ]
        self.routes = [*rest, *sdk.routes(accounts)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        partial = False
        for route in self.routes:
            match, child = route.matches(scope)
            if match is Match.FULL:
                await route.handle({**scope, **child}, receive, send)
                return
            partial = partial or match is Match.PARTIAL
        response = await self._elsewhere(Request(scope, receive), partial)
        await response(scope, receive, send)

    def _authorised(self, kind: Kind, action: V2Action) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that wants the API secret or an access token, and a store that is the account's."""

        async def endpoint(request: Request) -> Response:
            began = time.time()
            account: PortOne | None = None
            body: Mapping[str, Any] = {}
            try:
                account = self._caller(request)
                body = await body_of(request)
                query = dict(request.query_params)
                _own_store(account, query, body)
                result = action(V2Call(account, names_in_path(request), query, body))
                answer = result if isinstance(result, V2Answer) else await result
            except V2Problem as problem:
                return self._answered(request, kind, account, body, problem, began)
            return self._answered(request, kind, account, body, answer, began)

        return endpoint

    def _token(self, find: Callable[[Mapping[str, Any]], PortOne]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            began = time.time()
            account: PortOne | None = None
            body: Mapping[str, Any] = {}
            try:
                body = await body_of(request)
                account = find(body)
                _admit(account, request)
                answer = acting.logged_in(account)
            except V2Problem as problem:
                return self._answered(request, "token", account, body, problem, began)
            return self._answered(request, "token", account, body, answer, began)

        return endpoint

    def _caller(self, request: Request) -> PortOne:
        """The account of a call's credentials. Raises V2Problem."""
        scheme, _, sent = request.headers.get("authorization", "").strip().partition(" ")
        sent = sent.strip()
        if scheme.lower() == "portone":
            account = self._with_secret(sent)
        elif scheme.lower() == "bearer" and sent.count(".") == 2:
            account = self._with_token(sent, "access")
        else:
            raise _unauthorized(OF_V1 if self._tokens.was_issued(sent or scheme) else NO_CREDENTIALS)
        _admit(account, request)
        return account

    def _with_secret(self, secret: str) -> PortOne:
        for account in self._accounts.at_portone():
            if account.console.v2.api_secret == secret:
                return account
        of_v1 = any(one.console.imp_secret == secret for one in self._accounts.at_portone())
        raise _unauthorized(OF_V1 if of_v1 or self._tokens.was_issued(secret) else UNKNOWN_SECRET)

    def _with_token(self, token: str, use: Any) -> PortOne:
        store = store_of(token)
        for account in self._accounts.at_portone():
            v2 = account.console.v2
            if v2.store_id == store:
                why = account.logins.problem(token, use, v2.api_secret, account.token_time())
                if why is not None:
                    raise _unauthorized(why)
                return account
        raise _unauthorized(f"PortOne did not issue this {use} token")

    def _by_secret(self, body: Mapping[str, Any]) -> PortOne:
        return self._with_secret(_text(body, "apiSecret"))

    def _by_refresh(self, body: Mapping[str, Any]) -> PortOne:
        return self._with_token(_text(body, "refreshToken"), "refresh")

    async def _elsewhere(self, request: Request, partial: bool) -> Response:
        began, account = time.time(), None
        try:
            account = self._caller(request)
            kind = "METHOD_NOT_ALLOWED" if partial else "NOT_FOUND"
            raise V2Problem(kind, "존재하지 않는 API입니다.", reason=UNKNOWN_CALL)
        except V2Problem as problem:
            return self._answered(request, "other", account, {}, problem, began)

    def _answered(
        self,
        request: Request,
        kind: Kind,
        account: PortOne | None,
        body: Mapping[str, Any],
        answer: V2Answer | V2Problem,
        began: float,
    ) -> Response:
        """The answer over HTTP, recorded for the account, or for each one where it is not known whose call it is."""
        failed = answer if isinstance(answer, V2Problem) else None
        status = failed.status if failed else 200
        names = names_in_path(request) if "path_params" in request.scope else {}
        payment = answer.payment if isinstance(answer, V2Answer) else None
        payment_id = payment.merchant_uid if payment else names.get("paymentId")
        for one in [account] if account is not None else self._accounts.at_portone():
            about = payment or (lookups.current(one, payment_id) if payment_id else None)
            one.journal.record(
                kind=kind, source="merchant", target="portone", began=began, ended=time.time(),
                clock=one.clock.now(), method=request.method, url=address(request), headers=request.headers,
                body=dict(body) or None, status=status, response=dict(answer.content),
                error=failed.reason if failed else None,
                imp_uid=about.imp_uid if about else None, merchant_uid=payment_id,
            )  # fmt: skip
        return JSONResponse(dict(answer.content), status)


def _unauthorized(reason: str) -> V2Problem:
    return V2Problem("UNAUTHORIZED", "인증 정보가 올바르지 않습니다.", reason=reason)


def _admit(account: PortOne, request: Request) -> None:
    """Raises V2Problem where the account does not let this address in; that V2 has the list too is inferred."""
    client = caller(request)
    if not account.console.lets_in(client):
        raise V2Problem(
            "FORBIDDEN", "허용되지 않은 IP입니다.", reason=f"{client} is not among the account's allowed addresses"
        )


def _own_store(account: PortOne, query: Mapping[str, str], body: Mapping[str, Any]) -> None:
    """Raises V2Problem for another store than the account's (docs: only one that may be accessed can be named)."""
    chosen = body.get("filter")
    for given in (query, body, chosen if isinstance(chosen, dict) else {}):
        store = given.get("storeId")
        if store is not None and store != account.console.v2.store_id:
            raise V2Problem("FORBIDDEN", "접근 권한이 없는 상점 아이디입니다.", reason=f"the store {store} is unknown")


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not found:
        raise invalid(f"{name}은(는) 필수입니다.", reason=f"{name} is missing")
    return found
