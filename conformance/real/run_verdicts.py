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
from conformance.verdict.reasons import Cause, Why

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
    for id, (verdict, reason) in judgements.items():
        own = [number for number, result in enumerate(judged) if result.requirements == (id,)]
        for number in own:
            judged[number] = replace(judged[number], verdict=verdict, reason=reason, cause=())
        if not own and verdict is not Verdict.NOT_APPLICABLE:
            told = ScenarioResult(f"{THE_RUN}::{id}", THE_RUN, catalogue()[id].title, (id,), verdict, reason)
            judged.append(told)
    return judged


def _came_back(books: ChargeBooks, run: str, charges: Sequence[Charge], troubles: Sequence[str]) -> Judgement:
    if kept := [one for one in books.not_cancelled() if one.attempt.run == run]:
        told = "; ".join(
            f"{one.imp_uid} is cancelled at PortOne, and the merchant says that order {one.attempt.order} is "
            f"{one.order_state}"
            for one in kept
        )
        return Verdict.FAIL, told
    if troubles:
        return Verdict.ERROR, "; ".join(troubles)
    if not charges:
        attempts = sum(1 for attempt in books.attempts.values() if attempt.run == run)
        opened = f" ({attempts} widgets were opened, and none was paid)" if attempts else ""
        return Verdict.NOT_APPLICABLE, f"this run charged nothing{opened}"
    out = [one for one in books.outstanding() if one.attempt.run == run]
    if not out:
        return Verdict.PASS, ""
    alone = ChargeBooks(charges={(one.account, one.imp_uid): one for one in out})
    return Verdict.PASS, "\n".join(["listed as outstanding:", *outstanding_lines(alone)[1:]])


def _agreed(run: Mapping[str, str], charges: Sequence[Charge]) -> Judgement:
    real = [charge for charge in charges if charge.moves_money]
    if not real:
        return Verdict.NOT_APPLICABLE, "this run charged no real money"
    if objections := list(_objections(json.loads(run["agreed"]), real)):
        return Verdict.FAIL, "; ".join(objections)
    return Verdict.PASS, ""


def _objections(agreed: Mapping[str, str], charges: Sequence[Charge]) -> Iterator[str]:
    most = {currency: Decimal(text) for currency, text in json.loads(agreed["max_amount"]).items()}
    for charge in charges:
        price = f"{charge.imp_uid} was charged {charge.amount} {charge.currency}"
        if not json.loads(agreed["allow_real_charges"]):
            yield f"{price} without consent (charges.allow_real_charges)"
        elif not charge.attempt.moves_money:
            yield f"{price} (Paymentwall's {charge.pg_tid}) where the buyer was to pay by the Test Payment method"
        elif charge.currency not in most or charge.amount > most[charge.currency]:
            yield f"{price}, and charges.max_amount allows {most.get(charge.currency, 0)} {charge.currency}"
        elif charge.attempt.permitted is None:
            yield f"{price} although the buyer was not to pay in that scenario ({charge.attempt.scenario})"
        elif known := {charge.attempt.method, charge.pay_method} & {*json.loads(agreed["not_refundable"])}:
            yield f"{price} by {known.pop()}, which cannot be refunded"
    if len(charges) > int(agreed["max_charges"]):
        yield f"{len(charges)} charges were made, and charges.max_charges allows {agreed['max_charges']}"


def _as_before(books: ChargeBooks, run: str) -> Judgement:
    changed = [setting for setting in books.settings.values() if setting.run == run]
    if not changed:
        return Verdict.NOT_APPLICABLE, "this run changed no setting"
    if left := [setting for setting in changed if not setting.restored]:
        told = "; ".join(
            f"set the {one.name} in PortOne's console back to {one.before} and save it (there is no API for it); "
            f"`{COMMAND} outstanding` shows it unmasked"
            for one in left
        )
        return Verdict.REVIEW, told
    return Verdict.PASS, "; ".join(map(_restored, changed))


def _restored(setting: Setting) -> str:
    """Who stands for it, and since when: nothing at PortOne V1 shows it."""
    assert setting.when is not None  # it was restored
    return f"{setting.name}: {setting.restored} on {setting.when:%Y-%m-%d %H:%M} UTC"
