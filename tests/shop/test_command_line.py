"""`python -m shop` says what is wrong in one line."""

import os
import socket
import threading

import httpx
import pytest
from pytest_httpserver import HTTPServer

from emulator.server import Emulator
from shop.emulated import register_webhook, settings_from
from shop.portone import PortOne
from shop.server import PortTaken, Shop
from shop.settings import ShopSettings
from tests import forks
from tests.interrupting import interrupt
from tests.shop.counter import KEYS


def shop(*arguments: str, **settings: str) -> forks.Ended:
    environ = {f"SHOP_{name}".upper(): value for name, value in settings.items()}
    return forks.run("shop", "--env-file", "none.env", *arguments, environ=environ)


def test_missing_keys_are_named_in_one_line() -> None:
    ended = shop()
    assert ended.returncode == 2
    assert ended.stderr.startswith("These settings are missing or wrong: SHOP_IMP_CODE")
    assert len(ended.stderr.splitlines()) == 1


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} cannot be used"):
            Shop(ShopSettings.model_validate(KEYS), port)
        ended = shop("--port", str(port), **KEYS)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Port {port} cannot be used (")
    assert len(ended.stderr.splitlines()) == 1


def test_a_port_that_is_none_is_refused() -> None:
    ended = shop("--port", "99999", **KEYS)
    assert ended.returncode == 2
    assert "Invalid value for '--port'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_answers_but_is_no_emulator_is_named_in_one_line(httpserver: HTTPServer) -> None:
    ended = shop("--port", "0", "--emulator", httpserver.url_for("").rstrip("/"))
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"No emulator answers at {httpserver.url_for('')}")
    assert "HTTP 500" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_proxy_for_the_world_does_not_stand_before_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with Emulator() as emulator:
        httpx.post(f"{emulator.url}/_emulator/accounts", json={}, trust_env=False)
        settings = ShopSettings.model_validate(settings_from(emulator.url))
        with PortOne(settings) as portone:
            assert portone.look_up("imp_000000000000") is None


def test_reconciling_from_the_command_line_ends_by_itself() -> None:
    ended = shop("--reconcile", **KEYS)
    assert (ended.returncode, ended.stdout) == (0, "0 orders looked at, 0 changed, 0 failed\n")


def test_an_emulator_that_does_not_run_is_named_with_what_to_do() -> None:
    ended = shop("--port", "0", "--emulator", "http://127.0.0.1:9")
    assert ended.returncode == 2
    assert ended.stderr.startswith("No emulator answers at http://127.0.0.1:9/")
    assert ended.stderr.endswith("start one with `make emulator`.\n")
    assert "Traceback" not in ended.stderr


def test_a_shop_on_an_emulator_takes_its_keys_and_registers_its_webhook() -> None:
    with Emulator() as emulator:
        made = httpx.post(f"{emulator.url}/_emulator/accounts", json={}).json()
        taken = settings_from(emulator.url)
        assert (taken["imp_code"], taken["imp_secret"]) == (made["imp_code"], made["imp_secret"])
        register_webhook(emulator.url, made["imp_code"], "test", "http://127.0.0.1:1/webhooks/portone")
        settings = httpx.get(f"{emulator.url}/_emulator/accounts/{made['imp_code']}").json()
    assert settings["webhook"]["test"]["url"] == "http://127.0.0.1:1/webhooks/portone"


@pytest.mark.skipif(os.name != "posix", reason="Windows sends no signal to a single thread")
def test_an_interrupted_wait_still_waits_for_its_end_when_it_closes() -> None:
    before = set(threading.enumerate())
    with Shop(ShopSettings.model_validate(KEYS)) as open_shop:
        interrupt(open_shop.wait)
    assert set(threading.enumerate()) == before
