"""Tickets are opened by signed requests, worked off one by one by the account's clock, and told by
pingback.
"""

from decimal import Decimal
from typing import Any

import pytest

from tests.emulator.stage import NOW, Stage, play

DAY = 86_400.0
NO_ACCESS = {"result": 0, "errors": ["You have no access to the developers API"]}


def states(stage: Stage) -> list[str]:
    return [ticket.state for ticket in stage.state.tickets]


def test_a_ticket_waits_for_its_day_and_then_the_money_goes_back() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        assert await stage.ticket(ref=charge.ref) == {"result": 1}
        await stage.clock.advance(DAY - 1)
        assert (states(stage), stage.results()) == (["waiting"], [("0", None)])
        await stage.clock.advance(1)
        assert (states(stage), stage.results()) == (["accepted"], [("0", None), ("2", "9")])
        assert stage.state.charge_named(charge.ref).given_back == Decimal("10.50")

    play(scene)


def test_tickets_are_worked_off_one_by_one_in_their_order() -> None:
    async def scene() -> None:
        stage = Stage()
        charges = [await stage.charged(f"imp_{number}") for number in (1, 2, 3)]
        for charge in reversed(charges):
            await stage.ticket(ref=charge.ref)
        assert [ticket.due_at - NOW for ticket in stage.state.tickets] == [DAY, 2 * DAY, 3 * DAY]
        done = []
        for _ in charges:
            await stage.clock.advance(DAY)
            done.append(stage.receiver.received[-1]["goodsid"])
        assert done == ["imp_3", "imp_2", "imp_1"]
        assert states(stage) == ["accepted"] * 3

    play(scene)


def test_one_may_be_decided_out_of_turn_and_the_next_begins_then() -> None:
    async def scene() -> None:
        stage = Stage()
        for number in (1, 2, 3):
            await stage.ticket(ref=(await stage.charged(f"imp_{number}")).ref)
        await stage.clock.advance(DAY / 2)
        await stage.state.tickets.complete(3)
        assert stage.results("imp_3") == [("0", None), ("2", "9")]
        assert [ticket.due_at - NOW for ticket in stage.state.tickets][:2] == [DAY, 2 * DAY]
        await stage.state.tickets.refuse(1)
        assert stage.results("imp_1") == [("0", None)]
        assert [ticket.due_at - NOW for ticket in stage.state.tickets] == [DAY / 2, DAY * 1.5, DAY / 2]
        await stage.clock.advance(DAY)
        assert states(stage) == ["refused", "accepted", "accepted"]

    play(scene)


def test_a_decided_ticket_is_not_decided_again() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.ticket(ref=(await stage.charged()).ref)
        await stage.state.tickets.complete(1)
        with pytest.raises(ValueError, match="Ticket 1 was accepted already"):
            await stage.state.tickets.refuse(1)
        with pytest.raises(KeyError):
            await stage.state.tickets.complete(2)
        await stage.clock.advance(2 * DAY)
        assert stage.results() == [("0", None), ("2", "9")]

    play(scene)


def test_a_method_cancelled_at_once_does_not_queue() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.ticket(ref=(await stage.charged("imp_1")).ref)
        paypal = await stage.charged("imp_2", method="paypal")
        assert await stage.ticket(ref=paypal.ref) == {"result": 1}
        assert stage.results("imp_2") == [("0", None), ("2", "9")]
        assert states(stage) == ["waiting", "accepted"]

    play(scene)


def test_a_method_that_cannot_be_refunded_is_refused_at_once() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged(method="paysafecard")
        answer = await stage.ticket(ref=charge.ref)
        assert answer == {"result": 0, "errors": ["Refunds are not supported for this payment method"]}
        assert states(stage) == []

    play(scene)


def test_a_method_refused_later_ends_in_silence_and_lets_the_next_begin() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.ticket(ref=(await stage.charged("imp_1", method="mint")).ref)
        await stage.ticket(ref=(await stage.charged("imp_2")).ref)
        await stage.clock.advance(2 * DAY)
        assert states(stage) == ["refused", "accepted"]
        assert stage.results("imp_1") == [("0", None)]

    play(scene)


