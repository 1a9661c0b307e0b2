"""What a person is told about charges: what was agreed, before the first one, and what is outstanding."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from conformance.real.bookkeeping import Charge, ChargeBooks, OpenedWidget
from conformance.settings.real import ChargesSettings


def agreed(settings: ChargesSettings) -> Mapping[str, str]:
    """What the settings allow, as the ledger keeps it beside a run's charges."""
    return {
        "allow_real_charges": json.dumps(settings.allow_real_charges),
        "max_amount": json.dumps({currency: str(most) for currency, most in settings.max_amount.items()}),
        "max_charges": str(settings.max_charges),
        "not_refundable": json.dumps(sorted(settings.not_refundable)),
    }


def consent(settings: ChargesSettings) -> list[str]:
    """What may be charged, shown before the first charge; nothing where none may be."""
    if not settings.allow_real_charges:
        return []
    most = ", ".join(f"{most} {currency}" for currency, most in sorted(settings.max_amount.items()))
    told = f"REAL CHARGES: at most {settings.max_charges} in this run, each of at most {most or 'nothing'}"
    return [f"{told} (charges.max_amount).", "Each is written down before it is made, and refunded at the end."]


def outstanding_lines(books: ChargeBooks, account: str | None = None) -> list[str]:
    """What is outstanding, charge by charge, what may still become one, orders that may ship, settings to put back."""
    out = [one for one in books.outstanding() if account in (None, one.account)]
    lines = [*_totals(out), *(f"  {_charge(one)}" for one in out)]
    tests = [one for one in books.charges.values() if not (one.moves_money or one.is_back)]
    if tests := [one for one in tests if account in (None, one.account)]:
        lines.append(f"Not cancelled, and no money moved (Test Payment method; ship nothing): {len(tests)}")
        lines += [f"  {_charge(one)}" for one in tests]
    accounts = {attempt.account for attempt in books.attempts.values()}
    seen = [one for name in sorted(accounts) if account in (None, name) for one in books.open_attempts(name)]
    if seen := [one for one in seen if one.moves_money and one.permitted]:
        lines.append(f"No payment known yet, and looked up at each start: {len(seen)}")
        lines += [f"  {_attempt(one)}" for one in seen]
    kept = [one for one in books.not_cancelled() if account in (None, one.account)]
    if kept:
        lines.append(f"Cancelled at PortOne, but not in the shop (tell the merchant to ship nothing): {len(kept)}")
        lines += [f"  order {one.attempt.order}: {one.order_state}, paid by {one.imp_uid}" for one in kept]
    for setting in books.not_restored().values():
        lines.append(f"Not put back yet: the {setting.name} at PortOne; it was {setting.before}")
    return lines


def came_back_lines(before: ChargeBooks, now: ChargeBooks) -> list[str]:
    """What went back to buyers since the books were as they were before, charge by charge (major units)."""
    lines = []
    for key, charge in now.charges.items():
        known = before.charges.get(key)
        if (back := charge.returned - (known.returned if known else 0)) > 0:
            lines.append(
                f"Came back: {back} {charge.currency} of {charge.imp_uid}, paid as {charge.attempt.merchant_uid}"
            )
    return lines


def _totals(out: Sequence[Charge]) -> list[str]:
    if not out:
        return ["No charge is outstanding."]
    sums: Counter[str] = Counter()
    for charge in out:
        sums[charge.currency] += charge.amount - charge.returned  # type: ignore[assignment]  # it counts in Decimal too
    totals = " and ".join(f"{total} {currency}" for currency, total in sorted(sums.items()))
    return [f"OUTSTANDING: {totals} of {len(out)} {'charge' if len(out) == 1 else 'charges'} did not come back yet"]


def _charge(charge: Charge) -> str:
    left = charge.amount - charge.returned
    of = "" if left == charge.amount else f" of {charge.amount}"
    by = f"{charge.attempt.merchant_uid} on {_day(charge.paid_at)} at {charge.account}"
    return f"{charge.imp_uid}: {left}{of} {charge.currency}, paid as {by}; {_state(charge)}"


def _state(charge: Charge) -> str:
    if not charge.asked:
        return "refund not requested yet"
    asked = charge.asked[-1]
    by = "the merchant's refund action" if asked.how == "merchant" else "PortOne's API"
    when = f"{asked.at:%Y-%m-%d %H:%M} UTC"
    match asked.answer:
        case "taken":
            return f"refund requested by {by}, waiting for Paymentwall since {when}"
        case "refused":
            return f"refund requested by {by} at {when} and refused: {asked.words}"
        case "not sent":
            return f"refund not requested yet: PortOne could not be reached at {when} ({asked.words})"
        case _:
            unknown = "it is not known whether PortOne received it: look in PortOne's console"
            return f"refund requested by {by} at {when}; {unknown}"


def _attempt(attempt: OpenedWidget) -> str:
    price = f"{attempt.amount} {attempt.currency}"
    return f"{attempt.merchant_uid}: {price}, begun {attempt.began:%Y-%m-%d %H:%M} UTC at {attempt.account}"


def _day(unix_seconds: int) -> str:
    return f"{datetime.fromtimestamp(unix_seconds, UTC):%Y-%m-%d %H:%M} UTC"
