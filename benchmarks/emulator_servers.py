"""The servers that the emulator's benchmark asks, each in a process of its own.

`python -m benchmarks.emulator_servers NAME`: `emulator` is the emulator with payments in it; `thin` what a minimal
handler on the same kind of server reaches; `receiver` a merchant's webhook endpoint that only counts. Each prints where
it is as one line of JSON, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LOOPBACK = "127.0.0.1"
CARD = {"number": "4242424242424242", "expiry": "12/39", "cvv": "123", "holder": "Gildong Hong"}
# Makes the answer to a look-up about 2 kB.
CUSTOM_DATA = {"cart": [{"sku": f"mug-{number}", "count": 1, "note": "gift wrap, please"} for number in range(13)]}


def bought(client: httpx.Client, imp_code: str, merchant_uid: str, method: str = "cc") -> str:
    """The imp_uid of a purchase as the SDK and the widget make it."""
    params = {
        "pg": "paymentwall", "merchant_uid": merchant_uid, "name": "A mug", "amount": 10.5, "currency": "USD",
        "buyer_name": "Gildong Hong", "buyer_email": "buyer@example.com", "custom_data": CUSTOM_DATA,
        "bypass": {"country_code": "KR"},
    }  # fmt: skip
    asked = {"imp_code": imp_code, "params": params, "mobile": False}
    opened = client.post("/sdk/request_pay", json=asked).raise_for_status().json()
    query = urlsplit(opened["widget_url"]).query
    form = {"method": method, "country": "KR", "card": CARD}
    client.post(f"/api/subscription/charge?{query}", json=form).raise_for_status()
    return str(opened["imp_uid"])


def account(client: httpx.Client, **settings: Any) -> dict[str, Any]:
    """A new account in the live stage, with its token under `token`."""
    asked = {"stage": "live", "paymentwall": {"live": True}, **settings}
    made: dict[str, Any] = client.post("/_emulator/accounts", json=asked).raise_for_status().json()
    pair = {name: made[name] for name in ("imp_key", "imp_secret")}
    token = client.post("/users/getToken", json=pair).raise_for_status().json()["response"]["access_token"]
    return {**made, "token": token}


def serve_emulator(payments: int) -> None:
    from emulator.server import Emulator

    with Emulator(tls=False) as emulator, httpx.Client(base_url=emulator.url) as client:
        made = account(client)
        paths = [f"/payments/{bought(client, made['imp_code'], f'order-{number}')}" for number in range(payments)]
        _until_told({"port": emulator.port, "authorization": made["token"], "paths": paths})


def serve_thin(*, kept: bool) -> None:
    """A dictionary look-up and no checks; `kept` holds bytes, otherwise JSON is written for each answer.

    The first line of standard input is where the emulator is: the same payments are asked for here.
    """
    where = json.loads(sys.stdin.readline())
    known: dict[str, Any] = {}
    with httpx.Client(base_url=f"http://{LOOPBACK}:{where['port']}") as client:
        for path in where["paths"]:
            answer = client.get(path, headers={"Authorization": where["authorization"]}).raise_for_status()
            known[path.rpartition("/")[2]] = answer.content if kept else answer.json()

    async def whole(request: Request) -> Response:
        return Response(known[request.path_params["imp_uid"]], media_type="application/json")

    async def written(request: Request) -> Response:
        return JSONResponse(known[request.path_params["imp_uid"]])

    application = Starlette(routes=[Route("/payments/{imp_uid}", whole if kept else written)])
    # As the emulator's: with the protocol named, see emulator/server.py.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.bind((LOOPBACK, 0))
    config = uvicorn.Config(
        application, ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False,
        server_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, args=([bound],), daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    _until_told({**where, "port": bound.getsockname()[1]})


class Counting(asyncio.Protocol):
    """Answers each POST with 200; `arrived` are the moments (wall clock) at which webhooks were whole."""

    arrived: list[float] = []  # noqa: RUF012 - one list for all connections, on purpose
    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = cast(asyncio.WriteTransport, transport), b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        if head.startswith(b"GET"):
            told = json.dumps({"arrived": self.arrived}).encode()
            self.arrived.clear()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told))
        elif len(body) < int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
            return
        else:
            self.arrived.append(time.time())
            self.transport.write(self.ANSWER)
        self.buffer = b""


def serve_receiver() -> None:
    loop = asyncio.new_event_loop() if sys.platform == "win32" else import_module("uvloop").new_event_loop()
    server = loop.run_until_complete(loop.create_server(Counting, LOOPBACK, 0))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    _until_told({"port": server.sockets[0].getsockname()[1]})


def _until_told(where: dict[str, Any]) -> None:
    print(json.dumps(where), flush=True)
    sys.stdin.read()


def main(name: str, *options: str) -> None:
    servers: dict[str, Callable[[], None]] = {
        "emulator": lambda: serve_emulator(int(options[0])),
        "thin": lambda: serve_thin(kept=options[0] == "kept"),
        "receiver": serve_receiver,
    }
    servers[name]()


if __name__ == "__main__":
    main(*sys.argv[1:])
