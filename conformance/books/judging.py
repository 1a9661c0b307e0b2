"""MONEY-01 to MONEY-05 are about every scenario of a run: what their books say decides them; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from decimal import Decimal

from conformance.books.entries import Books
from conformance.books.rules import Finding, changes, findings
from conformance.verdict.algebra import THE_RUN, ScenarioResult, Verdict
from conformance.verdict.catalogue import catalogue

AREA = "MONEY"
_TOLD = 3
"""How many scenarios a reason names."""
_COUNTS = (Verdict.PASS, Verdict.FAIL, Verdict.WARN)
"""How a scenario ended of which the books count: any other broke off before its story was told."""


def findings_of(books: Books, later: Books | None = None) -> list[Finding]:
    """What the books of a scenario do not agree about, and what of it had changed `later`."""
    return findings(books) + (changes(books, later) if later else [])


def as_text(found: Iterable[Finding], trouble: str = "") -> str:
    """What was found in a scenario's books, or why they could not be read, as a worker reports it; else nothing."""
    told = [asdict(one) for one in found]
    if not (told or trouble):
        return ""
    return json.dumps({"found": told, "trouble": trouble}, ensure_ascii=False, default=str)


def of_text(text: str) -> tuple[list[Finding], str]:
    """What `as_text` gave."""
    if not text:
        return [], ""
    read = json.loads(text)
    money = ("shop", "buyer")
    return [Finding(**{**one, **{k: Decimal(one[k]) for k in money}}) for one in read["found"]], read["trouble"]


def with_books(results: Sequence[ScenarioResult]) -> list[ScenarioResult]:
    """The results, in which a requirement on money is FAIL where a scenario of any area left the books wrong.

    Its own result is replaced, and added where its scenarios were not selected. Where a scenario's books could not be
    read, what passed is INCONCLUSIVE.
    """
    ended = [(result, *of_text(result.books)) for result in results if result.verdict in _COUNTS]
    wrong: dict[str, list[tuple[ScenarioResult, Finding]]] = {}
    for result, found, _ in ended:
        for one in found:
            wrong.setdefault(one.requirement, []).append((result, one))
    unread = [(result, trouble) for result, _, trouble in ended if trouble]
    judged = list(results)
    for id, cases in wrong.items():
        own = [number for number, result in enumerate(judged) if result.requirements == (id,)]
        if not own:
            judged.append(ScenarioResult(f"{THE_RUN}::{id}", THE_RUN, catalogue()[id].title, (id,), Verdict.FAIL))
        for number in own[:1] or [len(judged) - 1]:
            judged[number] = replace(judged[number], verdict=Verdict.FAIL, reason=_reason(cases), blocked_by=())
    if unread:
        result, trouble = unread[0]
        why = f"The books of {len(unread)} scenarios could not be read, first of “{result.title}”: {trouble}"
        judged = [
            replace(one, verdict=Verdict.INCONCLUSIVE, reason=why)
            if one.verdict is Verdict.PASS and any(id.startswith(f"{AREA}-") for id in one.requirements)
            else one
            for one in judged
        ]
    return judged


def _reason(cases: Sequence[tuple[ScenarioResult, Finding]]) -> str:
    """The first scenarios, the dearest first, with what was found; how many more there are."""
    by_price = sorted(cases, key=lambda case: -(case[1].shop + case[1].buyer))
    first = {result.title: finding for result, finding in reversed(by_price)}
    named = list(reversed(first.items()))[:_TOLD]
    told = [f"“{title}”: {finding.told}" for title, finding in named]
    scenarios = len({result.nodeid for result, _ in cases})
    more = f" (and {scenarios - len(named)} scenarios more)" if scenarios > len(named) else ""
    return " ".join(told) + more
