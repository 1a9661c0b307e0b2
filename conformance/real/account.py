"""What the targets with a real account have in common: the account itself, its buyer, and a stand-in's host names."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.machine.places import COMMAND
from conformance.merchant.surroundings import LOOPBACK
from conformance.network.gateway import Gateway, Lead
from conformance.network.receiver import PATH
from conformance.portone.api import Keys, PortOneApi
from conformance.real.buyers import Person, RealBuyer, Script, card_of
from conformance.real.charges import KeptCharges
from conformance.real.ledger import Ledger, now
from conformance.real.provider import RealProvider
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import Settings, SettingsError
from conformance.settings.real import ChargesSettings, PortOneSettings
from conformance.settings.secrets import revealed
from conformance.target.charging import Charges
from conformance.target.parts import Wanted
from conformance.target.waits import new_run


@dataclass(frozen=True)
class Account:
    """The account as a run uses it: its settings, the provider, who buys, and what may be charged."""

    settings: PortOneSettings
    provider: RealProvider
    buyer: RealBuyer
    charges: KeptCharges


def account_settings_of(settings: Settings, target: str) -> PortOneSettings:
    """The account's settings. Raises SettingsError where there are none."""
    if settings.portone is None:
        raise SettingsError(
            f"target {target} needs a [portone] table in conformance.toml, with the account's code, keys and channel: "
            f"`{COMMAND} init` writes one to fill in"
        )
    return settings.portone


def opened(stack: ExitStack, timeline: Timeline, wanted: Wanted, target: str) -> Account:
    """The account with its keys, its ledger, and a buyer. Nothing is sent. Raises SettingsError and SecretMissing."""
    portone = account_settings_of(wanted.settings, target)
    keys = keys_of(portone)
    api = api_of(portone, keys, timeline)
    ledger = ledger_of(wanted.settings, api)
    stack.callback(ledger.close)
    charges = KeptCharges(
        _charges_of(wanted.settings),
        ledger,
        api,
        account=name_of(portone),
        run=wanted.run or new_run(datetime.now(UTC)),
        say=wanted.say,
        settle_seconds=portone.settle_seconds,
        reports=wanted.reports,
        spared=wanted.spared,
    )
    buyer = buyer_of(wanted, charges, timeline)
    provider = RealProvider(api, keys, buyer, settle_seconds=portone.settle_seconds)
    stack.callback(provider.close)
    return Account(portone, provider, buyer, charges)


def keys_of(portone: PortOneSettings) -> Keys:
    """The account's keys. Raises SecretMissing."""
    return Keys(
        portone.imp_code,
        revealed(portone.imp_key, "portone.imp_key"),
        revealed(portone.imp_secret, "portone.imp_secret"),
    )


def api_of(portone: PortOneSettings, keys: Keys, timeline: Timeline) -> PortOneApi:
    """PortOne's API as the account's owner calls it."""
    timeline.redact.learn(keys.imp_key, keys.imp_secret)
    return PortOneApi(portone.api_url, keys, timeline, trust_env=not is_here(portone.api_url))


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


def name_of(portone: PortOneSettings) -> str:
    """The account's name in the ledger."""
    return f"{portone.imp_code} ({portone.api_url})"


def buyer_of(wanted: Wanted, charges: Charges, timeline: Timeline) -> RealBuyer:
    """The script or the person who pays. Raises SecretMissing where a card is named and not there."""
    settings = wanted.settings.buyer
    if settings.by == "person":
        return Person(settings, charges, say=wanted.say, not_refundable=sorted(wanted.settings.charges.not_refundable))
    card = card_of(settings.card)
    if card is not None:
        # Not the CVV: three digits stand in many a number, and it goes nowhere but into the widget.
        timeline.redact.learn(card.number, card.number.replace(" ", ""), card.holder)
    return Script(settings, charges, card=card)


def browser_led(
    stack: ExitStack, portone: PortOneSettings, allowed: frozenset[str]
) -> tuple[Gateway | None, Mapping[str, Any]]:
    """How the browser finds PortOne: as everybody does, or a stand-in by the gateway, with the context's options."""
    if portone.hosts_lead_to is None:
        return None, {}
    host, _, port = portone.hosts_lead_to.partition(":")
    api_port = urlsplit(portone.api_url).port or 80
    gateway = stack.enter_context(Gateway(Lead(host, api_port, int(port)), LOOPBACK | allowed))
    return gateway, {"proxy": {"server": gateway.url}, "ignore_https_errors": True}


def is_here(url: str) -> bool:
    """Whether an address is this machine's own, so that nobody else's proxy leads there."""
    return (urlsplit(url).hostname or "") in LOOPBACK


def reachable_address(settings: Settings, portone: PortOneSettings) -> None:
    """Raises SettingsError where webhooks are to come from elsewhere and no address for them is told."""
    if settings.receiver.public_url is None and not is_here(portone.api_url):
        raise SettingsError(
            "receiver.public_url: PortOne cannot reach this machine's own address. Name the tunnel's or the public "
            f"address that leads to {settings.receiver.host}:{settings.receiver.port}, and save it, followed by "
            f"{PATH}, as the endpoint in PortOne's console"
        )
