"""A client that does not trust the emulator's certificate is seen: which name it asked for, and how it refused."""

import socket
import ssl
import time
from collections.abc import Iterator

import httpx
import pytest

from emulator.server import Emulator
from tests.emulator.driver import Driver

NAME = "api.iamport.kr"


@pytest.fixture(scope="module")
def secure() -> Iterator[Emulator]:
    with Emulator(tls=True) as running:
        yield running


@pytest.fixture
def seen(secure: Emulator) -> Iterator[Driver]:
    with httpx.Client(base_url=secure.url) as client:
        yield Driver(client, client.post("/_emulator/accounts", json={}).raise_for_status().json())


def refused(secure: Emulator, context: ssl.SSLContext, name: str = NAME) -> None:
    with (
        socket.create_connection(("127.0.0.1", secure.tls_port), timeout=5) as connection,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(connection, server_hostname=name)


def handshakes(seen: Driver) -> list[dict[str, object]]:
    for _ in range(100):  # the server reads the refusal after the client has closed
        if found := seen.entries("handshake"):
            return found
        time.sleep(0.02)
    return []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_refused_certificate_is_journalled(secure: Emulator, seen: Driver, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context()
    context.maximum_version = version
    refused(secure, context)
    [entry] = handshakes(seen)
    assert (entry["source"], entry["target"], entry["method"], entry["status"]) == ("merchant", "portone", "TLS", None)
    assert entry["request"] == {"headers": {}, "body": {"server_name": NAME}}
    assert "UNKNOWN_CA" in str(entry["error"])


def test_a_name_that_the_certificate_lacks_is_one_too(secure: Emulator, seen: Driver) -> None:
    refused(secure, ssl.create_default_context(cafile=secure.ca_file), "shop.example")
    [entry] = handshakes(seen)
    assert entry["request"] == {"headers": {}, "body": {"server_name": "shop.example"}}


def test_who_trusts_it_leaves_no_such_entry(secure: Emulator, seen: Driver) -> None:
    context = ssl.create_default_context(cafile=secure.ca_file)
    with httpx.Client(verify=context, trust_env=False) as client:
        assert client.get(f"https://127.0.0.1:{secure.tls_port}/users/pg").status_code == 401
    assert seen.entries("handshake") == []
    assert seen.entries("channels")


def test_it_comes_to_the_suite_as_a_fact(secure: Emulator) -> None:
    from conformance.network.certificates import RefusedHandshake, refused_handshakes
    from conformance.portone.emulated import EmulatedProvider
    from conformance.record.redaction import Redaction
    from conformance.record.timeline import Timeline

    timeline = Timeline(Redaction())
    provider = EmulatedProvider(secure.url, {}, timeline)
    assert refused_handshakes(timeline) == []
    refused(secure, ssl.create_default_context())
    for _ in range(100):
        if refused_handshakes(timeline):
            break
        time.sleep(0.02)
    [one] = refused_handshakes(timeline)
    assert one == RefusedHandshake(NAME, "TLSV1_ALERT_UNKNOWN_CA", one.at)
    assert abs(one.at - time.time()) < 60
    provider.close()
