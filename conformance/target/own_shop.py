"""The conformant shop, started in this process on a free port, and its driver."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from conformance.machine.places import PACKAGES
from conformance.merchant.toml.driver import TomlMerchant
from conformance.record.timeline import Timeline
from conformance.settings.merchant_toml import read_merchant_file
from conformance.target.shop_apart import started_apart
from conformance.verdict.catalogue import Stage
from shop.server import Shop
from shop.settings import ShopSettings

SHOP_TOML = PACKAGES / "shop" / "shop.toml"
"""How the shop is driven."""


@dataclass(frozen=True)
class Driven:
    """All that it takes to drive the shop, in this process or in another: its address, passwords, and description."""

    base_url: str
    passwords: Mapping[str, str] = field(repr=False)
    files: tuple[Path, ...] = (SHOP_TOML,)

    def driver(self, timeline: Timeline) -> TomlMerchant:
        """A driver of its own."""
        return TomlMerchant(read_merchant_file(*self.files), self.base_url, timeline, self.passwords)


@dataclass(frozen=True)
class Switches:
    """The faults and ways of working of a shop that is started apart, by name."""

    defects: Sequence[str] = ()
    variants: Sequence[str] = ()


def started(
    stack: ExitStack,
    timeline: Timeline,
    portone_url: str,
    keys: Mapping[str, Any],
    channel_key: str,
    stage: Stage,
    *,
    changes: Sequence[Path] = (),
    clock: Callable[[], datetime] | None = None,
    apart: Switches | None = None,
    **further: Any,
) -> tuple[TomlMerchant, Driven]:
    """The shop's driver, and how any other is driven; the shop has these `keys` at this PortOne, and ends with it.

    They are the provider's `shop_keys`: by them the shop knows, too, which generation of PortOne it speaks.

    `changes` are files that say what is driven otherwise, `further` are settings of the shop. With `apart` it runs in a
    process of its own, on the clock of the wall, with these switches. Raises ShopNotStarted.
    """
    passwords = {"operator_password": secrets.token_urlsafe(), "packer_password": secrets.token_urlsafe()}
    settings = ShopSettings(
        portone_api_url=portone_url,
        **keys,
        channel_key=channel_key,
        stage=stage.value,
        operator_password=SecretStr(passwords["operator_password"]),
        packer_password=SecretStr(passwords["packer_password"]),
        **further,
    )
    if apart is not None:
        url = started_apart(stack, settings, apart.defects, apart.variants).url
    else:
        url = stack.enter_context(Shop(settings, clock=clock) if clock else Shop(settings)).url
    driven = Driven(url, passwords, (SHOP_TOML, *changes))
    driver = driven.driver(timeline)
    stack.callback(driver.close)
    return driver, driven
