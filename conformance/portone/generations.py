"""Who stands for PortOne at the emulator, and what a merchant's server is to be set to, by generation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.portone.api import Keys
from conformance.portone.api_v2 import API_URL
from conformance.portone.emulated import EmulatedProvider
from conformance.portone.emulated_v2 import EmulatedV2Provider
from conformance.verdict.catalogue import Api

PROVIDERS: Mapping[Api, type[EmulatedProvider]] = {Api.V1: EmulatedProvider, Api.V2: EmulatedV2Provider}


@dataclass(frozen=True)
class ServerSettings:
    """What a merchant's server is set to: where PortOne's API is otherwise, its keys in words, what is a wrong key.

    `unseen` is why a look-up may not find a test payment that is there, empty where there is no such reason.
    """

    api_url: str
    keys: Callable[[Keys], str]
    refused: str
    unseen: str = ""


SERVER_SETTINGS: Mapping[Api, ServerSettings] = {
    Api.V1: ServerSettings(
        "https://api.iamport.kr",
        lambda keys: f"REST API key {keys.imp_key} with the secret of emulator.imp_secret, code {keys.imp_code}",
        "its REST API key and secret must be those of [emulator]",
        "test payments are shown only to a look-up (GET /payments/{imp_uid}) that asks for them. "
        "Add include_sandbox=true to it where your shop is in its test stage (SETUP-16), or use --stage live",
    ),
    Api.V2: ServerSettings(
        API_URL,
        lambda keys: f"store {keys.imp_code} with the secrets of emulator.api_secret and emulator.webhook_secrets",
        "its V2 API secret must be emulator.api_secret",
    ),
}
