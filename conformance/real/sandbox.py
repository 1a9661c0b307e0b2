"""The target sandbox: PortOne's test account, and the conformant shop in this process, with the receiver between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from conformance.real.account import browser_led, is_here, opened, reachable_address
from conformance.real.accounted import accounted
from conformance.real.provider import Counter
from conformance.record.timeline import Timeline
from conformance.target import own_shop
from conformance.target.deployment import receiving
from conformance.target.parts import Parts, Wanted


@contextmanager
def sandbox(timeline: Timeline, wanted: Wanted) -> Iterator[Parts]:
    """Start the shop with the account's keys, and the receiver at the address that PortOne's console names.

    Raises SettingsError and SecretMissing before anything is started.
    """
    with ExitStack() as stack:
        account = opened(stack, timeline, wanted, "sandbox")
        reachable_address(wanted.settings, account.settings)
        receiver = receiving(stack, timeline, wanted, None)
        portone = account.settings
        driver, shop_url = own_shop.started(
            stack,
            timeline,
            portone.api_url,
            account.provider.keys,
            portone.channel_key,
            wanted.stage,
            database_url=_database_of(wanted),
            by_environments_proxy=not is_here(portone.api_url),
        )
        merchant = accounted(driver, account.charges)
        receiver.merchant_url = merchant.webhook_url()
        gateway, browser_context = browser_led(stack, account.settings, frozenset())
        assert wanted.new_context is not None  # these targets have a browser
        account.charges.begin(driver, shop_url)
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
