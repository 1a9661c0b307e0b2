"""A webhook is sent once, again where it must be, and by hand; the history tells what became of it. On a stage."""

import asyncio

import pytest

from emulator.answers import ConnectFailed, TimedOut, Timeouts
from emulator.portone.webhooks import (
    FIRST_DELIVERY,
    REDELIVERY,
    Delivery,
)
from tests.emulator.desk import MINUTE, URL, WEBHOOK, Desk
from tests.emulator.stage import NOW, play


def test_the_documented_limits() -> None:
    assert Timeouts(connect_seconds=10, read_seconds=30) == FIRST_DELIVERY
    assert FIRST_DELIVERY.total == 40
    assert Timeouts(connect_seconds=15, read_seconds=15, total_seconds=15) == REDELIVERY


def test_limits_are_scaled_but_for_a_connections_two_seconds() -> None:
    assert FIRST_DELIVERY.scaled(0.5) == Timeouts(connect_seconds=5, read_seconds=15)
    assert FIRST_DELIVERY.scaled(0.1) == Timeouts(connect_seconds=2, read_seconds=3)
    assert Timeouts(connect_seconds=1).scaled(0.5).connect_seconds == 1
    assert REDELIVERY.scaled(0.1).total_seconds == 1.5


def test_what_is_taken_is_sent_once() -> None:
    async def scene() -> None:
        desk = Desk(redelivery=True)
        await desk.sent()
        assert desk.shop.bodies == ['{"imp_uid":"imp_1","merchant_uid":"order-1","status":"paid"}']
        await desk.later(60)
        assert desk.history() == [(1, "delivered", 1)]
        assert desk.clock.upcoming() == []
        (one,) = desk.outbox
        assert (one.sent_at, one.resent, one.repeats, one.url, one.sandbox) == (NOW, 0, 0, URL, True)
        assert one.last == Delivery(200, None, "answer", "application/json")

    play(scene)


def test_each_address_gets_its_own() -> None:
    async def scene() -> None:
        desk = Desk()
        await desk.sent(URL, "http://shop.example/other")
        assert [(one.id, one.url) for one in desk.outbox] == [(1, URL), (2, "http://shop.example/other")]
        assert len(desk.shop.bodies) == 2

    play(scene)


@pytest.mark.parametrize("status", [500, 503, 599])
def test_after_a_5xx_there_are_five_more_tries_a_minute_apart(status: int) -> None:
    async def scene() -> None:
        desk = Desk(status, redelivery=True)
        await desk.sent()
        for tries in range(1, 6):
            assert desk.history() == [(1, "waiting", tries)]
            await desk.later(59 / 60)
            assert len(desk.shop.bodies) == tries
            await desk.later(1 / 60)
        assert desk.history() == [(1, "given up", 6)]
        await desk.later(60)
        assert len(desk.shop.bodies) == 6
        assert desk.wire.limits == [FIRST_DELIVERY, *[REDELIVERY] * 5]

    play(scene)


@pytest.mark.parametrize("broken", [ConnectFailed("It was refused."), TimedOut("It took too long.")])
def test_after_a_network_error_it_is_tried_again(broken: Exception) -> None:
    async def scene() -> None:
        desk = Desk(redelivery=True)
        desk.wire.broken = broken
        await desk.sent()
        (one,) = desk.outbox
        assert one.last == Delivery(None, str(broken), None, "application/json")
        assert desk.history() == [(1, "waiting", 1)]
        desk.wire.broken = None
        await desk.later(1)
        assert desk.history() == [(1, "delivered", 2)]

    play(scene)


@pytest.mark.parametrize("status", [300, 302, 400, 404, 499])
def test_after_another_answer_it_is_given_up(status: int) -> None:
    async def scene() -> None:
        desk = Desk(status, redelivery=True)
        await desk.sent()
        assert desk.history() == [(1, "given up", 1)]
        assert desk.clock.upcoming() == []

    play(scene)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_every_2xx_is_a_good_answer(status: int) -> None:
    async def scene() -> None:
        desk = Desk(status, redelivery=True)
        await desk.sent()
        assert desk.history() == [(1, "delivered", 1)]

    play(scene)


