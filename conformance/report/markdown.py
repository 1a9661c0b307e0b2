"""The report where a pipeline shows it: as Markdown for pull requests and job summaries, as GitHub's commands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.report import gist, telling
from conformance.report.document import ConformanceDocument, RequirementFacts, wanting
from conformance.report.words import said
from conformance.verdict.algebra import Verdict
from conformance.verdict.reasons import Language
from conformance.verdict.terms import markdown_in_words_of

SIGNS = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.ERROR: "💥",
    Verdict.WARN: "⚠️",
    Verdict.INCONCLUSIVE: "❔",
    Verdict.REVIEW: "👀",
    Verdict.NOT_APPLICABLE: "⚪",
}


def render(document: ConformanceDocument, language: Language | None = None) -> str:
    """The whole document, in the run's language unless another is asked for.

    Conclusion, what is not PASS with its remedy, what PASS rests on, then every requirement.
    """
    told = "\n".join(_lines(document, language or document.language)) + "\n"
    return markdown_in_words_of(document.api, told)


def _lines(document: ConformanceDocument, speaks: Language) -> Iterator[str]:
    say = partial(said, language=speaks)
    yield f"# {say('md_subject', api=document.api.upper())}: {telling.conclusion(document, speaks)}"
    yield ""
    yield (
        f"{say('md_target', target=document.target, stage=say(f'stage {document.stage}'))}, "
        f"{document.started:%Y-%m-%d %H:%M} UTC, {document.seconds:.1f} s, "
        f"{document.suite.name} {document.suite.version}."
    )
    for told in telling.beside_the_conclusion(document, speaks):
        yield from ("", f"> {told}")
    yield from _costs(document, speaks)
    if not document.complete:
        yield ""
        yield say("md_incomplete")
    for english, korean in telling.broken(document):
        yield f"- 💥 {(speaks == 'ko' and korean) or english}"
    yield from _accepted(document, speaks)
    if found := [one for one in wanting(document) if one.verdict not in gist.UNCHECKED]:
        yield from ("", f"## {say('md_not_pass')}")
        for requirement in found:
            yield from _wanting(requirement, speaks)
    yield from _unchecked(document, speaks)
    yield from _told(document, speaks)
    yield from ("", f"## {say('md_every')}", "")
    yield from _head("", "ID", say("md_level"), say("requirement"), say("scenarios_run"))
    for requirement in document.requirements:
        verdict = _verdict(requirement.verdict, speaks)
        title = f"[{_cell(telling.title_of(requirement, speaks))}]({requirement.source.url})"
        level = say(requirement.level)
        yield f"| {verdict} | {requirement.id} | {level} | {title} | {len(requirement.scenarios)} |"


def _accepted(document: ConformanceDocument, speaks: Language) -> Iterator[str]:
    """What people stand for: deviations and attestations."""
    say = partial(said, language=speaks)
    if document.deviations:
        yield from ("", f"## {say('deviations')}", "")
        yield from _head(say("requirement"), say("state"), say("until"), say("owner"), say("reason"))
        for one in document.deviations:
            told = f"{one.requirement} | {say(one.state)} | {one.expires}"
            yield f"| {told} | {_cell(one.owner)} | {_cell(one.reason)} |"
    if document.attestations:
        yield from ("", f"## {say('attested')}", "")
        columns = ("requirement", "state", "attested_who", "date", "until", "attested_evidence")
        yield from _head(*map(say, columns))
        for seen in document.attestations:
            state = say(f"attested {seen.state}")
            told = f"{seen.requirement} | {state} | {_cell(seen.who)} | {seen.when} | {seen.expires}"
            yield f"| {told} | `{_cell(seen.evidence)}` ({seen.sha256[:12]}…) |"


def _head(*columns: str) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |".replace("|  |", "| |")
    yield "|---" * len(columns) + "|"


def _verdict(verdict: Verdict | None, speaks: Language) -> str:
    if verdict is None:
        return f"· {said('not_run', speaks)}"
    return f"{SIGNS[verdict]} {said(f'verdict {verdict}', speaks)}"


def _costs(document: ConformanceDocument, speaks: Language) -> Iterator[str]:
    """What the faults cost, as both books show it."""
    if document.headline:
        yield from ("", f"**{telling.headline(document, speaks)}**", "")
        yield from (f"- {told}" for told in telling.costs(document, speaks))


def _told(document: ConformanceDocument, speaks: Language) -> Iterator[str]:
    """What PASS rests on where that is not a scenario alone: a person's word, the ledger, what was inferred."""
    rests = [r for r in document.requirements if r.verdict is Verdict.PASS and r.reason]
    if rests:
        yield from ("", f"## {said('md_rests', speaks)}", "")
    for requirement in rests:
        lines = (line.strip() for one in gist.reasons(requirement) for line in one.lines(speaks))
        yield f"- {requirement.id}: {'; '.join(lines)}"


def _wanting(requirement: RequirementFacts, speaks: Language) -> Iterator[str]:
    yield ""
    yield f"### {_heading(requirement, speaks)}"
    yield ""
    for reason in gist.reasons(requirement):
        yield from (f"- {line}" for line in telling.reason_lines(reason, speaks))
    beside = (telling.red_in(requirement, speaks), telling.others_passed(requirement, speaks))
    for told in filter(None, beside):
        yield f"- {told}."
    if requirement.verdict in (Verdict.FAIL, Verdict.WARN):
        yield f"- **{said('md_remedy', speaks)}:** {telling.remedy_of(requirement, speaks)}"
    yield from _source(requirement, speaks)


def _heading(requirement: RequirementFacts, speaks: Language) -> str:
    assert requirement.verdict is not None
    sign, verdict = SIGNS[requirement.verdict], said(f"verdict {requirement.verdict}", speaks)
    return f"{sign} {requirement.id} {verdict}: {telling.title_of(requirement, speaks)}"


def _source(requirement: RequirementFacts, speaks: Language) -> Iterator[str]:
    source = requirement.source
    provenance = source.provenance if speaks == "en" else said(source.provenance, speaks)
    title = (speaks == "ko" and source.title_ko) or source.title
    yield f"- **{said('source', speaks)}:** [{title}]({source.url}) ({provenance})"


def _unchecked(document: ConformanceDocument, speaks: Language) -> Iterator[str]:
    """What was not checked, each reason once."""
    found = [one for one in gist.unchecked(document) if one.verdict is not None]
    if found:
        yield from ("", f"## {said('unseen', speaks)}")
    for one in found:
        if len(one.requirements) == 1 and not one.by:
            yield from _wanting(one.requirements[0], speaks)
            continue
        assert one.verdict is not None
        verdict = f"{SIGNS[one.verdict]} {said(f'verdict {one.verdict}', speaks)}"
        yield from ("", f"### {verdict}: {telling.unchecked_line(one, speaks)}", "")
        if not one.by:
            yield from (f"- {line}" for line in one.reason.lines(speaks))
        for requirement in one.requirements:
            beside = telling.others_passed(requirement, speaks)
            told = f" ({beside})" if beside else ""
            more = gist.besides(one, requirement, speaks)
            yield f"- {requirement.id} {telling.title_of(requirement, speaks)}{told}{f' {more}' if more else ''}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


_KINDS = {Verdict.FAIL: "error", Verdict.ERROR: "error", Verdict.WARN: "warning", Verdict.REVIEW: "notice"}


def workflow_commands(document: ConformanceDocument) -> Iterator[str]:
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
