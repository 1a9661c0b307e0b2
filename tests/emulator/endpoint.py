"""A merchant's webhook endpoint that fails when told to; it keeps what came to each path, in order."""

import json
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

BROKEN = 0  # in place of a status: the connection is closed without an answer


@dataclass(frozen=True, slots=True)
class Arrival:
    """One try to deliver a webhook: its fields, and the status that it was answered with."""

    fields: dict[str, Any]
    status: int

    @property
    def webhook(self) -> tuple[str, str, str | None]:
        """What tells one webhook from another, as far as its receiver can."""
        return self.fields["imp_uid"], self.fields["status"], self.fields.get("cancellation_id")


class Endpoint:
    """`plans` are the next statuses of a path, 200 when there are none; `arrivals` what came to it."""

    def __init__(self) -> None:
        self.plans: dict[str, deque[int]] = defaultdict(deque)
        self.arrivals: dict[str, list[Arrival]] = defaultdict(list)
        self.lock = Lock()
        self.url = ""

    def take(self, path: str, body: bytes) -> int:
        with self.lock:
            plan = self.plans[path]
            status = plan.popleft() if plan else 200
            self.arrivals[path].append(Arrival(json.loads(body), status))
            return status


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """An endpoint on a free port of this machine; every path of it is one."""
    opened = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            status = opened.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            if status == BROKEN:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.send_header("connection", "close")  # what a kept one swallows is sent again, and comes twice
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        opened.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield opened
        finally:
            server.shutdown()
            thread.join()
