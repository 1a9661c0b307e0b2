"""The control plane: under `/_emulator/` tests do what people do in consoles, and see what happened."""

import hmac
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from emulator.accounts import Account, Accounts, SettingsRefused
from emulator.buyer import Purchase, Stopped, buy
from emulator.portone.rendering import payment_object
from emulator.wire import Wire, WireError

PREFIX = "/_emulator"
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1", "testserver"))


class Refused(Exception):
    """The answer is an error with this HTTP status; the text is its sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Advance(_Fields):
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Idle(_Fields):
    timeout_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0


Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]
AccountHandler = Callable[[Account, Request], Awaitable[Response]]


def routes(accounts: Accounts, wire: Wire, token: str | None) -> list[BaseRoute]:
    """All routes of the control plane.

    With a `token` callers send it as a Bearer token; without one only this machine is served.
    """

    def route(path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(PREFIX + path, _guarded(handler, token), methods=[method])

    def of_account(path: str, handler: AccountHandler, method: str = "GET") -> Route:
        return route("/accounts/{imp_code}" + path, _found(accounts, handler), method)

    return [
        route("/health", _health),
        route("/accounts", partial(_create, accounts), "POST"),
        route("/accounts", partial(_every, accounts)),
        of_account("", _show),
        of_account("", partial(_change, accounts), "PATCH"),
        of_account("/reset", _reset, "POST"),
        of_account("/payments", partial(_purchase, wire), "POST"),
        of_account("/payments", _payments),
        of_account("/tickets", _tickets),
        of_account("/tickets/{ticket:int}/complete", _complete, "POST"),
        of_account("/tickets/{ticket:int}/refuse", _refuse, "POST"),
        of_account("/clock", _clock),
        of_account("/clock/advance", _advance, "POST"),
        of_account("/idle", _idle, "POST"),
        of_account("/journal", _journal),
        of_account("/webhooks/test", _call_test, "POST"),
    ]


def _found(accounts: Accounts, handler: AccountHandler) -> Handler:
    async def endpoint(request: Request) -> Response:
        imp_code = request.path_params["imp_code"]
        account = accounts.get(imp_code)
        if account is None:
            raise Refused(404, f"There is no account {imp_code}.")
        return await handler(account, request)

    return endpoint


async def _health(_: Request) -> Response:
    return JSONResponse({"ok": True})


async def _create(accounts: Accounts, request: Request) -> Response:
    return _settings(accounts.create(await _object(request)), status=201)


async def _every(accounts: Accounts, _: Request) -> Response:
    return JSONResponse({"accounts": [account.settings.model_dump(mode="json") for account in accounts]})


async def _change(accounts: Accounts, account: Account, request: Request) -> Response:
    accounts.change(account, await _object(request))
    return _settings(account)


async def _purchase(wire: Wire, account: Account, request: Request) -> Response:
    imp_uid = await buy(await _parsed(Purchase, request), account.settings.imp_code, wire)
    payment = account.portone.payments.get(imp_uid)
    if payment is None:
        raise Refused(400, f"What answers at PortOne's address made {imp_uid}, not one of this account's payments.")
    return JSONResponse(payment_object(payment, extension=True), 201)


async def _show(account: Account, _: Request) -> Response:
    return _settings(account)


async def _reset(account: Account, _: Request) -> Response:
    account.reset()
    return _settings(account)


async def _payments(account: Account, _: Request) -> Response:
    return JSONResponse({"payments": [payment_object(one, extension=True) for one in account.portone.payments]})


async def _tickets(account: Account, _: Request) -> Response:
    return JSONResponse({"tickets": account.tickets()})


async def _complete(account: Account, request: Request) -> Response:
    return await _decided(account.project.tickets.complete, request)


async def _refuse(account: Account, request: Request) -> Response:
    return await _decided(account.project.tickets.refuse, request)


async def _decided(decide: Callable[[int], Awaitable[object]], request: Request) -> Response:
    ticket = request.path_params["ticket"]
    try:
        await decide(ticket)
    except KeyError:
        raise Refused(404, f"There is no ticket {ticket}.") from None
    except ValueError as error:
        raise Refused(400, str(error)) from None
    return JSONResponse({"ok": True})


async def _clock(account: Account, _: Request) -> Response:
    return JSONResponse({"now": account.clock.now()})


async def _advance(account: Account, request: Request) -> Response:
    events = await account.clock.advance((await _parsed(_Advance, request)).seconds)
    return JSONResponse({"now": account.clock.now(), "events": events})


async def _idle(account: Account, request: Request) -> Response:
    waiting = await account.clock.idle((await _parsed(_Idle, request)).timeout_seconds)
    if waiting:
        return JSONResponse({"idle": False, "waiting_for": ", ".join(waiting)}, 503)
    return JSONResponse({"idle": True})


async def _journal(account: Account, request: Request) -> Response:
    asked = request.query_params.get("after", "0")
    if not asked.isdecimal():
        raise Refused(400, "after is the sequence number of the last entry already read.")
    after, journal = int(asked), account.journal
    entries = [entry._asdict() for entry in journal.entries(after)]
    return JSONResponse({"entries": entries, "next": journal.last, "dropped": journal.dropped(after)})


async def _call_test(account: Account, _: Request) -> Response:
    delivery = await account.portone.call_test()
    return JSONResponse({"status": delivery.status, "error": delivery.error})


def _settings(account: Account, status: int = 200) -> Response:
    return JSONResponse(account.settings.model_dump(mode="json"), status)


def _guarded(handler: Handler, token: str | None) -> Handler:
    async def endpoint(request: Request) -> Response:
        try:
            _refuse_strangers(request, token)
            return await handler(request)
        except Refused as refused:
            return JSONResponse({"error": str(refused)}, refused.status)
        except (SettingsRefused, Stopped, WireError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


def _refuse_strangers(request: Request, token: str | None) -> None:
    """Secrets can be read here: without a token only by this machine, and by no page shown on it.

    The Host is checked because a foreign name can be made to lead here, also by whoever routes PortOne's
    names to us.
    """
    if token is not None:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(sent.encode(), token.encode()):
            raise Refused(401, "The control plane wants its token: Authorization: Bearer …")
        return
    client = request.client.host if request.client else ""
    if client not in LOOPBACK or request.url.hostname not in LOOPBACK:
        raise Refused(403, "The control plane is served on this machine's loopback address only.")
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
        raise Refused(403, "Pages of other origins may not use the control plane.")


async def _object(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = await request.json() if raw.strip() else {}
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body is not a JSON object.")
    return body


async def _parsed(model: type[Model], request: Request) -> Model:
    try:
        return model.model_validate(await _object(request))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        known = ", ".join(model.model_fields)
        place = ".".join(map(str, problem["loc"]))
        raise Refused(400, f"{place!r}: {problem['msg']}; known here are: {known}.") from None
