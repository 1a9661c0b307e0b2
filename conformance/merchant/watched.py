"""A merchant's driver under watch: what is done by it and asked by its pages is noted; a wrong answer is classified."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import httpx

from conformance.merchant.protocol import ActionAnswer, Merchant, MerchantUnreachable, Order, OrderView, around
from conformance.network.connections import in_words
from conformance.record import calls
from conformance.record.orders import Asker, OrderState
from conformance.record.timeline import Timeline
from conformance.verdict.reasons import Cause, Causes, Why, term

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

    time_passed: float = 0.0
    """When time was last made to pass (wall-clock unix seconds): what was seen before may be otherwise now."""
    apart: set[str] = field(default_factory=set)
    """What orders were placed as that a Given placed to show something: the scenario does not speak of them."""

    @property
    def spoken_of(self) -> list[Order]:
        """The orders that the scenario speaks of, in the order in which they were placed."""
        return list({one.placed_as: one for one in self.placed if one.placed_as not in self.apart}.values())

    def clear(self) -> None:
        """Forget it: a new scenario begins."""
        for kept in (self.placed, self.refunds, self.views, self.apart):
            kept.clear()
        self.time_passed = 0.0


@dataclass
class Followed:
    """The merchant_uids that pages asked for, the last one last, by the order that they were opened for.

    A page may make a new attempt, or the order, at each press: an order is known by what its page asked PortOne for.
    """

    _asked: dict[str, list[str]] = field(default_factory=dict)

    def note(self, order: Order, request: Mapping[str, Any]) -> None:
        """The page of this order asked for a payment with these parameters."""
        if merchant_uid := request.get("merchant_uid"):
            self._asked.setdefault(order.placed_as, []).append(str(merchant_uid))

    def known(self, order: Order) -> Order:
        """The order by the attempt that its page last asked for; the same where no page asked for any.

        Where the merchant calls an order by its merchant_uid, that is what it is called from then on.
        """
        merchant_uid = self._asked.get(order.placed_as, [order.merchant_uid])[-1]
        named = merchant_uid if order.reference == order.merchant_uid else order.reference
        return replace(order, reference=named, merchant_uid=merchant_uid, first=order.placed_as)

    def attempts(self, order: Order) -> frozenset[str]:
        """Every merchant_uid that the order is known by."""
        return frozenset((order.merchant_uid, *self._asked.get(order.placed_as, ())))

    def difference(self, order: Order) -> Causes:
        """That the page asked for another attempt than the order was placed with; else nothing."""
        asked = self.known(order).merchant_uid
        if asked == order.merchant_uid:
            return ()
        return (Cause(Why.OTHER_ATTEMPT, facts={"asked": asked, "placed": order.merchant_uid}),)

    def clear(self) -> None:
        """Forget it: a new scenario begins."""
        self._asked.clear()


def noted(driver: Merchant, dealings: Dealings) -> Merchant:
    """The driver with what is done by it noted."""

    def place_order(*given: Any) -> Order:
        order = driver.place_order(*given)
        dealings.placed.append(order)
        return order

    def read_order(order: Order) -> OrderView:
        view = driver.read_order(order)
        dealings.views.append((time.time(), order, view))
        return view

    def ask_for_refund(order: Order, amount: Decimal | None = None, *, asker: Asker = Asker.ENTITLED) -> ActionAnswer:
        if asker is Asker.ENTITLED:
            dealings.refunds.append((order, amount))
        return driver.ask_for_refund(order, amount, asker=asker)

    def ask_in_pages_at_once(order: Order, times: int, amount: Decimal | None = None) -> bool:
        ask = getattr(driver, "ask_in_pages_at_once", None)
        done = ask is not None and bool(ask(order, times, amount))
        if done:
            dealings.refunds.append((order, amount))
        return done

    return around(
        driver,
        place_order=place_order,
        read_order=read_order,
        ask_for_refund=ask_for_refund,
        ask_in_pages_at_once=ask_in_pages_at_once,
    )


def watched(driver: Merchant, timeline: Timeline, before: Callable[[], None], failed: Callable[[], None]) -> Merchant:
    """The driver with each wrong answer told to `failed`; its exception says which requirements the answer speaks of.

    `before` is called before each verb; it raises where the merchant has stopped. No requirement is about placing an
    order alone. What an order should have shown when it is read is known to who reads it.
    """

    def done(verb: str, about: Callable[[float], tuple[str, ...]] = lambda _: ()) -> Callable[..., Any]:
        def do(*given: Any, **named: Any) -> Any:
            before()
            began = time.time()
            try:
                return getattr(driver, verb)(*given, **named)  # a driver need not have each
            except MerchantUnreachable as wrong:
                failed()
                wrong.stands_on = about(began)
                raise
            except httpx.HTTPError as error:  # from a driver class of somebody's own, which let it pass
                failed()
                unreachable = MerchantUnreachable(
                    Cause(Why.SHOP_DID_NOT_ANSWER, facts={"merchant": driver.name, **term("why", in_words(error))})
                )
                unreachable.stands_on = about(began)
                raise unreachable from error

        return do

    def either(kind: str, *, asked: str, refused: str) -> Callable[[float], tuple[str, ...]]:
        """`refused` where PortOne refused the merchant's last call of this kind, else `asked`."""

        def decide(began: float) -> tuple[str, ...]:
            events = [event for event in timeline.events(kind, source="merchant") if event.ended >= began]
            answered = [event for event in events if isinstance(event.response, Mapping)]
            return (refused if answered and not calls.is_success(answered[-1]) else asked,)

        return decide

    return around(
        driver,
        place_order=done("place_order"),
        read_order=done("read_order"),
        ask_for_refund=done("ask_for_refund", either("cancel", asked="CANCEL-01", refused="CANCEL-07")),
        ship=done("ship", either("delivery", asked="DELIVERY-01", refused="DELIVERY-03")),
        see_to_open_orders=done("see_to_open_orders", lambda _: ("WEBHOOK-17",)),
    )
