"""The verb `storm`: the load of a sale's first minute, its report, and the search for the rate at which it breaks."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.stopping import stop
from conformance.machine import whole
from conformance.machine.places import REPORTS
from conformance.real.targets import REAL_TARGETS, TARGETS, UNUSABLE, started
from conformance.record.timeline import Timeline
from conformance.report import storm_page, storm_terminal
from conformance.report.storm_document import StormDocument, document_of
from conformance.report.words import LANGUAGES
from conformance.settings.conformance_toml import (
    CONFIG_VARIABLE,
    Settings,
    SettingsError,
    redaction_of,
    settings_of,
)
from conformance.storm.limits import Limit, Tried, find
from conformance.storm.locusts import LocustMissing, joining, require_locust
from conformance.storm.plan import MOST_RATE, Shape, WrongShape, bounded
from conformance.storm.running import NoStorm, Storm, storm
from conformance.target.options import RunOptions
from conformance.target.shop_apart import ShopNotStarted
from conformance.target.target import Target
from conformance.verdict.catalogue import Api, Stage
from conformance.verdict.endings import SuiteError

JSON, PAGE = "storm.json", "storm.html"
_TELL_SECONDS = 2.0


def make_storm(
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
    target: Annotated[str | None, typer.Option(help="embedded or merchant", metavar="NAME")] = None,
    api: Annotated[Api | None, typer.Option(help="PortOne's generation, v1 or v2")] = None,
    stage: Annotated[Stage | None, typer.Option(help="the accounts' stage")] = None,
    rate: Annotated[float, typer.Option(help="orders a second")] = Shape.rate,
    seconds: Annotated[float, typer.Option(help="how long orders are placed (seconds)")] = Shape.seconds,
    orders: Annotated[int, typer.Option(help="at most this many orders")] = Shape.orders,
    look_up_delay: Annotated[float, typer.Option(help="how much later PortOne answers look-ups (seconds)")] = (
        Shape.look_up_seconds
    ),
    recover: Annotated[float, typer.Option(help="how long the remaining work may take afterwards (seconds)")] = (
        Shape.recover_seconds
    ),
    find_limit: Annotated[bool, typer.Option("--find-limit", help="search for the rate at which it breaks")] = False,
    most_rate: Annotated[float, typer.Option(help="with --find-limit: the highest rate to try")] = MOST_RATE,
    workers: Annotated[int, typer.Option(help="Locust's workers; 0: one process makes the load")] = 0,
    local_workers: Annotated[int | None, typer.Option(help="how many workers are started here (default: all)")] = None,
    bind: Annotated[str, typer.Option(help="where Locust's master listens for workers")] = Shape.bind,
    port: Annotated[
        int, typer.Option(help="the master's port (default: 5557; a free one where all are local)")
    ] = Shape.port,
    limit_scale: Annotated[float, typer.Option(help="factor on PortOne's time limits")] = 1.0,
    shop_defect: Annotated[list[str] | None, typer.Option(help="a fault of the embedded shop", metavar="NAME")] = None,
    shop_variant: Annotated[
        list[str] | None, typer.Option(help="another conformant way in which it works", metavar="NAME")
    ] = None,
    database: Annotated[
        str, typer.Option(help="the embedded shop's database, as a SQLAlchemy URL", metavar="URL")
    ] = "",
    lang: Annotated[str, typer.Option(help="en or ko: in which storm.html opens")] = "en",
    out: Annotated[Path | None, typer.Option(help="where to write (default: reports)", metavar="DIR")] = None,
) -> None:
    """Place and pay many orders at once and judge the books of each; exits with 1 where the merchant did not hold."""
    try:
        settings = settings_of(config or os.environ.get(CONFIG_VARIABLE), Path.cwd())
        name = _target_of(target, settings)
        settings = settings.speaking(api or settings.api)
        if lang not in LANGUAGES:
            raise WrongShape(f"--lang {lang}: choose {' or '.join(LANGUAGES)}")
        local = workers if local_workers is None else local_workers
        shape = Shape(rate, seconds, orders, look_up_delay, recover, workers, local, bind, port, limit_scale)
        if shape.number > settings.limits.orders:
            raise WrongShape(
                f"limits.orders is {settings.limits.orders}, and the storm would place {shape.number}: raise it or ask "
                "for fewer"
            )
        shape = replace(shape, orders=min(orders, settings.limits.orders))  # at whichever rate is tried
        if shape.is_spread and name == "embedded":
            raise WrongShape(
                "Other machines do not reach the embedded shop: use --target merchant, or start all workers here"
            )
        bounded("most-rate", most_rate, MOST_RATE, "orders a second")
        require_locust()
        redact = redaction_of(settings, os.environ)
        options = RunOptions(
            stage=stage or settings.stage or Stage.TEST,
            target=name,
            shop_defects=shop_defect or (),
            shop_variants=shop_variant or (),
            limit_scale=limit_scale,
            settings=settings,
            buys_in_browser=False,
            database=database,
            shop_apart=True,
        )
        say = _teller()
        with started(Timeline(redact), options) as running:
            if shape.is_spread:
                others = shape.workers - shape.local
                typer.echo(f"{others} workers are to join; on each machine run: {joining(shape)}", err=True)
            limit = _searched(running, shape, most_rate, config, say) if find_limit else None
            made = limit[1] if limit else storm(running, shape, config, say)
            document = document_of(made, running, redact.text, limit and limit[0], "ko" if lang == "ko" else "en")
    except (*UNUSABLE, WrongShape, LocustMissing, NoStorm, ShopNotStarted, SuiteError) as reason:
        stop(str(reason))
    _write(document, out or REPORTS)
    held = limit[0].held is not None if limit else document.held
    raise typer.Exit(0 if held else 1)


def _target_of(named: str | None, settings: Settings) -> str:
    """Raises SettingsError where no storm may be made there."""
    name = named or settings.target or "embedded"
    if name in REAL_TARGETS:
        raise SettingsError(
            f"A storm is never made on target {name}, where PortOne and the cards are real: use embedded or merchant"
        )
    if name not in TARGETS:
        raise SettingsError(f"--target {name}: there is no such target; use embedded or merchant")
    return name


def _searched(
    target: Target, shape: Shape, most: float, config: str | None, say: Callable[[str], None]
) -> tuple[Limit, Storm]:
    """What the search found, and a storm to show: the last that did not hold, else the last."""
    storms: list[Storm] = []

    def attempt(rate: float) -> Tried:
        say(f"trying {rate:g} orders a second")
        storms.append(storm(target, replace(shape, rate=rate), config, say))
        last = storms[-1]
        slowest = next((one.longest for one in last.answers if one.what == "webhook"), 0.0)
        unmet = [one.result.reason for one in last.verdicts.judged if not one.met]
        return Tried(rate, round(last.rate, 2), last.held, slowest, " ".join(unmet), last.silent)

    limit = find(shape.rate, most, attempt)
    broken = [one for one in storms if not one.held]
    return limit, (broken or storms)[-1]


def _teller() -> Callable[[str], None]:
    """Tells a person how far it is, every two seconds at most."""
    last = 0.0

    def say(line: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_SECONDS:
            last = time.monotonic()
            typer.echo(line, err=True)

    return say


def _write(document: StormDocument, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [whole.write(folder / PAGE, storm_page.render(document))]
        files.append(whole.write(folder / JSON, document.as_json()))
    except OSError as error:
        stop(f"{folder} cannot be written: {error.strerror}")
    for line in storm_terminal.lines(document, files, in_colour=sys.stdout.isatty()):
        typer.echo(line)
