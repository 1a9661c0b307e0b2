"""An order's life: one table of transitions, decided by nothing but the state and what was learnt."""

from enum import StrEnum


class State(StrEnum):
    """What an order is, as the shop stores and shows it."""

    UNPAID = "unpaid"
    FAILED = "failed"
    PAID = "paid"
    WAITING = "waiting_for_cancellation"
    PARTLY_CANCELLED = "partly_cancelled"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What a look-up showed of the order's payment, or what PortOne answered to a refund."""

    PAID = "paid, nothing cancelled"
    FAILED = "failed"
    ASKED = "cancellation asked for, result still to come"
    REFUSED = "cancellation refused"
    PARTLY_CANCELLED = "cancelled in part, no cancellation waiting"
    CANCELLED = "cancelled in full"


# A pair that is missing changes nothing. That makes late, repeated and out-of-order results harmless: `paid`
# does not revive a cancelled order or end the waiting, and a late `failed` does not undo a payment.
LIFE: dict[tuple[State, Event], State] = {
    (State.UNPAID, Event.PAID): State.PAID,
    (State.UNPAID, Event.FAILED): State.FAILED,
    (State.UNPAID, Event.PARTLY_CANCELLED): State.PARTLY_CANCELLED,
    (State.UNPAID, Event.CANCELLED): State.CANCELLED,
    # Failed is not final: Paymentwall may approve after its review, and a buyer may try again.
    (State.FAILED, Event.PAID): State.PAID,
    (State.FAILED, Event.PARTLY_CANCELLED): State.PARTLY_CANCELLED,
    (State.FAILED, Event.CANCELLED): State.CANCELLED,
    (State.PAID, Event.ASKED): State.WAITING,
    (State.PAID, Event.PARTLY_CANCELLED): State.PARTLY_CANCELLED,
    (State.PAID, Event.CANCELLED): State.CANCELLED,
    # Only a result ends the waiting, never the passing of days.
    (State.WAITING, Event.REFUSED): State.PAID,
    (State.WAITING, Event.PARTLY_CANCELLED): State.PARTLY_CANCELLED,
    (State.WAITING, Event.CANCELLED): State.CANCELLED,
    (State.PARTLY_CANCELLED, Event.ASKED): State.WAITING,
    (State.PARTLY_CANCELLED, Event.CANCELLED): State.CANCELLED,
}

OPEN_TO_PAYMENT = frozenset({State.UNPAID, State.FAILED})
REFUNDABLE = frozenset({State.PAID, State.PARTLY_CANCELLED, State.WAITING})


def after(state: State, event: Event) -> State:
    """The state that follows; the same state where the event has nothing to say to it."""
    return LIFE.get((state, event), state)


def fulfils(before: State, now: State) -> bool:
    """Whether the goods are handed over on this step: a payment was kept, at least in part."""
    return before in OPEN_TO_PAYMENT and now in {State.PAID, State.PARTLY_CANCELLED}
