"""A request to an ASGI application of this process, by no socket: what the emulator's two sides and its buyers send.

httpx's transport for it parses each address anew and looks for another event loop each time, which cost more than what
the application does.
"""

import asyncio
import codecs
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote, unquote, urlsplit

from starlette.types import ASGIApp, Message, Scope

from emulator.answers import Answer

LONGEST_ADDRESS = 65_536
CALLER = ("127.0.0.1", 123)
_AS_WRITTEN = "!$%&'()*+,-./:;=?@[]_~"
"""Of an address, what stays as it is: what is reserved, and escapes (RFC 3986)."""


async def asked(
    application: ASGIApp, method: str, url: str, content: bytes | None, headers: Mapping[str, str]
) -> Answer:
    """The answer, HTTP 500 where the application breaks. Raises ValueError for what is no address, or too long."""
    if len(url) > LONGEST_ADDRESS:
        raise ValueError(f"the address is longer than {LONGEST_ADDRESS} characters")
    scope = _scope(method, url, content, headers)
    status, found, body = 500, list[tuple[bytes, bytes]](), bytearray()
    given, done = False, asyncio.Event()

    async def receive() -> Message:
        nonlocal given
        if given:
            await done.wait()
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": content or b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, found
        if message["type"] == "http.response.start":
            status, found = message["status"], [*message.get("headers", ())]
        else:
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                done.set()

    try:
        await application(scope, receive, send)
    except Exception:  # noqa: BLE001  # as a server does: what breaks an application is its own answer
        status = status if found else 500
    known = _joined(found)
    return Answer(status, known, bytes(body).decode(_charset(known), "replace"))


def _scope(method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Scope:
    parts = urlsplit(url)
    port = parts.port
    host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    path = quote(parts.path or "/", safe=_AS_WRITTEN)
    sent = {"host": host if port is None else f"{host}:{port}", **headers}
    if content is not None:
        sent["content-length"] = str(len(content))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "server": (host, port),
        "client": CALLER,
        "root_path": "",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": quote(parts.query, safe=_AS_WRITTEN).encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in sent.items()],
    }


def _joined(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw in headers:
        name, value = raw_name.decode("latin-1").lower(), raw.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _charset(headers: Mapping[str, str]) -> str:
    named = headers.get("content-type", "").lower().partition("charset=")[2].partition(";")[0].strip(' "')
    return named if named and _is_known(named) else "utf-8"


@cache
def _is_known(charset: str) -> bool:
    try:
        codecs.lookup(charset)
    except LookupError:
        return False
    return True
