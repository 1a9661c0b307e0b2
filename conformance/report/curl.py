"""A call of the timeline as a curl command that can be copied, and what it was answered."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from conformance.record.timeline import Event

# Where the provider's paths are, whatever stood in for it in the run.
_HOSTS = {"portone": "https://api.iamport.kr", "paymentwall": "https://api.paymentwall.com"}
_PARTS = frozenset({"headers", "body", "json", "params", "data"})
_NOT_NEEDED = frozenset({"host", "content-length", "connection", "accept", "accept-encoding", "user-agent"})


def as_curl(event: Event) -> str:
    """The command that makes the call again, empty for what was no HTTP call; secrets in it stay masked."""
    if not event.method or not event.url:
        return ""
    headers, body, params = _parts(event.request)
    words = ["curl"]
    if event.method != "GET":
        words.append(f"-X {event.method}")
    words.append(shlex.quote(_address(event, headers, params)))
    lines = [" ".join(words)]
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items() if _wanted(name)]
    if body not in (None, "", {}, []):
        if not kind and not isinstance(body, str):
            lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {shlex.quote(_written(body, kind))}")
    return " \\\n  ".join(lines)


def answer(event: Event) -> str:
    """What the call was answered: the status, and the body as readable JSON or text."""
    said = event.response
    if said is None and event.status is None:
        return ""
    head = "no answer" if event.status is None else f"HTTP {event.status}"
    if said in (None, "", head):
        return head
    return f"{head}\n{said if isinstance(said, str) else json.dumps(said, indent=1, ensure_ascii=False, default=str)}"


def all_of(events: list[Event], marked: list[int]) -> str:
    """Every call that can be made again with its answer, as one text; marked ones are said to be."""
    return "\n\n".join(_told(events, marked)) + "\n"


def _told(events: list[Event], marked: list[int]) -> Iterator[str]:
    for index, event in enumerate(events):
        command = as_curl(event)
        if command:
            sign = "  <-- failure point" if index in marked else ""
            heading = f"# {index + 1}. {event.source} to {event.target}: {event.kind}{sign}"
            yield "\n".join([heading, command, *(f"# {line}" for line in answer(event).splitlines())])


def _parts(request: object) -> tuple[Mapping[str, str], Any, Mapping[str, str]]:
    if isinstance(request, Mapping) and request and _PARTS.issuperset(request):
        body = request.get("body", request.get("json", request.get("data")))
        return request.get("headers") or {}, body, request.get("params") or {}
    return {}, request, {}


def _address(event: Event, headers: Mapping[str, str], params: Mapping[str, str]) -> str:
    url = event.url or ""
    if not urlsplit(url).scheme:
        host = next((value for name, value in headers.items() if name.lower() == "host"), "")
        named = f"https://{host}" if host and not host.startswith(("127.", "localhost")) else ""
        url = (named or _HOSTS.get(event.target, "")) + url
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def _wanted(name: str) -> bool:
    return name.lower() not in _NOT_NEEDED


def _written(body: object, kind: str) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, Mapping) and kind.startswith("application/x-www-form-urlencoded"):
        return urlencode({name: value for name, value in body.items() if value is not None}, doseq=True)
    return json.dumps(body, ensure_ascii=False, default=str)
