"""What stands in for the real account: the emulator as a process of its own, without a control plane, slow, by TLS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from conformance.machine.settling import eventually
from tests import forks
from tests.fixtures.deployed import (
    LIMIT_SECONDS,
    PASSWORDS,
    ROOT,
    Deployment,
    Ended,
    answers,
    clean_environment,
)
from tests.ports import free_ports

SECRETS = {
    "STAND_IN_KEY": "1234567890123456",
    "STAND_IN_SECRET": "stand-in-secret-that-opens-nothing-else",
    "STAND_IN_V2_SECRET": "stand-in-v2-secret-that-opens-nothing-else",
    "STAND_IN_SIGNING": "whsec_c3RhbmQtaW4tc2lnbmluZy1zZWNyZXQtMDE=",
    "CARD_NUMBER": "4242 4242 4242 4242",
    "CARD_EXPIRY": "12/34",
    "CARD_CVV": "987",
    "CARD_HOLDER": "Ada Lovelace",
}
CHANNEL, MID, STORE = "channel-key-stand-in", "t_standin", "store-stand-in"
ACCOUNT = """
[[accounts]]
imp_code = "imp12345678"
imp_key = "{key}"
imp_secret = "{secret}"
stage = "{stage}"
channels = [{{ channel_key = "{channel}", pg_id = "{mid}", secret_key = "stand-in-project", sandbox = {sandbox} }}]
webhook = {{ {stage} = {{ url = "{endpoint}" }} }}
v2 = {{ store_id = "{store}", api_secret = "{v2_secret}", webhook = {{ {stage} = {signed} }} }}
[accounts.paymentwall]
ticket_seconds = 100
live = {live}
evaluation = {evaluation}
methods.test.active = true
"""
KEYS = {
    "v1": """
imp_code = "imp12345678"
imp_key = { env = "STAND_IN_KEY" }
imp_secret = { env = "STAND_IN_SECRET" }
""",
    "v2": """
store_id = "store-stand-in"
api_secret = { env = "STAND_IN_V2_SECRET" }
webhook_secrets = [{ env = "STAND_IN_SIGNING" }]
""",
}
PORTONE = """
[portone]
{keys}
api_url = "http://127.0.0.1:{ports[0]}"
channel_key = "{channel}"
hosts_lead_to = "127.0.0.1:{ports[1]}"
settle_seconds = 1.0

[receiver]
port = {ports[2]}

[buyer]
by = "script"
country = "KR"

