"""`python -m conformance`: everything that runs no scenario; scenarios are run by pytest."""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split

import os
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from conformance.browser.driver_setup import ensure_driver, start_once
from conformance.browser.setup import BrowserMissing, ensure_browser
from conformance.cli import exploring, requirement_verbs
from conformance.cli.checking import AlreadyThere, CannotCheck, begun, checked
from conformance.cli.stopping import stop
from conformance.machine import interpreter, interrupts, output, pytests, temporary
from conformance.machine.places import COMMAND, FEATURES, IS_CHECKOUT, PYTEST, REPORTS, to_run
from conformance.real import money_verbs, resuming
from conformance.report import bundling, comparing, merging, workflow_commands
from conformance.report.allure_html import NotRendered, render
from conformance.report.comparing import DocumentNotReadable, read_document
from conformance.report.document import ConformanceDocument
from conformance.settings.conformance_toml import CONFIG_VARIABLE, NAME, SettingsError, settings_of
from conformance.target.deployment import authority_of
from conformance.target.legs import Broken
from conformance.verdict.catalogue import Stage


class Verbs(TyperGroup):
    """The verbs, each of which ends with one line and exit code 2 where Ctrl-C or SIGTERM stops it."""

    def invoke(self, ctx: Any) -> Any:
        """Run the one that was named."""
        interpreter.print_every_letter()
        if told := interpreter.refusal():
            stop(told)
        try:
            with interrupts.handled(), temporary.of_this_process(), interrupts.window():
                return super().invoke(ctx)
        except interrupts.Interrupted as by:
            stop(f"Interrupted by {by}: what was not finished was not changed; run the same command again")


app = typer.Typer(
    cls=Verbs,
    help="The requirements of PortOne V1 with Paymentwall, and what the last run found.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


app.command()(requirement_verbs.explain)
app.command()(requirement_verbs.requirements)
app.command()(exploring.explore)


@app.command()
def report(
    html: Annotated[bool, typer.Option("--html", help="render it for a browser instead of printing it")] = False,
    history: Annotated[
        Path | None,
        typer.Option(help="with --html: where former runs are kept, for trends", metavar="DIR", show_default=False),
    ] = None,
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
    printed = REPORTS / "conformance.md"
    if not printed.exists():
        first = "make conformance" if IS_CHECKOUT else PYTEST
        stop(f"No report yet: {printed} is missing. Run `{first}` first.")
    typer.echo(printed.read_text("utf-8").rstrip())


@app.command()
def browser(
    path: Annotated[str | None, typer.Option(help="use this one", metavar="FILE")] = None,
) -> None:
    """Find the buyer's browser, or install one where that is possible; start it and Playwright's driver once."""
    try:
        ensure_driver(say=typer.echo)
        found = ensure_browser(path, say=typer.echo)
        start_once(found)
    except BrowserMissing as reason:
        stop(str(reason))
    typer.echo(f"Browser: {found} ({found.origin})")


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(help="conformance.json of an earlier run, or its folder")],
    new: Annotated[
        Path | None, typer.Argument(help="of a later one (default: the last run)", show_default=False)
    ] = None,
) -> None:
    """Show which requirements got better or worse, or are new; ends with 1 when something got worse."""
    try:
        before, after = read_document(old), read_document(new or REPORTS)
    except DocumentNotReadable as reason:
        stop(str(reason))
    for line in comparing.told(before, after):
        typer.echo(line)
    if any(difference.is_worse for difference in comparing.differences(before, after)):
        raise typer.Exit(1)


@app.command()
def conclusion() -> None:
    """Print the last run's conclusion: READY, NOT READY or NOT DECIDED."""
    typer.echo(_last().conclusion)


@app.command()
def annotate() -> None:
    """Print failures as GitHub's workflow commands, which show them beside a change."""
    for line in workflow_commands.lines(_last()):
        typer.echo(line)


@app.command()
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