@pytest.mark.parametrize("status", [500, 400])
def test_without_redelivery_one_try_is_all(status: int) -> None:
    async def scene() -> None:
        desk = Desk(status)
        await desk.sent()
        assert desk.history() == [(1, "given up", 1)]
        assert desk.clock.upcoming() == []

    play(scene)


def test_what_is_taken_later_is_not_sent_again() -> None:
    async def scene() -> None:
        desk = Desk(500, 500, 200, redelivery=True)
        await desk.sent()
        await desk.later(60)
        assert desk.history() == [(1, "delivered", 3)]
        assert [one.sent_at for one in desk.outbox] == [NOW + 2 * MINUTE]

    play(scene)


def test_repeats_come_a_minute_apart_and_end() -> None:
    async def scene() -> None:
        desk = Desk(webhook_repeats=2)
        await desk.sent()
        await desk.later(59 / 60)
        assert len(desk.shop.bodies) == 1
        await desk.later(1 / 60)
        assert len(desk.shop.bodies) == 2
        await desk.later(1)
        assert desk.history() == [(1, "delivered", 3)]
        await desk.later(60)
        assert desk.history() == [(1, "delivered", 3)]
        assert [one.repeats for one in desk.outbox] == [2]

    play(scene)


def test_a_repeat_that_is_not_taken_leaves_it_delivered() -> None:
    async def scene() -> None:
        desk = Desk(200, 500, redelivery=True, webhook_repeats=3)
        await desk.sent()
        await desk.later(60)
        assert desk.history() == [(1, "delivered", 2)]

    play(scene)


def test_one_in_so_many_comes_late_and_newer_ones_overtake_it() -> None:
    async def scene() -> None:
        desk = Desk(webhook_late_every=2, webhook_late_seconds=3 * MINUTE)
        for _ in range(4):
            await desk.sent()
        assert desk.history() == [(1, "delivered", 1), (2, "waiting", 0), (3, "delivered", 1), (4, "waiting", 0)]
        await asyncio.wait_for(desk.outbox.answered("imp_1"), 1)  # nobody's return waits for a late one
        await desk.later(3)
        assert desk.history() == [(number, "delivered", 1) for number in (1, 2, 3, 4)]

    play(scene)


def test_by_hand_it_is_sent_at_once_with_the_limits_of_a_redelivery() -> None:
    async def scene() -> None:
        desk = Desk(404, 200)
        await desk.sent()
        await desk.later(5)
        assert (await desk.outbox.resend(1)).status == 200
        assert desk.history() == [(1, "delivered", 2)]
        assert desk.wire.limits == [FIRST_DELIVERY, REDELIVERY]
        assert [(one.resent, one.sent_at) for one in desk.outbox] == [(1, NOW + 5 * MINUTE)]
        with pytest.raises(KeyError):
            await desk.outbox.resend(2)

    play(scene)


def test_the_hand_takes_no_try_from_the_clock() -> None:
    async def scene() -> None:
        desk = Desk(500, redelivery=True)
        await desk.sent()
        await desk.outbox.resend(1)
        await desk.outbox.resend(1)
        await desk.later(60)
        assert desk.history() == [(1, "given up", 8)]

    play(scene)


def test_what_was_delivered_by_hand_is_not_tried_again() -> None:
    async def scene() -> None:
        desk = Desk(500, 200, redelivery=True)
        await desk.sent()
        await desk.outbox.resend(1)
        await desk.later(60)
        assert len(desk.shop.bodies) == 2

    play(scene)


@pytest.mark.parametrize("before", ["given up", "recorded"])
def test_by_hand_without_success_it_is_given_up(before: str) -> None:
    async def scene() -> None:
        desk = Desk(404)
        if before == "recorded":
            desk.outbox.write_down(WEBHOOK, sandbox=True)
        else:
            await desk.sent()
        await desk.outbox.resend(1)
        assert [one.state for one in desk.outbox] == ["given up"]

    play(scene)
