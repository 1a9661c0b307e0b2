"""The server: listeners, certificates, a taken port, replaced sides, the command line, and how soon it answers."""

import os
import signal
import socket
import ssl
import threading
import time
from itertools import takewhile
from pathlib import Path

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from emulator.__main__ import READY
from emulator.server import Emulator, PortTaken
from tests import forks
from tests.emulator.driver import Driver
from tests.interrupting import interrupt


def test_the_first_answer_comes_within_200_ms() -> None:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        with Emulator(tls=False) as emulator, socket.create_connection(("127.0.0.1", emulator.port)) as asking:
            asking.sendall(b"GET /_emulator/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert asking.recv(15) == b"HTTP/1.1 200 OK"
            took.append(time.perf_counter() - began)
    assert min(took) < 0.2


@pytest.mark.parametrize("loop", ["the fastest", "Python's own"])
def test_requests_on_a_kept_connection_do_not_stall(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if loop == "Python's own":  # as on Windows
        monkeypatch.setattr("emulator.server.loop_factory", lambda: None)
    with Emulator(tls=False) as emulator, httpx.Client(base_url=emulator.url) as client:
        client.get("/_emulator/health")
        began = time.perf_counter()
        for _ in range(10):
            client.get("/_emulator/health")
    assert (time.perf_counter() - began) / 10 < 0.03


def test_a_taken_port_is_named_in_one_sentence() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PortTaken, match=f"^Port {port} on 127.0.0.1 is taken; .*[.]$"):
            Emulator(port, tls=False).start()


def test_it_stops_answering_and_leaves_no_thread() -> None:
    with Emulator(tls=False) as emulator:
        url = emulator.url
        assert "emulator" in {thread.name for thread in threading.enumerate()} - {threading.current_thread().name}
        before = threading.active_count()
    assert threading.active_count() == before - 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_the_providers_names_are_served_with_tls_and_certificates_are_kept(tmp_path: Path) -> None:
    names = ("api.iamport.kr", "cdn.iamport.kr", "service.iamport.kr", "api.paymentwall.com", "localhost")
    authorities = set()
    for _ in range(2):
        with Emulator(certificates=tmp_path / "kept") as emulator:
            authorities.add(Path(emulator.ca_file).read_bytes())
            trust = ssl.create_default_context(cafile=emulator.ca_file)
            for name in names:
                with (
                    socket.create_connection(("127.0.0.1", emulator.tls_port)) as plain,
                    trust.wrap_socket(plain, server_hostname=name) as secure,
                ):
                    secure.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
                    assert secure.recv(15) == b"HTTP/1.1 200 OK"
    assert authorities == {(tmp_path / "kept" / "ca.pem").read_bytes()}
    assert (tmp_path / "kept" / "server.pem").stat().st_mode & 0o077 == 0


def test_temporary_certificates_are_removed() -> None:
    with Emulator() as emulator:
        made = Path(emulator.ca_file)
        assert made.exists()
    assert not made.parent.exists()


def test_without_tls_there_is_no_authority_to_trust() -> None:
    with Emulator(tls=False) as emulator:
        assert emulator.tls_port == 0
        with pytest.raises(RuntimeError, match="without TLS"):
            assert emulator.ca_file


def test_paymentwall_s_side_can_be_replaced() -> None:
    with Emulator(tls=False) as emulator, httpx.Client(base_url=emulator.url) as client:
        account = Driver(client, client.post("/_emulator/accounts", json={}).json())
        imp_uid = account.pay()["imp_uid"]
        emulator.wire.hosts["api.paymentwall.com"] = JSONResponse({"result": 0, "errors": ["Not today"]})
        envelope = account.cancel(imp_uid)
        assert (envelope["code"], envelope["message"]) == (-1, "결제취소에 실패하였습니다. [Paymentwall] Not today")


def test_portone_s_side_can_be_replaced() -> None:
    with Emulator(tls=False) as emulator, httpx.Client(base_url=emulator.url) as client:
        account = Driver(client, client.post("/_emulator/accounts", json={}).json())
        emulator.wire.hosts["service.iamport.kr"] = PlainTextResponse("down", 503)
        answer = client.post(account.control + "/payments", json={"merchant_uid": "a", "amount": 1})
        assert answer.status_code == 400
        assert answer.json() == {"error": "PortOne refused the request: down"}


def test_the_page_says_what_this_is(client: httpx.Client) -> None:
    page = client.get("/")
    assert "PortOne and Paymentwall emulator" in page.text
    assert "/v1/iamport.js" in page.text


def test_from_the_command_line_it_tells_how_to_point_a_merchant_at_it() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with forks.start("emulator", "--port", str(port), "--speed", "60") as running:
        assert running.stdout is not None
        limit = threading.Timer(20, running.kill)
        limit.start()
        try:
            shown = list(takewhile(lambda line: not line.startswith("Time runs"), running.stdout))
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                pair = {"imp_key": READY["imp_key"], "imp_secret": READY["imp_secret"]}
                assert client.post("/users/getToken", json=pair).status_code == 200
                control = f"/_emulator/accounts/{READY['imp_code']}/clock"
                first = client.get(control).json()["now"]
                assert client.get(control).json()["now"] > first
        finally:
            running.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
            ended = running.wait(timeout=10)
            limit.cancel()
    assert ended == 0
    text = "".join(shown)
    for expected in (f"http://127.0.0.1:{port}", "imp87654321", "channel-key-conformance", "/v1/iamport.js"):
        assert expected in text


def test_from_the_command_line_a_taken_port_is_one_line() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        ended = forks.run("emulator", "--port", str(holder.getsockname()[1]))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "is taken" in ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="Windows sends no signal to a single thread")
def test_an_interrupted_wait_still_waits_for_its_end_when_it_stops() -> None:
    before = set(threading.enumerate())
    with Emulator(tls=False) as emulator:
        interrupt(emulator.join)
    assert set(threading.enumerate()) == before


def test_who_leaves_in_the_middle_of_a_request_is_no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    with Emulator(tls=False) as emulator, caplog.at_level("ERROR"):
        with socket.create_connection(("127.0.0.1", emulator.port)) as leaving:
            leaving.sendall(b"POST /users/getToken HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        httpx.get(f"{emulator.url}/_emulator/accounts").raise_for_status()
    assert caplog.text == ""
