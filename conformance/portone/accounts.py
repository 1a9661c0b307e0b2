"""The account at the emulator: who stands for PortOne there, its channels, and what was agreed on with PortOne.

And what a merchant's server is to be set to, by generation.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.network.spoken import invented_secret
from conformance.portone.api import Keys
from conformance.portone.emulated import EmulatedProvider
from conformance.portone.emulated_v2 import EmulatedV2Provider
from conformance.settings.real import REAL_APIS
from conformance.verdict.catalogue import Api, Stage
from conformance.verdict.reasons import Cause, Why
from emulator.client import Control

LOOPBACK_NETWORK = ("127.0.0.0/8",)
PROVIDERS: Mapping[Api, type[EmulatedProvider]] = {Api.V1: EmulatedProvider, Api.V2: EmulatedV2Provider}


@dataclass(frozen=True)
class AgreedChannel:
    """A channel to Paymentwall: what a page names it by, its MID, and the project's secret key."""

    channel_key: str
    mid: str
    secret_key: str

    @classmethod
    def made_up(cls, prefix: str) -> AgreedChannel:
        """One of which nobody knows before; the prefix is that of its MID."""
        return cls(f"channel-key-{secrets.token_hex(16)}", f"{prefix}{secrets.token_hex(16)}", secrets.token_hex(16))

    def settings(self, *, sandbox: bool) -> Mapping[str, object]:
        """As the emulator takes it."""
        return {
            "channel_key": self.channel_key,
            "pg_id": self.mid,
            "secret_key": self.secret_key,
            "sandbox": sandbox,
        }


def account_settings(
    stage: Stage,
    webhook_url: str,
    *,
    test: AgreedChannel | None = None,
    live: AgreedChannel | None = None,
    addresses: Sequence[str] = LOOPBACK_NETWORK,
) -> Mapping[str, object]:
    """The account's settings: a channel of this stage, which is the project's, beside one of the other stage.

    Both generations' webhooks go to the one address. Channels that are not given are made up. `addresses` are those
    that may call the REST API.
    """
    endpoint = {"url": webhook_url}
    second = {"webhook": {of: {**endpoint, "secrets": _two_secrets()} for of in {Stage.TEST.value, stage.value}}}
    agreed: Mapping[str, object] = {
        "redelivery": True,
        "allowed_addresses": list(addresses),
        "api_payments": True,
        "v2": second,
    }
    test_channel = (test or AgreedChannel.made_up("t_")).settings(sandbox=True)
    live_channel = (live or AgreedChannel.made_up("")).settings(sandbox=False)
    if stage is Stage.TEST:
        return {**agreed, "webhook": {"test": endpoint}, "channels": [test_channel, live_channel]}
    # The test payment method is switched on in the project: it is shown only where the page asks for it.
    project = {"live": True, "methods": {"test": {"active": True}}}
    webhook = {"live": endpoint, "test": endpoint}
    channels = [live_channel, test_channel]
    return {**agreed, "stage": "live", "webhook": webhook, "channels": channels, "paymentwall": project}


def _two_secrets() -> list[str]:
    """Those of an account whose webhook secret is being renewed: the merchant knows both."""
    return [invented_secret(), invented_secret()]


def open_test_project(emulator_url: str, settings: Mapping[str, Any], token: str | None = None) -> None:
    """The Paymentwall project behind the test MID is not the merchant's own in the live stage: it is another account's.

    Without it nobody could pay through the test channel. `token` is the control plane's, where it wants one.
    """
    for channel in settings["channels"]:
        if settings.get("stage") == "live" and channel["sandbox"]:
            project = {"project_key": channel["pg_id"], "secret_key": channel["secret_key"]}
            Control.of_new_account(emulator_url, {"paymentwall": project}, token).close()


@dataclass(frozen=True)
class ServerSettings:
    """What a merchant's server is set to: where PortOne's API is otherwise, its keys, and what makes wrong ones right.

    `hides_tests`: a look-up finds test payments only where it asks for them.
    """

    api_url: str
    keys: Callable[[Keys], Cause]
    refused: Cause
    hides_tests: bool = False


SERVER_SETTINGS: Mapping[Api, ServerSettings] = {
    Api.V1: ServerSettings(
        REAL_APIS[Api.V1],
        lambda keys: Cause(Why.SERVER_KEYS, facts={"key": keys.imp_key, "code": keys.imp_code}),
        Cause(Why.SERVER_REFUSED),
        hides_tests=True,
    ),
    Api.V2: ServerSettings(
        REAL_APIS[Api.V2],
        lambda keys: Cause(Why.SERVER_KEYS_V2, facts={"store": keys.imp_code}),
        Cause(Why.SERVER_REFUSED_V2),
    ),
}