@app.command()
def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="the report folders of the shards")],
    out: Annotated[Path | None, typer.Option(help="where to write (default: reports)", show_default=False)] = None,
    require_ready: Annotated[bool, typer.Option("--require-ready", help="end with 1 unless READY")] = False,
) -> None:
    """Join the reports of several shards into those of one run; ends as that run would have ended."""
    into = out or REPORTS
    try:
        document, code = merging.merge(folders, into, require_ready=require_ready)
    except merging.NotMergeable as reason:
        stop(str(reason))
    except OSError as error:
        stop(f"{into} cannot be written: {error.strerror}")
    typer.echo(f"{document.conclusion}  {document.scope.ran} of {document.scope.known} scenarios; {into}")
    raise typer.Exit(code)


@app.command()
def resume(
    run: Annotated[str | None, typer.Argument(help="which one (default: the last that waits)")] = None,
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
) -> None:
    """Finish the scenarios of a run that waited for Paymentwall, and rewrite its reports; ends as that run would."""
    try:
        resumed = resuming.resume(run, config, Path.cwd())
    except resuming.CannotResume as reason:
        stop(str(reason))
    for line in resumed.told:
        typer.echo(line)
    raise typer.Exit(resumed.code)


@app.command()
def check(
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
    stage: Annotated[Stage | None, typer.Option(help="test or live")] = None,
    limit: Annotated[
        float | None,
        typer.Option(
            help="how long to wait for anything that should arrive (seconds)", min=0.1, max=3600, metavar="SECONDS"
        ),
    ] = None,
) -> None:
    """Check the set-up against your deployment or the real account, without running a scenario."""
    untried = []
    try:
        with closing(checked(config, Path.cwd(), stage, limit)) as legs:
            for stands in legs:
                untried += [] if stands.tried else [stands.leg]
                typer.echo(f"{stands.leg + ' ':<10}{stands.told} ({stands.seconds:.1f} s)")
    except CannotCheck as reason:
        stop(str(reason))
    except Broken as broken:
        typer.echo(str(broken), err=True)
        raise typer.Exit(1) from None
    passed = f"All checks passed; not tried: {', '.join(untried)}" if untried else "All checks passed"
    typer.echo(f"{passed}. Next: {to_run(config or NAME, Path.cwd())}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def run(context: typer.Context) -> None:
    """Run the scenarios, and write the reports into `reports` here: pytest, with its options and the suite's own."""
    raise typer.Exit(pytests.run(["-n", "auto", "--dist", "worksteal", *context.args, FEATURES], Path.cwd()))


@app.command()
def plan(
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
    target: Annotated[str | None, typer.Option(help="sandbox or golive", metavar="NAME")] = None,
    stage: Annotated[Stage | None, typer.Option(help="test or live")] = None,
) -> None:
    """Show which payments a run with real money would make, and what stays undecided; nothing is charged."""
    from conformance.real.planned import CannotPlan, lines

    try:
        for line in lines(config, target, stage):
            typer.echo(line)
    except CannotPlan as reason:
        stop(str(reason))


@app.command()
def authority(
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
) -> None:
    """Write the CA file that your server must trust to reach the emulator as PortOne, and print where it is."""
    try:
        typer.echo(authority_of(settings_of(config or os.environ.get(CONFIG_VARIABLE), Path.cwd())))
    except SettingsError as reason:
        stop(str(reason))


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="where to write it")] = Path(NAME),
    minimal: Annotated[bool, typer.Option("--minimal", help="only the twenty lines that most shops need")] = False,
) -> None:
    """Write a conformance.toml that explains itself."""
    try:
        written = begun(path, minimal=minimal)
    except OSError as error:
        stop(f"{path} cannot be written: {error.strerror}")
    except AlreadyThere as reason:
        stop(str(reason))
    typer.echo(f"{written}: edit it, start your deployment, then run: {COMMAND} check --config={written}")


app.command()(money_verbs.outstanding)
app.command()(money_verbs.refund)


def _last() -> ConformanceDocument:
    try:
        return read_document(REPORTS)
    except DocumentNotReadable as reason:
        stop(str(reason))


def main() -> None:
    """The command as it is installed."""
    output.watch()
    app()
