"""RUN-01 to RUN-03: whether a run with real money left everything as it must, judged from the ledger; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from conformance.machine.places import COMMAND
from conformance.real.bookkeeping import Charge, ChargeBooks, Setting
from conformance.real.charges_told import outstanding_lines
from conformance.verdict.algebra import THE_RUN, Judgement, ScenarioResult, Verdict
from conformance.verdict.catalogue import catalogue
from conformance.verdict.endings import NotApplicable, NotObservable
from conformance.verdict.reasons import Cause, Why, said, term, told

CAME_BACK, AGREED, AS_BEFORE = "RUN-01", "RUN-02", "RUN-03"


def of_real_money(target: str, *, real: bool) -> None:
    """Raises NotApplicable where nothing real is charged."""
    if not real:
        raise NotApplicable(Cause(Why.NO_REAL_MONEY, facts={"target": target}))


def decided_at_the_end() -> None:
    """Raises NotObservable: while a run goes on, its charges are still needed."""
    raise NotObservable(Cause(Why.FROM_LEDGER))


def judged(books: ChargeBooks, run: str, troubles: Sequence[str]) -> dict[str, Judgement]:
    """The verdicts on a run, with their reasons; `troubles` say what could not be done at its end."""
    charges = [charge for charge in books.charges.values() if charge.attempt.run == run]
    return {
        CAME_BACK: _came_back(books, run, charges, troubles),
        AGREED: _agreed(books.runs.get(run, {}), charges),
        AS_BEFORE: _as_before(books, run),
    }


def with_judgements(results: Sequence[ScenarioResult], judgements: Mapping[str, Judgement]) -> list[ScenarioResult]:
    """The results with these in place of what the requirements' own scenarios came to.

    Where such a scenario was not selected there is a result all the same, unless the requirement does not apply.
    """
    judged = list(results)
    for id, (verdict, causes) in judgements.items():
        own = [number for number, result in enumerate(judged) if result.requirements == (id,)]
        for number in own:
            judged[number] = replace(judged[number], verdict=verdict, reason=told(causes), cause=causes)
        if not own and verdict is not Verdict.NOT_APPLICABLE:
            place, title = f"{THE_RUN}::{id}", catalogue()[id].title
            judged.append(ScenarioResult(place, THE_RUN, title, (id,), verdict, told(causes), cause=causes))
    return judged


def _came_back(books: ChargeBooks, run: str, charges: Sequence[Charge], troubles: Sequence[str]) -> Judgement:
    if kept := [one for one in books.not_cancelled() if one.attempt.run == run]:
        return Verdict.FAIL, tuple(map(_kept, kept))
    if troubles:
        return Verdict.ERROR, said("; ".join(troubles))
    if not charges:
        attempts = sum(1 for attempt in books.attempts.values() if attempt.run == run)
        opened = Cause(Why.RUN_NOTHING_PAID, facts={"number": str(attempts)}) if attempts else Cause(Why.RUN_NOTHING)
        return Verdict.NOT_APPLICABLE, (opened,)
    out = [one for one in books.outstanding() if one.attempt.run == run]
    if not out:
        return Verdict.PASS, ()
    alone = ChargeBooks(charges={(one.account, one.imp_uid): one for one in out})
    return Verdict.PASS, (Cause(Why.RUN_OUTSTANDING, facts={"lines": "\n".join(outstanding_lines(alone)[1:])}),)


def _kept(one: Charge) -> Cause:
    state = term("state", str(one.order_state))
    return Cause(Why.RUN_ORDER_KEPT, facts={"payment": one.imp_uid, "order": one.attempt.order, **state})


def _agreed(run: Mapping[str, str], charges: Sequence[Charge]) -> Judgement:
    real = [charge for charge in charges if charge.moves_money]
    if not real:
        return Verdict.NOT_APPLICABLE, (Cause(Why.RUN_NO_MONEY),)
    if objections := tuple(_objections(json.loads(run["agreed"]), real)):
        return Verdict.FAIL, objections
    return Verdict.PASS, ()


def _objections(agreed: Mapping[str, str], charges: Sequence[Charge]) -> Iterator[Cause]:
    most = {currency: Decimal(text) for currency, text in json.loads(agreed["max_amount"]).items()}
    for charge in charges:
        facts = {"payment": charge.imp_uid, "amount": f"{charge.amount} {charge.currency}"}
        if not json.loads(agreed["allow_real_charges"]):
            yield Cause(Why.RUN_NO_CONSENT, facts=facts)
        elif not charge.attempt.moves_money:
            yield Cause(Why.RUN_NOT_BY_TEST, facts={**facts, "ref": charge.pg_tid})
        elif charge.currency not in most or charge.amount > most[charge.currency]:
            allowed = f"{most.get(charge.currency, 0)} {charge.currency}"
            yield Cause(Why.RUN_TOO_MUCH, facts={**facts, "most": allowed})
        elif charge.attempt.permitted is None:
            yield Cause(Why.RUN_NOT_MEANT, facts={**facts, "scenario": charge.attempt.scenario})
        elif known := {charge.attempt.method, charge.pay_method} & {*json.loads(agreed["not_refundable"])}:
            yield Cause(Why.RUN_NO_WAY_BACK, facts={**facts, "method": known.pop()})
    if len(charges) > int(agreed["max_charges"]):
        yield Cause(Why.RUN_TOO_MANY, facts={"number": str(len(charges)), "most": agreed["max_charges"]})


def _as_before(books: ChargeBooks, run: str) -> Judgement:
    changed = [setting for setting in books.settings.values() if setting.run == run]
    if not changed:
        return Verdict.NOT_APPLICABLE, (Cause(Why.RUN_NO_SETTING),)
    if left := [setting for setting in changed if not setting.restored]:
        return Verdict.REVIEW, tuple(map(_to_put_back, left))
    return Verdict.PASS, tuple(map(_restored, changed))


def _to_put_back(setting: Setting) -> Cause:
    facts = {"name": setting.name, "before": setting.before, "command": COMMAND}
    return Cause(Why.RUN_PUT_BACK, facts=facts)


def _restored(setting: Setting) -> Cause:
    """Who stands for it, and since when: nothing at PortOne V1 shows it."""
    assert setting.when is not None  # it was restored
    facts = {"name": setting.name, "by": str(setting.restored), "when": f"{setting.when:%Y-%m-%d %H:%M}"}
    return Cause(Why.RUN_RESTORED, facts=facts)
