"""fake-iamport-server beside the emulator, where somebody has built it: started, given payments, asked, stopped."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

LOOPBACK = "127.0.0.1"
START_SECONDS = 20.0
PAIR = {"imp_key": "test_imp_key", "imp_secret": "test_imp_secret"}  # its own defaults
PADDING = "x" * 1_000  # so that its answers are about as long as ours

_START = """
const { FakeIamportBackend, FakeIamportConfiguration } = require(process.argv[1]);
FakeIamportConfiguration.API_PORT = Number(process.argv[2]);
FakeIamportConfiguration.WEBHOOK_URL = `http://127.0.0.1:${process.argv[2]}/internal/webhook`;
new FakeIamportBackend().open();
"""


@contextmanager
def fake_iamport(folder: Path) -> Iterator[dict[str, Any]]:
    """It runs on a free port with 100 payments (it keeps each for three minutes, and 1,000 at most)."""
    node = shutil.which("node")
    if node is None or not (folder / "lib" / "index.js").exists():
        raise RuntimeError(f"There is no node, or {folder} has no lib/index.js: build fake-iamport-server there first.")
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
    command = [node, "-e", _START, str((folder / "lib").resolve()), str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            with httpx.Client(base_url=f"http://{LOOPBACK}:{port}") as client:
                _wait(client)
                yield {"port": port, "pid": process.pid, **_filled(client)}
        finally:
            process.kill()


def _wait(client: httpx.Client) -> None:
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            client.get("/")
        except httpx.ConnectError:
            if time.monotonic() > ends:
                raise RuntimeError(f"fake-iamport-server did not answer within {START_SECONDS:.0f} s.") from None
            time.sleep(0.05)
        else:
            return


def _filled(client: httpx.Client) -> dict[str, Any]:
    token = client.post("/users/getToken", json=PAIR).raise_for_status().json()["response"]["access_token"]
    card = {"card_number": "4242-4242-4242-4242", "expiry": "2039-12", "birth": "880101", "cvc": "123"}
    paths = []
    for number in range(100):
        order = {"merchant_uid": f"order-{number}", "amount": 10.5, "currency": "USD", "name": "A mug"}
        asked = {**card, **order, "custom_data": PADDING}
        made = client.post("/subscribe/payments/onetime", json=asked, headers={"Authorization": token})
        paths.append(f"/payments/{made.raise_for_status().json()['response']['imp_uid']}")
    return {"authorization": token, "paths": paths}
