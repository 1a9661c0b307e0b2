"""The table of an order's life holds what it promises."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.life import LIFE, OPEN_TO_PAYMENT, Event, State, after, fulfils

U, F, P, W, H, C = State  # unpaid, failed, paid, waiting, partly (half) cancelled, cancelled

# Written down once more, in full and by hand: what each event makes of each state.
EXPECTED = {
    #                        U  F  P  W  H  C
    Event.PAID:             [P, P, P, W, H, C],
    Event.FAILED:           [F, F, P, W, H, C],
    Event.ASKED:            [U, F, W, W, W, C],
    Event.REFUSED:          [U, F, P, P, H, C],
    Event.PARTLY_CANCELLED: [H, H, H, H, H, C],
    Event.CANCELLED:        [C, C, C, C, C, C],
}  # fmt: skip


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_event_makes_of_every_state_what_is_written_down(state: State, event: Event) -> None:
    assert after(state, event) is EXPECTED[event][list(State).index(state)]


def test_the_table_lists_only_what_changes_something() -> None:
    assert LIFE
    assert all(before is not now for (before, _), now in LIFE.items())


events = st.lists(st.sampled_from(Event), max_size=12)


def walk(seen: list[Event], state: State = State.UNPAID) -> list[State]:
    states = [state]
    for event in seen:
        states.append(after(states[-1], event))
    return states


@given(events)
def test_what_was_paid_is_never_unpaid_again(seen: list[Event]) -> None:
    states = walk(seen)
    paid_from = next((i for i, state in enumerate(states) if state not in OPEN_TO_PAYMENT), len(states))
    assert all(state not in OPEN_TO_PAYMENT for state in states[paid_from:])


@given(events)
def test_goods_are_handed_over_once_at_most(seen: list[Event]) -> None:
    states = walk(seen)
    assert sum(fulfils(before, now) for before, now in pairwise(states)) <= 1


@given(events, st.sampled_from(Event))
def test_an_event_that_comes_again_changes_nothing(seen: list[Event], event: Event) -> None:
    once = after(walk(seen)[-1], event)
    assert after(once, event) is once


@given(events)
def test_only_a_full_cancellation_cancels(seen: list[Event]) -> None:
    assert (walk(seen)[-1] is State.CANCELLED) == (Event.CANCELLED in seen)


@given(events)
def test_waiting_ends_by_a_result_only(seen: list[Event]) -> None:
    for before, event in zip(walk(seen), seen, strict=False):
        if before is State.WAITING and after(before, event) is not State.WAITING:
            assert event in {Event.REFUSED, Event.PARTLY_CANCELLED, Event.CANCELLED}
