"""The real account by the generation of PortOne that its merchant speaks: its keys, its API, its provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.merchant.surroundings import is_here
from conformance.network.spoken import SignedWebhooks
from conformance.portone.api import Channel, Keys, PortOneApi
from conformance.portone.api_v2 import PortOneV2Api
from conformance.real.buyers import RealBuyer
from conformance.real.provider import RealProvider, RealV2Provider
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import SettingsError
from conformance.settings.real import PortOneSettings
from conformance.settings.secrets import Secret, revealed, webhook_secrets
from conformance.verdict.catalogue import Api
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why

KEYS: Mapping[Api, str] = {
    Api.V1: "portone.imp_key, portone.imp_secret",
    Api.V2: "portone.store_id, portone.api_secret",
}
"""What opens the account, as the settings call it."""


def keys_of(portone: PortOneSettings, generation: Api) -> Keys:
    """The account's keys; V2 has no key beside its secret. Raises SecretMissing."""
    if generation is Api.V2:
        return Keys(str(portone.store_id), "", _revealed(portone.api_secret, "api_secret"))
    key, secret = _revealed(portone.imp_key, "imp_key"), _revealed(portone.imp_secret, "imp_secret")
    return Keys(str(portone.imp_code), key, secret)


def api_of(
    portone: PortOneSettings,
    keys: Keys,
    timeline: Timeline,
    generation: Api,
    attempt_of: Callable[[str], str | None] = lambda _: None,
) -> PortOneApi:
    """PortOne's API as the account's owner calls it; `attempt_of` tells the merchant_uid of a payment (imp_uid)."""
    timeline.redact.learn(keys.imp_key, keys.imp_secret)
    by_proxy = not is_here(portone.api_url)
    if generation is Api.V2:
        return PortOneV2Api(portone.api_url, keys, timeline, attempt_of, _no_channels, trust_env=by_proxy)
    return PortOneApi(portone.api_url, keys, timeline, trust_env=by_proxy)


def provider_of(
    portone: PortOneSettings, api: PortOneApi, keys: Keys, buyer: RealBuyer, *, widget_at: str
) -> RealProvider:
    """The provider's side of the account. Raises SecretMissing, and SettingsError for a webhook secret that is none."""
    settle_seconds = portone.settle_seconds
    if not isinstance(api, PortOneV2Api):
        return RealProvider(api, keys, buyer, settle_seconds=settle_seconds, widget_at=widget_at)
    try:
        signed = SignedWebhooks(keys.imp_code, webhook_secrets(portone.webhook_secrets, "portone.webhook_secrets"))
    except ValueError as error:
        raise SettingsError(str(error)) from error
    return RealV2Provider(api, keys, buyer, signed, settle_seconds=settle_seconds, widget_at=widget_at)


def _revealed(secret: Secret | None, name: str) -> str:
    assert secret is not None  # what is lacking was said before
    return revealed(secret, f"portone.{name}")


def _no_channels() -> list[Channel]:
    raise NotObservable(Cause(Why.REAL_CANNOT, facts={"said": "list the account's channels: V2 has no call for them"}))
