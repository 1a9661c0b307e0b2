"""The target golive: the account of the stage that goes live, and the merchant's own deployment, as they are.

By default nothing of the merchant's is replaced. With golive.take_endpoint the receiver stands at its webhook address:
then this run's webhooks can be repeated, held and reordered, and everybody else's pass by.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from conformance.merchant.drivers import Counted, driver_of
from conformance.merchant.protocol import Merchant, Order
from conformance.network.receiver import WebhookReceiver
from conformance.real.account import browser_led, opened, reachable_address
from conformance.real.accounted import accounted
from conformance.real.provider import Counter
from conformance.real.unreplaced import Unreplaced
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import SettingsError
from conformance.target.deployment import hosts_of, permitted, receiving, surroundings_of
from conformance.target.parts import Parts, Wanted
from conformance.verdict.endings import NotObservable

ENDPOINT = "webhook endpoint"
"""The setting in PortOne's console that taking the endpoint's place changes; V1 has no API for it."""


@contextmanager
def golive(timeline: Timeline, wanted: Wanted) -> Iterator[Parts]:
    """The account, the merchant's driver, and the receiver where it is allowed to take the endpoint's place.

    Raises SettingsError, SecretMissing and MerchantFileError before anything is sent to the merchant.
    """
    settings = wanted.settings
    merchant_settings = permitted(settings, "golive")
    with ExitStack() as stack:
        account = opened(stack, timeline, wanted, "golive")
        surroundings = surroundings_of(settings, merchant_settings, timeline, wanted, account.provider.imp_uid)
        driver = driver_of(merchant_settings, surroundings, settings.folder)
        stack.callback(driver.close)
        counted = cast(Merchant, Counted(driver, surroundings.allowance, wanted.orders_file))
        try:
            endpoint = settings.golive.former_endpoint or counted.webhook_url()
        except NotObservable as reason:
            raise SettingsError(str(reason)) from reason
        surroundings.may_reach(endpoint)
        ours: set[str] = set()
        if settings.golive.take_endpoint:
            reachable_address(settings, account.settings)
            receiver = receiving(stack, timeline, wanted, None)
            receiver.ours = account.buyer.attempts = ours
            account.charges.setting_changed(ENDPOINT, endpoint, receiver.url)
            wanted.say(f"PortOne's console must have {receiver.url} as this stage's webhook endpoint during this run.")
        else:
            receiver = stack.enter_context(Unreplaced(timeline, limit_scale=wanted.limit_scale))
        receiver.merchant_url, receiver.may_reach = endpoint, surroundings.may_reach
        merchant = accounted(cast(Merchant, Noting(counted, ours)), account.charges)
        allowed = hosts_of(merchant_settings) | {host.lower() for host in merchant_settings.browser_hosts}
        gateway, browser_context = browser_led(stack, account.settings, allowed)
        assert wanted.new_context is not None  # these targets have a browser
        account.charges.begin(counted, merchant_settings.base_url)
        stack.callback(account.charges.give_back)
        reroute_to = _reroute_to(receiver, wanted)
        limit = settings.limits.wait_seconds
        account.provider.counter = Counter(merchant, wanted.new_context, timeline, limit, reroute_to)
        yield Parts(
            account.provider,
            merchant,
            receiver,
            gateway,
            browser_context,
            None,
            reroute_to=reroute_to,
            real=True,
            buyer=account.buyer,
            charges=account.charges,
            endpoint=endpoint,
        )


class Noting:
    """A driver whose orders' attempts are noted: webhooks about these are this run's."""

    def __init__(self, driver: Merchant, ours: set[str]) -> None:
        self._driver = driver
        self._ours = ours

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def place_order(self, *given: Any, **named: Any) -> Order:
        """Place an order as the driver does, and note its first attempt."""
        order: Order = self._driver.place_order(*given, **named)
        self._ours.add(order.merchant_uid)
        return order


def _reroute_to(receiver: WebhookReceiver, wanted: Wanted) -> str:
    merchant, golive_settings = wanted.settings.merchant, wanted.settings.golive
    assert merchant is not None  # the target was permitted with it
    return receiver.url if golive_settings.take_endpoint and merchant.notice_url == "reroute" else ""
