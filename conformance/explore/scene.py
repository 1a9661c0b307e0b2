"""Where a story stands: its orders, the one that it is about, what is held up, and what both books said last."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

from conformance.acts.placing import portones
from conformance.acts.purchases import Purchase
from conformance.acts.transit import Transit
from conformance.books.entries import BookedOrder, BookedPayment, Books
from conformance.books.rules import is_settled
from conformance.merchant.protocol import Order
from conformance.network.receiver import Delivery
from conformance.target.target import Target

MOST_ORDERS = 2
MOST_MEANWHILE = 3
"""How many sentences may come while a look-up is held back: the merchant's own limit for it runs on a real clock."""


@dataclass
class Scene:
    """A story that is being told. `it` is the order that it is about, `again` its second payment, `elses` another's.

    `reviewed` are the payments that Paymentwall still reviews, `meanwhile` counts the sentences since a look-up was
    held back, `hung` says whether a call of the merchant's got no answer, `last` is the sentence before. `books` are
    both as they were last read, `changed` what came late.
    """

    target: Target
    transit: Transit
    it: Purchase | None = None
    again: Purchase | None = None
    elses: Purchase | None = None
    reviewed: set[str] = field(default_factory=set)
    meanwhile: int = 0
    hung: bool = False
    last: str = ""
    books: Books = field(default_factory=lambda: Books((), ()))
    changed: tuple[Books, Books] | None = None

    @property
    def own(self) -> Purchase:
        """The order that the story is about."""
        assert self.it is not None  # no sentence is ready before there is one
        return self.it

    @property
    def orders(self) -> list[Order]:
        """The orders in the order in which they were placed."""
        return self.target.dealings.spoken_of

    @property
    def placed(self) -> int:
        """How many orders there are."""
        return len(self.orders)

    def is_another(self, nth: int) -> bool:
        """Whether the order that was placed as the nth (0 is the first) is another than the story is about."""
        return nth < self.placed and (self.it is None or self.it.order.placed_as != self.orders[nth].placed_as)

    @property
    def may_place(self) -> bool:
        """Whether another order may be placed."""
        return self.placed < MOST_ORDERS and self.is_calm

    @property
    def is_calm(self) -> bool:
        """Whether no look-up is held back."""
        return not self.transit.holds_back

    @property
    def is_free(self) -> bool:
        """Whether nothing is held up or back at all."""
        return self.is_calm and not self.transit.holds_up

    @property
    def order(self) -> BookedOrder | None:
        """The order in the merchant's books."""
        if self.it is None:
            return None
        return next((one for one in self.books.orders if self.it.order.merchant_uid in one.attempts), None)

    @property
    def payments(self) -> tuple[BookedPayment, ...]:
        """Its payments in PortOne's books."""
        return tuple(one for one in self.books.payments if self.it and one.merchant_uid == self.it.order.merchant_uid)

    @property
    def payment(self) -> BookedPayment | None:
        """The one that the story is about."""
        known = self.it.payment.imp_uid if self.it and self.it.payment else ""
        return next((one for one in self.payments if one.imp_uid == known), None)

    @property
    def can_be_paid(self) -> bool:
        """Whether a buyer can pay the order now."""
        under_way = any(one.imp_uid in self.reviewed for one in self.payments)
        return self.it is not None and not under_way and not any(one.was_paid for one in self.payments)

    @property
    def is_paid(self) -> bool:
        """Whether PortOne says that the payment is paid and not cancelled in full."""
        return bool(self.payment and self.payment.status == "paid")

    @property
    def was_paid(self) -> bool:
        """Whether it was ever paid."""
        return bool(self.payment and self.payment.was_paid)

    @property
    def waits(self) -> bool:
        """Whether a ticket of it waits."""
        return bool(self.payment and self.payment.waits)

    @property
    def is_under_review(self) -> bool:
        """Whether Paymentwall has not decided about it."""
        return bool(self.it and self.it.payment and self.it.payment.imp_uid in self.reviewed)

    @property
    def reported(self) -> list[Delivery]:
        """PortOne's webhooks about it that came to the merchant."""
        return portones(self.target, self.it) if self.it else []

    @property
    def held_up(self) -> bool:
        """Whether a webhook was withheld that could still come."""
        return bool(self.target.receiver.withheld)

    @property
    def has_webhook(self) -> bool:
        """Whether there is a webhook about it that could come, or come again."""
        uid = self.it.order.merchant_uid if self.it else None
        held_up = any(one.fields.get("merchant_uid") == uid for one in self.target.receiver.withheld)
        return held_up or bool(self.reported)

    @property
    def has_ended(self) -> bool:
        """Whether some order is settled, so that nothing may change any more."""
        return any(is_settled(self.books, order) for order in self.books.orders)

    @property
    def state(self) -> tuple[object, ...]:
        """What distinguishes this state from others, whatever orders and payments are called."""
        orders = sorted(tuple(self._of(order)) for order in self.books.orders)
        return (*orders, self.transit.holds_up, self.transit.holds_back)

    def _of(self, order: BookedOrder) -> Iterable[str]:
        yield f"{order.state}/{order.fulfilments}/{bool(order.attention)}"
        for one in self.books.payments:
            if one.merchant_uid in order.attempts:
                part = "part" if 0 < one.cancelled < one.amount else "all" if one.cancelled else "none"
                yield f"{one.status}/{part}/{sorted(ticket.state for ticket in one.tickets)}"


def opened(stack: ExitStack, target: Target) -> Scene:
    """The scene at the beginning of a story; what it still holds up is let go when the stack is left."""
    target.begin()
    return Scene(target, stack.enter_context(Transit(target)))
