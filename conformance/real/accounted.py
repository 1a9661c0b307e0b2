"""A merchant's driver whose orders and refunds are known to the ledger, so that no charge is asked back twice."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from conformance.merchant.protocol import ActionAnswer, Checkout, Merchant, Order, around
from conformance.real.charging import Accounting
from conformance.record.orders import Asker


def accounted(driver: Merchant, charges: Accounting) -> Merchant:
    """The same merchant; attempts are of the order that it placed or showed last, and the ledger knows of refunds."""

    def place_order(*given: Any, **named: Any) -> Order:
        order = driver.place_order(*given, **named)
        charges.about(order)
        return order

    def checkout(order: Order, widget: str) -> Checkout:
        charges.about(order)
        return driver.checkout(order, widget)

    def ask_for_refund(order: Order, amount: Decimal | None = None, **asker: Asker) -> ActionAnswer:
        asked = charges.refund_is_asked_for(order, order.amount if amount is None else amount)
        told: Mapping[str, Any] = {"accepted": None, "words": "the merchant did not answer"}
        try:
            answer = driver.ask_for_refund(order, amount, **asker)
            told = {"accepted": answer.accepted, "words": answer.message}
        finally:
            charges.refund_was_answered(asked, **told)
        return answer

    return around(driver, place_order=place_order, checkout=checkout, ask_for_refund=ask_for_refund)
