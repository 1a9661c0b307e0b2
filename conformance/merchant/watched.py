"""A merchant's driver under watch: a wrong answer to one of its verbs is known by what the verb had asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from conformance.merchant.protocol import ActionAnswer, Merchant, MerchantUnreachable, Order, OrderView
from conformance.record import calls
from conformance.record.orders import OrderState
from conformance.record.timeline import Timeline

T = TypeVar("T")
SHOWS: Mapping[OrderState, tuple[str, ...]] = {
    OrderState.PAID: ("WEBHOOK-01",),
    OrderState.WAITING_FOR_CANCELLATION: ("CANCEL-02",),
    OrderState.CANCELLED: ("CANCEL-03",),
    OrderState.PARTLY_CANCELLED: ("CANCEL-09",),
}
"""By the state that an order should show, the requirement that is about showing it."""


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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def place_order(self, *given: Any, **named: Any) -> Order:
        """Place an order as the driver does; no requirement is about that alone."""
        return self._done(self._driver.place_order, (), *given, **named)

    def read_order(self, order: Order) -> OrderView:
        """Read an order as the driver does; what it should have shown says which requirement it speaks of."""
        return self._done(self._driver.read_order, (), order)

    def ask_for_refund(self, order: Order, *given: Any, **named: Any) -> ActionAnswer:
        """Ask for a refund: a wrong answer fails CANCEL-07 where PortOne refused the cancellation, else CANCEL-01."""
        about = self._requirements("cancel", asked=("CANCEL-01",), refused=("CANCEL-07",))
        return self._done(self._driver.ask_for_refund, about, order, *given, **named)

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
