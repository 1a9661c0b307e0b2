"""The target sandbox: PortOne's test account, and the conformant shop in this process, with the receiver between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from conformance.merchant.surroundings import is_here
from conformance.real.account import browser_led, opened, reachable_address, selling
from conformance.real.accounted import accounted
from conformance.record.timeline import Timeline
from conformance.target import own_shop
from conformance.target.deployment import receiving
from conformance.target.options import RunOptions
from conformance.target.target import Target


@contextmanager
def sandbox(timeline: Timeline, options: RunOptions) -> Iterator[Target]:
    """Start the shop with the account's keys, and the receiver at the address that PortOne's console names.

    Raises SettingsError and SecretMissing before anything is started.
    """
    with ExitStack() as stack:
        account = opened(stack, timeline, options, "sandbox")
        reachable_address(options.settings, account.settings)
        receiver = receiving(stack, timeline, options, None)
        receiver.spoken = account.provider.webhooks
        portone = account.settings
        driver, driven = own_shop.started(
            stack,
            timeline,
            portone.api_url,
            account.provider.shop_keys,
            portone.channel_key,
            options.stage,
            database_url=_database_of(options),
            by_environments_proxy=not is_here(portone.api_url),
        )
        merchant = accounted(driver, account.charges)
        receiver.merchant_url = merchant.webhook_url()
        led = browser_led(stack, account.settings, frozenset())
        account.charges.begin(driver, driven.base_url)
        stack.callback(account.charges.give_back)
        yield selling(account, options, timeline, merchant, receiver, led)


def _database_of(options: RunOptions) -> str:
    """Where the shop keeps its orders: a run that waits for results goes on with them later."""
    if options.orders_kept is None:
        return "sqlite://"
    options.orders_kept.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{options.orders_kept}"
