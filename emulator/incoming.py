"""Requests as strangers send them: bodies bounded, and empty where they cannot be understood; hosts not believed."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

LARGEST = 1 << 20  # bytes
MOST_FIELDS = 1_000
MOST_FILES = 20
_SLASH = re.compile(rb"%2f", re.IGNORECASE)
_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?")


def path_of(scope: Scope) -> str:
    """The path without its escapes but those of slashes, which divide nothing: they are of a name (RFC 3986, 2.2)."""
    sent: bytes = scope.get("raw_path") or b""
    if b"%2" not in sent or _SLASH.search(sent) is None:
        return str(scope["path"])
    return unquote(_SLASH.sub(b"%252F", sent).decode("latin-1"))


def names_in_path(request: Request) -> Mapping[str, str]:
    """What stands in the path for the names of its route, escaped slashes as slashes."""
    names: Mapping[str, str] = request.path_params
    if _SLASH.search(request.scope.get("raw_path") or b"") is None:
        return names
    return {name: value.replace("%2F", "/") for name, value in names.items()}


def origin(request: Request, usual: str) -> str:
    """Where the caller believes to be, as `https://host:port`; `usual` where its Host header is none."""
    host = request.headers.get("host", "")
    return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else usual


def caller(request: Request) -> str:
    """The IP address that a call came from, as the connection says and no header."""
    sent: tuple[str, int] | None = request.scope.get("client")
    return sent[0] if sent else ""


def address(request: Request) -> str:
    """Path and query as they were sent; unlike `request.url` it does not read the Host header."""
    path, query = request.scope["path"], query_of(request)
    return f"{path}?{query}" if query else path


def query_of(request: Request) -> str:
    """The query as it was sent."""
    sent: bytes = request.scope["query_string"]
    return sent.decode("latin-1")


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body; empty where there is none, or one that could not be written down again."""
    try:
        body = json.loads(await _read(request), parse_constant=_no_constant)
        json.dumps(body, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


async def form(request: Request) -> dict[str, str]:
    """The texts of a form, in either encoding; the last one of each name, and none where they cannot be read."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        try:
            async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as parts:
                return {name: value for name, value in parts.items() if isinstance(value, str)}
        except (HTTPException, MultiPartException):  # so Starlette calls what it cannot parse, within an app or not
            return {}
    try:
        text = (await _read(request)).decode("utf-8", "replace")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


async def _read(request: Request) -> bytes:
    """The body; nothing where it is too large, but read to its end: who is still sending reads no answer."""
    body, length = bytearray(), 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length <= LARGEST:
                body += chunk
    except ClientDisconnect:
        return b""
    return bytes(body) if length <= LARGEST else b""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
