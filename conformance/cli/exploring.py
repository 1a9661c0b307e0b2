"""The verb `explore`: stories that nobody wrote, told to a merchant and judged by both books."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import httpx
import typer

from conformance.cli.stopping import stop
from conformance.explore import reporting, stories
from conformance.explore.beside import SEEDS_APART, Link, cores, others
from conformance.explore.running import KNOWN, CannotExplore, ExploreEnd, Explorer
from conformance.explore.stories import Story, StoryNotReadable
from conformance.explore.tally import Bounds, Tally
from conformance.machine.places import REPORTS
from conformance.real.targets import REAL_TARGETS, TARGETS, UNUSABLE, started
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.report import terminal
from conformance.settings.conformance_toml import CONFIG_VARIABLE, Settings, SettingsError, redaction_of, settings_of
from conformance.target.legs import Broken
from conformance.target.options import RunOptions
from conformance.verdict.catalogue import Api, Stage
from conformance.verdict.endings import MerchantUnreachable, SuiteError

SECONDS = 60.0
_EVERY_SECONDS = 2.0


@dataclass
class _Progress:
    """A line that says how far it is: over itself in a terminal, now and then one more elsewhere."""

    seconds: float | None
    began: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)
    open: bool = False

    def watch(self, tally: Tally) -> None:
        """Say it, if that is not too soon."""
        now = time.monotonic()
        every = _EVERY_SECONDS if sys.stderr.isatty() else 5 * _EVERY_SECONDS
        if now - self.told < every:
            return
        self.told = now
        line = reporting.progress(tally, now - self.began, self.seconds)
        if sys.stderr.isatty():
            typer.echo(f"\r{line}\x1b[K", err=True, nl=False)
            self.open = True
        else:
            typer.echo(line, err=True)

    def say(self, line: str) -> None:
        """A line of its own."""
        if self.open:
            typer.echo(err=True)
            self.open = False
        typer.echo(line, err=True)


def explore(
    target: Annotated[str | None, typer.Option(help="embedded or merchant", metavar="NAME")] = None,
    seconds: Annotated[
        float | None, typer.Option(help=f"how long to explore (default: {SECONDS:g})", metavar="N")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--stories", help="stop after this many stories", metavar="N", show_default=False)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="repeat the stories of an earlier run", metavar="N")] = None,
    replay: Annotated[Path | None, typer.Option(help="tell one story again", metavar="FILE")] = None,
    processes: Annotated[
        int | None, typer.Option(help="how many processes explore at once (default: one for each core)", metavar="N")
    ] = None,
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
    stage: Annotated[Stage | None, typer.Option(help="the accounts' stage")] = None,
    api: Annotated[Api | None, typer.Option(help="PortOne's generation, v1 or v2")] = None,
    shop_defect: Annotated[list[str] | None, typer.Option(help="a fault of the embedded shop", metavar="NAME")] = None,
    shop_variant: Annotated[
        list[str] | None, typer.Option(help="another conformant way in which it works", metavar="NAME")
    ] = None,
) -> None:
    """Tell the merchant random stories until its books are wrong; exits with 1 when something is found."""
    _at_least("--seconds", seconds)
    _at_least("--stories", number)
    _at_least("--processes", processes)
    if seed is not None and seed < 0:
        stop(f"--seed is {seed}: give 0 or more")
    try:
        story = None if replay is None else stories.read(replay, KNOWN)
        settings = settings_of(config or os.environ.get(CONFIG_VARIABLE), Path.cwd())
        settings = settings.speaking(api or (story.api if story else settings.api))
    except (StoryNotReadable, SettingsError) as reason:
        stop(str(reason))
    options = RunOptions(
        stage=stage or (story.stage if story else None) or settings.stage or Stage.TEST,
        target=_named(target, story, settings),
        settings=settings,
        shop_defects=shop_defect or (),
        shop_variants=shop_variant or (),
        buys_in_browser=False,
    )
    limit = SECONDS if seconds is None and number is None else seconds
    alone = story is not None or number is not None or seed is not None
    wanted = _Wanted(
        options,
        story,
        secrets.randbelow(SEEDS_APART) if seed is None else seed,
        limit,
        number,
        _processes(options.target, processes, alone=alone),
        REPORTS / stories.FOLDER,
    )
    redact = redaction_of(settings, os.environ)
    try:
        ended = _ended(wanted, redact)
        document = reporting.document_of(ended)
        reporting.write(document, REPORTS)
    except (*UNUSABLE, CannotExplore, Broken) as reason:
        stop(redact.text(str(reason)))
    except (SuiteError, MerchantUnreachable, httpx.HTTPError) as reason:
        stop(redact.text(f"The suite could not go on: {reason}"))
    except OSError as error:
        stop(f"{error.filename or REPORTS} cannot be written: {error.strerror or error}")
    for line in reporting.lines(document, REPORTS):
        typer.echo(line)
    raise typer.Exit(1 if ended.story else 0)


@dataclass(frozen=True)
class _Wanted:
    """What a run is to do: tell this story again, else explore for so many `seconds` or `stories`, in `processes`."""

    options: RunOptions
    story: Story | None
    seed: int
    seconds: float | None
    stories: int | None
    processes: int
    folder: Path
    """Where its stories are kept."""


def _ended(wanted: _Wanted, redact: Redaction) -> ExploreEnd:
    """The run, done. Raises what keeps it from being begun, and SuiteError, MerchantUnreachable, httpx.HTTPError."""
    with ExitStack() as stack:
        beside = stack.enter_context(others(wanted.processes - 1, _beside, wanted, wanted.seed))
        target = stack.enter_context(started(Timeline(redact), wanted.options))
        progress = _Progress(wanted.seconds)
        for stands in target.legs():
            progress.say(redact.text(terminal.check_line(stands.leg, stands.cause, stands.seconds, "en")))
        target.watch()

        def watch(tally: Tally) -> None:
            progress.watch(beside.all(tally))

        explorer = Explorer(target, wanted.folder, redact, progress.say, watch, stop_others=beside.over.set)
        if wanted.story is not None:
            return explorer.replay(wanted.story)
        return beside.joined(explorer.explore(_bounds(wanted, beside.over.is_set), wanted.seed))


def _beside(wanted: _Wanted, seed: int, link: Link) -> ExploreEnd | str:
    """The same in a process beside the first, which tells the earlier stories; or why it could not go on."""
    redact = redaction_of(wanted.options.settings, os.environ)
    try:
        with started(Timeline(redact), wanted.options) as target:
            deque(target.legs(), maxlen=0)
            target.watch()
            explorer = Explorer(
                target, wanted.folder, redact, watch=link.watch, tells_again=False, stop_others=link.over.set
            )
            return explorer.explore(_bounds(wanted, link.is_over), seed)
    except (*UNUSABLE, CannotExplore, Broken, SuiteError, MerchantUnreachable, httpx.HTTPError) as reason:
        return redact.text(str(reason))


def _bounds(wanted: _Wanted, over: Callable[[], bool]) -> Bounds:
    until = None if wanted.seconds is None else time.monotonic() + wanted.seconds
    return Bounds(until, wanted.stories, over=over)


def _processes(target: str, asked: int | None, *, alone: bool) -> int:
    """How many explore at once: on the embedded target as many as there are cores, unless a run is to be repeated."""
    if target != "embedded" and asked not in (None, 1):
        stop(f"--processes is {asked}: target {target} is one deployment, and its stories are told one after the other")
    if alone and asked not in (None, 1):
        stop(f"--processes is {asked}: --seed, --stories and --replay tell the same stories again, in one process")
    if asked is not None:
        return asked
    return 1 if alone or target != "embedded" else cores()


def _named(target: str | None, story: Story | None, settings: Settings) -> str:
    """The target that was named, else the story's, else the settings', else embedded; others are refused."""
    name = target or (story.target if story else None) or settings.target or "embedded"
    if name in REAL_TARGETS:
        stop(f"Target {name} is not explored: thousands of stories would charge real cards; use embedded or merchant")
    if name not in TARGETS:
        stop(f"There is no target {name}: choose embedded or merchant")
    return name


def _at_least(option: str, given: float | None) -> None:
    if given is not None and not given > 0:
        stop(f"{option} is {given:g}: give more than 0")
