"""The verbs about reports: print, render, compare, join and pack them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.stopping import stop
from conformance.machine.places import IS_CHECKOUT, REPORTS, RUN
from conformance.report import bundling, comparing, markdown, merging, terminal
from conformance.report.allure_html import NotRendered, render
from conformance.report.comparing import DocumentNotReadable, read_document
from conformance.report.document import ConformanceDocument
from conformance.verdict.reasons import Language


def report(
    html: Annotated[bool, typer.Option("--html", help="render Allure's report instead of printing this one")] = False,
    history: Annotated[
        Path | None,
        typer.Option(help="with --html: where earlier runs are kept, for trends", metavar="DIR", show_default=False),
    ] = None,
    lang: Annotated[
        Language | None, typer.Option(help="in English or Korean (default: the run's)", show_default=False)
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="what the terminal shows at the end of a run, instead of Markdown")
    ] = False,
) -> None:
    """Print the last run's report again, or render Allure's."""
    if html:
        try:
            typer.echo(f"Allure report: {render(history=history)}")
        except NotRendered as reason:
            stop(str(reason))
        except OSError as error:
            stop(f"No Allure report: {error.filename} cannot be written: {error.strerror}")
        return
    if not (REPORTS / "conformance.json").exists():
        first = "make conformance" if IS_CHECKOUT else RUN
        stop(f"No report yet: {REPORTS / 'conformance.json'} is missing. Run `{first}` first.")
    document = _last()
    if summary:
        terminal.show(document, REPORTS, terminal.Printer(), language=lang)
    else:
        typer.echo(markdown.render(document, lang).rstrip())


class FailOn(StrEnum):
    """What ends `compare` with 1."""

    WORSE = "worse"
    RED = "red"
    NEVER = "never"


def compare(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[OLD] [NEW]",
            show_default=False,
            help="conformance.json of two runs, or their folders; NEW is the last",
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="in place of OLD: the file that the pipeline keeps; it need not exist yet", metavar="FILE"),
    ] = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(help="exit with 1 when something got worse (worse), on any FAIL or ERROR too (red), or never"),
    ] = FailOn.WORSE,
    api: Annotated[
        bool, typer.Option("--api", help="lay a run on PortOne V1 and one on V2 of one merchant side by side")
    ] = False,
) -> None:
    """Show which requirements got better or worse, or are new; exits with 1 when something got worse."""
    named = list(runs or ())
    earlier = baseline or (named.pop(0) if named else None)
    if earlier is None or len(named) > 1:
        stop("compare: name one earlier run, as OLD or with --baseline FILE, and at most one later one")
    try:
        before = None if baseline and not baseline.exists() else read_document(earlier)
        after = read_document(named[0] if named else REPORTS)
    except DocumentNotReadable as reason:
        stop(str(reason))
    if before is None:
        typer.echo(f"{baseline}: there is no earlier run yet; keep {REPORTS / 'conformance.json'} as the first.")
    try:
        for line in (comparing.beside if api else comparing.told)(before, after) if before else ():
            typer.echo(line)
    except ValueError as reason:
        stop(f"compare --api: {reason}")
    worse = before is not None and any(one.is_worse for one in comparing.differences(before, after))
    if (fail_on is not FailOn.NEVER and worse) or (fail_on is FailOn.RED and comparing.is_red(after)):
        raise typer.Exit(1)


def conclusion() -> None:
    """Print the last run's conclusion: READY, NOT READY or NOT DECIDED."""
    typer.echo(_last().conclusion)


def annotate() -> None:
    """Print failures as GitHub's workflow commands, which show them beside a change."""
    for line in markdown.workflow_commands(_last()):
        typer.echo(line)


def bundle(
    out: Annotated[Path | None, typer.Option(help="the archive to write", metavar="FILE", show_default=False)] = None,
) -> None:
    """Pack the last run's reports into one zip, with SHA256SUMS of every file."""
    archive = out or REPORTS / bundling.NAME
    try:
        number = bundling.bundle(REPORTS, archive)
    except bundling.NothingToPack as reason:
        stop(str(reason))
    except OSError as error:
        stop(f"{archive} cannot be written: {error.strerror}")
    typer.echo(f"{archive}: {number} files and their SHA256SUMS")


def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="the report folders of the shards")],
    out: Annotated[Path | None, typer.Option(help="where to write (default: reports)", show_default=False)] = None,
    require_ready: Annotated[bool, typer.Option("--require-ready", help="exit with 1 unless READY")] = False,
) -> None:
    """Join the reports of several shards into those of one run; exits as that run would have."""
    into = out or REPORTS
    try:
        document, code = merging.merge(folders, into, require_ready=require_ready)
    except merging.NotMergeable as reason:
        stop(str(reason))
    except OSError as error:
        stop(f"{into} cannot be written: {error.strerror}")
    typer.echo(f"{document.conclusion}  {document.scope.ran} of {document.scope.known} scenarios; {into}")
    raise typer.Exit(code)


def _last() -> ConformanceDocument:
    try:
        return read_document(REPORTS)
    except DocumentNotReadable as reason:
        stop(str(reason))


VERBS = (report, compare, conclusion, annotate, bundle, merge)
