"""A clock that runs by itself: its speed, its alarm, and what fails while nobody waits for it."""

import asyncio
import time

import pytest

from emulator.clock import Clock
from tests.emulator.stage import note, play


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

    play(test)


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

    play(test)


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

    play(test)


def test_what_is_asked_for_later_does_not_put_off_what_is_due_sooner() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), asyncio.Event()

        async def ring() -> None:
            happened.set()

        clock.run(speed=1000)
        clock.after(10, "", ring)
        clock.after(10**6, "", note([], "far"))
        await asyncio.wait_for(happened.wait(), timeout=10)
        clock.close()

    play(test)


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

    play(test)


def test_a_clock_that_was_frozen_rings_no_more() -> None:
    async def test() -> None:
        clock, happened = Clock(0.0), list[str]()
        clock.run(speed=1000)
        clock.after(10, "", note(happened, "no"))
        clock.run(0)
        await asyncio.sleep(0.03)
        assert happened == []
        assert await clock.advance(10) == 1

    play(test)


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

    play(test)
    assert [record.getMessage() for record in caplog.records] == ["a delivery failed in the emulator"]
    assert caplog.records[0].exc_info is not None
