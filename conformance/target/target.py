"""A target: which provider and which merchant a run is about, and what stands between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import BrowserContext

from conformance.browser.buyers import Buyer, EmulatedBuyer
from conformance.machine.settling import SHORTEST_SECONDS, eventually
from conformance.merchant.protocol import Merchant, MerchantUnreachable, Order, OrderView
from conformance.merchant.watched import SHOWS, Dealings, Followed, noted, watched
from conformance.network.receiver import WebhookReceiver
from conformance.portone.provider import Provider
from conformance.record.orders import OrderState
from conformance.record.timeline import Timeline
from conformance.target.charging import Charges
from conformance.target.legs import Stands
from conformance.target.liveness import Liveness
from conformance.target.memory import ONCE, Memory
from conformance.target.options import RunOptions
from conformance.target.own_shop import Driven
from conformance.verdict.catalogue import Api, Probe, Profile, Stage
from conformance.verdict.endings import Blocked, NotObservable
from conformance.verdict.reasons import Cause
from conformance.verdict.showing import lacking

T = TypeVar("T")

BETWEEN_SECONDS = 0.05
"""At least so long after one look comes the next at a merchant that works later: its requests are bounded."""


@dataclass
class MovableClock:
    """A merchant's in this process: the wall clock (aware, UTC) plus what it was put forward by."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, delay: timedelta) -> None:
        """Put it forward."""
        self.ahead += delay

    def reset(self) -> None:
        """Back to the wall clock."""
        self.ahead = timedelta()


