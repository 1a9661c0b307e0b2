"""Who may use the control plane, what its callers may send, and how it refuses."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emulator.accounts import Account, Accounts, SettingsRefused
from emulator.answers import WireError
from emulator.buyer import Stopped

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1", "testserver"))
LONGEST_BODY = 64 << 20  # bytes: a snapshot is large, an endless one must end

Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]
AccountHandler = Callable[[Account, Request], Awaitable[Response]]


class Refused(Exception):
    """The answer is an error with this HTTP status; the text is its sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Told(Response):
    """An answer as JSON, in ASCII: whatever a merchant sent and the journal keeps, it can be written."""

    media_type = "application/json"

    def __init__(self, content: Any, status: int = 200) -> None:
        super().__init__(json.dumps(content, separators=(",", ":")), status)


def guarded(handler: Handler, token: str | None) -> Handler:
    """`handler` for those who may, with every refusal as `{"error": "one sentence"}`."""

    async def endpoint(request: Request) -> Response:
        try:
            _refuse_strangers(request, token)
            return await handler(request)
        except Refused as refused:
            return Told({"error": str(refused)}, refused.status)
        except (SettingsRefused, Stopped, WireError) as error:
            return Told({"error": str(error)}, 400)
        except ClientDisconnect:
            return Response(status_code=400)

    return endpoint


def found(accounts: Accounts, handler: AccountHandler) -> Handler:
    """`handler` with the account that the address names."""

    async def endpoint(request: Request) -> Response:
        imp_code = request.path_params["imp_code"]
        account = accounts.get(imp_code)
        if account is None:
            raise Refused(404, f"There is no account {imp_code}.")
        return await handler(account, request)

    return endpoint


async def json_object(request: Request) -> dict[str, Any]:
    """The body, `{}` where there is none. Raises Refused."""
    raw, length = bytearray(), 0
    async for chunk in request.stream():  # to its end: who still sends would not read an answer
        length += len(chunk)
        if length <= LONGEST_BODY:
            raw += chunk
    if length > LONGEST_BODY:
        raise Refused(413, "The body is too large.")
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body is not a JSON object.")
    return body


async def parsed(model: type[Model], request: Request) -> Model:
    """The body as `model`. Raises Refused with the name that is wrong and the known ones."""
    return checked(model, await json_object(request))


def asked(model: type[Model], request: Request) -> Model:
    """The query as `model`. Raises Refused."""
    return checked(model, dict(request.query_params))


def checked(model: type[Model], given: Mapping[str, Any]) -> Model:
    """`given` as `model`. Raises Refused."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        known = ", ".join(model.model_fields) or "no names at all"
        said = str(problem["ctx"]["error"]) if problem["type"] == "value_error" else problem["msg"]
        if not problem["loc"]:  # about the whole
            raise Refused(400, f"{said[0].upper()}{said[1:]}.") from None
        place = ".".join(map(str, problem["loc"]))
        raise Refused(400, f"{place!r}: {said}; known here are: {known}.") from None


def _refuse_strangers(request: Request, token: str | None) -> None:
    """Secrets can be read here: without a token only by this machine, and by no page shown on it.

    The Host is checked because a foreign name can be made to lead here, also by whoever routes PortOne's
    names to us.
    """
    if token is not None:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(sent.encode(), token.encode()):
            raise Refused(401, "The control plane needs its token: Authorization: Bearer …")
        return
    client = request.client.host if request.client else ""
    if client not in LOOPBACK or request.url.hostname not in LOOPBACK:
        raise Refused(403, "The control plane is served on this machine's loopback address only.")
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
        raise Refused(403, "Pages of other origins may not use the control plane.")
