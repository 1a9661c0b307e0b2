"""How V2's REST API reads a call and words its answer: plain JSON, and errors as `{type, message}` with their status.

Types and statuses are PortOne's (V2 OpenAPI); the messages are inferred, and nobody may rely on them.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request

from emulator.portone.account import PortOne
from emulator.portone.payments import Payment

LARGEST_BODY = 1 << 20  # bytes
LARGEST_AMOUNT = 10**15  # minor units
_STATUSES: Mapping[str, int] = {
    "INVALID_REQUEST": 400,
    "MAX_WEBHOOK_RETRY_COUNT_REACHED": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "PAYMENT_NOT_FOUND": 404,
    "PAYMENT_CANCELLATION_NOT_FOUND": 404,
    "WEBHOOK_NOT_FOUND": 404,
    "NOT_FOUND": 404,  # inferred: no page says what an address without a call answers
    "METHOD_NOT_ALLOWED": 405,  # inferred
    "PG_PROVIDER": 502,
}
_CONFLICT = 409  # all others


class V2Problem(Exception):
    """The call ends with this error; `reason` is what the journal says of it, `more` what stands beside the message."""

    def __init__(self, kind: str, message: str, *, reason: str | None = None, **more: str) -> None:
        super().__init__(kind)
        self.status = _STATUSES.get(kind, _CONFLICT)
        self.content = {"type": kind, "message": message, **more}
        self.reason = reason


@dataclass(frozen=True, slots=True)
class V2Call:
    """One call that may be made: names in its path, its query, the fields of its body."""

    account: PortOne
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text that must be given. Raises V2Problem."""
        found = self.optional(name)
        if found is None:
            raise invalid(f"{name}은(는) 필수입니다.")
        return found

    def optional(self, name: str) -> str | None:
        """A text that may be given, None where it is not or says nothing. Raises V2Problem for anything else."""
        found = self.body.get(name)
        if found is not None and not isinstance(found, str):
            raise invalid(f"{name}은(는) 문자열이어야 합니다.")
        return found.strip() or None if found else None

    def flag(self, name: str, usual: bool | None = None) -> bool:
        """A boolean; without a `usual` one it must be given. Raises V2Problem."""
        found = self.body.get(name, usual)
        if not isinstance(found, bool):
            raise invalid(f"{name}은(는) boolean이어야 합니다.")
        return found

    def minor(self, name: str, *, least: int = 0) -> int | None:
        """An amount in minor units, None where it is not given. Raises V2Problem: decimals and texts are none."""
        found = self.body.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found < LARGEST_AMOUNT:
            raise invalid(f"{name}은(는) {least} 이상의 정수(통화의 최소 단위)여야 합니다.")
        return found

    def whole(self, name: str, usual: int, least: int, most: int) -> int:
        """A number between two others. Raises V2Problem."""
        found = self.body.get(name, usual)
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
            raise invalid(f"{name}은(는) {least}부터 {most}까지의 정수여야 합니다.")
        return found

    def one_of(self, name: str, *choices: str, usual: str | None = None) -> str:
        """One of several words; without a `usual` one it must be given. Raises V2Problem."""
        found = self.body.get(name, usual)
        if found not in choices:
            raise invalid(f"{name}은(는) {', '.join(choices)} 중 하나여야 합니다.")
        return str(found)

    def moment(self, name: str, usual: float | None = None) -> float:
        """An RFC 3339 time as unix seconds; without a `usual` one it must be given. Raises V2Problem."""
        found = self.body.get(name)
        if found is None and usual is not None:
            return usual
        try:
            read = datetime.fromisoformat(str(found))
            if read.tzinfo is None:
                raise ValueError("no offset")
            return read.timestamp()
        except (ValueError, OverflowError):
            raise invalid(f"{name}은(는) RFC 3339 형식의 시각이어야 합니다.") from None


@dataclass(frozen=True, slots=True)
class V2Answer:
    """HTTP 200 with this JSON; `payment` is what was asked about."""

    content: Mapping[str, Any]
    payment: Payment | None = None


V2Action = Callable[[V2Call], V2Answer | Awaitable[V2Answer]]


def invalid(message: str, *, reason: str | None = None) -> V2Problem:
    """The error for a value that is not allowed."""
    return V2Problem("INVALID_REQUEST", message, reason=reason)


async def body_of(request: Request) -> Mapping[str, Any]:
    """The fields of the body, or of the query's `requestBody` where a call that reads has it there (docs).

    Raises V2Problem for what is no JSON object.
    """
    read = bytearray()
    async for chunk in request.stream():  # to its end: who is still sending would not read an answer
        read += chunk[: LARGEST_BODY + 1 - len(read)]
    if len(read) > LARGEST_BODY:
        raise invalid("요청 본문이 너무 큽니다.", reason="the body is too large")
    written: str | bytes = bytes(read).strip()
    if not written and request.method == "GET":
        written = request.query_params.get("requestBody", "")
    if not written:
        return {}
    try:
        parsed = json.loads(written)
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()  # no half character, no number that is none
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise invalid("요청 본문이 JSON 객체가 아닙니다.", reason="the body is no JSON object")
    return parsed
