"""The embedded target: the emulator and the shop, started in this process on free ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from conformance.network.certificates import issued
from conformance.network.gateway import Gateway, Lead
from conformance.network.receiver import WebhookReceiver
from conformance.portone import account_defects as account_faults
from conformance.portone.accounts import PROVIDERS, account_settings, open_test_project
from conformance.record.timeline import Timeline
from conformance.target import own_shop
from conformance.target.databases import of_this_run
from conformance.target.liveness import Liveness
from conformance.target.options import RunOptions
from conformance.target.own_shop import Switches
from conformance.target.target import MovableClock, Target
from conformance.verdict.catalogue import Stage
from emulator.server import Emulator
from shop import defects as shop_faults
from shop import variants as shop_ways
from shop.switches import UnknownSwitch, chosen, switched

T = TypeVar("T")
SHOP_PATIENCE_SECONDS = 3.0
"""How long the shop waits for PortOne here, where answers take milliseconds: a scenario waits for it to give up."""


class UnknownDefect(Exception):
    """A defect or a variant was named that does not exist; the text lists those that do."""


@contextmanager
def embedded(timeline: Timeline, options: RunOptions) -> Iterator[Target]:
    """Start the emulator, an account at it, the shop with that account's keys, the receiver between and the gateway.

    In the live stage webhooks go to an HTTPS address, as they must. Raises UnknownDefect before anything is started,
    and UnusableDatabase.
    """
    faults = _chosen("account-defect", options.account_defects, account_faults.DEFECTS)
    _chosen("shop-defect", options.shop_defects, shop_faults.DEFECTS)
    ways = _chosen("shop-variant", options.shop_variants, shop_ways.VARIANTS)
    with ExitStack() as stack:
        if not options.shop_apart:
            stack.enter_context(switched(options.shop_defects, options.shop_variants))
        ca_file = context = None
        if options.stage is Stage.LIVE:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="receiver-")))
            flaws = [fault.address for fault in faults if fault.address != "none"]
            ca_file, context = issued(folder, *flaws[:1])
        emulator = stack.enter_context(Emulator(tls=True, certificates=options.certificates, trusted=ca_file))
        receiver = stack.enter_context(WebhookReceiver(timeline, tls=context, limit_scale=options.limit_scale))
        settings = {**account_settings(options.stage, receiver.url), "timeout_scale": options.limit_scale}
        open_test_project(emulator.url, settings)
        provider = PROVIDERS[options.api](emulator.url, settings, timeline, [fault.settings for fault in faults])
        stack.callback(provider.close)
        clock = None if options.shop_apart else MovableClock()
        database = {"database_url": stack.enter_context(of_this_run(options.database))} if options.database else {}
        # In a storm look-ups may be slow, and the shop waits as long as it usually does.
        patience = {} if options.shop_apart else {"portone_timeout_seconds": SHOP_PATIENCE_SECONDS}
        merchant, driven = own_shop.started(
            stack,
            timeline,
            emulator.url,
            provider.shop_keys,
            provider.channel_key,
            options.stage,
            changes=[way.toml for way in ways if way.toml],
            clock=clock,
            apart=Switches(options.shop_defects, options.shop_variants) if options.shop_apart else None,
            **patience,
            **database,
        )
        receiver.merchant_url, receiver.spoken = merchant.webhook_url(), provider.webhooks
        lead = Lead("127.0.0.1", int(emulator.url.rpartition(":")[2]), emulator.tls_port)
        gateway = stack.enter_context(Gateway(lead))
        led = {"proxy": {"server": gateway.url}, "ignore_https_errors": options.certificates is None}
        yield Target(
            options,
            timeline,
            provider,
            merchant,
            receiver,
            led,
            ca_file=ca_file,
            merchant_clock=clock,
            liveness=Liveness(driven.base_url, scale=options.limit_scale),
            driven=driven,
        )


def _chosen(option: str, names: Sequence[str], known: Mapping[str, T]) -> list[T]:
    try:
        return chosen(f"--{option}", names, known)
    except UnknownSwitch as unknown:
        raise UnknownDefect(str(unknown)) from unknown
