"""The conformance report as Markdown: for pull requests and job summaries."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report.document import (
    ConformanceDocument,
    RequirementFacts,
    costs_told,
    newer_told,
    others_passed,
    red_in,
    wanting,
)
from conformance.verdict.algebra import Verdict

SIGNS = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.ERROR: "💥",
    Verdict.WARN: "⚠️",
    Verdict.INCONCLUSIVE: "❔",
    Verdict.REVIEW: "👀",
    Verdict.NOT_APPLICABLE: "⚪",
}


def render(document: ConformanceDocument) -> str:
    """The whole document: conclusion, what is not PASS with its remedy, what PASS rests on, then every requirement."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: ConformanceDocument) -> Iterator[str]:
    yield f"# Paymentwall through PortOne V1: {document.conclusion}"
    yield ""
    yield (
        f"Target `{document.target}`, stage {document.stage}, {document.started:%Y-%m-%d %H:%M} UTC, "
        f"{document.seconds:.1f} s, {document.suite.name} {document.suite.version}."
    )
    if told := newer_told(document):
        yield ""
        yield told
    yield from _costs(document)
    if not document.complete:
        yield ""
        yield "Not every scenario was run to the end, so this run cannot conclude READY."
    for error in document.errors:
        yield f"- 💥 {error}"
    yield from _accepted(document)
    if found := wanting(document):
        yield ""
        yield "## Not PASS"
        for requirement in found:
            yield from _wanting(requirement)
    yield from _told(document)
    yield ""
    yield "## Every requirement"
    yield ""
    yield "| | ID | Level | Requirement | Scenarios |"
    yield "|---|---|---|---|---|"
    for requirement in document.requirements:
        sign = SIGNS[requirement.verdict] if requirement.verdict else "·"
        verdict = requirement.verdict or "not run"
        title = f"[{_cell(requirement.title)}]({requirement.source.url})"
        yield f"| {sign} {verdict} | {requirement.id} | {requirement.level} | {title} | {len(requirement.scenarios)} |"


def _accepted(document: ConformanceDocument) -> Iterator[str]:
    """What somebody stands for: deviations, and what a person has seen."""
    if document.deviations:
        yield ""
        yield "## Accepted deviations"
        yield ""
        yield "| Requirement | State | Until | Owner | Reason |"
        yield "|---|---|---|---|---|"
        for one in document.deviations:
            yield f"| {one.requirement} | {one.state} | {one.expires} | {_cell(one.owner)} | {_cell(one.reason)} |"
    if document.attestations:
        yield ""
        yield "## Attested by a person"
        yield ""
        yield "| Requirement | State | Who | When | Until | Evidence (SHA-256) |"
        yield "|---|---|---|---|---|---|"
        for seen in document.attestations:
            told = f"{seen.requirement} | {seen.state} | {_cell(seen.who)} | {seen.when} | {seen.expires}"
            yield f"| {told} | `{_cell(seen.evidence)}` ({seen.sha256[:12]}…) |"


def _costs(document: ConformanceDocument) -> Iterator[str]:
    """What the faults cost, as both books show it."""
    if document.headline:
        yield from ("", f"**{document.headline}**", "")
        yield from (f"- {told}" for told in costs_told(document))


def _told(document: ConformanceDocument) -> Iterator[str]:
    """What PASS rests on where that is not a scenario alone: a person's word, the ledger, what was inferred."""
    told = [r for r in document.requirements if r.verdict is Verdict.PASS and r.reason]
    if told:
        yield from ("", "## PASS with other evidence", "")
    for requirement in told:
        yield f"- {requirement.id}: {'; '.join(line.strip() for line in requirement.reason.splitlines())}"


def _wanting(requirement: RequirementFacts) -> Iterator[str]:
    assert requirement.verdict is not None
    yield ""
    yield f"### {SIGNS[requirement.verdict]} {requirement.id} {requirement.verdict}: {requirement.title}"
    yield ""
    for line in requirement.reason.splitlines():
        yield f"- {line}"
    for told in filter(None, (red_in(requirement), others_passed(requirement))):
        yield f"- {told}."
    if requirement.verdict in (Verdict.FAIL, Verdict.WARN):
        yield f"- **Remedy:** {requirement.remedy}"
    yield f"- **Source:** [{requirement.source.title}]({requirement.source.url}) ({requirement.source.provenance})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
