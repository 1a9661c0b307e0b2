"""What was measured in a storm: percentiles of answers, and what happened second by second; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conformance.record.timeline import Event
from conformance.storm.happenings import Doing, Happening

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
