"""What the buyers of a storm did and met, one line of JSON each; and what is measured of it: percentiles, seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from conformance.machine.files import Strict
from conformance.merchant.protocol import Order
from conformance.record.timeline import Event


class Doing(StrEnum):
    """What a buyer, the operator, or PortOne's second sender did."""

    PLACE = "place"
    PAY = "pay"
    REFUND = "refund"
    READ = "read"
    DELIVER = "deliver"
    DONE = "done"
    """A process of the load has done its share."""


class Happening(Strict):
    """One act: whose order, when it began (unix seconds), how long it took, and how it ended.

    `status` is the HTTP status of a delivery, None without an answer. `said` is why the act failed; empty where it
    did not. `accepted` says that a refund was taken. `late_seconds` is how much later than planned it began.
    """

    act: Doing
    number: int = -1
    at: float = 0.0
    seconds: float = 0.0
    reference: str = ""
    merchant_uid: str = ""
    amount: Decimal = Decimal(0)
    currency: str = ""
    buyer_email: str | None = None
    imp_uid: str = ""
    status: int | None = None
    accepted: bool = False
    said: str = ""
    late_seconds: float = 0.0

    @property
    def order(self) -> Order:
        """The order as it was placed."""
        return Order(self.reference, self.merchant_uid, self.amount, self.currency, self.buyer_email)

    def of(self, order: Order) -> Happening:
        """The same, about this order."""
        return self.model_copy(
            update={
                "reference": order.reference,
                "merchant_uid": order.merchant_uid,
                "amount": order.amount,
                "currency": order.currency,
                "buyer_email": order.buyer_email,
            }
        )


@dataclass
class Told:
    """What is written to a file while it grows: each line is read once."""

    file: Path
    happened: list[Happening] = field(default_factory=list)
    _read: int = 0

    def read(self) -> Sequence[Happening]:
        """All that was written so far; a last line that is not whole yet is left for the next time."""
        if self.file.exists():
            with self.file.open("rb") as told:
                told.seek(self._read)
                whole, newline, _ = told.read().rpartition(b"\n")
            self._read += len(whole) + len(newline)
            self.happened += map(Happening.model_validate_json, whole.splitlines())
        return self.happened


WEBHOOK = "webhook"
"""What the merchant's answers to webhooks are called, beside the acts of the buyers."""
_ACTS = (Doing.PLACE, Doing.READ, Doing.REFUND)
"""Of the acts, those that the merchant answers."""


@dataclass(frozen=True)
class Answers:
    """How long the merchant took (real seconds), and how many answers failed or did not come."""

    what: str
    number: int
    failed: int
    p50: float
    p95: float
    p99: float
    longest: float


@dataclass(frozen=True)
class Second:
    """One second of a storm, from its beginning on: acts that began in it, and how long webhooks then took at most."""

    second: int
    placed: int
    paid: int
    webhooks: int
    unanswered: int
    slowest: float


@dataclass(frozen=True)
class Sent:
    """One sending of a webhook, whoever sent it: `at` and `seconds` in real time, `status` None without an answer."""

    at: float
    seconds: float
    status: int | None


def sent(webhooks: Iterable[Event], happened: Iterable[Happening]) -> list[Sent]:
    """Every sending: PortOne's own, and those that came at the same moment."""
    own = [Sent(one.began, one.ended - one.began, one.status) for one in webhooks]
    return own + [Sent(one.at, one.seconds, one.status) for one in happened if one.act is Doing.DELIVER]


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the values, in ascending order, that is not below this share of them; 0 without any."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def answers(happened: Iterable[Happening], webhooks: Iterable[Sent]) -> list[Answers]:
    """By what was asked: webhooks first, then the acts in their order; nothing of what never was."""
    took: dict[str, list[tuple[float, bool]]] = {WEBHOOK: [(one.seconds, one.status is None) for one in webhooks]}
    took |= {act.value: [] for act in _ACTS}
    for one in happened:
        if one.act in _ACTS:
            took[one.act.value].append((one.seconds, bool(one.said)))
    return [_answers(what, each) for what, each in took.items() if each]


def _answers(what: str, took: Sequence[tuple[float, bool]]) -> Answers:
    ordered = sorted(seconds for seconds, _ in took)
    p50, p95, p99 = (round(percentile(ordered, share), 4) for share in (0.5, 0.95, 0.99))
    return Answers(what, len(took), sum(failed for _, failed in took), p50, p95, p99, round(ordered[-1], 4))


def by_second(happened: Iterable[Happening], webhooks: Iterable[Sent]) -> list[Second]:
    """Every second from the first act to the last webhook, also those in which nothing began."""
    acts: Mapping[Doing, list[float]] = {Doing.PLACE: [], Doing.PAY: []}
    for one in happened:
        if one.act in acts and not one.said:
            acts[one.act].append(one.at)
    deliveries = [*webhooks]
    moments = [*acts[Doing.PLACE], *acts[Doing.PAY], *(one.at for one in deliveries)]
    if not moments:
        return []
    start = min(moments)
    seconds = []
    for number in range(int(max(moments) - start) + 1):
        own = [one for one in deliveries if int(one.at - start) == number]
        placed, paid = (sum(int(at - start) == number for at in acts[act]) for act in (Doing.PLACE, Doing.PAY))
        slowest = max((one.seconds for one in own), default=0.0)
        unanswered = sum(one.status is None for one in own)
        seconds.append(Second(number, placed, paid, len(own), unanswered, round(slowest, 4)))
    return seconds
