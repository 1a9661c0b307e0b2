"""What is not met as workflow commands of GitHub Actions, which shows them on the run and beside the change."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report import telling
from conformance.report.document import ConformanceDocument
from conformance.verdict.algebra import Verdict

_KINDS = {Verdict.FAIL: "error", Verdict.ERROR: "error", Verdict.WARN: "warning", Verdict.REVIEW: "notice"}


def lines(document: ConformanceDocument) -> Iterator[str]:
    """One command for each requirement that asks for somebody, the worst first.

    What is accepted as a deviation, or newer than the set by which the merchant is judged, only warns.
    """
    accepted = {one.requirement for one in document.deviations if one.state == "accepted"}
    accepted |= {one.id for one in document.requirements if not one.counts}
    wanting = [r for r in document.requirements if r.verdict in _KINDS]
    for requirement in sorted(wanting, key=lambda r: r.verdict.severity if r.verdict else 0):
        assert requirement.verdict is not None
        kind = _KINDS[requirement.verdict]
        kind = "warning" if kind == "error" and requirement.id in accepted else kind
        title = f"{requirement.verdict} {requirement.id}: {requirement.title}"
        remedy = f"\nRemedy: {requirement.remedy}" if requirement.verdict in (Verdict.FAIL, Verdict.WARN) else ""
        yield f"::{kind} title={_property(title)}::{_data(requirement.reason + remedy)}"
    for id, scenario in telling.newer_scenarios(document):
        if scenario.outcome in _KINDS:
            title = f"{scenario.outcome} {id}, new in {scenario.since}: {scenario.title}"
            yield f"::warning title={_property(title)}::{_data(scenario.reason)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
