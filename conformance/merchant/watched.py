"""A merchant's driver under watch: a wrong answer to one of its verbs is known by what the verb had asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from conformance.merchant.protocol import Merchant, MerchantUnreachable
from conformance.merchant.wrapping import around
from conformance.record import calls
from conformance.record.orders import OrderState
from conformance.record.timeline import Timeline

SHOWS: Mapping[OrderState, tuple[str, ...]] = {
    OrderState.PAID: ("WEBHOOK-01",),
    OrderState.WAITING_FOR_CANCELLATION: ("CANCEL-02",),
    OrderState.CANCELLED: ("CANCEL-03",),
    OrderState.PARTLY_CANCELLED: ("CANCEL-09",),
}
"""By the state that an order should show, the requirement that is about showing it."""


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
                unreachable = MerchantUnreachable(f"{driver.name} did not answer: {error!r}")
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
