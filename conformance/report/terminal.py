"""What a run shows in the terminal: how its preflight went, what it waits for, and how it ended, area × verdict."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.report import gist, telling
from conformance.report.document import (
    AttestationFacts,
    ConformanceDocument,
    DeviationFacts,
    RequirementFacts,
    wanting,
)
from conformance.report.words import said
from conformance.verdict import korean, reasons
from conformance.verdict.algebra import Conclusion, Verdict
from conformance.verdict.catalogue import Api, catalogue
from conformance.verdict.reasons import Causes, Language
from conformance.verdict.terms import in_words_of

STYLES = {
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.WARN: "yellow",
    Verdict.REVIEW: "cyan",
    Verdict.INCONCLUSIVE: "cyan",
    Verdict.PASS: "green",
    Verdict.NOT_APPLICABLE: "dim",
}
_CONCLUSIONS = {
    Conclusion.READY: "bold green",
    Conclusion.NOT_READY: "bold red",
    Conclusion.NOT_DECIDED: "bold yellow",
}
_WIDTH = 110


class Reporter(Protocol):
    """The part of pytest's terminal reporter that is used: where lines go, and whether in colour."""

    hasmarkup: bool

    def write_line(self, line: str) -> None:
        """Write one line."""
        ...


class Printer:
    """A terminal, or a file, without pytest."""

    hasmarkup = sys.stdout.isatty()

    def write_line(self, line: str) -> None:
        """Write one line."""
        print(line)


def show(
    document: ConformanceDocument,
    folder: Path,
    reporter: Reporter,
    *,
    lasting: bool = True,
    language: Language | None = None,
) -> None:
    """Write the summary of the run through pytest's reporter, so that capture and colour are pytest's own.

    In the run's language unless another is asked for. Where the reports are is left out unless they are `lasting`:
    those of a resumed part are soon joined with the rest.
    """
    speaks = language or document.language
    console = Console(
        file=StringIO(),
        width=_WIDTH,
        force_terminal=reporter.hasmarkup,
        no_color=not reporter.hasmarkup,
        highlight=False,
    )
    with console.capture() as captured:
        console.print()
        console.print(_table(document, speaks))
        for one in reversed(gist.unchecked(document)):  # what is read first is the last
            _print_unchecked(console, one, speaks)
        for requirement in wanting(document, worst_last=True):
            if requirement.verdict not in gist.UNCHECKED:
                _print(console, requirement, speaks)
        console.print()
        for english, korean in telling.broken(document):
            error = (speaks == "ko" and korean) or english
            console.print(Text(f"{said('outside', speaks)}: {error}", style=STYLES[Verdict.ERROR]))
        for deviation in document.deviations:
            console.print(_deviation(deviation, speaks))
        for attestation in document.attestations:
            console.print(_attestation(attestation, speaks))
        console.print(_conclusion(document, speaks))
        for told in telling.beside_the_conclusion(document, speaks):
            console.print(Padding(Text(told), (0, 0, 0, 2)))
        _tell_costs(console, document, speaks)
        console.print()
        for path in reports(folder) if lasting else ():
            console.print(Text(f"  {os.path.relpath(path)}"))
    for line in captured.get().splitlines():
        reporter.write_line(in_words_of(document.api, line.rstrip()))


def reports(folder: Path) -> list[Path]:
    """The reports that lie in the folder, the one to open first on top."""
    names = ("conformance.html", "conformance.md", "conformance.json", "junit.xml")
    return [folder / name for name in names if (folder / name).exists()]


