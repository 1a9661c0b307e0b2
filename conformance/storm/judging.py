"""LOAD-01 to LOAD-05: what a storm shows of them; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.storm.accounts import OrderAccount
from conformance.storm.happenings import Doing, Happening, Sent
from conformance.storm.plan import Shape
from conformance.verdict.across import SHOULD_SECONDS
from conformance.verdict.algebra import ScenarioResult, Verdict, because, of_failed_assertion
from conformance.verdict.catalogue import catalogue
from conformance.verdict.reasons import Cause, Causes, Why

BOOKS, LOST, ANSWERED, RECOVERED, LOOK_UPS = "LOAD-01", "LOAD-02", "LOAD-03", "LOAD-04", "LOAD-05"
FEATURE = "A storm of orders"
LIMIT_SECONDS = 30.0
"""How long PortOne waits for an answer (docs)."""
MULTIPLE = 2.0
"""How many times as often as at a quiet moment payments may be looked up for each webhook (inferred)."""
_TOLD, _OWED = 2, 12
"""How many findings, and how many orders, a reason names; the report has all."""


@dataclass(frozen=True)
class Facts:
    """All that the verdicts are made of. `look_ups` and `calm_look_ups` are for each webhook; `silent`: it died.

    `again_seconds` is how long PortOne waits in all for the answer to a webhook that it delivers again.
    """

    shape: Shape
    happened: Sequence[Happening]
    sent: Sequence[Sent]
    accounts: Sequence[OrderAccount]
    look_ups: float = 0.0
    calm_look_ups: float = 0.0
    recovered_seconds: float = 0.0
    late: int = 0
    goes_on: bool = False
    silent: bool = False
    again_seconds: float = 15.0


@dataclass(frozen=True)
class Judged:
    """What was found of one requirement. `warned`: it is met, and could be better. `unseen`: nothing can be said."""

    id: str
    met: bool
    causes: Causes = ()
    warned: bool = False
    unseen: bool = False

    @property
    def verdict(self) -> Verdict:
        """By its level, as in a run of scenarios: a SHOULD that is not met is WARN, a MAY is not shown."""
        if self.unseen:
            return Verdict.INCONCLUSIVE
        if not self.met:
            return of_failed_assertion(catalogue()[self.id].level)
        return Verdict.WARN if self.warned else Verdict.PASS

    @property
    def result(self) -> ScenarioResult:
        """As a scenario's, for the reports."""
        result = ScenarioResult(f"storm::{self.id}", FEATURE, catalogue()[self.id].title, (self.id,), self.verdict)
        return because(result, self.verdict, *self.causes) if self.causes else result


@dataclass(frozen=True)
class Verdicts:
    """Every requirement of the area."""

    judged: tuple[Judged, ...] = field(default=())

    @property
    def held(self) -> bool:
        """Whether the merchant held: all that could be seen is met, and something could."""
        return all(one.met for one in self.judged) and not all(one.unseen for one in self.judged)


def judge(facts: Facts) -> Verdicts:
    """Each requirement by what happened."""
    if facts.silent or not facts.accounts:
        why = Cause(Why.BLOCKED, (LOST,)) if facts.silent else Cause(Why.STORM_NOTHING)
        unseen = {id: Judged(id, True, (why,), unseen=True) for id in (BOOKS, ANSWERED, RECOVERED, LOOK_UPS)}
        return Verdicts(tuple(one for _, one in sorted({**unseen, LOST: _lost(facts)}.items())))
    return Verdicts((_books(facts), _lost(facts), _answered(facts), _recovered(facts), _looked_up(facts)))


def _books(facts: Facts) -> Judged:
    wrong = [one for one in facts.accounts if one.wrong]
    if wrong:
        told = " ".join(one.wrong[0].told for one in wrong[:_TOLD])
        numbers = {"number": str(len(wrong)), "orders": str(len(facts.accounts)), "said": told}
        return Judged(BOOKS, False, (Cause(Why.STORM_BOOKS, facts=numbers),))
    unseen = [why for one in facts.accounts if (why := one.entry.unread.get("fulfilments"))]
    if unseen:
        return Judged(BOOKS, True, (Cause(Why.STORM_UNSEEN, facts={"said": unseen[0]}),), unseen=True)
    return Judged(BOOKS, True)


