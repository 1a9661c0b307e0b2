"""The virtual clock: order, waiting for what an event starts, idleness, reset, and time that runs by itself."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from emulator.clock import Clock
from tests.emulator.stage import note, play


def test_it_is_frozen_until_it_is_advanced() -> None:
    async def test() -> None:
        clock = Clock(1000.0)
        await asyncio.sleep(0.01)
        assert clock.now() == 1000.0
        await clock.advance(2.5)
        assert clock.now() == 1002.5

    play(test)


def test_due_events_run_in_order_of_time_and_then_of_asking() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()
        clock.after(20, "", note(happened, "last"))
        clock.after(10, "", note(happened, "first"))
        clock.after(10, "", note(happened, "second"))
        assert await clock.advance(20) == 3
        assert happened == ["first", "second", "last"]

    play(test)


def test_an_event_sees_the_time_at_which_it_was_due() -> None:
    async def test() -> None:
        clock, seen = Clock(0.0), list[float]()

        async def look() -> None:
            seen.append(clock.now())

        clock.after(10, "", look)
        await clock.advance(100)
        assert seen == [10.0]

    play(test)


def test_what_an_event_makes_due_within_the_span_happens_too() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()

        async def again() -> None:
            clock.after(30, "", note(happened, "later"))

        clock.after(30, "", again)
        assert await clock.advance(60) == 2
        assert happened == ["later"]

    play(test)


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

    play(test)


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

    play(test)


def test_a_cancelled_event_does_not_happen_and_is_not_counted() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()
        clock.after(1, "", note(happened, "no")).cancel()
        assert await clock.advance(1) == 0
        assert happened == []

    play(test)


def test_an_error_in_an_event_reaches_whoever_advanced_the_clock() -> None:
    async def test() -> None:
        clock = Clock(0.0)

        async def fail() -> None:
            raise LookupError("broken")

        clock.after(1, "", fail)
        with pytest.raises(LookupError, match="broken"):
            await clock.advance(1)

    play(test)


def test_it_cannot_be_moved_back() -> None:
    async def test() -> None:
        with pytest.raises(ValueError, match="moved back"):
            await Clock(0.0).advance(-1)

    play(test)


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

    play(test)


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

    play(test)


def test_a_cancelled_event_does_not_hold_up_the_next() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()
        clock.after(1, "", note(happened, "no")).cancel()
        clock.after(2, "", note(happened, "yes"))
        assert await clock.advance(2) == 1
        assert happened == ["yes"]

    play(test)


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

    play(test)


def test_what_is_not_yet_due_does_not_hold_up_what_is() -> None:
    async def test() -> None:
        clock = Clock(0.0)
        clock.after(5, "", note([], ""))
        clock.after(100, "far", note([], ""))
        assert await clock.advance(10) == 1
        assert [event.label for event in clock.upcoming()] == ["far"]

    play(test)


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

    play(test)


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

    play(test)


def test_what_is_overdue_keeps_it_from_being_idle() -> None:
    async def test() -> None:
        clock = Clock(0.0)
        clock.after(10, "overdue", note([], ""))
        clock.after(10**9, "later", note([], ""))
        clock.run(speed=10_000)
        time.sleep(0.002)  # nothing rings while the loop is held up  # noqa: ASYNC251
        assert await clock.idle(0) == ["overdue"]
        clock.close()

    play(test)
