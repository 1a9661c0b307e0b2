"""What a run may charge, asked before every widget that may charge a real card; and whose orders are written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from conformance.merchant.protocol import ActionAnswer, Checkout, Merchant, Order, around
from conformance.record.orders import Asker
from conformance.settings.real import ChargesSettings
from conformance.target.charging import Attempt
from conformance.verdict.endings import NotObservable


class Accounting(Protocol):
    """What must be known of a merchant's orders and refunds, so that each charge is asked back once."""

    def about(self, order: Order) -> None:
        """The attempts that follow are of this order of the merchant's."""
        ...

    def refund_is_asked_for(self, order: Order, amount: Decimal) -> list[str]:
        """The merchant is about to be asked for a refund (major units); the imp_uids of what it is about."""
        ...

    def refund_was_answered(self, imp_uids: list[str], *, accepted: bool | None, words: str) -> None:
        """What it answered to that; None: it did not."""
        ...


class NotPermitted(NotObservable):
    """A real card would be charged, and that was not allowed."""


@dataclass
class Permission:
    """The settings' own word on what may be charged; counts what it has let through."""

    settings: ChargesSettings
    made: int = 0

    def permit(self, attempt: Attempt) -> None:
        """Count the charge where it may be made. Raises NotPermitted."""
        if not attempt.charges:
            return
        most = self.settings.max_amount
        price = f"{attempt.amount} {attempt.currency}"
        if not self.settings.allow_real_charges:
            raise NotPermitted(f"no consent to charge {price}: charges.allow_real_charges is false")
        if attempt.method in self.settings.not_refundable:
            raise NotPermitted(f"{price} by {attempt.method} could not be refunded (charges.not_refundable)")
        if attempt.currency not in most:
            raise NotPermitted(f"no consent to charge {price}: charges.max_amount has no {attempt.currency}")
        if attempt.amount > most[attempt.currency]:
            raise NotPermitted(
                f"{price} are more than charges.max_amount allows, {most[attempt.currency]} {attempt.currency}"
            )
        if self.made >= self.settings.max_charges:
            raise NotPermitted(
                f"this run has made its {self.settings.max_charges} charges (charges.max_charges): card companies "
                "suspend cards for many charges that are cancelled"
            )
        self.made += 1


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
