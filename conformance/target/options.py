"""What a run asks of its target: what the command line and the settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from conformance.merchant.surroundings import OPEN, Gate, gate_of
from conformance.settings.conformance_toml import Settings
from conformance.target.memory import Memory
from conformance.verdict.catalogue import Api, Profile, Stage


@dataclass(frozen=True)
class RunOptions:
    """The target by name, its stage, faults and variants by name, the provider's time limits, and the settings.

    `profile` is what the merchant does, None where its file says so. `browser` starts the buyers' browser, or gives the
    one that runs, None where there is none; `buys_in_browser` says that a scenario takes it. In `orders_file` stands
    every order that the run makes at the merchant's. `orders_kept` is the database of our own shop whose orders a later
    run may want, `memory` what scenarios have made that were put aside. `run` is the run's name where it may be
    resumed, `reports` the folder of its reports. `say` tells a person at the terminal a line. `certificates` is the
    folder of the emulator's, which the browser trusts; None: it makes its own. `database` is the embedded shop's, as
    SQLAlchemy writes addresses; empty: SQLite in a file that is thrown away. `shop_apart`: the embedded shop runs in a
    process of its own, whose clock cannot jump.
    """

    stage: Stage = Stage.TEST
    target: str = "embedded"
    profile: frozenset[Profile] | None = None
    shop_defects: Sequence[str] = ()
    shop_variants: Sequence[str] = ()
    account_defects: Sequence[str] = ()
    limit_scale: float = 1.0
    settings: Settings = field(default_factory=Settings)
    browser: Callable[[], Browser] | None = None
    buys_in_browser: bool = True
    orders_file: Path | None = None
    orders_kept: Path | None = None
    memory: Memory | None = None
    run: str = ""
    reports: Path | None = None
    say: Callable[[str], None] = print
    certificates: Path | None = None
    database: str = ""
    shop_apart: bool = False

    @property
    def api(self) -> Api:
        """PortOne's generation that the merchant speaks."""
        return self.settings.api

    def sessions(self, led: Mapping[str, Any]) -> Callable[..., BrowserContext] | None:
        """What opens a session of the browser that is `led` to the provider's hosts, None where there is no browser."""
        browser = self.browser
        return browser and (lambda **chosen: self.gate.opened(browser().new_context(**{**led, **chosen})))

    @cached_property
    def gate(self) -> Gate:
        """What lets requests in at the merchant of the settings. Raises SecretMissing."""
        merchant = self.settings.merchant
        return OPEN if merchant is None or self.target == "embedded" else gate_of(merchant)
