"""The conformant shop, started in this process on a free port, and its driver."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from conformance.machine.places import PACKAGES
from conformance.merchant.toml import TomlMerchant, read_merchant_file
from conformance.portone.api import Keys
from conformance.record.timeline import Timeline
from conformance.verdict.catalogue import Stage
from shop.server import Shop
from shop.settings import ShopSettings

SHOP_TOML = PACKAGES / "shop" / "shop.toml"
"""How the shop is driven."""


def started(
    stack: ExitStack,
    timeline: Timeline,
    portone_url: str,
    keys: Keys,
    channel_key: str,
    stage: Stage,
    *,
    changes: Sequence[Path] = (),
    clock: Callable[[], datetime] | None = None,
    **further: Any,
) -> tuple[TomlMerchant, str]:
    """The shop's driver and address; the shop has these keys at this PortOne, and ends with the stack.

    `changes` are files that say what is driven otherwise, `further` are settings of the shop.
    """
    passwords = {"operator_password": secrets.token_urlsafe(), "packer_password": secrets.token_urlsafe()}
    settings = ShopSettings(
        portone_api_url=portone_url,
        imp_code=keys.imp_code,
        imp_key=SecretStr(keys.imp_key),
        imp_secret=SecretStr(keys.imp_secret),
        channel_key=channel_key,
        stage=stage.value,
        operator_password=SecretStr(passwords["operator_password"]),
        packer_password=SecretStr(passwords["packer_password"]),
        **further,
    )
    shop = stack.enter_context(Shop(settings, clock=clock) if clock else Shop(settings))
    driver = TomlMerchant(read_merchant_file(SHOP_TOML, *changes), shop.url, timeline, passwords)
    stack.callback(driver.close)
    return driver, shop.url
