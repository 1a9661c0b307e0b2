"""A front before a merchant's shop that lets secrets out in its answers, and a tunnel whose address holds a token."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_DROPPED = {"content-length", "connection", "transfer-encoding", "content-encoding", "date", "server", "keep-alive"}


@contextmanager
def front(port: int, tunnels: Mapping[str, str], shop: str, cookie: str, page: str) -> Iterator[None]:
    """Listen on this port of loopback, until left.

    `tunnels` are addresses by the beginning of the path that leads there; everything else goes to the `shop`, whose
    answers get a cookie, and whose pages get this text at their end.
    """
    client = httpx.Client(trust_env=False, timeout=30)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            begin = next((begin for begin in tunnels if self.path.startswith(begin)), "")
            url = (tunnels[begin] if begin else shop) + self.path.removeprefix(begin)
            headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _DROPPED]
            answer = client.request(self.command, url, content=body, headers=headers)
            content = answer.content
            kept = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in _DROPPED]
            if not begin:
                kept.append(("Set-Cookie", f"tracking={cookie}; Path=/"))
                if "text/html" in answer.headers.get("Content-Type", ""):
                    content = content.replace(b"</body>", f"{page}</body>".encode())
            self.send_response(answer.status_code)
            for name, value in [*kept, ("Content-Length", str(len(content)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *given: object) -> None:
            """Nothing: what it lets out must be found nowhere."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        client.close()
