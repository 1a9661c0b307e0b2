"""The verbs about money: `outstanding` and `refund`. They end with 1 while real money is out, 0 when none is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from conformance.cli.stopping import stop
from conformance.real.money import UNUSABLE, Misused, Money, money
from conformance.settings.conformance_toml import CONFIG_VARIABLE

Config = Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")]


def outstanding(
    config: Config = None,
    came_back: Annotated[
        str | None,
        typer.Option(help="a charge whose money a person saw come back (PortOne does not say so)", metavar="IMP_UID"),
    ] = None,
    restored: Annotated[
        str | None, typer.Option(help="a setting that was put back in PortOne's console", metavar="NAME")
    ] = None,
    who: Annotated[str, typer.Option(help="with the two above: who saw it", metavar="NAME")] = "",
) -> None:
    """List the charges that have not come back, as PortOne knows them now; exits with 1 when there are any."""

    def do(found: Money) -> None:
        found.look()
        if (came_back or restored) and not who:
            raise Misused("--who: say who saw it")
        if came_back:
            found.attested(came_back, who)
        if restored:
            found.restored(restored, who)

    _told(config, do)


def refund(
    imp_uids: Annotated[list[str] | None, typer.Argument(metavar="IMP_UID...", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="all outstanding charges")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="also charges whose refund was requested and has not come")
    ] = False,
    config: Config = None,
) -> None:
    """Refund charges by the merchant's refund action, or else PortOne's API, and wait for the results as configured."""

    def do(found: Money) -> None:
        if bool(imp_uids) == every:
            raise Misused("name the payments (imp_…), or say --all for everything that is outstanding")
        found.refund(imp_uids or (), again=again)

    _told(config, do)


def _told(config: str | None, do: Callable[[Money], None]) -> None:
    try:
        with money(config or os.environ.get(CONFIG_VARIABLE), Path.cwd()) as found:
            do(found)
            for line in found.lines():
                typer.echo(line)
            out = found.is_out
    except UNUSABLE as reason:
        stop(str(reason))
    raise typer.Exit(1 if out else 0)
