"""What strangers send is bounded, and is nothing where it cannot be understood."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from emulator.incoming import LARGEST, MOST_FIELDS, address, form, json_object, origin
from tests.emulator.stage import play

FORM = "application/x-www-form-urlencoded"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'


def request(body: bytes = b"", content_type: str = FORM, host: str = "127.0.0.1:8740") -> Request:
    half = len(body) // 2
    chunks = [(body[:half], True), (body[half:], False)]

    async def receive() -> Message:
        chunk, more = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": more}

    headers = [(b"content-type", content_type.encode()), (b"host", host.encode())]
    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": "/here", "query_string": b"a=1", "headers": headers,
    }  # fmt: skip
    return Request(scope, receive)


def read(reader: Callable[[Request], Awaitable[dict[str, Any]]], sent: Request) -> dict[str, Any]:
    return play(lambda: reader(sent))


def test_a_json_object_is_read() -> None:
    assert read(json_object, request('{"name": "민지"}'.encode())) == {"name": "민지"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b"{",
        b'{"amount": NaN}',
        b'{"name": "\\ud800"}',
        b"\xff\xfe",
        b'{"a":' * 100_000,
        b'{"number": ' + b"9" * 100_000 + b"}",
        b'{"text": "' + b"x" * LARGEST + b'"}',
    ],
    ids=["nothing", "list", "half", "constant", "surrogate", "bytes", "deep", "digits", "large"],
)
def test_what_is_no_object_is_an_empty_one(body: bytes) -> None:
    assert read(json_object, request(body)) == {}


def test_a_form_is_read_in_both_encodings() -> None:
    assert read(form, request(b"ref=b1&message=&name=%EB%AF%BC")) == {"ref": "b1", "message": "", "name": "민"}
    parts = PART % (b"ref", b"b1") + b"--x--\r\n"
    assert read(form, request(parts, "multipart/form-data; boundary=x")) == {"ref": "b1"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"ref=" + b"x" * LARGEST, FORM),
        (b"&".join(b"a%d=1" % number for number in range(MOST_FIELDS + 1)), FORM),
        (b"--x--", "multipart/form-data"),
        ((PART % (b"ref", b"b1")) * (MOST_FIELDS + 1) + b"--x--\r\n", "multipart/form-data; boundary=x"),
    ],
    ids=["large", "many", "no border", "many parts"],
)
def test_a_form_that_cannot_be_read_has_no_fields(body: bytes, content_type: str) -> None:
    assert read(form, request(body, content_type)) == {}


@pytest.mark.parametrize("host", ["127.0.0.1:8740", "service.iamport.kr", "localhost", "[::1]:8740"])
def test_a_host_is_where_the_caller_is(host: str) -> None:
    assert origin(request(host=host), "https://usual.example") == f"http://{host}"


@pytest.mark.parametrize("host", ["", "[::1", "a b", "<script>", "shop.example:port", "a/b"])
def test_a_host_that_is_none_is_not_believed(host: str) -> None:
    assert origin(request(host=host), "https://usual.example") == "https://usual.example"
    assert address(request(host=host)) == "/here?a=1"
