"""The real account: its keys, API and provider by PortOne's generation, its buyer, and a stand-in's host names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.machine.places import COMMAND
from conformance.merchant.protocol import Merchant
from conformance.merchant.surroundings import LOOPBACK, is_here
from conformance.network.gateway import Gateway, Lead
from conformance.network.receiver import PATH, WebhookReceiver
from conformance.network.spoken import SignedWebhooks
from conformance.portone.api import Channel, Keys, PortOneApi
from conformance.portone.api_v2 import PortOneV2Api
from conformance.real.buyers import PayingPerson, RealBuyer, Script, card_of
from conformance.real.charges import KeptCharges
from conformance.real.ledger import Ledger, now
from conformance.real.preflight import RealPreflight
from conformance.real.provider import WIDGET, Counter, RealProvider, RealV2Provider
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import Settings, SettingsError
from conformance.settings.real import GENERATION_KEYS, ChargesSettings, PortOneSettings
from conformance.settings.secrets import Secret, revealed, webhook_secrets
from conformance.target.charging import Charges
from conformance.target.options import RunOptions
from conformance.target.target import Target
from conformance.target.waits import new_run
from conformance.verdict.catalogue import Api
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why


@dataclass(frozen=True)
class Account:
    """The account as a run uses it: its settings, the provider, who buys, and what may be charged."""

    settings: PortOneSettings
    provider: RealProvider
    buyer: RealBuyer
    charges: KeptCharges


def account_settings_of(settings: Settings, target: str) -> PortOneSettings:
    """The account's settings. Raises SettingsError where there are none."""
    portone = portone_of(settings)
    if portone is None:
        raise SettingsError(Cause(Why.SET_NO_ACCOUNT, facts={"target": target, "command": COMMAND}))
    return portone


def portone_of(settings: Settings) -> PortOneSettings | None:
    """The account as the generation that is spoken has it, None without one. Raises SettingsError: a key is lacking."""
    portone, api = settings.portone, settings.api
    if portone is None:
        return None
    if lacking := portone.lacking(api):
        others = [name for other in Api if other is not api for name in GENERATION_KEYS[other]]
        given = [f"portone.{name}" for name in others if getattr(portone, name)]
        keys = ", ".join(f"portone.{name}" for name in lacking)
        facts = {"api": api.value, "keys": keys}
        if given:
            raise SettingsError(Cause(Why.SET_KEYS_OF_OTHER, facts={**facts, "given": ", ".join(given)}))
        raise SettingsError(Cause(Why.SET_KEYS_LACKING, facts=facts))
    return portone.spoken(api)


def opened(stack: ExitStack, timeline: Timeline, options: RunOptions, target: str) -> Account:
    """The account with its keys, its ledger, and a buyer. Nothing is sent. Raises SettingsError and SecretMissing."""
    portone = account_settings_of(options.settings, target)
    name = name_of(portone, options.settings.api)
    generation = options.settings.api
    keys = keys_of(portone, generation)
    api = api_of(portone, keys, timeline, generation, lambda imp_uid: ledger.books().attempt_of(name, imp_uid))
    ledger = ledger_of(options.settings, api)
    stack.callback(ledger.close)
    charges = KeptCharges(
        _charges_of(options.settings),
        ledger,
        api,
        account=name,
        run=options.run or new_run(datetime.now(UTC)),
        say=options.say,
        settle_seconds=portone.settle_seconds,
        reports=options.reports,
        spared=options.memory.spared if options.memory else set(),
    )
    buyer = buyer_of(options, charges, timeline)
    led_to = f"https://{portone.hosts_lead_to}" if portone.hosts_lead_to else WIDGET
    provider = provider_of(portone, api, keys, buyer, widget_at=led_to)
    stack.callback(provider.close)
    return Account(portone, provider, buyer, charges)


def selling(
    account: Account,
    options: RunOptions,
    timeline: Timeline,
    merchant: Merchant,
    receiver: WebhookReceiver,
    led: Mapping[str, Any],
    *,
    own_endpoint: str = "",
    reroute_to: str = "",
) -> Target:
    """The target of this account and merchant, whose checkout is where the provider's buyer pays."""
    target = Target(
        options,
        timeline,
        account.provider,
        merchant,
        receiver,
        led,
        buyer=account.buyer,
        charges=account.charges,
        own_endpoint=own_endpoint,
        reroute_to=reroute_to,
        preflight=lambda target: RealPreflight(target).legs(),
    )
    assert target.new_context is not None  # these targets have a browser
    account.provider.counter = Counter(merchant, target.new_context, timeline, target.limit_seconds, reroute_to)
    return target


def ledger_of(settings: Settings, api: PortOneApi | None) -> Ledger:
    """The ledger that the settings name, by PortOne's clock where it can: this machine's may be set.

    Raises LedgerError.
    """
    return Ledger(path_of(settings), api.clock if api else now)


def path_of(settings: Settings) -> Path:
    """Where the ledger is."""
    return settings.folder / settings.charges.ledger.expanduser()


def _charges_of(settings: Settings) -> ChargesSettings:
    """The settings of charges; where tickets are never answered, money is not waited for in vain."""
    in_vain = {"wait_seconds": 0.0} if settings.waits.tickets == "never" else {}
    return settings.charges.model_copy(update=in_vain)


def name_of(portone: PortOneSettings, api: Api) -> str:
    """The account's name in the ledger: its code or store, and where its API is."""
    return f"{portone.store_id if api is Api.V2 else portone.imp_code} ({portone.api_url})"


def buyer_of(options: RunOptions, charges: Charges, timeline: Timeline) -> RealBuyer:
    """The script or the person who pays. Raises SecretMissing where a card is named and not there."""
    settings = options.settings.buyer
    if settings.by == "person":
        return PayingPerson(
            settings, charges, say=options.say, not_refundable=sorted(options.settings.charges.not_refundable)
        )
    card = card_of(settings.card)
    if card is not None:
        # Not the CVV: three digits stand in many a number, and it goes nowhere but into the widget.
        timeline.redact.learn(card.number, card.number.replace(" ", ""), card.holder)
    return Script(settings, charges, card=card)


def browser_led(stack: ExitStack, portone: PortOneSettings, allowed: frozenset[str]) -> Mapping[str, Any]:
    """The options of the browser's sessions: they find PortOne as everybody does, or a stand-in by the gateway."""
    if portone.hosts_lead_to is None:
        return {}
    host, _, port = portone.hosts_lead_to.partition(":")
    api_port = urlsplit(portone.api_url).port or 80
    gateway = stack.enter_context(Gateway(Lead(host, api_port, int(port)), LOOPBACK | allowed))
    return {"proxy": {"server": gateway.url}, "ignore_https_errors": True}


def reachable_address(settings: Settings, portone: PortOneSettings) -> None:
    """Raises SettingsError where webhooks are to come from elsewhere and no address for them is told."""
    if settings.receiver.public_url is None and not is_here(portone.api_url):
        here = f"{settings.receiver.host}:{settings.receiver.port}"
        raise SettingsError(Cause(Why.SET_UNREACHABLE, facts={"here": here, "path": PATH}))


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
