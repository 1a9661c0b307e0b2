"""What a target is put together from, and what a run asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext

from conformance.browser.buyers import Buyer, EmulatedBuyer
from conformance.merchant.protocol import Merchant
from conformance.network.gateway import Gateway
from conformance.network.receiver import WebhookReceiver
from conformance.portone.provider import Provider
from conformance.settings.conformance_toml import Settings
from conformance.target.charging import Charges
from conformance.target.clocks import MovableClock
from conformance.verdict.catalogue import Stage


@dataclass(frozen=True)
class Wanted:
    """What a run asks of a target: the stage, faults and variants by name, the provider's time limits, the settings.

    `new_context` opens a session of the browser for a driver that needs one, None where there is no browser. In
    `orders_file` stands every order that the run makes at the merchant's. `orders_kept` is the database of our
    own shop whose orders a later run may want, `spared` the payments (imp_uid) that a scenario still waits with. `run`
    is the run's name where it may be resumed, `reports` the folder of its reports. `say` tells a person at the terminal
    a line. `certificates` is the folder of the emulator's, which the browser trusts; None: it makes its own.
    `database` is the embedded shop's, as SQLAlchemy writes addresses; empty: SQLite in a file that is thrown away.
    """

    stage: Stage = Stage.TEST
    shop_defects: Sequence[str] = ()
    shop_variants: Sequence[str] = ()
    account_defects: Sequence[str] = ()
    limit_scale: float = 1.0
    settings: Settings = field(default_factory=Settings)
    new_context: Callable[..., BrowserContext] | None = None
    orders_file: Path | None = None
    orders_kept: Path | None = None
    spared: set[str] = field(default_factory=set)
    run: str = ""
    reports: Path | None = None
    say: Callable[[str], None] = print
    certificates: Path | None = None
    database: str = ""


@dataclass(frozen=True)
class Parts:
    """The running parts of a target. `ca_file` holds the authority of its HTTPS addresses, None without.

    `emulator_url` is where the merchant's server finds PortOne. `reroute_to` is where webhooks go that a page sends
    somewhere by its notice_url, empty where they go there. `merchant_url` is where the merchant is watched, empty where
    nobody watches whether it still answers; `restart` is the command that brings it back, empty without one.
    `merchant_clock` is the merchant's where it can jump too. `real` says that cards or keys are; then `charges` says
    what may be charged. `endpoint` is the merchant's own webhook address where the receiver's stands in its place.
    """

    provider: Provider
    merchant: Merchant
    receiver: WebhookReceiver
    gateway: Gateway | None
    browser_context: Mapping[str, Any]
    ca_file: Path | None
    emulator_url: str = ""
    reroute_to: str = ""
    merchant_url: str = ""
    restart: Sequence[str] = ()
    merchant_clock: MovableClock | None = None
    real: bool = False
    buyer: Buyer = field(default_factory=EmulatedBuyer)
    charges: Charges | None = None
    endpoint: str = ""
