"""One ticket after the other is worked off, each in its time; who decides one by hand lets the next begin."""

from decimal import Decimal

import pytest

from emulator.clock import Clock
from emulator.paymentwall.charges import Charge
from emulator.paymentwall.tickets import Ticket, Tickets
from tests.emulator.stage import NOW, play

CHARGE = Charge("b1", "minji@shop.example", "imp_1", Decimal("10.50"), "USD", "cc", "KR", NOW)
DAY = 86_400.0


class Desk:
    """A queue whose tickets take a day each; the listed ones are refused."""

    def __init__(self, *refused: int) -> None:
        self.clock, self.refused = Clock(start=NOW), set(refused)
        self.taken: list[tuple[int, str]] = []
        self.told: list[tuple[int, str, float, Decimal]] = []
        self.days = 1.0
        self.tickets = Tickets(self.clock, lambda: self.days * DAY, self._settle, self._take, self._accepted)

    def _settle(self, ticket: Ticket) -> bool:
        return ticket.id not in self.refused

    def _take(self, ticket: Ticket) -> Decimal:
        self.taken.append((ticket.id, ticket.state))
        return ticket.amount or CHARGE.amount

    async def _accepted(self, ticket: Ticket) -> None:
        self.told.append((ticket.id, ticket.state, self.clock.now(), ticket.given_back))

    def open(self, amount: str | None = None) -> Ticket:
        return self.tickets.open(CHARGE, None if amount is None else Decimal(amount), "Please")

    def states(self) -> dict[int, str]:
        return {ticket.id: ticket.state for ticket in self.tickets}

    def days_due(self) -> list[float]:
        """When each is decided, in days from the beginning."""
        return [(ticket.due_at - NOW) / DAY for ticket in self.tickets]


def test_tickets_are_numbered_from_one_and_wait() -> None:
    async def scene() -> None:
        desk = Desk()
        first, second = desk.open("3.00"), desk.open()
        assert first == Ticket(1, CHARGE, Decimal("3.00"), "Please", "waiting", NOW, NOW)
        assert (second.id, second.amount, second.given_back) == (2, None, Decimal(0))
        assert desk.states() == {1: "waiting", 2: "waiting"}

    play(scene)


def test_each_takes_its_day_after_the_one_before() -> None:
    async def scene() -> None:
        desk = Desk()
        for _ in range(3):
            desk.open()
        assert desk.days_due() == [1, 2, 3]
        assert [event.label for event in desk.clock.upcoming()] == ["decision on ticket 1"]
        await desk.clock.advance(DAY - 1)
        assert desk.told == []
        await desk.clock.advance(1)
        assert desk.states() == {1: "accepted", 2: "waiting", 3: "waiting"}
        await desk.clock.advance(2 * DAY)
        assert [(id, (at - NOW) / DAY) for id, _, at, _ in desk.told] == [(1, 1), (2, 2), (3, 3)]
        assert desk.days_due() == [1, 2, 3]

    play(scene)


def test_what_goes_back_is_taken_once_and_told() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.open("3.00")
        await desk.clock.advance(DAY)
        assert desk.taken == [(1, "accepted")]
        assert desk.told == [(1, "accepted", NOW + DAY, Decimal("3.00"))]
        (ticket,) = desk.tickets
        assert ticket.given_back == Decimal("3.00")

    play(scene)


def test_of_a_refused_one_nothing_goes_back_and_nobody_is_told() -> None:
    async def scene() -> None:
        desk = Desk(1)
        desk.open()
        desk.open()
        await desk.clock.advance(DAY)
        assert desk.states() == {1: "refused", 2: "waiting"}
        assert (desk.taken, desk.told) == ([], [])
        await desk.clock.advance(DAY)
        assert [id for id, *_ in desk.told] == [2]

    play(scene)


