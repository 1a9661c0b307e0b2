"""An order is known by what its page asked PortOne for: a page may make a new attempt, or the order, at each press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.merchant.protocol import Order
from conformance.verdict.reasons import Cause, Causes, Why


@dataclass
class Followed:
    """The merchant_uids that pages asked for, the last one last, by the order that they were opened for."""

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
