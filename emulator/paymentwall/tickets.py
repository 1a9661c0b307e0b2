"""Tickets: requests to give a charge back, worked off one by one.

Source: guide ("creates a cancellation ticket … processes each ticket one by one"). How long one takes is inferred.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from emulator.clock import Clock, Event
from emulator.paymentwall.charges import Charge

State = Literal["waiting", "accepted", "refused"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request to give back `amount` (major units; None = all that is left) of `charge`. Times are virtual
    unix seconds.

    `due_at` is when Paymentwall decides it, or did; `given_back` is what an accepted one gave back.
    """

    id: int
    charge: Charge
    amount: Decimal | None
    message: str
    state: State
    opened_at: float
    due_at: float
    given_back: Decimal = Decimal(0)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "imp_uid": self.charge.goods_id,
            "ref": self.charge.ref,
            "amount": None if self.amount is None else str(self.amount),
            "message": self.message,
            "state": self.state,
            "opened_at": self.opened_at,
            "due_at": self.due_at,
        }


@dataclass(frozen=True, slots=True)
class KeptTickets:
    """All tickets as they are written down; `due_at` is when the one being worked on is decided."""

    tickets: list[Ticket]
    due_at: float | None


class Tickets:
    """The queue of one project: the oldest waiting ticket is being worked on, the others wait for it.

    `seconds` gives how long one takes, `settle` decides a ticket when its time has come (True = accepted), `take`
    takes from the charge what an accepted one gives back (major units), and `accepted` hears about it.
    """

    def __init__(
        self,
        clock: Clock,
        seconds: Callable[[], float],
        settle: Callable[[Ticket], bool],
        take: Callable[[Ticket], Decimal],
        accepted: Callable[[Ticket], Awaitable[None]],
    ) -> None:
        self._clock, self._seconds = clock, seconds
        self._settle, self._take, self._accepted = settle, take, accepted
        self._all: dict[int, Ticket] = {}
        self._queue: dict[int, None] = {}  # the waiting ones, oldest first
        self._working_on: tuple[int, Event] | None = None
        self.on_refused: Callable[[Ticket], object] = lambda _: None
        """Hears of each ticket that is refused. Merchants hear nothing."""

    def __iter__(self) -> Iterator[Ticket]:
        """All tickets, oldest first; the due times of those behind the first waiting one assume that
        nobody intervenes.
        """
        ahead = 0
        for ticket in list(self._all.values()):
            if ticket.state == "waiting":
                yield replace(ticket, due_at=self._due(ahead))
                ahead += 1
            else:
                yield ticket

    def open(self, charge: Charge, amount: Decimal | None, message: str) -> Ticket:
        """A new ticket at the end of the queue."""
        ticket = self._new(charge, amount, message)
        self._work()
        return ticket

    async def open_and_accept(self, charge: Charge, amount: Decimal | None, message: str) -> Ticket:
        """A new ticket that does not queue, for methods that are cancelled at once; the result is told
        before this returns.
        """
        ticket = self._decide(self._new(charge, amount, message), "accepted")
        await self._accepted(ticket)
        return ticket

    async def complete(self, ticket_id: int) -> Ticket:
        """Accept a waiting ticket now, out of turn, and tell the result. KeyError: unknown; ValueError:
        already decided.
        """
        ticket = self._decide(self._waiting(ticket_id), "accepted")
        self._work()
        await self._accepted(ticket)
        return ticket

    async def refuse(self, ticket_id: int) -> Ticket:
        """Refuse a waiting ticket now, out of turn; nobody is told. KeyError: unknown; ValueError: already
        decided.
        """
        ticket = self._decide(self._waiting(ticket_id), "refused")
        self._work()
        self.on_refused(ticket)
        return ticket

    def kept(self) -> KeptTickets:
        """Everything that must survive a restart."""
        return KeptTickets(list(self._all.values()), self._working_on[1].due if self._working_on else None)

    def take_kept(self, kept: KeptTickets) -> None:
        """Put back what `kept` gave, and go on working."""
        self._all = {ticket.id: ticket for ticket in kept.tickets}
        self._queue = {ticket.id: None for ticket in kept.tickets if ticket.state == "waiting"}
        self._work(None if kept.due_at is None else kept.due_at - self._clock.now())

    def _new(self, charge: Charge, amount: Decimal | None, message: str) -> Ticket:
        now = self._clock.now()
        ticket = Ticket(next(reversed(self._all), 0) + 1, charge, amount, message, "waiting", now, now)
        self._all[ticket.id] = ticket
        self._queue[ticket.id] = None
        return ticket

    def _waiting(self, ticket_id: int) -> Ticket:
        ticket = self._all[ticket_id]
        if ticket.state != "waiting":
            raise ValueError(f"Ticket {ticket_id} was {ticket.state} already.")
        return ticket

    def _decide(self, ticket: Ticket, state: State) -> Ticket:
        decided = replace(ticket, state=state, due_at=self._clock.now())
        if state == "accepted":
            decided = replace(decided, given_back=self._take(decided))
        self._all[ticket.id] = decided
        del self._queue[ticket.id]
        return decided

    def _work(self, seconds: float | None = None) -> None:
        """See to it that the oldest waiting ticket, and no other, is being worked on, for `seconds` if given."""
        oldest = next(iter(self._queue), None)
        if self._working_on is not None:
            if self._working_on[0] == oldest:
                return
            self._working_on[1].cancel()
            self._working_on = None
        if oldest is not None:
            ticket_id = oldest
            label = f"decision on ticket {ticket_id}"
            wait = self._seconds() if seconds is None else seconds
            event = self._clock.after(wait, label, lambda: self._when_due(ticket_id))
            self._working_on = ticket_id, event

    async def _when_due(self, ticket_id: int) -> None:
        ticket = self._all[ticket_id]
        if ticket.state != "waiting":
            return
        if self._settle(ticket):
            await self.complete(ticket_id)
        else:
            await self.refuse(ticket_id)

    def _due(self, ahead: int) -> float:
        first = self._working_on[1].due if self._working_on else self._clock.now()
        return first + ahead * self._seconds()
