"""MONEY-01 to MONEY-05 are about every scenario of a run: what their books say decides them; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.books.findings import BooksRead, Finding, of_text
from conformance.verdict.algebra import THE_RUN, ScenarioResult, Verdict, because
from conformance.verdict.catalogue import catalogue
from conformance.verdict.korean import of_title
from conformance.verdict.reasons import Cause, Why

AREA = "MONEY"
_TOLD = 3
"""How many scenarios a reason names."""
_COUNTS = (Verdict.PASS, Verdict.FAIL, Verdict.WARN)
"""How a scenario ended of which the books count: any other broke off before its story was told."""


def books_of(results: Sequence[ScenarioResult]) -> list[tuple[ScenarioResult, BooksRead]]:
    """The scenarios whose books count, with what was found in them."""
    told = [(result, of_text(result.books)) for result in results if result.verdict in _COUNTS]
    return [(result, read) for result, read in told if read]


def of_all_books(nodeid: str) -> bool:
    """Whether it stands for what all books of a run say of a requirement whose own scenarios were not selected."""
    return nodeid.startswith(f"{THE_RUN}::{AREA}-")


def with_books(results: Sequence[ScenarioResult]) -> list[ScenarioResult]:
    """The results, in which a requirement on money is FAIL where a scenario of any area left the books wrong.

    Its own result is replaced, and added where its scenarios were not selected. Where a scenario's books could not be
    read, what passed is INCONCLUSIVE: blocked by that scenario's requirements where it failed.
    """
    judged = [result for result in results if not of_all_books(result.nodeid)]
    read = books_of(judged)
    wrong: dict[str, list[tuple[ScenarioResult, Finding]]] = {}
    for result, books in read:
        for one in books.found:
            wrong.setdefault(one.requirement, []).append((result, one))
    for id, cases in wrong.items():
        own = [number for number, result in enumerate(judged) if result.requirements == (id,)]
        if not own:
            judged.append(ScenarioResult(f"{THE_RUN}::{id}", THE_RUN, catalogue()[id].title, (id,), Verdict.FAIL))
        for number in own[:1] or [len(judged) - 1]:
            judged[number] = replace(because(judged[number], Verdict.FAIL, *_causes(cases)), blocked_by=())
    unread = [(result, books.trouble) for result, books in read if books.trouble]
    return _where_unread(judged, unread) if unread else judged


def _where_unread(
    judged: Sequence[ScenarioResult], unread: Sequence[tuple[ScenarioResult, str]]
) -> list[ScenarioResult]:
    (result, trouble) = unread[0]
    why = Cause(Why.BOOKS_UNREAD, facts={"number": str(len(unread)), **_scenario(result), "said": trouble})
    failed = all(one.verdict is Verdict.FAIL for one, _ in unread)
    causes = dict.fromkeys(id for one, _ in unread for id in one.requirements if failed)
    return [
        replace(because(one, Verdict.INCONCLUSIVE, why), blocked_by=tuple(causes))
        if one.verdict is Verdict.PASS and any(id.startswith(f"{AREA}-") for id in one.requirements)
        else one
        for one in judged
    ]


def _scenario(result: ScenarioResult) -> dict[str, str]:
    """A scenario's title as a fact, in both languages."""
    return {"scenario": result.title, "scenario_ko": of_title(result.title)}


def _causes(cases: Sequence[tuple[ScenarioResult, Finding]]) -> Iterator[Cause]:
    """The first scenarios that left the books wrong, the dearest first, each with what was found; how many more."""
    by_price = sorted(cases, key=lambda case: -(case[1].shop + case[1].buyer))
    first = {result.title: (result, finding) for result, finding in reversed(by_price)}
    named = list(reversed(first.values()))[:_TOLD]
    for result, finding in named:
        facts = {**_scenario(result), "said": finding.told, "said_ko": finding.korean}
        yield Cause(Why.LEFT_WRONG, (result.nodeid,), facts)
    if (more := len({result.nodeid for result, _ in cases}) - len(named)) > 0:
        yield Cause(Why.LEFT_WRONG_TOO, facts={"number": str(more)})
