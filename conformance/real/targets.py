"""Every target by its name, and the one way in which it is started, for a run and for its preflight alone.

The two with a real account are here: `sandbox`, the conformant shop in this process with the receiver between, and
`golive`, the account of the stage that goes live with the merchant's own deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from conformance.merchant.drivers import counted, description_of, driver_of
from conformance.merchant.protocol import Merchant, Order, around
from conformance.merchant.surroundings import is_here
from conformance.network.receiver import Delivery, WebhookReceiver
from conformance.real.account import browser_led, opened, reachable_address, selling
from conformance.real.charging import accounted
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import SettingsError
from conformance.settings.merchant_toml import MerchantFileError
from conformance.settings.secrets import SecretMissing
from conformance.target import own_shop
from conformance.target.databases import UnusableDatabase
from conformance.target.deployment import deployment, endpoint_of, hosts_of, permitted, receiving, surroundings_of
from conformance.target.embedded import UnknownDefect, embedded
from conformance.target.options import RunOptions
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why

ENDPOINT = "webhook endpoint"
"""The setting in PortOne's console that taking the endpoint's place changes; V1 has no API for it."""


@contextmanager
def golive(timeline: Timeline, options: RunOptions) -> Iterator[Target]:
    """The account, the merchant's driver, and the receiver where it is allowed to take the endpoint's place.

    By default nothing of the merchant's is replaced. With golive.take_endpoint the receiver stands at its webhook
    address: then this run's webhooks can be repeated, held and reordered, and everybody else's pass by.
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


UNSEEN = (
    "PortOne's webhooks go to the merchant's own endpoint and are not seen here; with golive.take_endpoint = true they "
    "would come by"
)


@dataclass
class Unreplaced(WebhookReceiver):
    """Forges and sends as any stranger does; it stands nowhere, so nothing comes by. Reading raises NotObservable."""

    @property
    def capabilities(self) -> frozenset[Probe]:  # type: ignore[override]  # fewer than the receiver's own
        """Nothing: the merchant's webhooks are left alone."""
        return frozenset()

    @property
    def url(self) -> str:
        """The merchant's own endpoint."""
        return self.merchant_url

    def heard_of(self, merchant_uid: str) -> bool:  # noqa: ARG002
        """Taken on trust: whether a webhook came shows in the order alone."""
        return True

    def told_about(self, merchant_uid: str) -> Cause:  # noqa: ARG002
        """That nobody can see it, and what may be wrong besides the merchant."""
        return Cause(Why.WEBHOOKS_UNSEEN, facts={"url": self.url})

    def of(self, merchant_uid: str) -> list[Delivery]:  # noqa: ARG002
        """Raises NotObservable."""
        self._unseen()

    @contextmanager
    def withholding(self) -> Iterator[None]:
        """Raises NotObservable."""
        self._unseen()
        yield

    def _unseen(self) -> NoReturn:
        raise NotObservable(UNSEEN)


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


TARGETS: dict[str, Callable[[Timeline, RunOptions], AbstractContextManager[Target]]] = {
    "embedded": embedded,
    "merchant": deployment,
    "sandbox": sandbox,
    "golive": golive,
}
REAL_TARGETS = frozenset({"sandbox", "golive"})
"""Those whose clock and whose money are real."""
UNUSABLE = (UnknownDefect, UnusableDatabase, MerchantFileError, SettingsError, SecretMissing)
"""Why a target is not started: each is one line that says what, where, and what to do."""


@contextmanager
def started(timeline: Timeline, options: RunOptions) -> Iterator[Target]:
    """The target that the options name, running; its preflight has not been gone through. Raises one of UNUSABLE."""
    if options.browser and _takes_browser(options):
        options.browser()  # before the target, so that it is left after it
    with TARGETS[options.target](timeline, options) as target:
        yield target


def _takes_browser(options: RunOptions) -> bool:
    """Whether the merchant's driver, or the preflight's buyer, will take the browser. Raises MerchantFileError."""
    merchant = options.settings.merchant
    described = merchant and description_of(merchant, options.settings.folder)
    return bool(described and (described.needs_browser or (described.checkout and options.buys_in_browser)))
