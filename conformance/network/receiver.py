"""The webhook receiver: stands at the webhook address, records each delivery, and passes it on to the merchant."""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier, Lock
from threading import Event as Signal
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import urlencode

import httpx
from werkzeug import Request, Response

from conformance.network.connections import client_of
from conformance.network.heads import StrictServer
from conformance.network.spoken import Spoken, UnsignedWebhooks, parsed
from conformance.record.timeline import Event, Timeline
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import SuiteError
from conformance.verdict.reasons import Cause, Why, term

PATH = "/portone/webhook"
NONCE = "nonce"
REROUTED = "to"
"""The parameter of the receiver's address that names a page's own notice_url."""
CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0
"""PortOne's own limits for a first delivery (docs)."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL, SuiteError)
_NO_ADDRESS = "the merchant has no address for webhooks"
_SHOWN = ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")
_NOT_PASSED_ON = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding"}


@dataclass(frozen=True)
class Delivery:
    """One sending of a webhook: what came, and what the merchant answered (status None: no answer at all).

    `arrived` is False where no connection to the merchant came about, so that nothing was sent.
    """

    body: bytes
    headers: Mapping[str, str]
    fields: Mapping[str, object]
    status: int | None
    answer: bytes
    seconds: float
    source: str = "portone"
    arrived: bool = True


@dataclass
class WebhookReceiver:
    """A threaded server between PortOne and the merchant; single-threaded it would hide every race.

    `merchant_url` is where deliveries are passed on to. Deliveries wait as long as PortOne does (docs: 10 s to
    connect, 30 s to read), times `limit_scale`. With `tls` the address is an HTTPS one. `public_url` is how PortOne
    reaches it, where that is not the address that it listens on. `may_reach` raises SuiteError for an address that
    nothing may be sent to. `went_wrong` hears of a delivery without an answer, or with a server error; `is_gone` says
    that the merchant answers nothing any more, so that nobody waits for it. `reaches_nobody`: the merchant has no
    address for webhooks; nothing is sent then, as what it answers elsewhere says nothing. `let_in` adds what a closed
    shop wants of everybody to a request.

    `spoken` is how the provider writes webhooks; the fields of a delivery are in V1's words.

    `ours` are the attempts of this run, where others come by as well: a webhook about any other
    is passed on as it came, and is neither kept nor shown; None: all are this run's. `aside` are the attempts
    (merchant_uid) of scenarios that wait for a result while others run: their deliveries are not withheld with the
    others', and not forgotten. `arrived` is set whenever one came.
    """

    capabilities: ClassVar[frozenset[Probe]] = frozenset({Probe.DELIVERIES})

    timeline: Timeline
    merchant_url: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    tls: ssl.SSLContext | None = None
    limit_scale: float = 1.0
    may_reach: Callable[[str], None] = lambda _url: None
    went_wrong: Callable[[], None] = lambda: None
    is_gone: Callable[[], bool] = lambda: False
    ours: set[str] | None = None
    reaches_nobody: bool = False
    let_in: Callable[[httpx.Request], None] = lambda _request: None
    spoken: Spoken = field(default_factory=UnsignedWebhooks)
    deliveries: list[Delivery] = field(default_factory=list)
    withheld: list[Delivery] = field(default_factory=list)
    aside: set[str] = field(default_factory=set)
    arrived: Signal = field(default_factory=Signal)
    _withholding: bool = False
    _under_way: int = 0
    _own_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _lock: Lock = field(default_factory=Lock)

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its line per request says nothing new
        self._server = StrictServer(host=self.host, port=self.port, ssl_context=self.tls, threaded=True)
        self._server.expect_request(PATH).respond_with_handler(self._receive)
        self._server.start()
        self._client = client_of(
            timeout=httpx.Timeout(CONNECT_SECONDS * self.limit_scale, read=self.read_seconds),
            event_hooks={"request": [lambda request: self.let_in(request)]},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._server.stop()

    @property
    def read_seconds(self) -> float:
        """How long a delivery waits for the merchant's answer."""
        return READ_SECONDS * self.limit_scale

    @property
    def url(self) -> str:
        """The address to register at PortOne."""
        if self.public_url is not None:
            return self.public_url.rstrip("/") + PATH
        return self._server.url_for(PATH).replace("//0.0.0.0:", "//127.0.0.1:")

    @property
    def idle(self) -> bool:
        """Whether no delivery waits for the merchant's answer: PortOne may have given up on it before it is kept."""
        with self._lock:
            return not self._under_way

    def clear(self) -> None:
        """Forget the deliveries of the last scenario; the library's own log would grow without bound."""
        self._server.clear_log()
        with self._lock:
            self.deliveries[:] = [d for d in self.deliveries if d.fields.get("merchant_uid") in self.aside]
            self.withheld.clear()

    def of(self, merchant_uid: str) -> list[Delivery]:
        """The deliveries of results of this attempt, in the order in which the merchant had answered them."""
        with self._lock:
            about = [d for d in self.deliveries if d.fields.get("merchant_uid") == merchant_uid]
        return [d for d in about if self.spoken.is_result(d.fields)]

    def heard_of(self, merchant_uid: str) -> bool:
        """Whether a webhook about this attempt came by."""
        return bool(self.of(merchant_uid))

    def told_about(self, merchant_uid: str) -> Cause:
        """The webhooks about this attempt and how the merchant answered them, for the reason of a verdict."""
        if self.reaches_nobody:
            return Cause(Why.NO_WEBHOOK_ADDRESS, facts={"number": str(len(self.of(merchant_uid)))})
        answers = [f"HTTP {d.status}" if d.status else "nothing" for d in self.of(merchant_uid)]
        facts = {"number": str(len(answers)), **term("answers", *answers)}
        return Cause(Why.WEBHOOKS, facts=facts) if answers else Cause(Why.NO_WEBHOOK)

    @contextmanager
    def withholding(self) -> Iterator[None]:
        """Keep the results that PortOne sends in `withheld`, and pass nothing on to the merchant; 200 answers it."""
        before, self._withholding = self._withholding, True
        try:
            yield
        finally:
            self._withholding = before

    def at_once(self, delivery: Delivery, times: int) -> list[Delivery]:
        """Send the same webhook this many times at the same moment, from threads that are released together."""
        together = Barrier(times)

        def send(_: int) -> Delivery:
            together.wait(timeout=self.read_seconds)
            return self.repeat(delivery)

        with ThreadPoolExecutor(times) as threads:
            return list(threads.map(send, range(times)))

    def repeat(self, delivery: Delivery) -> Delivery:
        """Send the same webhook once more, to the letter."""
        return self._pass_on(delivery.body, delivery.headers, "portone")

    def forge(
        self,
        fields: Mapping[str, object],
        content_type: str = "application/json",
        *,
        source: str = "attacker",
        headers: Mapping[str, str] | None = None,
        truly: bool | None = None,
        sign: Callable[[bytes], Mapping[str, str]] | None = None,
    ) -> Delivery:
        """Send a webhook of the suite's own making, with any headers: anyone may.

        Where PortOne signs, it is signed as PortOne does (`truly`), or with a secret that is made up: the attacker's
        usually, anybody else's not. Or as `sign` does, which is given the body.
        """
        written = self.spoken.write(fields)
        as_json = content_type.startswith("application/json")
        body = (json.dumps(written) if as_json else urlencode(written)).encode()
        truly = source != "attacker" if truly is None else truly
        signed = sign(body) if sign else self.spoken.signed(body, truly=truly)
        return self._pass_on(body, {**(headers or {}), **signed, "Content-Type": content_type}, source)

    def send(self, body: bytes, content_type: str, source: str = "attacker") -> Delivery:
        """Send any body at all to the merchant's webhook address, signed by nobody that it knows."""
        return self._pass_on(body, {**self.spoken.signed(body, truly=False), "Content-Type": content_type}, source)

    def answer_to(self, nonce: str) -> str:
        """What only this very receiver answers to a GET with `?nonce=…`: it shows where an address leads."""
        return hmac.digest(self._own_secret, nonce.encode(), "sha256").hex()

    def _receive(self, request: Request) -> Response:
        if request.method == "GET":
            nonce = request.args.get(NONCE)
            return Response(self.answer_to(nonce)) if nonce else Response("PortOne's webhooks come here.", status=405)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED_ON}
        body = request.get_data()
        fields = self.spoken.read(body, headers.get("Content-Type", ""))
        if self.ours is not None and str(fields.get("merchant_uid")) not in self.ours:
            return self._pass_by(body, headers)
        if self._withholding and fields.get("merchant_uid") not in self.aside:
            kept = Delivery(body, headers, fields, None, b"", 0.0)
            if self.spoken.is_result(fields):
                with self._lock:
                    self.withheld.append(kept)
            return Response(status=200)
        delivery = self._pass_on(body, headers, "portone", request.args.get(REROUTED))
        self.arrived.set()
        if delivery.status is None:
            return Response("The merchant did not answer.", status=504)
        return Response(delivery.answer, status=delivery.status)

    def _pass_by(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """Somebody else's webhook: to the merchant and back as it is, and nothing of it is kept."""
        try:
            self.may_reach(self.merchant_url)
            answer = self._client.post(self.merchant_url, content=body, headers=dict(headers))
        except (httpx.TransportError, httpx.InvalidURL, SuiteError):
            return Response("The merchant did not answer.", status=504)
        kind = answer.headers.get("Content-Type")
        return Response(answer.content, status=answer.status_code, content_type=kind)

    def _sent(self, to: str | None, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        """The status and body that the merchant answers, and in words; `to` is the page's own address, if it has one.

        Raises httpx.TransportError, httpx.InvalidURL and SuiteError.
        """
        if self.reaches_nobody and to is None:
            return httpx.codes.NOT_FOUND, b"", _NO_ADDRESS
        url = self.merchant_url if to is None else to
        self.may_reach(url)
        if self.is_gone():
            raise httpx.ConnectError("the merchant stopped answering")
        response = self._client.post(url, content=body, headers=dict(headers))
        return response.status_code, response.content, f"HTTP {response.status_code}"

    def _pass_on(self, body: bytes, headers: Mapping[str, str], source: str, to: str | None = None) -> Delivery:
        kind = headers.get("Content-Type", "")
        fields = self.spoken.read(body, kind)
        began, status, answer, arrived = time.time(), None, b"", True
        with self._lock:
            self._under_way += 1
        try:
            status, answer, said = self._sent(to, body, headers)
        except (httpx.TransportError, httpx.InvalidURL, SuiteError) as error:
            said, arrived = repr(error), not isinstance(error, _NOT_SENT)
        ended = time.time()
        if status is None or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            self.went_wrong()
        delivery = Delivery(body, headers, fields, status, answer, ended - began, source, arrived)
        with self._lock:
            self.deliveries.append(delivery)
            self._under_way -= 1
        words = f"Webhook {fields.get('status', '')} about {fields.get('merchant_uid', 'nothing readable')}"
        self.timeline.record(
            Event(
                "delivery", source, "merchant", words, began, ended,
                imp_uid=_text(fields.get("imp_uid")), merchant_uid=_text(fields.get("merchant_uid")), status=status,
                request={"headers": _shown(headers), "body": parsed(body, kind) or body.decode("utf-8", "replace")},
                response=said, method="POST", url=self.merchant_url,
            )
        )  # fmt: skip
        return delivery


def _shown(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in _SHOWN}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
