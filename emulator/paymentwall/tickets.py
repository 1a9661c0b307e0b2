"""Tickets: requests to give a charge back, worked off one by one, and the API that opens them.

Source: Paymentwall's documentation, "Cancellation API"; guide ("creates a cancellation ticket … processes
each ticket one by one"). How long one takes, and that a partial refund names its `amount`, is inferred.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.clock import Clock, Event
from emulator.paymentwall.pingbacks import Charge
from emulator.paymentwall.signatures import request_is_genuine

if TYPE_CHECKING:
    from emulator.paymentwall.state import ProjectState

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


class Tickets:
    """The queue of one project: the oldest waiting ticket is being worked on, the others wait for it.

    `seconds` gives how long one takes, `settle` decides a ticket when its time has come (True = accepted),
    and `accepted` is told of each that was accepted.
    """

    def __init__(
        self,
        clock: Clock,
        seconds: Callable[[], float],
        settle: Callable[[Ticket], bool],
        accepted: Callable[[Ticket], Awaitable[None]],
    ) -> None:
        self._clock, self._seconds, self._settle, self._accepted = clock, seconds, settle, accepted
        self._all: dict[int, Ticket] = {}
        self._working_on: tuple[int, Event] | None = None

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
        return ticket

    def given_back(self, charge: Charge) -> Decimal:
        """How much of a charge accepted tickets have given back (major units)."""
        return sum((ticket.given_back for ticket in self._all.values() if ticket.charge == charge), Decimal(0))

    def _new(self, charge: Charge, amount: Decimal | None, message: str) -> Ticket:
        now = self._clock.now()
        ticket = Ticket(len(self._all) + 1, charge, amount, message, "waiting", now, now)
        self._all[ticket.id] = ticket
        return ticket

    def _waiting(self, ticket_id: int) -> Ticket:
        ticket = self._all[ticket_id]
        if ticket.state != "waiting":
            raise ValueError(f"Ticket {ticket_id} was {ticket.state} already.")
        return ticket

    def _decide(self, ticket: Ticket, state: State) -> Ticket:
        decided = replace(ticket, state=state, due_at=self._clock.now())
        if state == "accepted":
            left = ticket.charge.amount - self.given_back(ticket.charge)
            decided = replace(decided, given_back=left if ticket.amount is None else min(ticket.amount, left))
        self._all[ticket.id] = decided
        return decided

    def _work(self) -> None:
        """See to it that the oldest waiting ticket, and no other, is being worked on."""
        oldest = next((ticket.id for ticket in self._all.values() if ticket.state == "waiting"), None)
        if self._working_on is not None:
            if self._working_on[0] == oldest:
                return
            self._working_on[1].cancel()
            self._working_on = None
        if oldest is not None:
            ticket_id = oldest
            label = f"decision on ticket {ticket_id}"
            event = self._clock.after(self._seconds(), label, lambda: self._when_due(ticket_id))
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


async def open_ticket(request: Request, projects: "Callable[[str], ProjectState | None]") -> Response:
    """`POST /developers/api/ticket`: `{"result": 1}`, or `{"result": 0, "errors": [...]}` with what is
    wrong, both with HTTP 200.
    """
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    state = projects(form.get("key", ""))
    if state is None or not request_is_genuine(form, state.project.secret_key):
        return _refusal("You have no access to the developers API")
    problem = await _opened(state, form)
    return _refusal(problem) if problem else JSONResponse({"result": 1})


async def _opened(state: "ProjectState", form: dict[str, str]) -> str | None:
    """Open the ticket a genuine request asks for; what is wrong with it, if anything. The texts beyond the
    first are inferred.
    """
    if not form.get("ref") and not form.get("uid"):
        return "Either ref or uid is required"
    if form.get("type") not in ("1", "2", "3"):
        return "Invalid ticket type"
    if form["type"] != "1" or form.get("test_mode") == "1":
        # Recurring billing and other matters end nowhere near a charge; test mode asks for no real ref or
        # uid.
        return None
    charge = state.charge_of(form.get("ref", ""), form.get("uid", ""))
    if charge is None:
        return "Transaction not found"
    left = charge.amount - state.tickets.given_back(charge)
    amount = _amount(form.get("amount"), left)
    if amount is None and form.get("amount"):
        return "Invalid refund amount"
    if left <= 0:
        return "Transaction is already refunded"
    match state.cancellation_of(charge):
        case "refused":
            return "Refunds are not supported for this payment method"
        case "immediate":
            await state.tickets.open_and_accept(charge, amount, form.get("message", ""))
        case "ticket" | "refused_later":
            state.tickets.open(charge, amount, form.get("message", ""))
    return None


def _amount(text: str | None, left: Decimal) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 < amount <= left else None


def _refusal(problem: str) -> Response:
    return JSONResponse({"result": 0, "errors": [problem]})
