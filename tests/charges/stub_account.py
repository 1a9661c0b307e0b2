"""An account and a merchant in memory, whose every answer a test can replace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from conformance.merchant.protocol import ActionAnswer, Order, OrderView
from conformance.portone.api import Payment
from conformance.record.orders import OrderState
from conformance.verdict.catalogue import Probe

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
ACCOUNT, SHOP = "imp1 (https://api.example)", "https://shop.example"


@dataclass
class StubAccount:
    """PortOne as `giving_back` calls it. `cancelling` answers a cancellation: None opens a ticket."""

    payments: dict[str, Payment] = field(default_factory=dict)
    asked: list[tuple[str, Decimal]] = field(default_factory=list)
    cancelling: Callable[[Payment, Decimal], None] = lambda *_: None
    failure: Exception | None = None
    time: datetime = NOON

    def pay(
        self, merchant_uid: str, imp_uid: str = "imp_1", status: str = "paid", amount: int = 5, pay_method: str = "card"
    ) -> None:
        """A buyer pays so many USD."""
        self.payments[imp_uid] = Payment(
            imp_uid, merchant_uid, Decimal(amount), Decimal(0), "USD", status, True, None, 1_790_000_000, pay_method
        )

    def give_back(self, imp_uid: str, amount: int) -> None:
        """Paymentwall's result."""
        payment = self.payments[imp_uid]
        returned = payment.cancel_amount + amount
        status = "cancelled" if returned == payment.amount else "paid"
        self.payments[imp_uid] = replace(payment, cancel_amount=returned, status=status)

    def payments_of(self, merchant_uid: str) -> list[Payment]:
        if self.failure:
            raise self.failure
        return [payment for payment in self.payments.values() if payment.merchant_uid == merchant_uid]

    def payment(self, imp_uid: str) -> Payment:
        if self.failure:
            raise self.failure
        return self.payments[imp_uid]

    def cancel(self, payment: Payment, amount: Decimal, reason: str) -> Payment:
        assert reason
        self.asked.append((payment.imp_uid, amount))
        self.cancelling(payment, amount)
        return self.payments[payment.imp_uid]

    def clock(self) -> datetime:
        return self.time

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.time += timedelta(**passed)


@dataclass
class StubMerchant:
    """Its orders' states by reference, and its refund action."""

    states: dict[str, OrderState] = field(default_factory=dict)
    refunding: Callable[[Order], ActionAnswer] = lambda _: ActionAnswer(accepted=True, message="Asked.")
    asked: list[str] = field(default_factory=list)
    capabilities: frozenset[Probe] = frozenset({Probe.ORDER, Probe.REFUND})
    settle_seconds: float = 0.0

    def read_order(self, order: Order) -> OrderView:
        return OrderView(self.states.get(order.reference, OrderState.MISSING))

    def ask_for_refund(self, order: Order, amount: Any = None, **asker: Any) -> ActionAnswer:
        assert not asker
        self.asked.append(f"{order.reference} {'all' if amount is None else amount}")
        return self.refunding(order)
