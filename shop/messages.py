"""What strangers send: read up to a limit, and either understood or refused."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl

from starlette.requests import Request

LIMIT_BYTES = 64 * 1024
IMP_UID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NotUnderstood(Exception):
    """A body that is malformed; `status` is the HTTP status that says so."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Notice:
    """That something may have happened to a payment: a claim of a webhook or a browser, to be looked up."""

    imp_uid: str
    merchant_uid: str

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Self:
        """Fields it does not know are ignored. Raises NotUnderstood."""
        imp_uid, merchant_uid = fields.get("imp_uid"), fields.get("merchant_uid")
        if not isinstance(imp_uid, str) or not IMP_UID.fullmatch(imp_uid):
            raise NotUnderstood("imp_uid is missing or malformed")
        # PortOne allows 40 characters. Unprintable ones (NUL, half a surrogate pair) no database would take.
        if not isinstance(merchant_uid, str) or not 0 < len(merchant_uid) <= 40 or not merchant_uid.isprintable():
            raise NotUnderstood("merchant_uid is missing or malformed")
        return cls(imp_uid, merchant_uid)


async def fields_of(request: Request) -> Mapping[str, object]:
    """The fields of a JSON object or a form, whichever the Content-Type says. Raises NotUnderstood."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await body_of(request)
    try:
        match kind:
            case "application/json":
                fields = json.loads(body)
            case "application/x-www-form-urlencoded":
                fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
            case _:
                raise NotUnderstood("send application/json or application/x-www-form-urlencoded", status=415)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"the body is not valid {kind}") from error
    if not isinstance(fields, dict):
        raise NotUnderstood("the body is not an object")
    return fields


async def body_of(request: Request) -> bytes:
    """The body as it was sent, read once and kept. Raises NotUnderstood."""
    if not hasattr(request.state, "body"):
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LIMIT_BYTES:
                raise NotUnderstood("the body is too large", status=413)
        request.state.body = bytes(body)
    return bytes(request.state.body)