@dataclass
class Target:
    """A composition of a provider, a merchant, and what stands between them.

    `options` are what the run asks for. `led` are the options of a browser's session that lead it to this provider;
    `takes_browser` says that the merchant may take one where no scenario of the run does. `ca_file` holds an authority
    that this target's own HTTPS addresses are signed by, None where the usual ones do. `merchant_clock` is the
    merchant's where it can jump too. `charges` says what may be charged where cards or keys are real, None where none
    are. `own_endpoint` is the merchant's where the receiver has taken its place. `reroute_to` is where webhooks go that
    a page sends somewhere by its notice_url, empty where they go there. `liveness` says whether the merchant still
    answers, `preflight` tries whether the set-up stands. `shown` remembers what Givens have shown of this merchant
    already, `blocked` what they could not, so that each is tried once a run.
    """

    options: RunOptions
    timeline: Timeline
    provider: Provider
    merchant: Merchant
    receiver: WebhookReceiver
    led: Mapping[str, Any] = field(default_factory=dict)
    takes_browser: bool = False
    ca_file: Path | None = None
    merchant_clock: MovableClock | None = None
    buyer: Buyer = field(default_factory=EmulatedBuyer)
    charges: Charges | None = None
    own_endpoint: str = ""
    reroute_to: str = ""
    liveness: Liveness = field(default_factory=Liveness)
    preflight: Callable[[Target], Iterable[Stands]] = lambda _: ()
    shown: set[str] = field(default_factory=set)
    blocked: dict[str, Blocked] = field(default_factory=dict)
    driven: Driven | None = None
    """How another process drives the merchant, where it is our own shop."""
    followed: Followed = field(default_factory=Followed)
    dealings: Dealings = field(default_factory=Dealings)
    """What the scenario has had to do with the merchant."""
    refusals: list[str] = field(default_factory=list)
    """How the merchant's own actions about open orders failed in this scenario, in words for its evidence."""

    def __post_init__(self) -> None:
        if self.memory:
            self.shown = self.memory.shown

    @property
    def name(self) -> str:
        """What the command line calls it."""
        return self.options.target

    @property
    def stage(self) -> Stage:
        """Which stage of the accounts the run is about."""
        return self.options.stage

    @property
    def api(self) -> Api:
        """Which generation of PortOne the merchant speaks."""
        return self.options.api

    @property
    def profile(self) -> frozenset[Profile]:
        """What this merchant does: requirements outside it do not apply."""
        return self.merchant.profile if self.options.profile is None else self.options.profile

    @property
    def limit_seconds(self) -> float:
        """What bounds every wait for something that should come."""
        return self.options.settings.limits.wait_seconds

    @property
    def memory(self) -> Memory | None:
        """What scenarios have made that were put aside, where they wait for results that come later."""
        return self.options.memory

    @property
    def real(self) -> bool:
        """Whether cards or keys are: then nothing is kept that cannot be redacted, as traces and videos."""
        return self.charges is not None

    @property
    def new_context(self) -> Callable[..., BrowserContext] | None:
        """What opens a session of the browser, None where there is no browser."""
        return self.options.sessions(self.led)

    @property
    def buyers_context(self) -> Callable[[], BrowserContext] | None:
        """What opens a buyer's browser, None where neither a scenario of the run nor the merchant may take one."""
        return self.new_context if self.takes_browser or self.options.buys_in_browser else None

    def legs(self) -> Iterable[Stands]:
        """Each leg of the set-up as it was found to stand, one after the other. Raises Broken."""
        return self.preflight(self)

    def watch(self) -> None:
        """From here on a merchant that stops answering is known by it, and is not asked again."""
        self.liveness.use = self.merchant.place_order
        self.receiver.went_wrong, self.receiver.is_gone = self.liveness.suspect, self.liveness.is_silent
        noting = noted(self.merchant, self.dealings)
        self.merchant = watched(noting, self.timeline, self.liveness.must_answer, self.liveness.suspect)

    @property
    def not_done(self) -> Mapping[str, str]:
        """What this merchant does not do, by profile, with its reason."""
        return self.merchant.not_done

    @property
    def lacking(self) -> Mapping[Probe, Cause | str]:
        """Why the merchant's driver lacks a capability, where it knows."""
        return getattr(self.merchant, "lacking", {})

    @property
    def capabilities(self) -> frozenset[Probe]:
        """What can be observed and controlled here."""
        own = {Probe.LEDGER}
        if self.merchant_clock or getattr(self.merchant, "tells_nobody", False):
            own.add(Probe.MERCHANT_CLOCK)  # who tells nobody of anything does not do so later either
        if self.memory or Probe.CLOCK in self.provider.capabilities:
            own.add(Probe.LATER)
        return self.provider.capabilities | self.merchant.capabilities | self.receiver.capabilities | own

    @property
    def endpoint(self) -> str:
        """The webhook address that this stage is to have in PortOne's console."""
        return self.own_endpoint or self.receiver.url

    def begin(self) -> None:
        """Make ready for the next scenario."""
        self.provider.begin()
        self.receiver.clear()
        self.timeline.clear()
        self.refusals.clear()
        self.followed.clear()
        self.dealings.clear()
        if self.merchant_clock:
            self.merchant_clock.reset()

    def see_to_open_orders(self, order: Order, *only: Collection[str]) -> None:
        """Let the merchant do what it does about open orders; that it fails is for the order to show, and kept.

        `only` may name some of the ways in which it looks (`looks` of a driver that a file describes).
        The preflight has used its actions before any scenario: here they fail because it does.
        """
        try:
            self.merchant.see_to_open_orders(self.followed.known(order), *only)
        except MerchantUnreachable as failed:
            self.refusals.append(str(failed))

    def advance(self, delay: timedelta) -> None:
        """Let this much time pass on every clock that can jump: the merchant's, where it can, and the provider's.

        Where the provider's cannot, raises Waiting until the time has passed.
        """
        if self.memory and Probe.CLOCK not in self.provider.capabilities:
            self.memory.let_pass(delay)
            return
        if self.merchant_clock:
            self.merchant_clock.advance(delay)
        self.provider.advance(delay)
        self.dealings.time_passed = time.time()

    def kept(self, what: str, kind: type[T], make: Callable[[], T]) -> T:
        """What `make` makes; what it made before, where this scenario was put aside and goes on now."""
        return make() if self.memory is None else self.memory.keep(what, kind, make)

    def once(self, what: str, show: Callable[[], object]) -> None:
        """Let a Given be shown, if it was not tried before in this run. Raises Blocked each time where it was blocked.

        A merchant who never answers would otherwise be waited for again in every scenario.
        """
        if earlier := self.blocked.get(what):
            raise Blocked(earlier.requirements, earlier.reason, earlier.cause)
        if what not in self.shown:
            before = len(self.dealings.placed)
            try:
                with self.memory.within(f"{ONCE}{what}") if self.memory else nullcontext():
                    show()
            except Blocked as blocked:
                self.blocked[what] = blocked
                raise
            self.dealings.apart |= {order.placed_as for order in self.dealings.placed[before:]}
            self.shown.add(what)

    def withheld_by_now(self) -> None:
        """Wait until PortOne has sent what it will: a provider who does not say so has `settle_seconds` for it."""
        self.provider.idle()
        eventually(lambda: self.receiver.withheld, bool, limit_seconds=self.provider.settle_seconds)

    def a_person_is_told(self, order: Order) -> bool:
        """Whether the merchant says that a person must see to the order, once nothing is under way about it.

        Raises NotObservable where its file does not say how that is read: it may tell its people in a way of its own.
        """
        if self.settled(order).attention:
            return True
        if Probe.ATTENTION not in self.capabilities:
            raise NotObservable(lacking(self.name, Probe.ATTENTION))
        return False

    def settled(self, order: Order, *, expected: OrderState | None = None) -> OrderView:
        """The order once nothing is under way that could change it, or as soon as it is as expected.

        What the provider still has to do is waited for first; then the merchant has the time that it declared for
        working off what it received (`settle_seconds`).
        """
        try:
            return self.observed(
                lambda: self.merchant.read_order(self.followed.known(order)),
                lambda view: expected is not None and view.state is expected,
            )
        except MerchantUnreachable as failed:
            failed.stands_on = SHOWS.get(expected, ()) if expected else ()
            raise

    def observed(self, observe: Callable[[], T], holds: Callable[[T], bool]) -> T:
        """What is observed as soon as it holds, or once nothing is under way that could change it, as in `settled`."""
        self.provider.idle()
        settle_seconds = self.provider.settle_seconds + self.merchant.settle_seconds
        until = time.monotonic() + settle_seconds
        return eventually(
            observe,
            holds,
            limit_seconds=self.limit_seconds + settle_seconds,
            settled=lambda: time.monotonic() >= until,
            shortest_seconds=BETWEEN_SECONDS if settle_seconds else SHORTEST_SECONDS,
        )
