"""What is written of a scenario's orders in PortOne's books and in the merchant's, as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from conformance.record.orders import OrderState


@dataclass(frozen=True)
class Ticket:
    """A cancellation ticket at Paymentwall: `amount` in major units (None: all that was left), and its state."""

    amount: Decimal | None
    state: str

    @property
    def waits(self) -> bool:
        """Whether Paymentwall has not decided it."""
        return self.state == "waiting"


@dataclass(frozen=True)
class AskedBack:
    """A cancellation that the merchant asked PortOne for: `amount` in major units, None for all that was left.

    `taken` says that PortOne answered with code 0.
    """

    amount: Decimal | None
    taken: bool


@dataclass(frozen=True)
class LookedUp:
    """What a look-up told the merchant of a payment: its status and what was cancelled; `at` in unix seconds."""

    status: str
    cancelled: Decimal
    at: float = 0.0


@dataclass(frozen=True)
class BookedPayment:
    """A payment in PortOne's books, its tickets, and what the merchant asked about it. Amounts in major units."""

    imp_uid: str
    merchant_uid: str
    amount: Decimal
    currency: str
    status: str = "paid"
    cancelled: Decimal = Decimal(0)
    sandbox: bool = True
    tickets: tuple[Ticket, ...] = ()
    asked: tuple[AskedBack, ...] = ()
    looked_up: tuple[LookedUp, ...] = ()

    @property
    def was_paid(self) -> bool:
        """Whether it was paid, whatever became of it."""
        return self.status in ("paid", "cancelled")

    @property
    def seen_paid(self) -> bool:
        """Whether a look-up told the merchant that it was paid."""
        return any(one.status == "paid" for one in self.looked_up)

    @property
    def seen_as_it_is(self) -> bool:
        """Whether the merchant's last look-up told what PortOne's books say now."""
        last = self.looked_up[-1:]
        return any((one.status, one.cancelled) == (self.status, self.cancelled) for one in last)

    @property
    def opened(self) -> tuple[Ticket, ...]:
        """Its tickets but for those that were refused."""
        return tuple(ticket for ticket in self.tickets if ticket.state != "refused")

    @property
    def waits(self) -> bool:
        """Whether a ticket waits."""
        return any(ticket.waits for ticket in self.tickets)

    @property
    def stands(self) -> bool:
        """Whether the buyer has paid, and nothing of it went back, or is on its way back as PortOne took it."""
        return self.status == "paid" and not (self.cancelled or self.opened or any(one.taken for one in self.asked))

    @property
    def rest_stands(self) -> bool:
        """Whether the buyer has paid, and only a part of it went back or is on its way back."""
        return self.status == "paid" and 0 < self.leaves < self.amount

    @property
    def leaves(self) -> Decimal:
        """What left PortOne or is on its way: cancelled, and what tickets wait for, each time that it is asked for.

        A ticket for all that is left does not count again what a ticket for a part was opened for before it.
        """
        left = self.cancelled
        rest = self.amount - self.cancelled
        for ticket in (one for one in self.tickets if one.waits):
            left += rest if ticket.amount is None else ticket.amount
            rest -= ticket.amount or Decimal(0)
        return left

    @property
    def only_merchant_asked(self) -> bool:
        """Whether all that left was asked for by the merchant: no console, and no bank, did so.

        PortOne refuses some of what is asked, so that there may be fewer tickets than requests, never more.
        """
        given = sum((t.amount or self.amount for t in self.tickets if t.state == "accepted"), Decimal(0))
        return self._asked_for_each and self.cancelled <= given

    @property
    def _asked_for_each(self) -> bool:
        """Whether the merchant asked for each ticket: for its amount, or for all that tickets before it had left."""
        asked = [one.amount for one in self.asked]
        rest = self.amount
        for ticket in self.tickets:
            whole = (None, self.amount, rest)
            fitting = [one for one in asked if one in (whole if ticket.amount is None else (ticket.amount,))]
            if not fitting:
                return False
            asked.remove(fitting[0])
            rest -= ticket.amount or rest
        return True


@dataclass(frozen=True)
class BookedOrder:
    """An order in the merchant's books. Amounts in major units, None where the merchant has none.

    `attempts` are its merchant_uids. `refunds` are what those who may asked the merchant to refund, None for the whole.
    `unread` says of a fact why it could not be read, `nonsense` why one is no such fact; `told_before` is what was
    brought to a person's attention before the merchant knew of a payment.
    """

    reference: str
    attempts: frozenset[str]
    amount: Decimal
    currency: str
    state: OrderState | None = OrderState.PAID
    paid_amount: Decimal | None = None
    cancelled_amount: Decimal | None = None
    fulfilments: Decimal | None = None
    attention: str | None = None
    told_before: str | None = None
    refunds: tuple[Decimal | None, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    nonsense: tuple[str, ...] = ()

    @property
    def a_person_is_told(self) -> bool:
        """Whether a person was told because of what happened; what was there before does not count."""
        return bool(self.attention) and self.attention != self.told_before


@dataclass(frozen=True)
class Books:
    """Both books of one scenario.

    `sandbox` says which stage this is: whether its payments are test payments. `paged` are the attempts that pages of
    the merchant's asked for and no order is known by. `interfered` says that calls were made to go wrong, so that what
    the merchant was told is not what PortOne's books say.
    """

    orders: tuple[BookedOrder, ...]
    payments: tuple[BookedPayment, ...]
    sandbox: bool = True
    paged: frozenset[str] = frozenset()
    interfered: bool = False

    def of(self, order: BookedOrder) -> tuple[BookedPayment, ...]:
        """The payments of this order, and of this stage."""
        return tuple(one for one in self.payments if one.merchant_uid in order.attempts and one.sandbox is self.sandbox)