def _table(document: ConformanceDocument, speaks: Language) -> Table:
    counts = Counter((r.area, r.verdict) for r in document.requirements)
    shown = [v for v in Verdict if any(r.verdict is v for r in document.requirements)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(said("td_requirements", speaks))
    for verdict in shown:
        table.add_column(said(f"verdict {verdict}", speaks), justify="right", style=STYLES[verdict])
    for name, area in catalogue().areas.items():
        if any(r.area == name and r.verdict for r in document.requirements):
            title = (speaks == "ko" and area.title_ko) or area.title
            table.add_row(f"{name}  [dim]{title}[/dim]", *(str(counts[name, v] or "·") for v in shown))
    return table


def _print(console: Console, requirement: RequirementFacts, speaks: Language) -> None:
    assert requirement.verdict is not None
    verdict, title = said(f"verdict {requirement.verdict}", speaks), telling.title_of(requirement, speaks)
    console.print()
    console.print(Text(f"{verdict} {requirement.id}  {title}", style=STYLES[requirement.verdict]))
    for reason in gist.reasons(requirement):
        for line in telling.reason_lines(reason, speaks):
            console.print(Padding(Text(line), (0, 0, 0, 2)))
    beside = (telling.red_in(requirement, speaks), telling.others_passed(requirement, speaks))
    for told in filter(None, beside):
        console.print(Padding(Text(f"{told}.", style="dim"), (0, 0, 0, 2)))
    if requirement.verdict in (Verdict.FAIL, Verdict.WARN):
        remedy = f"{said('md_remedy', speaks)}: {telling.remedy_of(requirement, speaks)}"
        console.print(Padding(Text(remedy, style="italic"), (0, 0, 0, 2)))


def _print_unchecked(console: Console, one: gist.Unchecked, speaks: Language) -> None:
    """What was not checked for one reason; a single requirement as any other."""
    if one.verdict is None:
        return
    if len(one.requirements) == 1 and not one.by:
        _print(console, one.requirements[0], speaks)
        return
    verdict = said(f"verdict {one.verdict}", speaks)
    console.print()
    console.print(Text(f"{verdict}  {telling.unchecked_line(one, speaks)}", style=STYLES[one.verdict]))
    if not one.by:
        for line in one.reason.lines(speaks):
            console.print(Padding(Text(line), (0, 0, 0, 2)))
    for requirement in one.requirements:
        beside = telling.others_passed(requirement, speaks)
        for told in filter(None, (gist.besides(one, requirement, speaks), beside and f"{beside}.")):
            console.print(Padding(Text(f"{requirement.id}: {told}", style="dim"), (0, 0, 0, 2)))


def _deviation(deviation: DeviationFacts, speaks: Language) -> Text:
    told = said(f"deviation {deviation.state}", speaks, **deviation.model_dump())
    style = STYLES[Verdict.FAIL if deviation.state == "expired" else Verdict.WARN]
    return Text(told, style=style)


def _attestation(attestation: AttestationFacts, speaks: Language) -> Text:
    told = said(f"attestation {attestation.state}", speaks, **attestation.model_dump())
    style = STYLES[Verdict.WARN if attestation.state == "not valid" else Verdict.NOT_APPLICABLE]
    return Text(told, style=style)


def _tell_costs(console: Console, document: ConformanceDocument, speaks: Language) -> None:
    """What the faults cost, and in which scenarios, the dearest first."""
    if not document.headline:
        return
    style = STYLES[Verdict.FAIL if document.money.wrong else Verdict.PASS]
    console.print(Padding(Text(telling.headline(document, speaks), style=style), (0, 0, 0, 2)))
    for told in telling.costs(document, speaks):
        console.print(Padding(Text(told, style="dim"), (0, 0, 0, 4)))


def _conclusion(document: ConformanceDocument, speaks: Language) -> Text:
    stage = said(f"stage {document.stage}", speaks) + (
        "" if document.api == Api.V1 else f", PortOne {document.api.upper()}"
    )
    where = said("td_target", speaks, target=document.target, stage=stage)
    line = Text.assemble((telling.conclusion(document, speaks), _CONCLUSIONS[document.conclusion]), f"  {where}, ")
    line.append(f"{document.seconds:.1f} s")
    if not document.complete:
        line.append(f"; {said('td_partial', speaks)}", style="dim")
    return line


def check_line(leg: str, seen: Causes, seconds: float, language: Language) -> str:
    """One leg as it was found to stand."""
    return (
        f"{leg + ' ':<10}{reasons.told(seen, language)} ({said('check_seconds', language, seconds=f'{seconds:.1f}')})"
    )


def check_before_a_run(leg: str, seen: Causes, seconds: float, language: Language) -> str:
    """The same before the scenarios."""
    took = said("check_seconds", language, seconds=f"{seconds:.1f}")
    return f"{said('check_leg', language, leg=leg)}: {reasons.told(seen, language)} ({took})"


def check_passed(untried: Sequence[str], following: str, language: Language) -> str:
    """That every leg stands, which were not tried, and the command that comes next."""
    legs = said("check_untried", language, legs=", ".join(untried)) if untried else ""
    return said("check_passed", language, untried=legs, next=following)


def none_are_run(language: Language) -> str:
    """That no scenario is run, as the preflight failed."""
    return said("check_none_run", language)


def sentence(english: str, language: Language) -> str:
    """A scenario's sentence with its keyword; in English where it has none in the language."""
    return (language == "ko" and korean.of_sentence(english)) or english


def refunds_awaited(language: Language) -> str:
    """What the end of a run waits for."""
    return said("wait_refunds", language)


def waiting_line(what: str, waited_seconds: float, left_seconds: float, language: Language) -> str:
    """That something is waited for: whole seconds, so that the check_line changes once a second."""
    return said("wait_line", language, waited=f"{waited_seconds:.0f}", left=f"{left_seconds:.0f}", what=what)
