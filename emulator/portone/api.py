"""PortOne's REST API as merchants call it: HTTP in, HTTP out; what happens is decided in `account`."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emulator.journal import Kind
from emulator.portone.account import CancelRequest, PortOne
from emulator.portone.attempts import money
from emulator.portone.payments import NOTHING_TO_CANCEL, STATUSES, Payment
from emulator.portone.rendering import envelope, shown, written
from emulator.portone.tokens import Tokens

# Seen in published client tests and merchants, to the letter.
WRONG_PAIR = "인증에 실패하였습니다. API키와 secret을 확인하세요."
NO_PAIR = "imp_key, imp_secret 파라메터가 누락되었습니다."
NO_PAYMENT = "존재하지 않는 결제정보입니다."
NO_SUCH_STATUS = "지원되지 않는 상태값입니다."
NEITHER_UID = "imp_uid 또는 merchant_uid 중 하나는 반드시 지정해주셔야합니다."

SORTINGS = frozenset(sign + name for name in ("started", "paid", "updated") for sign in ("", "-"))
# `undefined` and `null` come from clients that put an absent value into the address, and are known to work
# with it.
NO_STATUS = frozenset(("", "all", "undefined", "null"))


class Directory(Protocol):
    """Finds accounts for the API."""

    def by_code(self, imp_code: str) -> PortOne | None: ...
    def by_key(self, imp_key: str) -> PortOne | None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer, errors of the business with HTTP 200 (docs); `payment` is what was asked about."""

    content: bytes
    kept: Any
    status: int = 200
    payment: Payment | None = None


def _success(response: Any) -> Reply:
    whole = envelope(response)
    return Reply(written(whole), whole)


def _payment(payment: Payment, extension: bool = False) -> Reply:
    content, kept = shown(payment, extension)
    return Reply(content, kept, payment=payment)


def _failure(message: str, *, code: int = -1, status: int = 200, payment: Payment | None = None) -> Reply:
    whole = envelope(None, code, message)
    return Reply(written(whole), whole, status, payment)


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: path parameters, query, and the body's fields, whichever form they came in."""

    account: PortOne
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]


Action = Callable[[Call], Reply | Awaitable[Reply]]


def routes(directory: Directory, tokens: Tokens) -> list[BaseRoute]:
    """The routes of api.iamport.kr.

    Trailing slashes are taken off before them; the most frequent stands first.
    """

    def route(path: str, kind: Kind, action: Action, *methods: str) -> Route:
        return Route(path, _authorised(kind, action, directory, tokens), methods=list(methods))

    return [
        route("/payments/{imp_uid}", "look-up", _look_up, "GET"),
        route("/payments/cancel", "cancel", _cancel, "POST"),
        route("/payments/{imp_uid}", "look-up", _look_up, "POST"),
        route("/payments/find/{merchant_uid}", "find", _find, "GET", "POST"),
        route("/payments/find/{merchant_uid}/{status}", "find", _find, "GET", "POST"),
        Route("/users/getToken", _get_token(directory, tokens), methods=["POST"]),
        route("/users/pg", "channels", _channels, "GET", "POST"),
    ]


def _look_up(call: Call) -> Reply:
    payment = call.account.payments.get(call.path["imp_uid"])
    # What stands in place of a test payment that was not asked for is not documented (inferred: as if
    # unknown).
    if payment is None or (payment.sandbox and not _truth(call.query.get("include_sandbox"))):
        return _failure(NO_PAYMENT, status=404)
    return _payment(payment, _truth(call.query.get("extension")))


def _find(call: Call) -> Reply:
    asked = call.path.get("status", "")
    status = next((known for known in STATUSES if known == asked), None)
    if status is None and asked not in NO_STATUS:
        return _failure(NO_SUCH_STATUS, status=404)
    sorting = call.query.get("sorting", "-started")
    found = call.account.payments.find(
        call.path["merchant_uid"], status, sorting if sorting in SORTINGS else "-started"
    )  # fmt: skip
    if not found:
        return _failure(NO_PAYMENT, status=404)
    return _payment(found[0], _truth(call.query.get("extension")))


def _channels(call: Call) -> Reply:
    names = {"pg_provider", "pg_id", "sandbox", "type", "channel_name", "channel_key"}
    return _success([channel.model_dump(include=names) for channel in call.account.console.channels])


