"""A CONNECT proxy: it leads PortOne's and Paymentwall's hosts to the emulator, and no others anywhere."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LED = ("iamport.kr", "portone.io", "paymentwall.com")
LONGEST_SILENCE_SECONDS = 20.0


@contextmanager
def tunnel(tls_port: int) -> Iterator[str]:
    """The proxy's address, `http://127.0.0.1:PORT`."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            method, host = [*self.rfile.readline().decode("latin-1").split(), "", ""][:2]
            while self.rfile.readline().strip():
                pass
            if method != "CONNECT" or not host.partition(":")[0].endswith(LED):
                self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", tls_port), LONGEST_SILENCE_SECONDS) as emulator:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(emulator, self.connection), daemon=True)
                back.start()
                _pump(self.connection, emulator)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    source.settimeout(LONGEST_SILENCE_SECONDS)
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # one end is gone: nothing more to carry
        return