@pytest.mark.parametrize("accepted", [True, False])
def test_who_decides_the_first_lets_the_next_begin_then(accepted: bool) -> None:
    async def scene() -> None:
        desk = Desk()
        desk.open()
        desk.open()
        await desk.clock.advance(DAY / 2)
        decided = await (desk.tickets.complete(1) if accepted else desk.tickets.refuse(1))
        assert (decided.state, decided.due_at) == ("accepted" if accepted else "refused", NOW + DAY / 2)
        assert [id for id, *_ in desk.told] == ([1] if accepted else [])
        assert [event.label for event in desk.clock.upcoming()] == ["decision on ticket 2"]
        assert desk.days_due() == [0.5, 1.5]
        await desk.clock.advance(DAY)
        assert desk.states()[2] == "accepted"
        assert len(desk.taken) == (2 if accepted else 1)

    play(scene)


def test_who_decides_a_later_one_leaves_the_first_its_time() -> None:
    async def scene() -> None:
        desk = Desk()
        for _ in range(3):
            desk.open()
        await desk.clock.advance(DAY / 2)
        await desk.tickets.complete(2)
        assert desk.days_due() == [1, 0.5, 2]
        await desk.clock.advance(DAY / 2)
        assert desk.states() == {1: "accepted", 2: "accepted", 3: "waiting"}

    play(scene)


def test_what_is_decided_or_unknown_is_not_decided() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.open()
        await desk.tickets.refuse(1)
        for decide in (desk.tickets.complete, desk.tickets.refuse):
            with pytest.raises(ValueError, match="Ticket 1 was refused already"):
                await decide(1)
            with pytest.raises(KeyError):
                await decide(2)
        assert desk.states() == {1: "refused"}
        assert desk.clock.upcoming() == []
        assert desk.tickets.kept().due_at is None

    play(scene)


def test_one_that_does_not_queue_is_told_at_once_and_holds_nobody_up() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.open()
        at_once = await desk.tickets.open_and_accept(CHARGE, None, "Please")
        assert (at_once.id, at_once.state, at_once.given_back) == (2, "accepted", CHARGE.amount)
        assert desk.told == [(2, "accepted", NOW, CHARGE.amount)]
        assert desk.days_due() == [1, 0]
        await desk.clock.advance(DAY)
        assert desk.states() == {1: "accepted", 2: "accepted"}

    play(scene)


def test_how_long_one_takes_is_asked_when_it_begins() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.open()
        desk.open()
        desk.days = 3.0
        await desk.clock.advance(DAY)
        assert desk.states() == {1: "accepted", 2: "waiting"}
        assert desk.days_due() == [1, 4]

    play(scene)


def test_what_was_kept_goes_on_where_it_was() -> None:
    async def scene() -> None:
        before = Desk()
        for _ in range(3):
            before.open()
        await before.tickets.refuse(2)
        await before.clock.advance(DAY / 4)
        kept = before.tickets.kept()
        assert kept.due_at == NOW + DAY

        after = Desk()
        await after.clock.advance(DAY / 4)
        after.tickets.take_kept(kept)
        assert after.states() == {1: "waiting", 2: "refused", 3: "waiting"}
        assert after.days_due() == [1, 0, 2]
        await after.clock.advance(DAY)
        assert [id for id, *_ in after.told] == [1]
        assert after.open().id == 4

    play(scene)


def test_where_nothing_was_worked_on_the_first_begins_now() -> None:
    async def scene() -> None:
        desk = Desk()
        assert desk.tickets.kept().due_at is None
        kept = desk.tickets.kept()
        kept.tickets.append(Ticket(7, CHARGE, None, "Please", "waiting", NOW, NOW))
        desk.tickets.take_kept(kept)
        assert desk.days_due() == [1]
        assert desk.open().id == 8

    play(scene)


def test_a_ticket_is_shown_as_json() -> None:
    whole = Ticket(1, CHARGE, None, "Please", "waiting", NOW, NOW + 5)
    part = Ticket(2, CHARGE, Decimal("3.00"), "Please", "waiting", NOW, NOW + 5)
    assert whole.as_json() == {
        "id": 1, "imp_uid": "imp_1", "ref": "b1", "amount": None, "message": "Please", "state": "waiting",
        "opened_at": NOW, "due_at": NOW + 5,
    }  # fmt: skip
    assert part.as_json()["amount"] == "3.00"
