"""What a server can be sent that is not as it should be, as data."""

import gzip
from typing import Any

MEGABYTE = 1 << 20
DEEP = 200_000

# What the state machine of a parser, a number or a text can stumble over, in place of any field.
NASTY: dict[str, Any] = {
    "null": None, "true": True, "a list": [], "an object": {}, "a nested list": [[[{"a": [None]}]]],
    "a huge integer": 10**400, "a huge float": 1e308, "a tiny float": 5e-324, "minus zero": -0.0, "negative": -1,
    "a fraction of a cent": 0.001, "nothing": "", "blanks": "   ", "not a number": "NaN", "infinite": "-Infinity",
    "an exponent": "1e999999999", "many digits": "9" * 5_000, "half a character": "\ud800", "a zero byte": "a\0b",
    "line ends": "a\r\nSet-Cookie: b=c", "other digits": "١٢٣", "an emoji": "😀" * 50, "a long text": "x" * 100_000,
    "markup": "<script>alert(1)</script>", "a path": "../../etc/passwd", "a format": "%s%n{0}{{x}}",
    "a date": "9999-99-99", "an address": "javascript:alert(1)",
}  # fmt: skip

MULTIPART = "multipart/form-data"

# Bodies that are wrong as a whole.
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing that says it is JSON": (b"", "application/json"),
    "half an object": (b'{"imp_uid": "imp_', "application/json"),
    "a list": (b"[1, 2, 3]", "application/json"),
    "a text": (b'"imp_1"', "application/json"),
    "null": (b"null", "application/json"),
    "no JSON constant": (b'{"amount": NaN, "checksum": -Infinity}', "application/json"),
    "a half character": (b'{"imp_uid": "\\ud800", "merchant_uid": "\\udfff"}', "application/json"),
    "bytes that are no UTF-8": (b'{"imp_uid": "\xff\xfe\x80"}', "application/json"),
    "a form of such bytes": (b"imp_uid=\xff\xfe%FF%C0%80&amount=%80", "application/x-www-form-urlencoded"),
    "UTF-16": ('{"imp_uid": "imp_1"}'.encode("utf-16"), "application/json; charset=utf-16"),
    "an unknown charset": (b'{"imp_uid": "imp_1"}', "application/json; charset=klingon"),
    "a form that says it is JSON": (b"imp_uid=imp_1&amount=1", "application/json"),
    "JSON in a form's clothes": (b'{"imp_uid": "imp_0"}', "application/x-www-form-urlencoded"),
    "a form with parts, cut off": (b'--x\r\nContent-Disposition: form-data; name="a"', MULTIPART + "; boundary=x"),
    "a form with parts that names no border": (b"--x--", MULTIPART),
    "compressed": (gzip.compress(b'{"imp_uid": "imp_1"}'), "application/json"),
    "only zero bytes": (b"\0" * 4096, "application/octet-stream"),
    "a megabyte of text": (b'{"reason": "' + b"x" * (3 * MEGABYTE) + b'"}', "application/json"),
    "a megabyte of form": (b"reason=" + b"x" * (3 * MEGABYTE), "application/x-www-form-urlencoded"),
    "a hundred thousand fields": (b"&".join(b"a%d=1" % n for n in range(100_000)), "application/x-www-form-urlencoded"),
    "deep lists": (b'{"amount":' + b"[" * DEEP + b"]" * DEEP + b"}", "application/json"),
    "lists that are only rather deep": (b'{"amount":' + b"[" * 500 + b"]" * 500 + b"}", "application/json"),
    "objects that are only rather deep": (b'{"a":' * 400 + b"1" + b"}" * 400, "application/json"),
    "deep objects, not closed": (b'{"a":' * DEEP, "application/json"),
    "a number of many digits": (b'{"amount": ' + b"9" * 100_000 + b"}", "application/json"),
    "a field twice": (b'{"imp_uid": "imp_0", "imp_uid": ["imp_0"]}', "application/json"),
}  # fmt: skip

STRANGE_NAMES = (
    "imp_0", "imp_%00", "%FF%FE", "%ED%A0%80", "..%2F..%2Fusers", "%2e%2e", "%F0%9F%98%80", "a%0d%0aSet-Cookie:%20b=c",
    "x" * 8_000, "%25s", "null", "undefined", "-1", "1e400", "%20", "a%2Fb%2Fc", "*", "'%22%3Cscript%3E",
)  # fmt: skip
AUTHORIZATIONS = (
    b"", b"Bearer", b"Bearer Bearer x", b"\xff\xfe\x80", "토큰".encode(), b"x" * 16_000, b"Basic Og==", b",", b"null",
)  # fmt: skip
HEADERS = (
    ("Content-Type", b"\xff\xff"), ("Content-Type", b"text/" + b"x" * 8_000), ("Accept", b"image/png"),
    ("Accept-Encoding", b"identity;q=0"), ("Accept-Language", b";;;q=-1,*"), ("Content-Encoding", b"gzip"),
    ("Range", b"bytes=9-1"), ("If-Modified-Since", b"yesterday"), ("Origin", b"null, null"),
    ("User-Agent", b"\xf0\x9f\x98\x80" * 100), ("X-Forwarded-For", b"a, b, c" * 100), ("Cookie", b"a" * 10_000),
)  # fmt: skip


RAW = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200 + b"\r\n\r\n",
    "no version": b"GET /payments/imp_1\r\n\r\n",
    "a version that does not exist": b"GET /payments/imp_1 HTTP/9.9\r\nHost: x\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path with a zero byte": b"GET /payments/\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path of raw bytes": b"GET /payments/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "a whole address": b"GET http://[::1/payments/imp_1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET /payments/imp_1 HTTP/1.1\r\nnonsense\r\n\r\n",
    "a header of a megabyte": b"GET /payments/imp_1 HTTP/1.1\r\nX: " + b"x" * MEGABYTE + b"\r\n\r\n",
    "a length that is no number": b"POST /payments/cancel HTTP/1.1\r\nContent-Length: ten\r\n\r\n{}",
    "a negative length": b"POST /payments/cancel HTTP/1.1\r\nContent-Length: -1\r\n\r\n{}",
    "two lengths": b"POST /payments/cancel HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a chunk that is none": b"POST /payments/cancel HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "a body that never comes": b"POST /payments/cancel HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    "a host of raw bytes": b"GET /payments/imp_1 HTTP/1.1\r\nHost: \xff\xff:x\r\n\r\n",
    "a control call by a foreign name": b"GET /_emulator/health HTTP/1.1\r\nHost: shop.example\r\n\r\n",
}