def owed(accounts: Sequence[OrderAccount]) -> list[str]:
    """The orders that are paid and have neither goods nor money, by the merchant's name for them."""
    return [one.order.reference for one in accounts if one.owed]


def _lost(facts: Facts) -> Judged:
    causes: list[Cause] = []
    if facts.silent:
        due = owed(facts.accounts)
        told = {"placed": str(len(facts.accounts)), "orders": str(facts.shape.number), "number": str(len(due))}
        return Judged(LOST, False, (Cause(Why.STORM_GONE, facts={**told, "owed": _listed(due)}),))
    causes += _refused(facts)
    lost = [one for one in facts.accounts if one.payments and not one.reached and not one.wrong and not facts.goes_on]
    if lost:
        payments = sum(bool(one.payments) for one in facts.accounts)
        named = _listed([one.order.reference for one in lost])
        told = {"number": str(len(lost)), "payments": str(payments), "owed": named}
        causes.append(Cause(Why.STORM_LOST, facts=told))
    return Judged(LOST, not causes, tuple(causes))


def _refused(facts: Facts) -> Iterator[Cause]:
    refused = [one for one in facts.happened if one.act in (Doing.PLACE, Doing.PAY) and one.said]
    if refused:
        told = {"number": str(len(refused)), "orders": str(facts.shape.number), "said": refused[0].said}
        yield Cause(Why.STORM_REFUSED, facts=told)


def _answered(facts: Facts) -> Judged:
    limit = LIMIT_SECONDS * facts.shape.limit_scale
    unanswered = [one for one in facts.sent if one.status is None or one.seconds > limit]
    number = str(len(facts.sent))
    if unanswered:
        again = f"{facts.again_seconds * facts.shape.limit_scale:g}"
        told = {"number": str(len(unanswered)), "webhooks": number, "limit": f"{limit:g}", "again": again}
        return Judged(ANSWERED, False, (Cause(Why.STORM_UNANSWERED, facts=told),))
    better = SHOULD_SECONDS * facts.shape.limit_scale
    slow = [one for one in facts.sent if one.status is not None and one.seconds > better]
    if slow:
        slowest = max(one.seconds for one in slow)
        told = {"number": str(len(slow)), "webhooks": number, "limit": f"{better:g}", "seconds": f"{slowest:.1f}"}
        return Judged(ANSWERED, True, (Cause(Why.STORM_SLOW, facts=told),), warned=True)
    return Judged(ANSWERED, True)


def _recovered(facts: Facts) -> Judged:
    if not facts.late:
        return Judged(RECOVERED, True)
    told = {"number": str(facts.late), "orders": str(len(facts.accounts)), "limit": f"{facts.shape.recover_seconds:g}"}
    told["seconds"] = f"{facts.recovered_seconds:.1f}"
    if facts.goes_on:
        return Judged(RECOVERED, False, (Cause(Why.STORM_NEVER, facts=told),))
    return Judged(RECOVERED, False, (Cause(Why.STORM_LATE, facts=told),))


def _looked_up(facts: Facts) -> Judged:
    if facts.look_ups <= MULTIPLE * max(facts.calm_look_ups, 1.0):
        return Judged(LOOK_UPS, True)
    told = {"now": f"{facts.look_ups:.1f}", "calm": f"{facts.calm_look_ups:.1f}"}
    return Judged(LOOK_UPS, False, (Cause(Why.STORM_LOOK_UPS, facts=told),))


def _listed(references: Sequence[str]) -> str:
    more = f" (+{len(references) - _OWED})" if len(references) > _OWED else ""
    return f"{', '.join(references[:_OWED]) or '–'}{more}"
