"""The target sandbox: PortOne's test account, and the conformant shop in this process, with the receiver between."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pydantic import SecretStr

from conformance.merchant.toml import TomlMerchant, read_merchant_file
from conformance.portone.api import Keys
from conformance.real.account import browser_led, is_here, opened, reachable_address
from conformance.real.accounted import accounted
from conformance.real.provider import Counter
from conformance.record.timeline import Timeline
from conformance.settings.real import PortOneSettings
from conformance.target.deployment import receiving
from conformance.target.embedded import SHOP_TOML
from conformance.target.parts import Parts, Wanted
from shop.server import Shop
from shop.settings import ShopSettings


@contextmanager
def sandbox(timeline: Timeline, wanted: Wanted) -> Iterator[Parts]:
    """Start the shop with the account's keys, and the receiver at the address that PortOne's console names.

    Raises SettingsError and SecretMissing before anything is started.
    """
    with ExitStack() as stack:
        account = opened(stack, timeline, wanted, "sandbox")
        reachable_address(wanted.settings, account.settings)
        receiver = receiving(stack, timeline, wanted, None)
        known = {"operator_password": secrets.token_urlsafe(), "packer_password": secrets.token_urlsafe()}
        shop = stack.enter_context(Shop(_shop_settings(account.settings, account.provider.keys, wanted, known)))
        driver = TomlMerchant(read_merchant_file(SHOP_TOML), shop.url, timeline, known)
        stack.callback(driver.close)
        merchant = accounted(driver, account.charges)
        receiver.merchant_url = merchant.webhook_url()
        gateway, browser_context = browser_led(stack, account.settings, frozenset())
        assert wanted.new_context is not None  # these targets have a browser
        account.charges.begin(driver, shop.url)
        stack.callback(account.charges.give_back)
        account.provider.counter = Counter(merchant, wanted.new_context, timeline, wanted.settings.limits.wait_seconds)
        yield Parts(
            account.provider,
            merchant,
            receiver,
            gateway,
            browser_context,
            None,
            real=True,
            buyer=account.buyer,
            charges=account.charges,
        )


def _database_of(wanted: Wanted) -> str:
    """Where the shop keeps its orders: a run that waits for results goes on with them later."""
    if wanted.orders_kept is None:
        return "sqlite://"
    wanted.orders_kept.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{wanted.orders_kept}"


def _shop_settings(portone: PortOneSettings, keys: Keys, wanted: Wanted, passwords: dict[str, str]) -> ShopSettings:
    return ShopSettings(
        portone_api_url=portone.api_url,
        imp_code=keys.imp_code,
        imp_key=SecretStr(keys.imp_key),
        imp_secret=SecretStr(keys.imp_secret),
        channel_key=portone.channel_key,
        stage=wanted.stage.value,
        operator_password=SecretStr(passwords["operator_password"]),
        packer_password=SecretStr(passwords["packer_password"]),
        database_url=_database_of(wanted),
        by_environments_proxy=not is_here(portone.api_url),
    )
