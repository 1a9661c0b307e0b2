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
from conformance.cli import exploring, money_verbs, report_verbs, requirement_verbs, storm_verb
from conformance.cli.checking import AlreadyThere, CannotCheck, begun, checked, generation
from conformance.cli.stopping import stop
from conformance.machine import interpreter, interrupts, output, pytests, temporary
from conformance.machine.places import BINDER, COMMAND, FEATURES, REPORTS, to_run
from conformance.real import resuming
from conformance.report import terminal
from conformance.report.allure_html import NotRendered, install
from conformance.settings.conformance_toml import CONFIG_VARIABLE, NAME, SettingsError, settings_of
from conformance.target.deployment import authority_of
from conformance.target.legs import Broken
from conformance.verdict.algebra import ExitCode
from conformance.verdict.catalogue import Api, Stage
from conformance.verdict.endings import causes_of
from conformance.verdict.reasons import Language, told
from conformance.verdict.terms import in_words_of


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
    help="Conformance of a Paymentwall integration through PortOne: check the set-up, run the scenarios, read the "
    "reports.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


app.command()(requirement_verbs.explain)
app.command()(requirement_verbs.requirements)
app.command()(requirement_verbs.attest)
app.command()(exploring.explore)
for verb in report_verbs.VERBS:
    app.command()(verb)


@app.command()
def browser(
    path: Annotated[str | None, typer.Option(help="the browser to use", metavar="FILE")] = None,
    renderer: Annotated[
        bool, typer.Option("--renderer", help="install what `report --html` needs too, for an image without a network")
    ] = False,
) -> None:
    """Find the buyer's browser, or install one where possible, and start it and Playwright's driver once."""
    try:
        if renderer:
            install()
        ensure_driver(say=typer.echo)
        found = ensure_browser(path, say=typer.echo)
        start_once(found)
    except (BrowserMissing, NotRendered) as reason:
        stop(str(reason))
    typer.echo(f"Browser: {found} ({found.origin})")


@app.command()
def resume(
    run: Annotated[str | None, typer.Argument(help="the run (default: the last that waits)")] = None,
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
) -> None:
    """Finish the scenarios that waited for Paymentwall, and rewrite the run's reports; exits as that run would have."""
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
    stage: Annotated[Stage | None, typer.Option(help="the accounts' stage")] = None,
    api: Annotated[Api | None, typer.Option(help="PortOne's generation, v1 or v2")] = None,
    limit: Annotated[
        float | None,
        typer.Option(help="how long to wait for anything that should arrive", min=0.1, max=3600, metavar="SECONDS"),
    ] = None,
    lang: Annotated[Language, typer.Option(help="in English or Korean")] = "en",
) -> None:
    """Check the set-up step by step, at your deployment or the real account; runs no scenario."""
    untried, speaks = [], generation(config, Path.cwd(), api)
    try:
        with closing(checked(config, Path.cwd(), stage, limit, api)) as legs:
            for stands in legs:
                untried += [] if stands.tried else [stands.leg]
                typer.echo(in_words_of(speaks, terminal.check_line(stands.leg, stands.cause, stands.seconds, lang)))
    except CannotCheck as reason:
        stop(told(causes_of(reason), lang))
    except Broken as broken:
        typer.echo(in_words_of(speaks, broken.told(lang)), err=True)
        raise typer.Exit(1) from None
    named = config or os.environ.get(CONFIG_VARIABLE) or NAME
    options = (("api", api), ("stage", stage), ("lang", None if lang == "en" else lang))
    chosen = [f"--{name}={one}" for name, one in options if one]
    typer.echo(terminal.check_passed(untried, to_run(f"--config={named}", *chosen), lang))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def run(
    context: typer.Context,
    baseline: Annotated[
        Path | None,
        typer.Option(help="exit with 1 only where something got worse than in this conformance.json", metavar="FILE"),
    ] = None,
) -> None:
    """Run the scenarios and write the reports into `reports`; takes pytest's options and the suite's own."""
    alone = [f"{FEATURES / BINDER}::{one.partition('::')[2]}" if _is_nodeid(one) else one for one in context.args]
    scenarios = [] if alone != context.args else [FEATURES]
    code = pytests.run(["-n", "auto", "--dist", "worksteal", *alone, *scenarios], Path.cwd())
    if baseline and code in (ExitCode.OK, ExitCode.RED):
        report_verbs.compare([REPORTS], baseline=baseline)
    else:
        raise typer.Exit(code)


def _is_nodeid(argument: str) -> bool:
    """Whether it names one scenario, as reports do, from whichever folder."""
    file, named, _ = argument.partition("::")
    return bool(named) and Path(file).name == BINDER


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def emulator(context: typer.Context) -> None:
    """Run PortOne and Paymentwall for a shop under development; or act at the one that runs (pay, advance …)."""
    raise typer.Exit(pytests.passed_on(["-m", "emulator", *context.args], Path.cwd()))


@app.command()
def plan(
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
    target: Annotated[str | None, typer.Option(help="sandbox or golive", metavar="NAME")] = None,
    stage: Annotated[Stage | None, typer.Option(help="the accounts' stage")] = None,
) -> None:
    """Show which payments a run with real money would make and what stays undecided; charges nothing."""
    from conformance.real.planning import CannotPlan, plan_lines

    try:
        for line in plan_lines(config, target, stage):
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


app.command("storm")(storm_verb.make_storm)
app.command()(money_verbs.outstanding)
app.command()(money_verbs.refund)


def main() -> None:
    """The command as it is installed."""
    output.watch()
    app()