async def _cancel(call: Call) -> Reply:
    body, account = call.body, call.account
    imp_uid, merchant_uid = body.get("imp_uid"), body.get("merchant_uid")
    if not imp_uid and not merchant_uid:
        return _failure(NEITHER_UID, code=1)
    if imp_uid:
        payment = account.payments.get(str(imp_uid))
    else:
        payment = next(iter(account.payments.find(str(merchant_uid), sorting="-paid")), None)
    if payment is None:
        return _failure(NOTHING_TO_CANCEL, code=1)
    amounts = {name: body[name] for name in ("amount", "checksum") if body.get(name) not in (None, "")}
    for name, value in amounts.items():
        amount = money(value)
        if amount is None or amount < 0:
            return _failure(f"{name}은(는) 0 이상의 숫자여야 합니다.", code=1, payment=payment)
    asked = CancelRequest(
        amount=money(amounts.get("amount")) or None,
        checksum=money(amounts.get("checksum")),
        reason=str(body["reason"]) if body.get("reason") else None,
        enable_webhook=_truth(body.get("enable_webhook")),
    )
    result = await account.cancel(payment, asked)
    if isinstance(result, str):
        return _failure(result, code=1, payment=payment)
    return _payment(result)


def _get_token(directory: Directory, tokens: Tokens) -> Callable[[Request], Awaitable[Response]]:
    async def get_token(request: Request) -> Response:
        began = time.time()
        body = await _fields(request)
        imp_key, imp_secret = body.get("imp_key"), body.get("imp_secret")
        account = directory.by_key(str(imp_key))
        if not imp_key or not imp_secret:
            reply = _failure(NO_PAIR, status=400)
        elif account is None or account.console.imp_secret != str(imp_secret):
            reply = _failure(WRONG_PAIR, status=401)
        else:
            token = tokens.issue(account.console.imp_code)
            times = {"now": int(began), "expired_at": int(token.expires_at)}
            reply = _success({"access_token": token.access_token, **times})
        return _answered(request, "token", account, body, reply, began)

    return get_token


def _authorised(
    kind: Kind, action: Action, directory: Directory, tokens: Tokens
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        began = time.time()
        holder = tokens.holder(_access_token(request.headers.get("authorization", "")))
        account = directory.by_code(holder[0]) if holder else None
        body = await _fields(request)
        if account is None or holder is None or not holder[1]:
            reply = _failure("Unauthorized", status=401)
        else:
            result = action(Call(account, request.path_params, _parameters(request.scope["query_string"]), body))
            reply = result if isinstance(result, Reply) else await result
        return _answered(request, kind, account, body, reply, began)

    return endpoint


def _answered(
    request: Request, kind: Kind, account: PortOne | None, body: Mapping[str, Any], reply: Reply, began: float
) -> Response:
    if account is not None:
        payment, named = reply.payment, {**body, **request.path_params}
        account.journal.record(
            kind=kind, source="merchant", target="portone", began=began, ended=time.time(),
            clock=account.clock.now(), method=request.method, url=_path_and_query(request),
            headers=request.headers, body=dict(body) or None, status=reply.status, response=reply.kept,
            imp_uid=payment.imp_uid if payment else _named(named, "imp_uid"),
            merchant_uid=payment.merchant_uid if payment else _named(named, "merchant_uid"),
        )  # fmt: skip
    return Response(reply.content, reply.status, media_type="application/json")


async def _fields(request: Request) -> Mapping[str, Any]:
    """The body's fields, JSON or form by what it is: clients declare JSON without a body, or nothing."""
    raw = b"" if request.method == "GET" else (await request.body()).strip()
    if not raw:
        return {}
    if raw.startswith(b"{"):
        try:
            parsed = json.loads(raw)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))


@lru_cache(maxsize=1024)
def _parameters(query: bytes) -> Mapping[str, str]:
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


def _access_token(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else header.strip()


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1")


def _named(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return str(value) if value else None


def _path_and_query(request: Request) -> str:
    query = request.scope["query_string"]
    return f"{request.scope['path']}?{query.decode('latin-1')}" if query else str(request.scope["path"])
