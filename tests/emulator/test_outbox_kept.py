"""What the outbox keeps: what is due later and after a restart, its history, and what a reset forgets."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.portone import outbox
from emulator.portone.webhooks import (
    FIRST_DELIVERY,
    REDELIVERY,
    TEST_WEBHOOK,
    Addressed,
    Delivery,
)
from tests.emulator.desk import URL, WEBHOOK, Desk
from tests.emulator.stage import NOW, play


def test_what_is_written_down_is_not_sent() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.outbox.write_down(WEBHOOK, sandbox=True)
        desk.outbox.write_down(WEBHOOK, sandbox=False)  # where no address is saved there is no history
        await desk.later(60)
        assert desk.history() == [(1, "recorded", 0)]
        assert desk.shop.bodies == []

    play(scene)


@pytest.mark.parametrize("wait", [1.0, 0.5, 90.0])
def test_what_is_due_later_is_sent_then_and_nobody_waits_for_it(wait: float) -> None:
    async def scene() -> None:
        desk = Desk()
        await desk.sent(wait=wait)
        await asyncio.wait_for(desk.outbox.answered("imp_1"), 5)
        await desk.clock.advance(wait - 0.25)
        assert desk.history() == [(1, "waiting", 0)]
        await desk.clock.advance(0.25)
        assert desk.history() == [(1, "delivered", 1)]

    play(scene)


def test_a_return_waits_for_the_first_delivery_of_its_own_payment() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.shop.door = asyncio.Event()
        desk.outbox.send(WEBHOOK, (URL,), sandbox=True)
        await asyncio.wait_for(desk.outbox.answered("imp_2"), 5)
        returns = asyncio.ensure_future(desk.outbox.answered("imp_1"))
        assert await asyncio.wait({returns}, timeout=0.05) == (set(), {returns})
        desk.shop.door.set()
        await asyncio.wait_for(returns, 5)
        assert len(desk.shop.bodies) == 1
        assert await desk.clock.idle(5) == []
        await asyncio.wait_for(desk.outbox.answered("imp_1"), 5)

    play(scene)


def test_a_reset_forgets_all_and_lets_go_who_waits() -> None:
    async def scene() -> None:
        desk = Desk(500, redelivery=True)
        await desk.sent()
        desk.shop.door = asyncio.Event()
        desk.outbox.send(WEBHOOK, (URL,), sandbox=True)
        returns = asyncio.ensure_future(desk.outbox.answered("imp_1"))
        assert await asyncio.wait({returns}, timeout=0.05) == (set(), {returns})
        desk.outbox.clear()
        await asyncio.wait_for(returns, 5)
        assert desk.history() == []
        await asyncio.wait_for(desk.outbox.answered("imp_1"), 5)
        desk.shop.door.set()
        assert await desk.clock.idle(5) == []
        await desk.later(60)
        assert len(desk.shop.bodies) == 2
        await desk.sent()
        assert desk.history() == [(3, "waiting", 1)]

    play(scene)


def test_one_that_is_forgotten_on_its_way_does_not_come_back(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        desk = Desk(500, redelivery=True)

        async def forget(request: Request) -> Response:
            desk.outbox.clear()
            return await desk.shop.take(request)

        desk.wire.hosts["shop.example"] = Starlette(routes=[Route("/webhook", forget, methods=["POST"])])
        await desk.sent()
        assert (desk.history(), desk.clock.upcoming()) == ([], [])

    play(scene)
    assert caplog.records == [], "what went wrong on the clock is told there"


def test_the_history_is_bounded_and_keeps_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outbox.LONGEST_HISTORY == 10_000
    monkeypatch.setattr(outbox, "LONGEST_HISTORY", 3)

    async def scene() -> None:
        desk = Desk(500, 200, redelivery=True)
        for _ in range(3):
            await desk.sent()
        assert [id for id, *_ in desk.history()] == [1, 2, 3]
        await desk.sent()
        assert [id for id, *_ in desk.history()] == [1, 3, 4]

    play(scene)


def test_where_all_of_them_wait_none_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LONGEST_HISTORY", 1)

    async def scene() -> None:
        desk = Desk(500, redelivery=True)
        await desk.sent()
        await desk.sent()
        assert [id for id, *_ in desk.history()] == [1, 2]

    play(scene)


def test_numbers_go_on_after_what_was_kept() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.outbox.put(Addressed(7, WEBHOOK, URL, True, state="delivered"))
        desk.outbox.put(Addressed(3, WEBHOOK, URL, True, state="delivered"))
        await desk.sent()
        assert [id for id, *_ in desk.history()] == [7, 3, 8]

    play(scene)


@pytest.mark.parametrize(("repeat", "sent"), [(True, 1), (False, 0), (None, 0)])
def test_what_was_due_before_a_restart_is_sent_where_it_must_be(repeat: bool | None, sent: int) -> None:
    async def scene() -> None:
        desk = Desk()
        desk.outbox.put(Addressed(7, WEBHOOK, URL, True, tries=1, state="delivered"))
        await desk.outbox.revived({"id": 7} if repeat is None else {"id": 7, "repeat": repeat})()
        assert len(desk.shop.bodies) == sent

    play(scene)


def test_what_is_due_is_written_down_for_a_restart() -> None:
    async def scene() -> None:
        desk = Desk(500, redelivery=True)
        await desk.sent()
        (event,) = desk.clock.upcoming()
        assert event.kept == {"kind": "webhook", "id": 1, "repeat": False}
        assert event.label == "webhook paid for order-1"
        desk = Desk(webhook_repeats=1)
        await desk.sent()
        (event,) = desk.clock.upcoming()
        assert event.kept == {"kind": "webhook", "id": 1, "repeat": True}

    play(scene)


def test_the_settings_of_the_moment_count() -> None:
    async def scene() -> None:
        desk = Desk(500, redelivery=True)
        await desk.sent()
        form = "application/x-www-form-urlencoded"
        desk.set(redelivery=True, timeout_scale=0.5, webhook={"test": {"url": URL, "content_type": form}})
        await desk.later(1)
        assert desk.shop.types == ["application/json", form]
        assert desk.shop.bodies[1] == "imp_uid=imp_1&merchant_uid=order-1&status=paid"
        assert desk.wire.limits[1] == REDELIVERY.scaled(0.5)
        desk.set()
        await desk.later(1)
        assert desk.history() == [(1, "given up", 3)]

    play(scene)


def test_the_consoles_test_goes_to_the_saved_address_and_into_no_history() -> None:
    async def scene() -> None:
        desk = Desk(404)
        assert (await desk.outbox.call_test(TEST_WEBHOOK, sandbox=True)).status == 404
        assert desk.wire.limits == [FIRST_DELIVERY]
        unsaved = await desk.outbox.call_test(TEST_WEBHOOK, sandbox=False)
        assert unsaved == Delivery(None, "No webhook address is saved for this stage.", None, "")
        assert desk.history() == []
        assert desk.shop.bodies == [
            '{"imp_uid":"imp_1234567890","merchant_uid":"merchant_1234567890","status":"paid"}'
        ]  # the documentation's example

    play(scene)


def test_of_a_long_answer_the_history_keeps_the_beginning_and_the_journal_all() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.shop.text = "a" * 1_001
        await desk.sent()
        (one,) = desk.outbox
        assert one.last is not None
        assert one.last.body == "a" * 1_000
        (entry,) = desk.journal
        assert (entry.kind, entry.status, entry.error, entry.response) == ("webhook", 200, None, "a" * 1_001)
        assert (entry.source, entry.target, entry.method) == ("portone", "merchant", "POST")
        assert (entry.imp_uid, entry.merchant_uid, entry.clock) == ("imp_1", "order-1", NOW)

    play(scene)


@pytest.mark.parametrize(("status", "taken"), [(None, False), (199, False), (200, True), (299, True), (300, False)])
def test_only_a_2xx_says_that_it_was_taken(status: int | None, taken: bool) -> None:
    assert Delivery(status, None).taken is taken


def test_one_on_its_way_is_shown_as_json() -> None:
    shown = Addressed(1, WEBHOOK, URL, True).as_json()
    assert (shown["tries"], shown["state"], shown["sent_at"]) == (0, "waiting", 0)
    assert (shown["request"], shown["answer"]) == (None, None)
    last = Delivery(404, None, "gone", "application/json")
    shown = Addressed(1, WEBHOOK, URL, True, last=last).as_json()
    assert shown["request"] == {"content_type": "application/json", "body": WEBHOOK.fields()}
    assert shown["answer"] == {"status": 404, "body": "gone", "error": None}
