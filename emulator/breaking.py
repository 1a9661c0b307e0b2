"""Where faults strike: at the listeners for calls that come in, and on an account's own way out."""

import asyncio
import json as jsonlib
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.answers import Answer, ConnectFailed, TimedOut, Timeouts
from emulator.faults import Armed, CallFacts, Fault, Faults, name_of, told
from emulator.journal import Journal, Kind, Source, Target
from emulator.wire import Pairs, Wire

GARBAGE = "<!doctype html><title>502 Bad Gateway</title>\ufffd\x00{not json"
# Whose call it is, for the journal; the rest is the merchant's.
_BROWSERS = frozenset(("sdk", "request_pay", "widget", "charge", "return", "receipt"))
_AT_PAYMENTWALL = frozenset(("widget", "charge", "ticket"))


class Subject:
    """What the places that faults strike at know of an account."""

    def __init__(
        self, faults: Faults, journal: Journal, now: Callable[[], float], both: Callable[[str | None, str | None], Any]
    ) -> None:
        self.faults, self.journal, self.now = faults, journal, now
        self.both = both
        """Completes (imp_uid, merchant_uid) where one of them is unknown."""

    def call(self, name: Any, method: str, path: str, query: Mapping[str, Any], body: Mapping[str, Any]) -> CallFacts:
        return CallFacts(name, method, path, *self.both(*told(query, body, path)))


# Finds the account that a call coming in is about: by headers, query and body.
Finder = Callable[[str, Mapping[str, str], Mapping[str, str], Mapping[str, Any]], Subject | None]


class Gate:
    """Stands before the application at the listeners; one look at a flag where no account has a fault."""

    def __init__(self, app: ASGIApp, active: Callable[[], bool], find: Finder) -> None:
        self._app, self._active, self._find = app, active, find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._active() or scope["type"] != "http" or scope["path"].startswith("/_emulator"):
            await self._app(scope, receive, send)
            return
        whole = await _whole(receive)
        again = _replayed(whole, receive)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        body = _fields(whole)
        path = scope["path"].rstrip("/") or "/"
        subject = self._find(path, headers, query, body)
        if subject is None:
            await self._app(scope, again, send)
            return
        call = subject.call(name_of(path), scope["method"], path, query, body)
        armed = subject.faults.meets(call)
        if armed is None:
            await self._app(scope, again, send)
            return
        await _Inbound(self._app, subject, armed, call, scope, again, send).suffer()


