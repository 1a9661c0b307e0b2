"""A merchant's driver under watch: a wrong answer to one of its verbs is known by what the verb had asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import httpx

from conformance.merchant.protocol import ActionAnswer, Merchant, MerchantUnreachable, Order, OrderView
from conformance.record import calls
from conformance.record.orders import Asker, OrderState
from conformance.record.timeline import Timeline

T = TypeVar("T")
SHOWS: Mapping[OrderState, tuple[str, ...]] = {
    OrderState.PAID: ("WEBHOOK-01",),
    OrderState.WAITING_FOR_CANCELLATION: ("CANCEL-02",),
    OrderState.CANCELLED: ("CANCEL-03",),
    OrderState.PARTLY_CANCELLED: ("CANCEL-09",),
}
"""By the state that an order should show, the requirement that is about showing it."""


@dataclass
class Dealings:
    """What a scenario has had to do with the merchant: orders placed, refunds asked for, orders seen."""

    placed: list[Order] = field(default_factory=list)
    refunds: list[tuple[Order, Decimal | None]] = field(default_factory=list)
    """By those who may ask; None for the whole."""
    views: list[tuple[float, Order, OrderView]] = field(default_factory=list)
    """Each with when it was seen (wall-clock unix seconds)."""

    def clear(self) -> None:
        """Forget it: a new scenario begins."""
        for kept in (self.placed, self.refunds, self.views):
            kept.clear()


class Watched:
    """A driver that tells `failed` of each wrong answer, and says in the exception which requirement it speaks of.

    `before` is called before each verb; it raises where the merchant has stopped.
    """

    def __init__(
        self, driver: Merchant, timeline: Timeline, before: Callable[[], None], failed: Callable[[], None]
    ) -> None:
        self._driver = driver
        self._timeline = timeline
        self._before = before
        self._failed = failed
        self.dealings = Dealings()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def place_order(self, *given: Any, **named: Any) -> Order:
        """Place an order as the driver does; no requirement is about that alone."""
        placed = self._done(self._driver.place_order, (), *given, **named)
        self.dealings.placed.append(placed)
        return placed

    def read_order(self, order: Order) -> OrderView:
        """Read an order as the driver does; what it should have shown says which requirement it speaks of."""
        view = self._done(self._driver.read_order, (), order)
        self.dealings.views.append((time.time(), order, view))
        return view

    def ask_for_refund(self, order: Order, *given: Any, **named: Any) -> ActionAnswer:
        """Ask for a refund: a wrong answer fails CANCEL-07 where PortOne refused the cancellation, else CANCEL-01."""
        about = self._requirements("cancel", asked=("CANCEL-01",), refused=("CANCEL-07",))
        if named.get("asker", Asker.ENTITLED) is Asker.ENTITLED:
            self.dealings.refunds.append((order, given[0] if given else named.get("amount")))
        return self._done(self._driver.ask_for_refund, about, order, *given, **named)

    def ask_in_pages_at_once(self, order: Order, times: int, amount: Decimal | None = None) -> bool:
        """Ask for a refund, of the whole or of `amount`, in several pages at one moment; whether the driver can."""
        ask = getattr(self._driver, "ask_in_pages_at_once", None)
        if ask is None or not ask(order, times, amount):
            return False
        self.dealings.refunds.append((order, amount))
        return True

    def ship(self, order: Order, *given: Any) -> ActionAnswer:
        """Report a delivery: a wrong answer fails DELIVERY-03 where PortOne refused the registration, else -01."""
        about = self._requirements("delivery", asked=("DELIVERY-01",), refused=("DELIVERY-03",))
        return self._done(self._driver.ship, about, order, *given)

    def see_to_open_orders(self, order: Order) -> None:
        """Reconcile as the driver does: a wrong answer fails WEBHOOK-17."""
        self._done(self._driver.see_to_open_orders, ("WEBHOOK-17",), order)

    def _requirements(
        self, kind: str, *, asked: tuple[str, ...], refused: tuple[str, ...]
    ) -> Callable[[], tuple[str, ...]]:
        def decide() -> tuple[str, ...]:
            events = [event for event in self._timeline.events(kind, source="merchant") if event.ended >= began]
            answered = [event for event in events if isinstance(event.response, Mapping)]
            return refused if answered and not calls.is_success(answered[-1]) else asked

        began = time.time()
        return decide

    def _done(
        self, verb: Callable[..., T], about: tuple[str, ...] | Callable[[], tuple[str, ...]], *given: Any, **named: Any
    ) -> T:
        self._before()
        try:
            return verb(*given, **named)
        except MerchantUnreachable as failed:
            self._failed()
            failed.stands_on = about() if callable(about) else about
            raise
        except httpx.HTTPError as error:  # from a driver class of somebody's own, which let it pass
            self._failed()
            unreachable = MerchantUnreachable(f"{self._driver.name} did not answer: {error!r}")
            unreachable.stands_on = about() if callable(about) else about
            raise unreachable from error
