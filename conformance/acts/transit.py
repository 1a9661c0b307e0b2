"""What is on its way for a while: webhooks that are held up, and one look-up whose answer is held back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from math import inf
from threading import Barrier
from types import TracebackType
from typing import Protocol, Self

from conformance.acts.placing import deliveries, portones
from conformance.acts.purchases import Purchase
from conformance.acts.troubles import LOOK_UPS, OPENING, reconciled_by_one_look
from conformance.network.receiver import Delivery
from conformance.portone.provider import Fault
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable, NotObservable
from conformance.verdict.reasons import Cause, Why

IN_ORDER, REVERSED, THRICE = "in their order", "the last one first", "three times each"
TOGETHER = "twice each at the same moment"
WAYS = (IN_ORDER, REVERSED, TOGETHER, THRICE)
"""How webhooks come that were held up."""
ITS_WEBHOOK, FORGED, RECONCILIATION = "its webhook", "a forged webhook", "the merchant's reconciliation"
ITS_PAGE = "its page"
LEADS = (ITS_WEBHOOK, FORGED, RECONCILIATION, ITS_PAGE)
"""What leads to the look-up whose answer is held back."""
_A_MOMENT_SECONDS = 0.1


class UnderWay(Protocol):
    """What was begun and is not waited for yet."""

    def done(self) -> bool:
        """Whether it is over."""
        ...

    def result(self) -> object:
        """Wait until it is over. Raises what went wrong with it."""
        ...


@dataclass
class Transit:
    """What a scenario holds up on its way; let go when it is left, should the scenario not have done so."""

    target: Target
    _road: ExitStack = field(default_factory=ExitStack)
    _hold: ExitStack = field(default_factory=ExitStack)
    _fault: Fault | None = None
    _under_way: UnderWay | None = None
    _holds_up: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go()
        self._road.close()

    @property
    def holds_up(self) -> bool:
        """Whether webhooks are held up."""
        return self._holds_up

    @property
    def holds_back(self) -> bool:
        """Whether the answer to a look-up is held back."""
        return self._under_way is not None

    def hold_up(self) -> None:
        """From here on PortOne's webhooks do not arrive."""
        if not self._holds_up:
            self._road.enter_context(self.target.receiver.withholding())
            self._holds_up = True

    def come(self, how: str) -> None:
        """All webhooks that were held up come (one of WAYS), and no more are held up."""
        self.target.provider.idle()
        self._road.close()
        self._holds_up = False
        receiver = self.target.receiver
        came = list(receiver.withheld)
        receiver.withheld.clear()
        if how == TOGETHER:
            at_once([partial(receiver.repeat, one) for one in came for _ in range(2)], receiver.read_seconds)
            return
        for delivery in reversed(came) if how == REVERSED else came:
            for _ in range(3 if how == THRICE else 1):
                receiver.repeat(delivery)

    def hold_back(self, act: Callable[[], object]) -> None:
        """The next look-up, which `act` leads to, finds what is true now and is answered when it is let go.

        Raises NotObservable where the merchant makes none.
        """
        self.hold_back_begun(lambda: self._hold.enter_context(ThreadPoolExecutor(1)).submit(act))

    def hold_back_begun(
        self, begin: Callable[[], UnderWay], unseen: type[NotObservable | NotApplicable] = NotObservable
    ) -> None:
        """The same of what is begun in this thread, as in a browser.

        What the merchant is told is late and not wrong, so that it counts in the books. Raises `unseen` where the
        merchant makes no look-up.
        """
        provider = self.target.provider
        interfered = provider.interfered
        held = provider.fault(path=LOOK_UPS, what="hold", carried_out=True, times=1)
        fault = self._hold.enter_context(held)
        provider.interfered = interfered
        self._under_way = done = begin()
        self._hold.callback(fault.release)  # before the thread is waited for
        until = inf
        while not fault.control.waits_in(fault.id, _A_MOMENT_SECONDS):
            if done.done():
                until = min(until, time.monotonic() + self.target.merchant.settle_seconds)  # it may look later
            if time.monotonic() >= until and not fault.waiting():
                self.let_go()
                raise unseen(Cause(Why.NONE_HELD))

    def let_go(self) -> None:
        """What was held back comes through once all else is worked off, and what it was for is done.

        A merchant who makes one look-up after the other gives up the one that is held back, and works off the rest.
        """
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            self.target.provider.idle()
        self._hold.close()
        if under_way is not None:
            under_way.result()


def webhook_of(target: Target, purchase: Purchase) -> Delivery:
    """The last webhook about the purchase that came, else the first that is held up, which has come by that.

    Raises NotObservable where there is none.
    """
    target.provider.idle()
    receiver, merchant_uid = target.receiver, purchase.order.merchant_uid
    came = portones(target, purchase)
    held_up = [one for one in receiver.withheld if one.fields.get("merchant_uid") == merchant_uid]
    if not came and not held_up:
        raise NotObservable(Cause(Why.NO_WEBHOOK))
    if came:
        return came[-1]
    receiver.withheld.remove(held_up[0])
    return held_up[0]


def leading(target: Target, purchase: Purchase, what: str) -> Callable[[], object]:
    """What leads to a look-up of the purchase (one of LEADS).

    Raises NotObservable where its webhook never came, NotApplicable where nobody can open the order alone.
    """
    if what == ITS_PAGE:
        return reconciled_by_one_look(target, purchase, OPENING)
    if what == RECONCILIATION:
        return lambda: target.see_to_open_orders(purchase.order)
    if what == FORGED:
        said = {"imp_uid": purchase.imp_uid, "merchant_uid": purchase.order.merchant_uid, "status": "paid"}
        return lambda: target.receiver.forge(said, truly=True)  # by who sends a true one once more
    webhook = webhook_of(target, purchase)
    return lambda: target.receiver.repeat(webhook)


def at_once(acts: Sequence[Callable[[], object]], limit_seconds: float) -> None:
    """Do all of it at the same moment, from threads that are released together."""
    if not acts:
        return
    together = Barrier(len(acts))

    def do(act: Callable[[], object]) -> object:
        together.wait(timeout=limit_seconds)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        list(threads.map(do, acts))


METHODS: Mapping[str, str] = {"card": "cc", "PayPal": "paypal", "paysafecard": "paysafecard", "Mint": "mint"}
"""By what a buyer calls it, the method's code at Paymentwall."""


def repeated(target: Target, purchase: Purchase, times: int, *, last: bool) -> None:
    """PortOne delivers its first webhook about the purchase so many times more, or the `last`. Raises Blocked."""
    came = deliveries(target, purchase, own=True)
    for _ in range(times):
        target.receiver.repeat(came[-1 if last else 0])
