"""Who stands for PortOne at the emulator, and what a merchant's server is to be set to, by generation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.portone.api import Keys
from conformance.portone.emulated import EmulatedProvider
from conformance.portone.emulated_v2 import EmulatedV2Provider
from conformance.settings.real import REAL_APIS
from conformance.verdict.catalogue import Api
from conformance.verdict.reasons import Cause, Why

PROVIDERS: Mapping[Api, type[EmulatedProvider]] = {Api.V1: EmulatedProvider, Api.V2: EmulatedV2Provider}


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
