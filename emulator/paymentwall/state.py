"""One project at work: its charges, the reviews and tickets about them, and what the pingback URL is told."""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from emulator.clock import Clock
from emulator.journal import Journal
from emulator.models import Fields
from emulator.paymentwall.cards import Card
from emulator.paymentwall.charges import Charge, ChargeState, DeliveryNotice
from emulator.paymentwall.money import exact
from emulator.paymentwall.parameters import Pingback, Reason, Type
from emulator.paymentwall.pingbacks import KEPT, WHITELISTED_ADDRESSES, Pingbacks, Telling, Try
from emulator.paymentwall.project import Cancellation, Project, Review
from emulator.paymentwall.tickets import KeptTickets, Ticket, Tickets
from emulator.wire import Wire

TEST_METHOD = "test"

_TOLD_AFTER_REVIEW: Mapping[ChargeState, Type] = {
    "accepted": Type.REVIEW_ACCEPTED,
    "declined": Type.REVIEW_DECLINED,
    "voided": Type.AUTHORISATION_VOIDED,
}


class ProjectMemory(Fields):
    """What a project remembers, as it is written down."""

    charges: list[Charge]
    tickets: KeptTickets
    tellings: list[Telling]
    deliveries: list[DeliveryNotice]


class ProjectState:
    """The changing side of a `Project`. `project` may be replaced at any time: its settings count from
    then on.

    Where a charge is named, its `ref` or the caller's `ag_external_id` will do.
    """

    def __init__(self, project: Project, clock: Clock, journal: Journal, wire: Wire) -> None:
        self.project, self.clock, self.journal, self.wire = project, clock, journal, wire
        self.charges: dict[str, Charge] = {}
        self.tickets = Tickets(clock, lambda: self.project.ticket_seconds, self._settles, self._taken, self._told)
        self.pingbacks = Pingbacks(lambda: self.project, clock, journal, wire)
        self.deliveries: deque[DeliveryNotice] = deque(maxlen=KEPT)
        self.card_tokens: dict[str, tuple[Card, float]] = {}
        """Brick's one-time tokens, and when they expire (virtual unix seconds)."""
        self._refs: dict[str, str] = {}
        self._announcing: dict[str, asyncio.Event] = {}

    async def charge(
        self,
        *,
        uid: str,
        goods_id: str,
        amount: Decimal,
        currency: str,
        method: str,
        country: str,
        review: Review | None = None,
        called_with: Mapping[str, str] | None = None,
        ip: str = "",
        once: bool = True,
    ) -> Charge:
        """Take `amount` (major units) from a buyer and tell the pingback URL; `review` None: as the project is set.

        What was charged under the same `goods_id` before is not charged again where it is charged `once`, not even by
        two who ask at once: a buyer who presses twice pays once, and hears of it when the first one does [inferred].
        """
        earlier = self.charge_for(goods_id) if once else None
        if earlier is not None:
            if (announced := self._announcing.get(earlier.ref)) is not None:
                await announced.wait()
            return self.charges[earlier.ref]
        test = method == TEST_METHOD
        charge = Charge(
            self._fresh_ref(test), uid, goods_id, amount, currency, method, country, self.clock.now(), test,
            called_with=called_with or {}, ip=ip,
        )  # fmt: skip
        if review is None:
            review = "none" if test else self.project.review
        told = self._announcing[charge.ref] = asyncio.Event()
        try:
            await self._begun(charge, review)
        finally:
            told.set()
            del self._announcing[charge.ref]
        return self.charges[charge.ref]

    def charge_for(self, goods_id: str) -> Charge | None:
        """The charge made for a caller's `ag_external_id`; one that was declined does not count."""
        charge = self.charges.get(self._refs.get(goods_id, ""))
        return charge if charge is not None and charge.state in ("accepted", "under_review") else None

    def charge_of(self, ref: str, uid: str) -> Charge | None:
        """The charge with this `ref`, or without one the newest of this buyer."""
        if ref:
            return self.charges.get(ref)
        return next((charge for charge in reversed(self.charges.values()) if charge.uid == uid), None)

    def charge_named(self, name: str) -> Charge:
        """The charge with this `ref`, or the newest for this `ag_external_id`. KeyError: there is none."""
        return self.charges[name if name in self.charges else self._refs[name]]

    def cancellation_of(self, charge: Charge) -> Cancellation:
        """How its payment method takes a request to give the money back; by ticket where the method is set
        up no longer.
        """
        method = self.project.methods.get(charge.method)
        return method.cancellation if method else "ticket"

    async def accept_review(self, name: str) -> Charge:
        """End a review well and tell it. KeyError: no such charge; ValueError: it is not under review."""
        return await self._reviewed(self.charge_named(name), "accepted")

    async def decline_review(self, name: str) -> Charge:
        """End a review badly: the buyer gets the money back. Raises as `accept_review` does."""
        return await self._reviewed(self.charge_named(name), "declined")

    async def void(self, name: str) -> Charge:
        """Let a held authorisation go, as when it was not captured in time. Raises as `accept_review` does."""
        return await self._reviewed(self.charge_named(name), "voided")

    async def take_back(self, name: str, reason: Reason, amount: Decimal | None = None) -> Charge:
        """Paymentwall gives money back that nobody asked for by ticket: a chargeback, fraud, or a refund of its own.

        `amount` (major units) is a part, None all that is left. KeyError: no such charge; ValueError: not that
        much, or nothing at all, can be given back.
        """
        charge = self.charge_named(name)
        if charge.left <= 0:
            raise ValueError(f"Nothing is left of {charge.ref}: {charge.state}, {charge.given_back} given back.")
        if reason is Reason.PARTIAL_REVERSAL and amount is None:
            raise ValueError("A partial reversal needs an amount.")
        part = None if amount is None else exact(str(amount), charge.currency)
        if amount is not None and (part is None or part > charge.left):
            raise ValueError(f"{amount} is not an amount up to the {charge.left} {charge.currency} that are left.")
        charge = self._kept(charge.giving_back(charge.left if part is None else part))
        await self.pingbacks.deliver(Pingback(charge, Type.REFUND, reason, part))
        return charge

    async def resend(self, telling_id: int) -> Try:
        """Send a pingback once more, whether or not it was heard. KeyError: unknown, or too long ago."""
        telling = next((one for one in self.pingbacks.tellings if one.id == telling_id), None)
        if telling is None:
            raise KeyError(telling_id)
        return await self.pingbacks.send_once(telling.pingback)

    async def try_pingback(
        self, kind: Type, goods_id: str, *, uid: str = "test_user", ref: str | None = None, reason: Reason | None = None
    ) -> Try:
        """The console's Test Pingback Tool: send one with these values, marked as a test."""
        made_up = Charge(
            ref or self._fresh_ref(True), uid, goods_id, Decimal(0), "USD", TEST_METHOD, "KR", self.clock.now(), True
        )
        return await self.pingbacks.send_once(Pingback(made_up, kind, reason))

    def as_json(self) -> dict[str, Any]:
        """Charges, pingbacks and delivery notices, oldest first, for those who look on."""
        return {
            "charges": [charge.as_json() for charge in self.charges.values()],
            "pingbacks": [telling.as_json() for telling in self.pingbacks.tellings],
            "deliveries": [notice.as_json() for notice in self.deliveries],
            "pingbacks_come_from": list(WHITELISTED_ADDRESSES),
        }

    def extra_state(self) -> dict[str, Any]:
        """Everything that must survive a restart, as JSON."""
        kept = ProjectMemory(
            charges=list(self.charges.values()),
            tickets=self.tickets.kept(),
            tellings=list(self.pingbacks.tellings),
            deliveries=list(self.deliveries),
        )
        return kept.model_dump(mode="json")

    def take_extra_state(self, given: Mapping[str, Any]) -> None:
        """Put back what `extra_state` gave, on a clock that shows the time to go on from, and see to what is due.

        Raises ValueError, and changes nothing, where it is no such state.
        """
        kept = ProjectMemory.model_validate(given)
        for charge in kept.charges:
            self._await_review(self._kept(charge))
        self.tickets.take_kept(kept.tickets)
        self.pingbacks.tellings.extend(kept.tellings)
        self.deliveries.extend(kept.deliveries)
        self.pingbacks.go_on()

    def _kept(self, charge: Charge) -> Charge:
        self.charges[charge.ref] = charge
        self._refs[charge.goods_id] = charge.ref
        return charge

    def _begun(self, charge: Charge, review: Review) -> Awaitable[None]:
        """Keep a new charge and start to tell it, as paid or as held for review."""
        if review == "none":
            return self.pingbacks.announce(Pingback(self._kept(charge), Type.PAID))
        due_at = None if review == "hold" else charge.charged_at + self.project.review_seconds
        held = self._kept(replace(charge, state="under_review", review=review, review_due_at=due_at))
        answered = self.pingbacks.announce(Pingback(held, Type.UNDER_REVIEW))
        self._await_review(held)
        return answered

    def _await_review(self, charge: Charge) -> None:
        """Have a review end by itself when its time has come, if that is known."""
        if charge.review_due_at is not None:
            wait = charge.review_due_at - self.clock.now()
            self.clock.after(wait, f"review of {charge.ref}", lambda: self._review_due(charge.ref))

    async def _review_due(self, ref: str) -> None:
        charge = self.charges[ref]
        if charge.state == "under_review":
            await self._reviewed(charge, "declined" if charge.review == "decline" else "accepted")

    async def _reviewed(self, charge: Charge, outcome: ChargeState) -> Charge:
        if charge.state != "under_review":
            raise ValueError(f"Charge {charge.ref} is not under review: it is {charge.state}.")
        charge = self._kept(replace(charge, state=outcome, review_due_at=None))
        await self.pingbacks.deliver(Pingback(charge, _TOLD_AFTER_REVIEW[outcome]))
        return charge

    def _settles(self, ticket: Ticket) -> bool:
        charge = self.charges[ticket.charge.ref]
        fits = charge.left > 0 and (ticket.amount is None or ticket.amount <= charge.left)
        return fits and self.cancellation_of(charge) != "refused_later"

    def _taken(self, ticket: Ticket) -> Decimal:
        charge = self.charges[ticket.charge.ref]
        if charge.left <= 0:
            raise ValueError(f"Ticket {ticket.id} cannot be accepted: nothing is left of {charge.ref}.")
        part = charge.left if ticket.amount is None else min(ticket.amount, charge.left)
        self._kept(charge.giving_back(part))
        return part

    async def _told(self, ticket: Ticket) -> None:
        charge = self.charges[ticket.charge.ref]
        if ticket.amount is None:
            result = Pingback(charge, Type.REFUND, Reason.CANCELLED)
        else:
            result = Pingback(charge, Type.REFUND, Reason.PARTIAL_REVERSAL, ticket.given_back)
        await self.pingbacks.deliver(result)

    def _fresh_ref(self, test: bool) -> str:
        # As documented: `b` and ten digits, `t` and the unix time for the test method (two in one second must
        # differ).
        number = int(self.clock.now()) if test else 10**9 + secrets.randbelow(9 * 10**9)
        while (ref := f"{'t' if test else 'b'}{number}") in self.charges:
            number += 1
        return ref
