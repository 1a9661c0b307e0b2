"""The plan of a run with real money: the smallest set of payments that answers the most requirements; pure.

Greedy: the next scenario is the one that answers most for each further payment, MUSTs before SHOULDs. What charges
nothing more is always in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from conformance.real.paying import Costs
from conformance.verdict.algebra import Level

_PART = 0.5
"""What it is worth to show a part of a requirement that stays undecided as a whole."""
_WEIGHTS: Mapping[Level, int] = {Level.MUST: 100, Level.SHOULD: 10, Level.MAY: 1}


@dataclass(frozen=True)
class Candidate:
    """A scenario that could be run: what it is about, what it pays, in which currency, and by card or not.

    `lacking` says why it could not show anything here; empty where it can. `applies` is whether it concerns this
    merchant, stage and buyer at all. `level` is how binding it is.
    """

    nodeid: str
    title: str
    requirements: tuple[str, ...]
    level: Level
    costs: Costs = field(default_factory=Costs)
    currency: str = ""
    by_card: bool = False
    lacking: str = ""
    applies: bool = True


@dataclass(frozen=True)
class Allowed:
    """What may be charged: nothing where `consent` is missing, else up to this much each (major units), so often."""

    consent: bool
    max_amount: Mapping[str, Decimal]
    max_charges: int

    def objection(self, currency: str) -> str:
        """Why a card may not be charged in this currency; empty where it may. "": the shop's usual currency."""
        if not self.consent:
            return "no consent to charge, charges.allow_real_charges is false"
        if currency and currency not in self.max_amount:
            return f"charges.max_amount has no {currency}"
        return "" if self.max_amount else "charges.max_amount names no currency"


@dataclass
class Plan:
    """What will be run, and what that costs.

    `why_not` says of each requirement that stays undecided why, also where a part of it is shown.
    """

    allowed: Allowed
    chosen: list[Candidate] = field(default_factory=list)
    left_out: list[Candidate] = field(default_factory=list)
    charges: Counter[str] = field(default_factory=Counter)
    test_payments: int = 0
    why_not: dict[str, str] = field(default_factory=dict)
    _shared: set[str] = field(default_factory=set)

    @property
    def answered(self) -> set[str]:
        """The requirements of which some scenario is run that can show them."""
        return {id for candidate in self.chosen for id in candidate.requirements if not candidate.lacking}

    @property
    def nodeids(self) -> set[str]:
        """What is run."""
        return {candidate.nodeid for candidate in self.chosen}

    def extra(self, candidate: Candidate) -> int:
        """How many payments more it takes beside those that are planned already."""
        return candidate.costs.own + len(candidate.costs.shared - self._shared)

    def objection(self, candidate: Candidate) -> str:
        """Why it may not be added; empty where it may."""
        extra = self.extra(candidate)
        if not (candidate.by_card and extra):
            return ""
        if told := self.allowed.objection(candidate.currency):
            return told
        if self.charges.total() + extra > self.allowed.max_charges:
            return f"the cap of {self.allowed.max_charges} charges is reached (charges.max_charges)"
        return ""

    def add(self, candidate: Candidate) -> None:
        """Plan it."""
        if candidate.by_card:
            self.charges[candidate.currency] += self.extra(candidate)
        else:
            self.test_payments += self.extra(candidate)
        self._shared |= candidate.costs.shared
        self.chosen.append(candidate)


def planned(candidates: Sequence[Candidate], allowed: Allowed) -> Plan:
    """The plan: everything that pays nothing or shows nothing (its reason is its verdict), and the fewest payments."""
    plan = Plan(allowed)
    waiting = []
    for candidate in candidates:
        if candidate.lacking or not candidate.costs.pays:
            plan.chosen.append(candidate)
        else:
            waiting.append(candidate)
    _explain(plan, candidates)
    while waiting:
        able = [candidate for candidate in waiting if not plan.objection(candidate)]
        worth = {candidate.nodeid: _worth(plan, candidate) for candidate in able}
        best = max(able, key=lambda candidate: worth[candidate.nodeid], default=None)  # of equals the first
        if best is None or worth[best.nodeid] <= 0:
            break
        plan.add(best)
        waiting.remove(best)
    plan.left_out = waiting
    for candidate in waiting:
        for id in {*candidate.requirements} - plan.answered:
            plan.why_not.setdefault(id, plan.objection(candidate))
    return plan


def _worth(plan: Plan, candidate: Candidate) -> float:
    """What it answers for each further payment; 0 where that is nothing new."""
    extra = plan.extra(candidate)
    if not extra:
        return float("inf")
    new = [id for id in candidate.requirements if id not in plan.answered]
    parts = [_PART if id in plan.why_not else 1.0 for id in new]
    return sum(parts) * _WEIGHTS[candidate.level] / extra


def _explain(plan: Plan, candidates: Sequence[Candidate]) -> None:
    """Note what cannot be shown here, whatever is paid."""
    for candidate in candidates:
        if candidate.lacking and candidate.applies:
            for id in candidate.requirements:
                plan.why_not[id] = min(candidate.lacking, plan.why_not.get(id, candidate.lacking), key=len)


def told(plan: Plan) -> list[str]:
    """The plan in words, for whoever agrees to it."""
    paying = [candidate for candidate in plan.chosen if candidate.costs.pays and not candidate.lacking]
    run = f"{len(plan.chosen)} scenario{' is' if len(plan.chosen) == 1 else 's are'} run; {_pays(len(paying))}."
    if plan.left_out:
        run += f" Left out, because they show nothing new or may not pay: {len(plan.left_out)}."
    lines = [run]
    for currency, number in plan.charges.items():
        most = plan.allowed.max_amount.get(currency)
        total = f", at most {number * most} {currency} (each at most {most})" if most else ""
        lines.append(f"Charged to the card and refunded: {_payments(number)} in {currency or 'its currency'}{total}.")
    if not plan.charges.total():
        forbidden = [told for candidate in plan.left_out if (told := plan.objection(candidate))]
        why = f" Left out for it: {len(forbidden)} ({forbidden[0]})." if forbidden else ""
        lines.append(f"Charged to the card: nothing.{why}")
    if plan.test_payments:
        lines.append(f"By the Test Payment method, which moves no money: {_payments(plan.test_payments)}.")
    return lines


def told_in_full(plan: Plan) -> list[str]:
    """The plan with every scenario that pays, and every requirement that stays undecided, with the reason."""
    paying = [candidate for candidate in plan.chosen if candidate.costs.pays and not candidate.lacking]
    lines = ["Scenarios that pay:"]
    lines += [
        f"  {' '.join(one.requirements):<12} {'card' if one.by_card else 'test':<5} {one.title}" for one in paying
    ]
    lines += ["", "Undecided whatever is paid, entirely or (*) in part:"] if plan.why_not else []
    part = {id: "*" if id in plan.answered else " " for id in plan.why_not}
    lines += [f"{part[id]} {id:<12} {why}" for id, why in plan.why_not.items()]
    return [*lines, "", *told(plan)]


def _pays(number: int) -> str:
    return f"{number or 'none'} of them {'pays' if number == 1 else 'pay'}"


def _payments(number: int) -> str:
    return f"{number} payment{'' if number == 1 else 's'}"
