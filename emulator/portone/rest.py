"""How PortOne's REST API reads a request and words its answer: bodies of every form, and the envelope.

Whatever is sent, the answer is in PortOne's envelope. What it says to malformed requests is not documented: HTTP 400,
405 and 413 and their texts are inferred.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn
from urllib.parse import parse_qsl

from starlette.requests import Request

from emulator.journal import Later
from emulator.portone.account import PortOne
from emulator.portone.amounts import money, text, truth
from emulator.portone.payments import Payment
from emulator.portone.rendering import envelope, enveloped, payment_object, shown, written

LARGEST_BODY = 1 << 20  # bytes; no call needs more than a few thousand
DEEPEST_BODY = 16
MOST_FIELDS = 1_000

MALFORMED = "잘못된 형식의 요청입니다."
TOO_LARGE = "요청 본문이 너무 큽니다."
UNREADABLE = "the body is neither JSON nor a form"

Fields = Mapping[str, Any]


class Reply(NamedTuple):
    """What to answer, errors of the business with HTTP 200 (docs); `payment` is what was asked about."""

    content: bytes
    kept: Any
    status: int = 200
    payment: Payment | None = None
    reason: str | None = None
    """Why the call was refused before anything was asked of the account; for the journal."""


class Failed(Exception):
    """The call ends here with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: path parameters, query (each name with all its values), and the body's fields."""

    account: PortOne
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: Fields
    client: str = ""

    def asked(self, name: str, usual: str = "") -> str:
        """A value of the query, or of the body where a client sends a look-up as POST."""
        found = self.query.get(name)
        return found[0] if found else (text(self.body.get(name)) or usual)

    def flag(self, name: str) -> bool:
        """Whether a flag of the query is set."""
        return truth(self.asked(name))

    def listed(self, name: str) -> list[str]:
        """All values of `name[]`, as clients write lists: with brackets, with numbers in them, or with neither."""
        found: list[Any] = []
        for source in (self.query, self.body):
            for key, values in source.items():
                if key.partition("[")[0] == name:
                    found += values if isinstance(values, list) else [values]
        return [value for value in map(text, found) if value is not None]

    def required(self, *names: str) -> dict[str, str]:
        """These fields of the body as texts. Raises Failed with PortOne's words (seen) where any is missing."""
        found = {name: text(self.body.get(name)) for name in names}
        missing = [name for name, value in found.items() if value is None]
        if missing:
            fail(f"파라미터 누락: {', '.join(missing)}", code=1)
        return {name: value for name, value in found.items() if value is not None}

    def amount(self, name: str, payment: Payment | None = None) -> Decimal | None:
        """An amount of the body in major units, None where it is not given. Raises Failed where it is no amount."""
        value = self.body.get(name)
        if value is None or value == "":
            return None
        amount = money(value)
        if amount is None or amount < 0:
            fail(f"{name}은(는) 0 이상의 숫자여야 합니다.", code=1, payment=payment)
        return amount


Action = Callable[[Call], Reply | Awaitable[Reply]]


def success(response: Any, *, status: int = 200, payment: Payment | None = None) -> Reply:
    """Code 0 with this response."""
    whole = envelope(response)
    return Reply(written(whole), whole, status, payment)


def of_payment(payment: Payment, extension: bool = False) -> Reply:
    """Code 0 with a payment."""
    seen = shown(payment, extension)
    return Reply(seen.content, seen.kept, payment=payment)


def of_payments(payments: Sequence[Payment], paging: Mapping[str, int] | None = None, *, status: int = 200) -> Reply:
    """Code 0 with several payments: an array, or with `paging` an object that has them as its `list`."""
    listed = b"[%b]" % b",".join(shown(payment).payment for payment in payments)
    content = listed if paging is None else b'%b,"list":%b}' % (written(paging)[:-1], listed)

    def kept() -> dict[str, Any]:
        objects = [payment_object(payment) for payment in payments]
        return envelope(objects if paging is None else {**paging, "list": objects})

    return Reply(enveloped(content), Later(kept), status)


def failure(
    message: str, *, code: int = -1, status: int = 200, payment: Payment | None = None, reason: str | None = None
) -> Reply:
    """An error in PortOne's envelope; those of the business have HTTP 200."""
    whole = envelope(None, code, message)
    return Reply(written(whole), whole, status, payment, reason)


def fail(
    message: str, *, code: int = -1, status: int = 200, payment: Payment | None = None, reason: str | None = None
) -> NoReturn:
    """End the call with an error."""
    raise Failed(failure(message, code=code, status=status, payment=payment, reason=reason))


async def fields_of(request: Request) -> Fields:
    """The body's fields, JSON or form by what it is: clients declare JSON without a body, or nothing.

    A body that is no object (`[]`, `null`) has no fields. Raises Failed for one that cannot be read.
    """
    if request.method in ("GET", "HEAD"):
        return {}
    try:
        written_body = (await _read(request)).decode("utf-8-sig").strip()
        if not written_body:
            return {}
        if written_body[0] not in '{["' and written_body != "null":
            form = _pairs(written_body)
            return {name: values[0] if len(values) == 1 else values for name, values in form.items()}
        parsed = json.loads(written_body, parse_constant=_no_constant)
        _check(parsed)
    except (ValueError, RecursionError):
        fail(MALFORMED, status=400, reason=UNREADABLE)
    return parsed if isinstance(parsed, dict) else {}


async def _read(request: Request) -> bytes:
    """The body, read to its end even where it is too large: who is still sending would not read an answer."""
    read = bytearray()
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= LARGEST_BODY:
            read += chunk
    if length > LARGEST_BODY:
        fail(TOO_LARGE, status=413, reason="the body is too large")
    return bytes(read)


def _check(parsed: Any) -> None:
    """Raises ValueError for what could not be written again: half characters, and nests too deep to walk."""
    level, depth = [parsed], 0
    while level:
        depth += 1
        if depth > DEEPEST_BODY:
            raise ValueError("nested too deep")
        inner: list[Any] = []
        for value in level:
            if isinstance(value, str):
                value.encode()
            elif isinstance(value, dict):
                inner += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                inner += value
        level = inner


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def parameters(query: bytes) -> Mapping[str, Sequence[str]]:
    return _short_parameters(query) if len(query) <= 256 else _read_parameters(query)


def _read_parameters(query: bytes) -> Mapping[str, Sequence[str]]:
    try:
        return _pairs(query.decode("latin-1"))
    except ValueError:
        fail(MALFORMED, status=400, reason="the query cannot be read")


def _pairs(written_pairs: str) -> dict[str, list[str]]:
    """Each name of a form or a query with its values; spaces around a name are cut off, as in `a=1& b=2` (seen).

    Raises ValueError for too many.
    """
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(written_pairs, keep_blank_values=True, max_num_fields=MOST_FIELDS):
        found.setdefault(name.strip(), []).append(value)
    return found


_short_parameters = lru_cache(maxsize=1024)(_read_parameters)
