"""pytest-httpserver, with a strict eye on requests' heads, and stopped by nobody who only half asks."""

from __future__ import annotations

import io
import socket
from contextlib import suppress
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug.serving import WSGIRequestHandler

from conformance.network.heads import LONGEST_HEAD, NO_HTTP, TOO_LONG, is_end, refusal_of

_LET_READ_SECONDS = 2.0


class StrictServer(HTTPServer):
    """Refuses what RFC 9112 refuses, before any handler is asked."""

    def thread_target(self) -> None:
        """Serve until it is stopped; a TLS handshake is made by who serves the connection, and holds nobody else up."""
        assert self.server is not None
        self.server.RequestHandlerClass = _Handler
        if self.ssl_context is not None:
            listening: Any = self.server.socket
            listening.do_handshake_on_connect = False
        super().thread_target()


class _Handler(WSGIRequestHandler):
    def parse_request(self) -> bool:
        """Read the head; False where it was refused, and that was answered."""
        head, told = [self.raw_requestline], None if b"HTTP/" in self.raw_requestline else NO_HTTP
        while told is None and not is_end(head[-1]):
            head.append(self.rfile.readline(LONGEST_HEAD + 1))
            if not head[-1]:  # who asked has left in the middle
                self.close_connection = True
                return False
            if sum(map(len, head)) > LONGEST_HEAD:
                told = TOO_LONG
        if told := told or refusal_of(b"".join(head)):
            self.requestline, self.request_version, self.command = "", "HTTP/1.1", ""  # as send_error wants them
            self.close_connection = True
            self.send_error(told.status, explain=told.reason)
            self._let_read()
            return False
        reading, self.rfile = self.rfile, io.BufferedReader(io.BytesIO(b"".join(head[1:])))
        try:
            return super().parse_request()
        finally:
            self.rfile = reading

    def _let_read(self) -> None:
        """Let the other side read what was answered: with its own bytes unread the connection would be reset."""
        self.wfile.flush()
        self.connection.settimeout(_LET_READ_SECONDS)
        with suppress(OSError):
            if self.server.ssl_context is None:
                self.connection.shutdown(socket.SHUT_WR)
            for _ in range(LONGEST_HEAD):
                if not self.rfile.read1(LONGEST_HEAD):
                    break
