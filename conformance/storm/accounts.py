"""The books of every order of a storm: PortOne's from its control plane, the merchant's by its driver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.books import rules
from conformance.books.entries import BookedOrder, BookedPayment, Books
from conformance.books.findings import Fate, Finding
from conformance.books.reading import as_seen, booked_payment
from conformance.merchant.protocol import MerchantUnreachable, Order
from conformance.portone.emulated import EmulatedProvider
from conformance.storm.happenings import Doing, Happening
from conformance.storm.watching import Watch
from conformance.target.target import Target
from conformance.verdict.catalogue import Stage
from conformance.verdict.endings import NotAnAmount


@dataclass(frozen=True)
class Placed:
    """An order of the storm, and how often its money was asked back (of those requests, the ones maybe taken)."""

    order: Order
    refunds: int = 0


@dataclass(frozen=True)
class OrderAccount:
    """An order in both books; `unread` says why the merchant's could not be read, empty where they were."""

    order: Order
    books: Books
    found: tuple[Finding, ...] = ()
    unread: str = ""

    @property
    def payments(self) -> Sequence[BookedPayment]:
        """Those that were paid, whatever became of them."""
        return [one for one in self.books.payments if one.was_paid]

    @property
    def entry(self) -> BookedOrder:
        """The order in the merchant's books."""
        return self.books.orders[0]

    @property
    def reached(self) -> bool:
        """Whether what was paid for it, if anything was, is what the merchant says of it."""
        if self.unread:
            return not self.payments
        return all(rules.says_what_is(self.entry, one) for one in self.payments)

    @property
    def is_right(self) -> bool:
        """Whether nothing is to be said about it."""
        return self.reached and not self.found and not self.unread

    @property
    def owed(self) -> bool:
        """Whether its buyer has paid, and has neither goods nor money as far as the merchant's books say."""
        stands = any(one.stands for one in self.payments)
        return stands and (bool(self.unread) or not (self.reached or self.entry.fulfilments))

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What is found but for this: that the payment has not reached the order."""
        return tuple(one for one in self.found if self.reached or one.cause is not Fate.NO_GOODS)


def placed_in(happened: Iterable[Happening]) -> list[Placed]:
    """The orders that were placed, in the order of their numbers."""
    orders = {one.number: one.order for one in happened if one.act is Doing.PLACE and not one.said}
    asked = [one.number for one in happened if one.act is Doing.REFUND and (one.accepted or one.said)]
    return [Placed(order, asked.count(number)) for number, order in sorted(orders.items())]


@dataclass
class Reader:
    """Reads the accounts of a storm's orders, as often as is wanted."""

    target: Target
    provider: EmulatedProvider
    watch: Watch
    _payments: dict[str, list[BookedPayment]] = field(default_factory=dict)

    def accounts(self, placed: Iterable[Placed]) -> list[OrderAccount]:
        """Each order's, as they are now."""
        self.watch.read()
        self._read_portone()
        return [self._account(one) for one in placed]

    def _read_portone(self) -> None:
        tickets: dict[str, list[Mapping[str, Any]]] = {}
        for ticket in self.provider.all_tickets():
            tickets.setdefault(str(ticket["imp_uid"]), []).append(ticket)
        self._payments.clear()
        for one in self.provider.payments():
            events = self.watch.about(one.imp_uid, one.merchant_uid)
            booked = booked_payment(one, tickets.get(one.imp_uid, ()), events)
            self._payments.setdefault(one.merchant_uid, []).append(booked)

    def _account(self, placed: Placed) -> OrderAccount:
        order = placed.order
        entry = BookedOrder(
            reference=order.reference,
            attempts=frozenset({order.merchant_uid}),
            amount=order.amount,
            currency=order.currency,
            state=None,
            refunds=(None,) * placed.refunds,
        )
        unread = ""
        try:
            entry = as_seen(entry, self.target.merchant.read_order(order))
        except NotAnAmount as shown:
            unread = str(shown)
        except MerchantUnreachable as wrong:
            unread = str(wrong) or type(wrong).__name__
        payments = tuple(self._payments.get(order.merchant_uid, ()))
        books = Books((entry,), payments, sandbox=self.target.stage is Stage.TEST)
        return OrderAccount(order, books, () if unread else tuple(rules.findings(books)), unread)