class _Inbound:
    """One call that came in and meets a fault."""

    def __init__(
        self,
        app: ASGIApp,
        subject: Subject,
        armed: Armed,
        call: CallFacts,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._app, self._subject, self._armed, self._call = app, subject, armed, call
        self._scope, self._receive, self._send = scope, receive, send
        self._began = time.time()

    async def suffer(self) -> None:
        fault = self._armed.fault
        if fault.what in ("delay", "hold"):
            if fault.carried_out:
                answer = await self._carried_out()
                await self._passed()
                for message in answer:
                    await self._send(message)
            else:
                await self._passed()
                await self._app(self._scope, self._receive, self._send)
            return
        answer = await self._carried_out() if fault.carried_out or fault.half else []
        if fault.what == "hang":
            await self._passed()
        if not answer:
            self._record()
        if fault.what in ("answer", "garbage"):
            await _answered(fault, self._send)
        else:
            await self._broken(answer if fault.half else [])

    async def _carried_out(self) -> list[Message]:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(self._scope, self._receive, keep)
        return answer

    async def _passed(self) -> None:
        if self._armed.fault.what == "delay":
            await asyncio.sleep(self._armed.fault.seconds)
        else:
            await self._subject.faults.wait_in(self._armed, self._call)

    async def _broken(self, answer: list[Message]) -> None:
        transport = self._scope.get("state", {}).get("transport")
        content = b"".join(message.get("body", b"") for message in answer)
        if content:
            await self._send(answer[0])
            await self._send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
            if transport is not None:
                transport.close()  # what was written is still sent
        elif transport is not None:
            transport.abort()
        # The server must notice that the client has gone, or it would answer in our place.
        while transport is not None and (await self._receive())["type"] != "http.disconnect":
            pass

    def _record(self) -> None:
        call, name = self._call, self._call.name
        fault = self._armed.fault
        kind: Kind = "other" if name is None or name == "sdk" or name == "receipt" else name
        source: Source = "browser" if name in _BROWSERS else "merchant"
        target: Target = "paymentwall" if name in _AT_PAYMENTWALL else "portone"
        self._subject.journal.record(
            kind=kind, source=source, target=target, began=self._began, ended=time.time(),
            clock=self._subject.now(), method=call.method, url=call.path,
            status=fault.status if fault.what == "answer" else 200 if fault.what == "garbage" else None,
            response=fault.body if fault.what == "answer" else None, error=f"fault {self._armed.id}: {fault.what}",
            imp_uid=call.imp_uid, merchant_uid=call.merchant_uid,
        )  # fmt: skip


class AccountWire(Wire):
    """The way out of one account: what its two sides and its buyers send meets the account's faults."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.hosts = wire.hosts
        self._wire = wire
        self.subject: Subject | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Pairs | None = None,
        data: Pairs | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        async def reached() -> Answer:
            return await self._wire.send(
                method, url, params=params, data=data, json=json, headers=headers, timeouts=timeouts
            )

        subject = self.subject
        if subject is None or not subject.faults.active:
            return await reached()
        parts = urlsplit(url)
        path = unquote(parts.path).rstrip("/") or "/"
        query = {**dict(parse_qsl(parts.query)), **dict(params or {})}
        body = dict(data or {}) if data is not None else json if isinstance(json, dict) else {}
        name = name_of(path) if parts.hostname in self.hosts else "webhook"
        call = subject.call(name, method, path, query, body)
        armed = subject.faults.meets(call)
        if armed is None:
            return await reached()
        limit = timeouts or Timeouts()
        place = f"{parts.scheme}://{parts.netloc}{parts.path}"
        try:
            async with asyncio.timeout(limit.total):
                return await _outbound(subject, armed, call, reached, place)
        except TimeoutError as error:
            raise TimedOut(f"{method} {place} did not answer in time (fault {armed.id}).") from error

    async def close(self) -> None:
        """The connections are the shared wire's."""


async def _outbound(subject: Subject, armed: Armed, call: CallFacts, reached: Callable[[], Any], place: str) -> Answer:
    fault = armed.fault
    answer: Answer | None = await reached() if fault.carried_out or fault.half else None
    if fault.what == "delay":
        await asyncio.sleep(fault.seconds)
    elif fault.what in ("hold", "hang"):
        await subject.faults.wait_in(armed, call)
    if fault.what in ("delay", "hold"):
        return answer or await reached()
    if fault.what == "answer":
        return Answer(fault.status, {"content-type": _media_type(fault)}, _text(fault))
    if fault.what == "garbage":
        return Answer(200, {"content-type": "application/json"}, GARBAGE)
    raise ConnectFailed(f"{call.method} {place} failed: the connection broke (fault {armed.id}).")


async def _answered(fault: Fault, send: Send) -> None:
    garbage = fault.what == "garbage"
    content = GARBAGE.encode("utf-16-le") if garbage else _text(fault).encode()
    headers = [
        (b"content-type", b"application/json" if garbage else _media_type(fault).encode()),
        (b"content-length", str(len(content)).encode()),
        (b"access-control-allow-origin", b"*"),
    ]
    await send({"type": "http.response.start", "status": 200 if garbage else fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _text(fault: Fault) -> str:
    return fault.body if isinstance(fault.body, str) else jsonlib.dumps(fault.body, ensure_ascii=False)


def _media_type(fault: Fault) -> str:
    return "text/plain; charset=utf-8" if isinstance(fault.body, str) else "application/json"


def _fields(body: bytes) -> Mapping[str, Any]:
    """The body's fields, JSON or form, nothing where it is neither."""
    text = body.strip()
    if text.startswith(b"{"):
        try:
            parsed = jsonlib.loads(text)
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}
    try:
        return dict(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))
    except ValueError:  # more fields than anybody sends
        return {}


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
