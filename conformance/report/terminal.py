"""The end of a run in the terminal: area × verdict, what is not PASS and why, and where the reports lie."""

from __future__ import annotations

import os
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.report.document import (
    AttestationFacts,
    ConformanceDocument,
    DeviationFacts,
    RequirementFacts,
    costs_told,
    newer_told,
    others_passed,
    red_in,
    wanting,
)
from conformance.verdict.algebra import Conclusion, Verdict
from conformance.verdict.catalogue import catalogue

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


def show(document: ConformanceDocument, folder: Path, reporter: Reporter, *, lasting: bool = True) -> None:
    """Write the summary of the run through pytest's reporter, so that capture and colour are pytest's own.

    Where the reports are is left out unless they are `lasting`: those of a resumed part are soon joined with the rest.
    """
    console = Console(
        file=StringIO(),
        width=_WIDTH,
        force_terminal=reporter.hasmarkup,
        no_color=not reporter.hasmarkup,
        highlight=False,
    )
    with console.capture() as captured:
        console.print()
        console.print(_table(document))
        for requirement in wanting(document, worst_last=True):  # what is read first is the last
            _print(console, requirement)
        console.print()
        for error in document.errors:
            console.print(Text(f"Outside any scenario: {error}", style=STYLES[Verdict.ERROR]))
        for deviation in document.deviations:
            console.print(_deviation(deviation))
        for attestation in document.attestations:
            console.print(_attestation(attestation))
        console.print(_conclusion(document))
        if told := newer_told(document):
            console.print(Padding(Text(told), (0, 0, 0, 2)))
        _tell_costs(console, document)
        console.print()
        for path in reports(folder) if lasting else ():
            console.print(Text(f"  {os.path.relpath(path)}"))
    for line in captured.get().splitlines():
        reporter.write_line(line.rstrip())


def reports(folder: Path) -> list[Path]:
    """The reports that lie in the folder, the one to open first on top."""
    names = ("conformance.html", "conformance.md", "conformance.json", "junit.xml")
    return [folder / name for name in names if (folder / name).exists()]


def _table(document: ConformanceDocument) -> Table:
    counts = Counter((r.area, r.verdict) for r in document.requirements)
    shown = [v for v in Verdict if any(r.verdict is v for r in document.requirements)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Requirements")
    for verdict in shown:
        table.add_column(verdict, justify="right", style=STYLES[verdict])
    for name, area in catalogue().areas.items():
        if any(r.area == name and r.verdict for r in document.requirements):
            table.add_row(f"{name}  [dim]{area.title}[/dim]", *(str(counts[name, v] or "·") for v in shown))
    return table


def _print(console: Console, requirement: RequirementFacts) -> None:
    assert requirement.verdict is not None
    console.print()
    console.print(
        Text(f"{requirement.verdict} {requirement.id}  {requirement.title}", style=STYLES[requirement.verdict])
    )
    for line in requirement.reason.splitlines():
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    for told in filter(None, (red_in(requirement), others_passed(requirement))):
        console.print(Padding(Text(f"{told}.", style="dim"), (0, 0, 0, 2)))
    if requirement.verdict in (Verdict.FAIL, Verdict.WARN):
        console.print(Padding(Text(f"Remedy: {requirement.remedy}", style="italic"), (0, 0, 0, 2)))


def _deviation(deviation: DeviationFacts) -> Text:
    told = {
        "accepted": f"is accepted until {deviation.expires} by {deviation.owner}: {deviation.reason}",
        "expired": f"expired on {deviation.expires} (accepted by {deviation.owner}): fix it or renew it",
        "unneeded": "did not fail: remove the deviation from the configuration",
        "not run": "was not run",
    }
    style = STYLES[Verdict.FAIL if deviation.state == "expired" else Verdict.WARN]
    return Text(f"Deviation {deviation.requirement} {told[deviation.state]}", style=style)


def _attestation(attestation: AttestationFacts) -> Text:
    word = f"was given by {attestation.who} on {attestation.when}, valid until {attestation.expires}"
    told = {
        "taken": word,
        "not valid": f"{word}; not valid today",
        "unneeded": "is not needed: the run decided the requirement",
        "not run": "was not run",
    }
    style = STYLES[Verdict.WARN if attestation.state == "not valid" else Verdict.NOT_APPLICABLE]
    return Text(f"Attestation {attestation.requirement} {told[attestation.state]}", style=style)


def _tell_costs(console: Console, document: ConformanceDocument) -> None:
    """What the faults cost, and in which scenarios, the dearest first."""
    if not document.headline:
        return
    style = STYLES[Verdict.FAIL if document.money.wrong else Verdict.PASS]
    console.print(Padding(Text(document.headline, style=style), (0, 0, 0, 2)))
    for told in costs_told(document):
        console.print(Padding(Text(told, style="dim"), (0, 0, 0, 4)))


def _conclusion(document: ConformanceDocument) -> Text:
    line = Text.assemble((document.conclusion, _CONCLUSIONS[document.conclusion]), f"  target {document.target}, ")
    line.append(f"stage {document.stage}, {document.seconds:.1f} s")
    if not document.complete:
        line.append("; a partial run cannot conclude READY", style="dim")
    return line