[buyer.card]
number = {{ env = "CARD_NUMBER" }}
expiry = {{ env = "CARD_EXPIRY" }}
cvv = {{ env = "CARD_CVV" }}
holder = {{ env = "CARD_HOLDER" }}
"""
CONSENT = """
[charges]
allow_real_charges = true
max_amount = { USD = 20 }
wait_seconds = 0
"""
MERCHANT = """
[merchant]
base_url = "{url}"
driver = "{driver}"
secrets.operator_password = {{ env = "OPERATOR_PASSWORD" }}
secrets.packer_password = {{ env = "PACKER_PASSWORD" }}
secrets.database = {{ env = "SHOP_DATABASE" }}
"""


@dataclass
class StandIn:
    """The stand-in and a run against it. `ports`: its plain and TLS listener, the receiver's, a spare, a shop's.

    `secrets` are the environment of a run: the account's keys, the card.
    """

    folder: Path
    mid: str = MID
    ports: Sequence[int] = field(default_factory=lambda: free_ports(5))
    secrets: Mapping[str, str] = field(default_factory=lambda: SECRETS)
    api: str = "v1"

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def endpoint(self) -> str:
        """The receiver's address, as its console would have it."""
        return f"http://127.0.0.1:{self.ports[2]}/portone/webhook"

    @property
    def deployment(self) -> Deployment:
        """A merchant elsewhere, with the account's keys."""
        return Deployment(self.folder, self.ports)

    @contextmanager
    def running(self, endpoint: str | None = None) -> Iterator[None]:
        """The process, whose webhooks go to the receiver or to another endpoint, until it is interrupted."""
        live = not self.mid.startswith("t_")
        config = self.folder / "account.toml"
        facts = {
            "key": self.secrets["STAND_IN_KEY"], "secret": self.secrets["STAND_IN_SECRET"], "channel": CHANNEL,
            "mid": self.mid, "stage": "live" if live else "test", "sandbox": str(not live).lower(),
            "live": str(live).lower(), "endpoint": endpoint or self.endpoint, "store": STORE,
            "evaluation": str(self.api == "v2").lower(),  # a page of V2 cannot ask for the test method
            "v2_secret": self.secrets["STAND_IN_V2_SECRET"],
            "signed": f'{{ url = "{endpoint or self.endpoint}", secrets = ["{self.secrets["STAND_IN_SIGNING"]}"] }}',
        }  # fmt: skip
        config.write_text(ACCOUNT.format(**facts), "utf-8")
        options = ["--no-control", "--port", str(self.ports[0]), "--tls-port", str(self.ports[1])]
        options += ["--config", str(config), "--speed", "10", "--latency", "0.01"]
        with (self.folder / "stand-in.log").open("w") as log:
            process = forks.start("emulator", *options, stdout=log)
            try:
                there = eventually(lambda: answers(self.ports[0]), bool, limit_seconds=30)
                assert there, (self.folder / "stand-in.log").read_text("utf-8")
                yield
            finally:
                process.terminate()
                process.wait(10)

    def configure(self, target: str, more: str = "", *replaced: tuple[str, str]) -> Path:
        """Write conformance.toml for one of the real targets, with some texts replaced by others."""
        text = f'target = "{target}"\napi = "{self.api}"\n'
        text += PORTONE.format(ports=self.ports, channel=CHANNEL, keys=KEYS[self.api]) + more
        if target == "golive":
            text += MERCHANT.format(url=self.deployment.url, driver=(ROOT / "shop" / "shop.toml").as_posix())
        for old, new in replaced:
            assert text.count(old) == 1, f"the settings have {old!r} once"
            text = text.replace(old, new)
        path = self.folder / "conformance.toml"
        path.write_text(text, "utf-8")
        return path

    def run(self, configured: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Ended:
        """Run the scenarios of these requirements or options."""
        given = {**PASSWORDS, **self.secrets, **(environ or {})}
        return self.deployment.run(f"--config={configured}", *arguments, environ=given)

    def command(self, configured: Path, *words: str, **environ: str) -> Ended:
        """Run a verb of `python -m conformance` with these settings."""
        given = {**PASSWORDS, **self.secrets, "SHOP_DATABASE": self.deployment.database.as_posix(), **environ}
        command = ["conformance", *words, f"--config={configured}"]
        ended = forks.run(*command, environ={**clean_environment(), **given}, limit_seconds=LIMIT_SECONDS)
        return Ended(ended.returncode, ended.output, self.folder / "reports")

    @contextmanager
    def shop(self, **more: str) -> Iterator[None]:
        """The shop as somebody's deployment, with the account's keys, and `more` settings of it."""
        with self.deployment.shop(**self.account, **more):
            yield

    @property
    def account(self) -> Mapping[str, str]:
        """The settings of a shop that uses this account."""
        if self.api == "v2":
            return {
                "api": "v2", "store_id": STORE, "api_secret": self.secrets["STAND_IN_V2_SECRET"],
                "webhook_secrets": json.dumps([self.secrets["STAND_IN_SIGNING"]]), "channel_key": CHANNEL,
                "portone_api_url": self.url,
            }  # fmt: skip
        return {
            "imp_code": "imp12345678", "imp_key": self.secrets["STAND_IN_KEY"], "channel_key": CHANNEL,
            "imp_secret": self.secrets["STAND_IN_SECRET"], "portone_api_url": self.url,
        }  # fmt: skip

    def token(self) -> str:
        """The account's access token: the one that everybody gets while it lives (docs)."""
        keys = {"imp_key": self.secrets["STAND_IN_KEY"], "imp_secret": self.secrets["STAND_IN_SECRET"]}
        answer = httpx.post(f"{self.url}/users/getToken", json=keys, trust_env=False).json()
        return str(answer["response"]["access_token"])

    def payments(self) -> list[Mapping[str, Any]]:
        """Every payment that was made, by the account's API as anybody with the keys sees it."""
        token = self.token()
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            answer = client.get("/payments/status/all", params={"limit": 100}, headers={"Authorization": token}).json()
        listed: list[Mapping[str, Any]] = answer["response"]["list"]
        return [payment for payment in listed if payment["paid_at"]]


def reasons(ended: Ended, id: str) -> list[str]:
    """Why the requirement's scenarios ended as they did."""
    found = next(each for each in ended.document["requirements"] if each["id"] == id)
    return [scenario["reason"] for scenario in found["scenarios"]]


def kept(ended: Ended) -> str:
    """Everything that the run wrote and said, as one text."""
    files = [file for file in ended.reports.rglob("*") if file.is_file()]
    return ended.output + json.dumps([file.read_text("utf-8", "replace") for file in files], ensure_ascii=False)
