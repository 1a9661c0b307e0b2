"""The test suites that client libraries are published with, unchanged but for the address, run on the emulator."""

import json
import subprocess
from typing import Any

import httpx
import pytest

from emulator.server import Emulator
from tests.emulator.clients.environments import ROOT, NotInstalled, runner
from tests.emulator.driver import Driver

pytestmark = pytest.mark.proof
LIMIT_SECONDS = 60
# The keys of the test account that the library has built in, and a payment there that its tests look for.
DEMO = {
    "imp_key": "imp_apiKey",
    "imp_secret": "ekKoeW8RyKuT0zgaZsUtXXTLQ4AhPFW3ZGseDA6bkA5lamv9OqDMnxyeB9wqOsuO9W3Mx9YSJ4dTqJ3f",
}
IMP_UID, MERCHANT_UID = "imp_448280090638", "merchant_1448280088556"


def paid_as_at_the_demo_account(shop: Driver) -> None:
    """A payment with the numbers that PortOne gave the one which the suite looks for."""
    imp_uid = shop.pay(MERCHANT_UID)["imp_uid"]
    shop.act("/idle")
    taken = json.dumps(shop.see("/snapshot")).replace(imp_uid, IMP_UID)
    shop.act("/reset")
    shop.act("/restore", **json.loads(taken))


def ended(package: str, emulator: Emulator) -> Any:
    """What the suite of a package tells of itself, in JSON."""
    try:
        found = runner("npm", package)
    except NotInstalled as error:
        pytest.fail(str(error), pytrace=False)
    command = [*map(str, found.command), emulator.url]
    suite = subprocess.run(
        command, cwd=ROOT, env=found.environ, capture_output=True, encoding="utf-8", timeout=LIMIT_SECONDS, check=True
    )
    return json.loads(suite.stdout)


def test_iamport_s_own_suite_passes() -> None:
    with Emulator() as emulator, httpx.Client(base_url=emulator.url) as client:
        asked = {"stage": "live", "paymentwall": {"live": True}, **DEMO}
        shop = Driver(client, client.post("/_emulator/accounts", json=asked).raise_for_status().json())
        paid_as_at_the_demo_account(shop)
        told = ended("iamport-suite", emulator)
        look_ups = [(entry["url"], entry["status"]) for entry in shop.entries("look-up", "find")]
    assert told == dict.fromkeys(told)
    assert len(told) == 8
    assert look_ups == [
        (f"/payments/{IMP_UID}", 200), (f"/payments/find/{MERCHANT_UID}", 200), ("/payments/status/all", 200),
    ]  # fmt: skip


NOT_EMULATED = "check Virtual Currency payment widget signature v2 with correct secret key"
"""Wants the words "Select payment method" of a widget for virtual currency, which the emulator does not show."""
SIGNED_OTHERWISE = "check Digital Goods widget signature v1 with correct secret key"
"""The library's own: it asks for version 1 with a text, compares it to a number, and signs as in version 3."""
GOODS = {"project_key": "c22f895840bf2391f67a40da64bfed26", "secret_key": "a7408723eaf4bfa2e3ac49b3cb695046"}
CURRENCY = {"project_key": "c10c60d07a2f4549a17902d683eb0b11", "secret_key": "6274def95b105f1c92d341a8d3bc2e77"}


def test_paymentwall_s_own_widget_scenarios_pass_but_for_two() -> None:
    with Emulator() as emulator, httpx.Client(base_url=emulator.url) as client:
        for keys in (GOODS, CURRENCY):
            asked = {"paymentwall": {**keys, "widgets": {"p10": {}}}}
            client.post("/_emulator/accounts", json=asked).raise_for_status()
        [feature] = ended("paymentwall-suite", emulator)
    assert len(feature["elements"]) == 10
    failed = {}
    for scenario in feature["elements"]:
        statuses = {step["name"]: step["result"]["status"] for step in scenario["steps"] if "name" in step}
        if problems := [name for name, status in statuses.items() if status != "passed"]:
            failed[scenario["name"]] = problems
    assert failed == {
        SIGNED_OTHERWISE: [
            'Widget HTML content should not contain "It looks like you\'re not authorized to view this content."'
        ],
        NOT_EMULATED: ['Widget HTML content should contain "Select payment method"'],
    }
