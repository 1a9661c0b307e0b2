"""Merchants wholly different from a good one, in place of the shop: `pytest -p tests.proof.strangers --stranger NAME`.

Each takes orders and says how they stand, or nothing could be said of it at all; all else it does in its own way.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import pytest

from conformance.target import embedded
from shop.settings import ShopSettings

HELD_SECONDS = 60.0
HTML, JSON = "text/html; charset=utf-8", "application/json"


@dataclass(frozen=True)
class Asked:
    """A request: its method, its path, and the fields of its query and body."""

    method: str
    path: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """An answer to it."""

    status: int
    text: str = ""
    kind: str = HTML


@dataclass
class Books:
    """The orders that were taken, by reference, each with its state; and the keys that a page needs."""

    settings: ShopSettings
    states: dict[str, str] = field(default_factory=dict)
    prices: dict[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, asked: Asked) -> str:
        """The reference of the order that a request is about: from its merchant_uid, else from its path."""
        named = str(asked.fields.get("merchant_uid") or "").partition("-")[0]
        in_path = next((part for part in asked.path.split("/") if part in self.states), "")
        return named if named in self.states else in_path


Way = Callable[[Books, Asked], Answer]


class NoAnswer(Exception):
    """The connection is held until who asked has enough of it."""


def does_nothing(_books: Books, _asked: Asked) -> Answer:
    """Answers 200 to everything and stores nothing."""
    return Answer(200)


def fails(_books: Books, _asked: Asked) -> Answer:
    """Answers 500 to everything."""
    return Answer(500)


def refuses_everything(_books: Books, _asked: Asked) -> Answer:
    """Answers 403 to everything, with a reason."""
    return Answer(403, json.dumps({"message": "No."}), JSON)


def never_answers(_books: Books, _asked: Asked) -> Answer:
    """Takes every connection and every request, and answers nothing."""
    raise NoAnswer


def believes_everything(books: Books, asked: Asked) -> Answer:
    """Whatever anybody says of an order is so: a webhook, a browser, a stranger who wants their money back."""
    reference = books.of(asked)
    if asked.path.endswith("/checkout"):
        return Answer(200, _checkout(books, reference))
    said = "cancelled" if asked.path.endswith("/refund") else str(asked.fields.get("status") or "paid")
    if reference and said in _WORDS and asked.path.startswith(("/webhooks/", "/payments/", "/api/operator/orders/")):
        books.states[reference] = said
    return Answer(200, json.dumps({"message": "As you say."}), JSON)


STRANGERS: Mapping[str, Way] = {
    way.__name__.replace("_", "-"): way
    for way in (does_nothing, fails, never_answers, believes_everything, refuses_everything)
}
_PRICES = {"tea": ("12000", "KRW"), "dates": ("10.500", "KWD")}
_WORDS = ("unpaid", "failed", "paid", "cancelled")


def _checkout(books: Books, reference: str) -> str:
    settings = books.settings
    amount, currency = books.prices[reference]
    request = {
        "channelKey": settings.channel_key,
        "pay_method": "card",
        "merchant_uid": f"{reference}-1",
        "name": "A mug",
        "amount": float(amount),
        "currency": currency,
        "buyer_email": "grace@example.com",
        "buyer_name": "Grace Hopper",
        "m_redirect_url": f"{settings.public_url or ''}/payments/return",
        "bypass": {"widget_code": "pw_1"},
    }
    return f"""<!doctype html><script src="{settings.sdk_url}"></script><button id="pay">Pay</button><script>
IMP.init("{settings.imp_code}");
document.getElementById("pay").onclick = () => IMP.request_pay({json.dumps(request)}, (told) => {{
  if (told.success) fetch("/payments/complete", {{ method: "POST", body: JSON.stringify(told) }});
}});</script>"""


def _taken(books: Books, asked: Asked) -> Answer:
    reference = f"S{len(books.states) + 1}"
    amount, currency = _PRICES.get(str(asked.fields.get("sku")), ("10.50", "USD"))
    books.states[reference], books.prices[reference] = "unpaid", (amount, currency)
    order = {"order": reference, "merchant_uid": f"{reference}-1", "amount": amount, "currency": currency}
    return Answer(201, json.dumps(order), JSON)


def _told(books: Books, reference: str) -> Answer:
    state = books.states[reference]
    cancelled = books.prices[reference][0] if state == "cancelled" else "0"
    order = {"status": state, "cancelled_amount": cancelled, "fulfilments": int(state == "paid")}
    return Answer(200, json.dumps(order), JSON)


class Stranger:
    """A server in the shop's place, of one way."""

    def __init__(self, way: Way, settings: ShopSettings, **_named: object) -> None:
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # as http.server calls it
                stranger.serve(self)

            do_POST = do_PUT = do_GET  # noqa: N815

            def log_message(self, *_given: object) -> None:
                """Nothing: a line per request says nothing new."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._books = Books(settings.model_copy(update={"public_url": self.url}))
        self._way = way
        self._leaving = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="stranger", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._server.server_close()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        asked = _asked(handler)
        try:
            answer = self._answer(asked)
        except NoAnswer:
            self._leaving.wait(HELD_SECONDS)
            handler.close_connection = True
            return
        body = answer.text.encode()
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _answer(self, asked: Asked) -> Answer:
        if asked.method == "POST" and asked.path == "/api/orders":
            return _taken(self._books, asked)
        read = re.fullmatch(r"/api/orders/(\w+)", asked.path)
        if asked.method == "GET" and read and read[1] in self._books.states:
            return _told(self._books, read[1])
        return self._way(self._books, asked)


def _asked(handler: BaseHTTPRequestHandler) -> Asked:
    parts = urlsplit(handler.path)
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
    try:
        fields = json.loads(body)
    except ValueError:
        fields = dict(parse_qsl(body))
    known = fields if isinstance(fields, dict) else {}
    return Asked(handler.command, parts.path, {**dict(parse_qsl(parts.query)), **known})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names one."""
    parser.addoption("--stranger", choices=list(STRANGERS), help="this merchant in place of the shop")


def pytest_configure(config: pytest.Config) -> None:
    """Put it in the shop's place; this process tests nothing else."""
    if name := config.getoption("stranger"):
        way = STRANGERS[name]
        vars(embedded)["Shop"] = lambda settings, **named: Stranger(way, settings, **named)
