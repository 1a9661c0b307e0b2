"""The search for the rate at which a merchant breaks: twice as much each time, then between; never above the bound."""

from __future__ import annotations

from collections.abc import Callable

from conformance.storm.limits import BETWEEN, Limit, Tried, find


def merchant(breaks_above: float, *, load_reaches: float = 1_000.0, dies: bool = False) -> Callable[[float], Tried]:
    """One that holds up to a rate, and a machine that makes no more load than another."""

    def attempt(rate: float) -> Tried:
        held = rate <= breaks_above
        return Tried(rate, min(rate, load_reaches), held, 0.1, dead=dies and not held)

    return attempt


def rates(limit: Limit) -> list[float]:
    return [one.rate for one in limit.tried]


def test_it_doubles_until_it_breaks_and_then_looks_between() -> None:
    limit = find(10, 500, merchant(100))
    assert rates(limit)[:5] == [10, 20, 40, 80, 160]
    assert len(limit.tried) == 5 + BETWEEN
    assert (limit.held, limit.broke) == (100, 110)


def test_it_never_goes_above_the_bound() -> None:
    limit = find(10, 50, merchant(1_000))
    assert rates(limit) == [10, 20, 40, 50]
    assert (limit.held, limit.broke) == (50, None)


def test_who_breaks_at_once_has_no_rate_that_held() -> None:
    limit = find(10, 500, merchant(5))
    assert (rates(limit), limit.held, limit.broke) == ([10], None, 10)


def test_a_merchant_that_died_is_not_tried_again() -> None:
    limit = find(10, 500, merchant(30, dies=True))
    assert rates(limit) == [10, 20, 40]


def test_where_the_load_itself_is_not_reached_nothing_is_claimed() -> None:
    limit = find(10, 500, merchant(1_000, load_reaches=50))
    assert rates(limit) == [10, 20, 40, 80]
    assert (limit.held, limit.broke) == (40, None)
