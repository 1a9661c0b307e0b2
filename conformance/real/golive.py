"""The target golive: the account of the stage that goes live, and the merchant's own deployment, as they are.

By default nothing of the merchant's is replaced. With golive.take_endpoint the receiver stands at its webhook address:
then this run's webhooks can be repeated, held and reordered, and everybody else's pass by.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from conformance.merchant.drivers import counted, driver_of
from conformance.merchant.protocol import Merchant, Order, around
from conformance.real.account import browser_led, opened, reachable_address, selling
from conformance.real.accounted import accounted
from conformance.real.unreplaced import Unreplaced
from conformance.record.timeline import Timeline
from conformance.target.deployment import endpoint_of, hosts_of, permitted, receiving, surroundings_of
from conformance.target.options import RunOptions
from conformance.target.target import Target

ENDPOINT = "webhook endpoint"
"""The setting in PortOne's console that taking the endpoint's place changes; V1 has no API for it."""


@contextmanager
def golive(timeline: Timeline, options: RunOptions) -> Iterator[Target]:
    """The account, the merchant's driver, and the receiver where it is allowed to take the endpoint's place.

    Raises SettingsError, SecretMissing and MerchantFileError before anything is sent to the merchant.
    """
    settings = options.settings
    merchant_settings = permitted(settings, "golive")
    with ExitStack() as stack:
        account = opened(stack, timeline, options, "golive")
        allowed = hosts_of(merchant_settings) | {host.lower() for host in merchant_settings.browser_hosts}
        led = browser_led(stack, account.settings, allowed)
        sessions = options.sessions(led)
        surroundings = surroundings_of(settings, merchant_settings, timeline, account.provider.imp_uid, sessions)
        driver = driver_of(merchant_settings, surroundings, settings.folder)
        stack.callback(driver.close)
        counting = counted(driver, surroundings.allowance, options.orders_file)
        endpoint = endpoint_of(driver, surroundings, settings.golive.former_endpoint or "")
        ours: set[str] = set()
        if settings.golive.take_endpoint:
            reachable_address(settings, account.settings)
            receiver = receiving(stack, timeline, options, None)
            receiver.ours = account.buyer.attempts = ours
            account.charges.setting_changed(ENDPOINT, endpoint, receiver.url)
            options.say(f"PortOne's console must have {receiver.url} as this stage's webhook endpoint during this run.")
        else:
            receiver = stack.enter_context(Unreplaced(timeline, limit_scale=options.limit_scale))
        receiver.merchant_url, receiver.may_reach = endpoint, surroundings.may_reach
        receiver.spoken = account.provider.webhooks
        merchant = accounted(_noted(counting, ours), account.charges)
        account.charges.begin(counting, merchant_settings.base_url)
        stack.callback(account.charges.give_back)
        rerouted = settings.golive.take_endpoint and merchant_settings.notice_url == "reroute"
        reroute_to = receiver.url if rerouted else ""
        yield selling(account, options, timeline, merchant, receiver, led, own_endpoint=endpoint, reroute_to=reroute_to)


def _noted(driver: Merchant, ours: set[str]) -> Merchant:
    """The driver with its orders' first attempts noted: webhooks about these are this run's."""

    def place_order(*given: Any, **named: Any) -> Order:
        order = driver.place_order(*given, **named)
        ours.add(order.merchant_uid)
        return order

    return around(driver, place_order=place_order)
