"""A webhook is sent once, again where it must be, and by hand; the history tells what became of it. On a stage."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulator.clock import Clock
from emulator.journal import Journal
from emulator.portone import outbox
from emulator.portone.console import Console
from emulator.portone.outbox import Outbox
from emulator.portone.payments import Cancellation, Payment
from emulator.portone.webhooks import (
    FIRST_DELIVERY,
    REDELIVERY,
    TEST_WEBHOOK,
    Addressed,
    Delivery,
    Webhook,
    addresses,
    told_of,
)
from emulator.wire import Answer, ConnectFailed, TimedOut, Timeouts, Wire
from tests.emulator.stage import NOW, play

URL = "http://shop.example/webhook"
WEBHOOK = Webhook("imp_1", "order-1", "paid")
MINUTE = 60.0


@dataclass
class Shop:
    """What stands at the address: answers with these statuses in turn, the last one again and again."""

    answers: list[int] = field(default_factory=lambda: [200])
    bodies: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    text: str = "answer"
    door: asyncio.Event | None = None
    """Before it is open nobody gets an answer."""

    async def take(self, request: Request) -> Response:
        if self.door is not None:
            await self.door.wait()
        self.bodies.append((await request.body()).decode())
        self.types.append(request.headers["content-type"])
        return PlainTextResponse(self.text, self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


class Listening(Wire):
    """Notes the time-outs of each request, and can break them all."""

    limits: list[Timeouts | None]
    broken: Exception | None = None

    async def send(self, *args: object, timeouts: Timeouts | None = None, **kwargs: object) -> Answer:
        self.limits.append(timeouts)
        if self.broken is not None:
            raise self.broken
        return await super().send(*args, timeouts=timeouts, **kwargs)  # type: ignore[arg-type]


class Desk:
    """An outbox whose webhooks go to one shop; `settings` are fields of `Console`."""

    def __init__(self, *answers: int, **settings: object) -> None:
        self.shop = Shop(list(answers) or [200])
        self.console = self._console(settings)
        self.clock, self.journal, self.wire = Clock(start=NOW), Journal(), Listening()
        self.wire.limits = []
        self.wire.hosts["shop.example"] = Starlette(
            routes=[Route(path, self.shop.take, methods=["POST"]) for path in ("/webhook", "/other")]
        )
        self.outbox = Outbox(lambda: self.console, self.clock, self.journal, self.wire)

    def _console(self, settings: dict[str, object]) -> Console:
        usual = {"imp_code": "imp1", "imp_key": "key", "imp_secret": "secret", "webhook": {"test": {"url": URL}}}
        return Console.model_validate({**usual, **settings})

    def set(self, **settings: object) -> None:
        self.console = self._console(settings)

    async def sent(self, *urls: str, wait: float = 0.0, webhook: Webhook = WEBHOOK) -> None:
        self.outbox.send(webhook, urls or (URL,), sandbox=True, wait=wait)
        assert await self.clock.idle(5) == []

    async def later(self, minutes: float) -> None:
        await self.clock.advance(minutes * MINUTE)

    def history(self) -> list[tuple[int, str, int]]:
        """Number, state and tries of each."""
        return [(one.id, one.state, one.tries) for one in self.outbox]


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
            '{"imp_uid":"imp_1234567890","merchant_uid":"order_id_8237352","status":"paid"}'
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


def test_a_webhook_names_its_cancellation_only_where_it_is_about_one() -> None:
    usual = {"imp_uid": "imp_1", "merchant_uid": "order-1", "status": "paid"}
    assert WEBHOOK.fields() == usual
    assert Webhook("imp_1", "order-1", "paid", "c1").fields() == {**usual, "cancellation_id": "c1"}


def test_one_on_its_way_is_shown_as_json() -> None:
    shown = Addressed(1, WEBHOOK, URL, True).as_json()
    assert (shown["tries"], shown["state"], shown["sent_at"]) == (0, "waiting", 0)
    assert (shown["request"], shown["answer"]) == (None, None)
    last = Delivery(404, None, "gone", "application/json")
    shown = Addressed(1, WEBHOOK, URL, True, last=last).as_json()
    assert shown["request"] == {"content_type": "application/json", "body": WEBHOOK.fields()}
    assert shown["answer"] == {"status": 404, "body": "gone", "error": None}


SAVED, NOTICE = "http://shop.example/saved", "http://shop.example/notice"
PAYMENT = Payment(
    imp_uid="imp_1", merchant_uid="order-1", name="Mug", amount=Decimal(10), currency="USD", status="paid",
    pg_provider="paymentwall", pg_id="key", channel_key="channel", sandbox=True, started_at=0, notified=True,
    notice_urls=(NOTICE,),
)  # fmt: skip


def test_a_notice_url_stands_in_for_the_saved_address() -> None:
    endpoint = Desk(webhook={"test": {"url": SAVED}}).console.endpoint(sandbox=True)
    unsaved = Desk().console.endpoint(sandbox=False)
    without = Payment(**{**{name: getattr(PAYMENT, name) for name in PAYMENT.__dataclass_fields__}, "notice_urls": ()})
    assert addresses(PAYMENT, endpoint) == (NOTICE,)
    assert addresses(PAYMENT, endpoint, console_only=True) == (SAVED,)
    assert addresses(without, endpoint) == (SAVED,)
    assert addresses(without, unsaved) == addresses(PAYMENT, unsaved, console_only=True) == ()


@pytest.mark.parametrize(
    ("asked_by", "notify", "notified", "cancel_notice", "told"),
    [
        ("console", False, False, "opt_in", NOTICE),
        ("paymentwall", False, False, "opt_in", NOTICE),
        ("api", False, True, "opt_in", None),
        ("api", True, True, "opt_in", SAVED),
        ("api", True, False, "opt_in", None),
        ("api", False, True, "always", NOTICE),
        ("api", True, True, "always", SAVED),
        ("api", False, False, "always", None),
    ],
)
def test_who_is_told_of_a_cancellation(
    asked_by: str, notify: bool, notified: bool, cancel_notice: str, told: str | None
) -> None:
    console = Desk(webhook={"test": {"url": SAVED}}, cancel_notice=cancel_notice).console
    facts = {name: getattr(PAYMENT, name) for name in PAYMENT.__dataclass_fields__}
    done = Cancellation("c1", Decimal(3), None, notify=notify, asked_by=asked_by)  # type: ignore[arg-type]
    assert told_of(Payment(**{**facts, "notified": notified}), done, console) == (() if told is None else (told,))
