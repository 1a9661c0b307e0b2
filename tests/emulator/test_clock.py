"""The virtual clock: order, waiting for what an event starts, idleness, reset, and time that runs by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.clock import Clock


def on_a_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner() as runner:
        runner.run(test())


def note(happened: list[str], what: str) -> Callable[[], Awaitable[None]]:
    async def action() -> None:
        happened.append(what)

    return action


def test_it_is_frozen_until_it_is_advanced() -> None:
    async def test() -> None:
        clock = Clock(1000.0)
        await asyncio.sleep(0.01)
        assert clock.now() == 1000.0
        await clock.advance(2.5)
        assert clock.now() == 1002.5

    on_a_loop(test)


def test_due_events_run_in_order_of_time_and_then_of_asking() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()
        clock.after(20, "", note(happened, "last"))
        clock.after(10, "", note(happened, "first"))
        clock.after(10, "", note(happened, "second"))
        assert await clock.advance(20) == 3
        assert happened == ["first", "second", "last"]

    on_a_loop(test)


def test_an_event_sees_the_time_at_which_it_was_due() -> None:
    async def test() -> None:
        clock, seen = Clock(0.0), list[float]()

        async def look() -> None:
            seen.append(clock.now())

        clock.after(10, "", look)
        await clock.advance(100)
        assert seen == [10.0]

    on_a_loop(test)


def test_what_an_event_makes_due_within_the_span_happens_too() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()

        async def again() -> None:
            clock.after(30, "", note(happened, "later"))

        clock.after(30, "", again)
        assert await clock.advance(60) == 2
        assert happened == ["later"]

    on_a_loop(test)


def test_advancing_waits_for_what_an_event_started_and_what_that_started() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()

        async def slow() -> None:
            await asyncio.sleep(0.01)
            clock.after(0, "", slower)

        async def slower() -> None:
            await asyncio.sleep(0.01)
            happened.append("done")

        async def start() -> None:
            clock.after(0, "", slow)

        clock.after(1, "", start)
        await clock.advance(1)
        assert happened == ["done"]

    on_a_loop(test)


def test_advancing_does_not_wait_for_what_others_started() -> None:
    async def test() -> None:
        clock, release = Clock(0.0), asyncio.Event()

        async def held() -> None:
            await release.wait()

        clock.after(0, "a held delivery", held)
        clock.after(1, "", note([], ""))
        assert await asyncio.wait_for(clock.advance(1), timeout=1) == 1
        assert await clock.idle(0.01) == ["a held delivery"]
        release.set()
        assert await clock.idle(1) == []

    on_a_loop(test)


def test_a_cancelled_event_does_not_happen_and_is_not_counted() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()
        clock.after(1, "", note(happened, "no")).cancel()
        assert await clock.advance(1) == 0
        assert happened == []

    on_a_loop(test)


def test_an_error_in_an_event_reaches_whoever_advanced_the_clock() -> None:
    async def test() -> None:
        clock = Clock(0.0)

        async def fail() -> None:
            raise LookupError("broken")

        clock.after(1, "", fail)
        with pytest.raises(LookupError, match="broken"):
            await clock.advance(1)

    on_a_loop(test)


def test_it_cannot_be_moved_back() -> None:
    async def test() -> None:
        with pytest.raises(ValueError, match="moved back"):
            await Clock(0.0).advance(-1)

    on_a_loop(test)


def test_a_reset_drops_what_is_due_and_what_is_in_flight() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()

        async def long() -> None:
            await asyncio.sleep(60)

        clock.after(0, "", long)
        clock.after(1, "", note(happened, "no"))
        clock.reset(500.0)
        assert await clock.idle(1) == []
        assert await clock.advance(10) == 0
        assert (clock.now(), happened) == (510.0, [])

    on_a_loop(test)


def test_a_running_clock_runs_events_by_itself() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), asyncio.Event()

        async def ring() -> None:
            happened.set()

        clock.after(3600, "", ring)
        clock.run(speed=360_000)
        await asyncio.wait_for(happened.wait(), timeout=10)
        assert clock.now() >= 3600
        clock.close()
        stopped = clock.now()
        assert stopped >= 3600
        await asyncio.sleep(0.01)
        assert clock.now() == stopped

    on_a_loop(test)


def test_it_begins_now_unless_it_is_told_when() -> None:
    assert abs(Clock().now() - time.time()) < 60
    assert Clock(0.0).now() == 0.0


def test_an_event_is_due_after_its_seconds_and_at_once_without_any() -> None:
    async def test() -> None:
        clock, happened = Clock(1000.0), list[str]()
        due = [clock.after(seconds, "", note(happened, str(seconds))).due for seconds in (0.5, 0, -5)]
        assert due == [1000.5, 1000.0, 1000.0]
        assert await clock.idle(1) == []
        assert happened == ["0", "-5"]
        assert await clock.advance(0) == 0
        assert await clock.advance(0.5) == 1

    on_a_loop(test)


def test_a_cancelled_event_does_not_hold_up_the_next() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()
        clock.after(1, "", note(happened, "no")).cancel()
        clock.after(2, "", note(happened, "yes"))
        assert await clock.advance(2) == 1
        assert happened == ["yes"]

    on_a_loop(test)


def test_what_is_due_is_listed_soonest_first_and_without_what_was_cancelled() -> None:
    async def test() -> None:
        clock, release = Clock(0.0), asyncio.Event()

        async def held() -> None:
            await release.wait()

        for seconds in (30, 10, 20):
            clock.after(seconds, f"in {seconds}", note([], ""))
        clock.after(5, "cancelled", note([], "")).cancel()
        clock.after(0, "in flight", held)
        assert [event.label for event in clock.upcoming()] == ["in 10", "in 20", "in 30"]
        assert [event.label for event in clock.unfinished()] == ["in flight", "in 10", "in 20", "in 30"]
        release.set()
        assert await clock.idle(1) == []

    on_a_loop(test)


def test_what_is_not_yet_due_does_not_hold_up_what_is() -> None:
    async def test() -> None:
        clock = Clock(0.0)
        clock.after(5, "", note([], ""))
        clock.after(100, "far", note([], ""))
        assert await clock.advance(10) == 1
        assert [event.label for event in clock.upcoming()] == ["far"]

    on_a_loop(test)


def test_what_an_error_left_undone_is_overdue() -> None:
    async def test() -> None:
        clock = Clock(0.0)

        async def fail() -> None:
            raise LookupError("broken")

        clock.after(10, "broken", fail)
        clock.after(10, "left", note([], ""))
        with pytest.raises(LookupError):
            await clock.advance(10)
        assert await clock.idle(1) == ["left"]

    on_a_loop(test)


def test_it_waits_to_be_idle_no_longer_than_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        clock, release, told = Clock(0.0), asyncio.Event(), iter([7.0, 7.0, 7.0078125])

        async def held() -> None:
            await release.wait()

        clock.after(0, "held", held)
        monkeypatch.setattr("emulator.clock.time", SimpleNamespace(monotonic=lambda: next(told)))
        assert await clock.idle(0.0078125) == ["held"]
        monkeypatch.undo()
        release.set()
        assert await clock.idle(1) == []

    on_a_loop(test)


def test_what_is_overdue_keeps_it_from_being_idle() -> None:
    async def test() -> None:
        clock = Clock(0.0)
        clock.after(10, "overdue", note([], ""))
        clock.after(10**9, "later", note([], ""))
        clock.run(speed=10_000)
        time.sleep(0.002)  # nothing rings while the loop is held up  # noqa: ASYNC251
        assert await clock.idle(0) == ["overdue"]
        clock.close()

    on_a_loop(test)


def test_it_runs_at_its_speed_from_where_it_stood() -> None:
    async def test() -> None:
        clock = Clock(1000.0)
        assert clock.speed == 0
        with pytest.raises(ValueError, match="0 or more"):
            clock.run(-1.0)
        before = time.monotonic()
        clock.run(100.0)
        await asyncio.sleep(0.02)
        passed = clock.now() - 1000.0
        assert 1.9 < passed <= 100 * (time.monotonic() - before)
        assert clock.speed == 100
        clock.run(0)
        stopped = clock.now()
        assert stopped >= 1000.0 + passed
        await asyncio.sleep(0.01)
        assert (clock.now(), clock.speed) == (stopped, 0)

    on_a_loop(test)


def test_a_running_clock_rings_for_each_event_in_its_turn() -> None:
    async def test() -> None:
        clock, happened, last = Clock(1e9), list[str](), asyncio.Event()

        async def end() -> None:
            last.set()

        clock.run(speed=1000)
        clock.after(10**6, "", note(happened, "far"))
        clock.after(30, "", end)
        clock.after(10, "", note(happened, "first"))
        clock.after(15, "", note(happened, "cancelled")).cancel()
        clock.after(20, "", note(happened, "second"))
        await asyncio.wait_for(last.wait(), timeout=10)
        assert happened == ["first", "second"]
        clock.reset(5.0)
        assert (clock.now(), clock.speed, clock.upcoming()) == (5.0, 0, [])

    on_a_loop(test)


@pytest.mark.parametrize(("speed", "seconds", "ahead"), [(1.0, 100.0, 99.99), (0.01, 0.0001, 0.0)])
def test_it_rings_when_the_time_has_come_however_that_was_reached(speed: float, seconds: float, ahead: float) -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), asyncio.Event()

        async def ring() -> None:
            happened.set()

        clock.run(speed)
        clock.after(seconds, "", ring)
        await clock.advance(ahead)
        await asyncio.wait_for(happened.wait(), timeout=20)

    on_a_loop(test)


def test_a_clock_that_was_frozen_rings_no_more() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()
        clock.run(speed=1000)
        clock.after(10, "", note(happened, "no"))
        clock.run(0)
        await asyncio.sleep(0.03)
        assert happened == []
        assert await clock.advance(10) == 1

    on_a_loop(test)


def test_an_event_that_fails_by_itself_is_told_in_the_log_and_one_that_was_dropped_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        clock = Clock(0.0)

        async def fail() -> None:
            raise LookupError("broken")

        async def long() -> None:
            await asyncio.sleep(60)

        clock.after(0, "a delivery", fail)
        clock.after(0, "a long one", long)
        assert await clock.idle(0.05) == ["a long one"]
        clock.close()
        assert await clock.idle(1) == []

    on_a_loop(test)
    assert [record.getMessage() for record in caplog.records] == ["a delivery failed in the emulator"]
    assert caplog.records[0].exc_info is not None
