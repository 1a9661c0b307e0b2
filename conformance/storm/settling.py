"""After the load: until every order is as it must be, or nothing changes any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.machine.settling import pause
from conformance.merchant.protocol import MerchantUnreachable, Order
from conformance.portone.emulated import EmulatedProvider, EmulatorRefused
from conformance.storm.accounts import OrderAccount, Placed, Reader
from conformance.storm.plan import CLOCK_SPEED, LATE_SECONDS, TICKET_SECONDS, Shape
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe

_QUIET_SECONDS = 5.0
"""So long nothing is sent and nothing looked up: who still works on something looks a payment up now and then. Longer
than PortOne's minute takes here, in which it delivers again."""
_LONGEST_SECONDS = 120.0
"""How long the rest is waited for beyond the limit, to tell what is late from what never comes."""
_INTERVAL_SECONDS = 0.3
_RECONCILED = 200
"""Open orders that the merchant is asked to reconcile, one by one, at most."""


@dataclass(frozen=True)
class Settled:
    """How it ended: every account, how long it took (real seconds), and how many orders were worked off too late.

    `goes_on` says that the merchant was still working off what is not right. `reconciled` are the orders for which its
    own reconciliation was used.
    """

    accounts: Sequence[OrderAccount]
    seconds: float
    late: int = 0
    goes_on: bool = False
    reconciled: int = 0


def settle(
    target: Target,
    provider: EmulatedProvider,
    reader: Reader,
    placed: Sequence[Placed],
    shape: Shape,
    say: Callable[[str], None],
    quicken: Callable[[], None],
) -> Settled:
    """Wait, use the merchant's reconciliation where it has one, let the tickets' results come, and wait again.

    PortOne answers as slowly as in the storm until the limit has passed; then `quicken` is called, and what it would
    deliver again hours later (V2) comes.
    """
    provider.control.run(CLOCK_SPEED)
    began = time.monotonic() + LATE_SECONDS / CLOCK_SPEED  # PortOne itself has held some webhooks back for so long
    first = more = _worked_off(reader, placed, provider, began + shape.recover_seconds, say)
    quicken()
    reconciled = 0
    if first.unreached:
        provider.advance(provider.redeliveries_take)
        if Probe.OPEN_ORDERS in target.capabilities:
            reconciled = _reconcile(target, [one.order for one in first.unreached])
        more = _worked_off(reader, placed, provider, time.monotonic() + _LONGEST_SECONDS, say)
    tickets = len(provider.all_tickets())
    if tickets and not more.unreached:
        provider.control.advance(TICKET_SECONDS * (tickets + 1))
        last = _worked_off(reader, placed, provider, time.monotonic() + shape.recover_seconds, say)
    else:
        last = more
    goes_on = not last.is_quiet
    at_limit = set() if first.is_quiet else {one.order.merchant_uid for one in first.unreached}
    late = sum(one.order.merchant_uid in at_limit and (one.reached or goes_on) for one in last.accounts)
    return Settled(last.accounts, max(0.0, more.at - began), late, goes_on, reconciled)


@dataclass(frozen=True)
class _Seen:
    """How the orders were when it was over; `at` is when all had been reached by their payments, else the end."""

    accounts: Sequence[OrderAccount]
    at: float
    is_quiet: bool

    @property
    def unreached(self) -> list[OrderAccount]:
        return [one for one in self.accounts if not one.reached]


def _worked_off(
    reader: Reader, placed: Sequence[Placed], provider: EmulatedProvider, until: float, say: Callable[[str], None]
) -> _Seen:
    """Until every order is right, the time is over, or nothing happens any more."""
    known: dict[str, OrderAccount] = {}
    pending = list(placed)
    reached_at = 0.0
    while True:
        over, is_quiet = time.monotonic() >= until, _is_quiet(reader, provider)
        for account in reader.accounts(pending):
            known[account.order.merchant_uid] = account
        pending = [one for one in placed if not known[one.order.merchant_uid].is_right]
        reached = all(one.reached for one in known.values())
        reached_at = (reached_at or time.monotonic()) if reached else 0.0
        if not pending or over or is_quiet:
            accounts = reader.accounts(placed)  # what was right may have changed since
            return _Seen(accounts, reached_at or time.monotonic(), is_quiet or not pending)
        say(f"{len(pending)} of {len(placed)} orders are not worked off yet")
        pause(_INTERVAL_SECONDS)


def _is_quiet(reader: Reader, provider: EmulatedProvider) -> bool:
    reader.watch.read()
    if time.time() - reader.watch.last < _QUIET_SECONDS:
        return False
    try:
        provider.control.idle(0.1)
    except EmulatorRefused:  # something is under way
        return False
    return True


def _reconcile(target: Target, pending: Sequence[Order]) -> int:
    done = 0
    for order in pending[:_RECONCILED]:
        try:
            target.merchant.see_to_open_orders(order)
        except MerchantUnreachable:
            continue
        done += 1
    return done