def test_parts_are_given_back_until_nothing_is_left() -> None:
    async def scene() -> None:
        stage = Stage(ticket_seconds=60)
        charge = await stage.charged()
        await stage.ticket(ref=charge.ref, amount="3.00")
        await stage.clock.advance(60)
        assert await stage.ticket(ref=charge.ref, amount="7.51") == {
            "result": 0,
            "errors": ["Invalid refund amount"],
        }
        await stage.ticket(ref=charge.ref, amount="2.50")
        await stage.ticket(ref=charge.ref)
        await stage.clock.advance(120)
        told = [(one.get("reason"), one.get("amount")) for one in stage.receiver.received[1:]]
        assert told == [("10", "3.00"), ("10", "2.50"), ("9", None)]
        assert [ticket.given_back for ticket in stage.state.tickets] == [
            Decimal("3.00"),
            Decimal("2.50"),
            Decimal("5.00"),
        ]
        assert (await stage.ticket(ref=charge.ref))["errors"] == ["Transaction is already refunded"]

    play(scene)


def test_a_second_ticket_about_the_same_money_gives_nothing_back() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        await stage.ticket(ref=charge.ref)
        await stage.ticket(ref=charge.ref)
        await stage.clock.advance(2 * DAY)
        assert states(stage) == ["accepted", "refused"]
        assert stage.results() == [("0", None), ("2", "9")]

    play(scene)


def test_a_ticket_for_which_nothing_is_left_can_only_be_refused() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        await stage.ticket(ref=charge.ref)
        await stage.ticket(ref=charge.ref)
        await stage.state.tickets.complete(1)
        with pytest.raises(ValueError, match="nothing is left"):
            await stage.state.tickets.complete(2)
        await stage.state.tickets.refuse(2)
        assert stage.results() == [("0", None), ("2", "9")]

    play(scene)


def test_a_test_project_key_is_answered_but_opens_no_ticket() -> None:
    async def scene() -> None:
        stage = Stage(opens_tickets=False)
        charge = await stage.charged()
        assert await stage.ticket(ref=charge.ref) == {"result": 1}
        await stage.clock.advance(30 * DAY)
        assert (states(stage), stage.results()) == ([], [("0", None)])

    play(scene)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_is_not_sent_by_post_has_no_access(method: str) -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        assert await stage.ticket(method=method, ref=charge.ref) == NO_ACCESS
        assert states(stage) == []

    play(scene)


def test_without_a_ref_the_buyers_newest_charge_is_meant() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.charged("imp_1")
        await stage.charged("imp_2")
        assert await stage.ticket(uid="minji@shop.example") == {"result": 1}
        assert [ticket.charge.goods_id for ticket in stage.state.tickets] == ["imp_2"]

    play(scene)


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"secret": "wrong", "ref": "b1"}, NO_ACCESS),
        ({"key": "unknown", "ref": "b1"}, NO_ACCESS),
        ({}, {"result": 0, "errors": ["Either ref or uid is required"]}),
        ({"ref": "b1"}, {"result": 0, "errors": ["Transaction not found"]}),
        ({"ref": "b1", "type": "7"}, {"result": 0, "errors": ["Invalid ticket type"]}),
        ({"ref": "b1", "message": ""}, {"result": 0, "errors": ["Message is required"]}),
        ({"ref": "b1", "type": "2"}, {"result": 1}),
        ({"ref": "b1", "test_mode": "1"}, {"result": 1}),
    ],
)
def test_a_request_without_a_charge_opens_no_ticket(fields: dict[str, str], answer: dict[str, Any]) -> None:
    async def scene() -> None:
        stage = Stage()
        assert await stage.ticket(**fields) == answer
        assert states(stage) == []

    play(scene)


@pytest.mark.parametrize("amount", ["0", "-1", "10.51", "NaN", "Infinity", "three"])
def test_an_impossible_amount_opens_no_ticket(amount: str) -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        assert (await stage.ticket(ref=charge.ref, amount=amount))["errors"] == ["Invalid refund amount"]
        assert states(stage) == []

    play(scene)
