"""A merchant's driver whose orders and refunds are known to the ledger, so that no charge is asked back twice."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from conformance.merchant.protocol import ActionAnswer, Checkout, Merchant, Order
from conformance.real.charging import Accounting
from conformance.record.orders import Asker


def accounted(driver: Merchant, charges: Accounting) -> Merchant:
    """The same merchant; what it is asked about money goes by the charges."""
    return cast(Merchant, _Accounted(driver, charges))


class _Accounted:
    def __init__(self, driver: Merchant, charges: Accounting) -> None:
        self._driver = driver
        self._charges = charges

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def place_order(self, *given: Any, **named: Any) -> Order:
        """As the driver does; the next attempts are of this order."""
        order = self._driver.place_order(*given, **named)
        self._charges.about(order)
        return order

    def checkout(self, order: Order, widget: str) -> Checkout:
        """As the driver does; the next attempts are of this order."""
        self._charges.about(order)
        return self._driver.checkout(order, widget)

    def ask_for_refund(self, order: Order, amount: Decimal | None = None, **asker: Asker) -> ActionAnswer:
        """As the driver does, with the ledger told before and after."""
        asked = self._charges.refund_is_asked_for(order, order.amount if amount is None else amount)
        told: Mapping[str, Any] = {"accepted": None, "words": "the merchant did not answer"}
        try:
            answer = self._driver.ask_for_refund(order, amount, **asker)
            told = {"accepted": answer.accepted, "words": answer.message}
        finally:
            self._charges.refund_was_answered(asked, **told)
        return answer
