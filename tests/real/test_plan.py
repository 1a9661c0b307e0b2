"""The plan takes the fewest payments that answer the most, within what is allowed, and says what it leaves open."""

from __future__ import annotations

from decimal import Decimal

import pytest

from conformance.real.paying import Costs
from conformance.real.plan import Allowed, Candidate, planned, told, told_in_full
from conformance.verdict.algebra import Level

ALLOWED = Allowed(consent=True, max_amount={"USD": Decimal(5)}, max_charges=3)


def candidate(
    nodeid: str, *ids: str, own: int = 0, shared: str = "", level: Level = Level.MUST, **more: object
) -> Candidate:
    facts: dict[str, object] = {"currency": "USD", "by_card": True, **more}
    costs = Costs(own, frozenset(filter(None, [shared])))
    return Candidate(nodeid, nodeid, ids, level, costs, **facts)  # type: ignore[arg-type]  # the test's own names


def test_what_pays_nothing_and_what_cannot_be_shown_is_run_whatever_is_allowed() -> None:
    nothing = Allowed(consent=False, max_amount={}, max_charges=1)
    free = candidate("free", "A-01")
    lacking = candidate("lacking", "A-02", own=1, lacking="no clock")
    plan = planned([free, lacking], nothing)
    assert plan.nodeids == {"free", "lacking"}
    assert plan.why_not == {"A-02": "no clock"}
    assert "Charged to the card: nothing." in told(plan)


def test_that_no_card_may_be_charged_is_said_with_what_it_leaves_out() -> None:
    card = candidate("card", "A-01", own=1, by_card=True)
    plan = planned([candidate("free", "A-02"), card], Allowed(consent=False, max_amount={}, max_charges=1))
    assert told(plan) == [
        "1 scenario is run; none of them pay. Left out, because they show nothing new or may not pay: 1.",
        "Charged to the card: nothing. Left out for it: 1 (no consent to charge, charges.allow_real_charges is false).",
    ]


def test_the_cheaper_of_two_scenarios_about_one_requirement_is_planned() -> None:
    plan = planned([candidate("dear", "A-01", own=2), candidate("cheap", "A-01", own=1)], ALLOWED)
    assert plan.nodeids == {"cheap"}
    assert plan.charges == {"USD": 1}


def test_what_a_free_scenario_answers_is_not_paid_for() -> None:
    assert planned([candidate("free", "A-01"), candidate("paid", "A-01", own=1)], ALLOWED).nodeids == {"free"}


def test_a_payment_that_several_share_is_counted_once_and_further_ones_come_for_nothing() -> None:
    several = [candidate(f"s{number}", f"A-0{number}", shared="works") for number in range(1, 6)]
    plan = planned(several, ALLOWED)
    assert len(plan.chosen) == 5
    assert plan.charges.total() == 1


def test_musts_come_before_shoulds_where_the_charges_are_capped() -> None:
    shoulds = [candidate(f"s{number}", f"A-0{number}", own=1, level=Level.SHOULD) for number in range(1, 4)]
    plan = planned([*shoulds, candidate("must", "A-09", own=1)], ALLOWED)
    assert plan.nodeids == {"must", "s1", "s2"}
    assert plan.why_not == {"A-03": "the cap of 3 charges is reached (charges.max_charges)"}


def test_what_is_shown_in_a_part_only_comes_after_what_is_decided() -> None:
    lacking = candidate("lacking", "A-01", lacking="no clock")
    capped = Allowed(consent=True, max_amount=ALLOWED.max_amount, max_charges=1)
    plan = planned([lacking, candidate("part", "A-01", own=1), candidate("whole", "A-02", own=1)], capped)
    assert plan.nodeids == {"lacking", "whole"}


@pytest.mark.parametrize(
    ("allowed", "why"),
    [
        (Allowed(False, {"USD": Decimal(5)}, 9), "no consent to charge, charges.allow_real_charges is false"),
        (Allowed(True, {"KRW": Decimal(5000)}, 9), "charges.max_amount has no USD"),
        (Allowed(True, {}, 9), "charges.max_amount has no USD"),
    ],
)
def test_what_may_not_be_charged_is_left_out_and_test_payments_are_not(allowed: Allowed, why: str) -> None:
    plan = planned([candidate("card", "A-01", own=1), candidate("test", "A-02", own=2, by_card=False)], allowed)
    assert plan.nodeids == {"test"}
    assert plan.why_not == {"A-01": why}
    assert "By the Test Payment method, which moves no money: 2 payments." in told(plan)


def test_what_does_not_apply_is_not_called_undecided() -> None:
    elsewhere = candidate("elsewhere", "A-01", own=1, lacking="the buyer is in KR", applies=False)
    plan = planned([elsewhere, candidate("here", "A-01", own=1)], ALLOWED)
    assert plan.why_not == {}
    assert plan.nodeids == {"elsewhere", "here"}


def test_the_plan_names_what_it_pays_the_total_and_what_stays_open() -> None:
    lacking = candidate("lacking", "A-02", lacking="no clock")
    lines = told_in_full(planned([candidate("card", "A-01", own=2), lacking], ALLOWED))
    assert "  A-01         card  card" in lines
    assert "  A-02         no clock" in lines
    assert "Charged to the card and refunded: 2 payments in USD, at most 10 USD (each at most 5)." in lines
