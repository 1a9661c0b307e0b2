"""One project at work: its charges, the tickets about them, and what the pingback URL is told."""

import secrets
from decimal import Decimal

from emulator.clock import Clock
from emulator.journal import Journal
from emulator.paymentwall.pingbacks import Charge, Pingback, Reason, Type, announce, deliver
from emulator.paymentwall.project import Cancellation, Project
from emulator.paymentwall.tickets import Ticket, Tickets
from emulator.wire import Wire

TEST_METHOD = "test"


class ProjectState:
    """The changing side of a `Project`. `project` may be replaced at any time: its settings count from
    then on.
    """

    def __init__(self, project: Project, clock: Clock, journal: Journal, wire: Wire) -> None:
        self.project, self.clock, self.journal, self.wire = project, clock, journal, wire
        self.charges: dict[str, Charge] = {}
        self.tickets = Tickets(clock, lambda: self.project.ticket_seconds, self._settles, self._give_back)

    async def charge(
        self, *, uid: str, goods_id: str, amount: Decimal, currency: str, method: str, country: str
    ) -> Charge:
        """Take `amount` (major units) from a buyer and tell the pingback URL.

        What was charged under the same `goods_id` before is not charged again: a buyer who presses twice pays
        once [inferred].
        """
        if (earlier := self.charge_for(goods_id)) is not None:
            return earlier
        test = method == TEST_METHOD
        charge = Charge(self._fresh_ref(test), uid, goods_id, amount, currency, method, country, self.clock.now(), test)
        self.charges[charge.ref] = charge
        await announce(self, Pingback(charge, Type.PAID))
        return charge

    def charge_for(self, goods_id: str) -> Charge | None:
        """The charge made for a caller's `ag_external_id`."""
        return next((charge for charge in self.charges.values() if charge.goods_id == goods_id), None)

    def charge_of(self, ref: str, uid: str) -> Charge | None:
        """The charge with this `ref`, or without one the newest of this buyer."""
        if ref:
            return self.charges.get(ref)
        return next((charge for charge in reversed(self.charges.values()) if charge.uid == uid), None)

    def cancellation_of(self, charge: Charge) -> Cancellation:
        """How its payment method takes a request to give the money back; by ticket where the method is set
        up no longer.
        """
        method = self.project.methods.get(charge.method)
        return method.cancellation if method else "ticket"

    def _settles(self, ticket: Ticket) -> bool:
        left = ticket.charge.amount - self.tickets.given_back(ticket.charge)
        fits = left > 0 and (ticket.amount is None or ticket.amount <= left)
        return fits and self.cancellation_of(ticket.charge) != "refused_later"

    async def _give_back(self, ticket: Ticket) -> None:
        if ticket.amount is None:
            result = Pingback(ticket.charge, Type.REFUND, Reason.CANCELLED)
        else:
            result = Pingback(ticket.charge, Type.REFUND, Reason.PARTIAL_REVERSAL, ticket.given_back)
        await deliver(self, result)

    def _fresh_ref(self, test: bool) -> str:
        # As documented: `b` and ten digits, `t` and the unix time for the test method (two in one second must
        # differ).
        number = int(self.clock.now()) if test else 10**9 + secrets.randbelow(9 * 10**9)
        while (ref := f"{'t' if test else 'b'}{number}") in self.charges:
            number += 1
        return ref
