"""`python -m tests.strangers [NAME…]`: the suite on merchants of other hands, and a table of truth beside verdict."""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from shop.switches import UnknownSwitch, chosen
from tests.emulator.clients.environments import NotInstalled
from tests.fixtures.deployed import ROOT
from tests.strangers.running import NotStarted, Run, Stranger, run, strangers
from tests.strangers.table import table

FOLDER = ROOT / ".cache" / "strangers"
AT_A_TIME = 2


def main(
    names: Annotated[list[str] | None, typer.Argument(help="only these strangers", metavar="NAME")] = None,
    requirements: Annotated[
        list[str] | None, typer.Option("--requirement", help="only this requirement (repeatable)")
    ] = None,
) -> None:
    """Run the suite on each stranger; 1 where a verdict is not the one that is right for it."""
    known = strangers()
    try:
        wanted = chosen("NAME", names or list(known), known)
    except UnknownSwitch as error:
        raise typer.BadParameter(str(error)) from error
    began = time.monotonic()
    runs, missing = _run(wanted, requirements or [])
    typer.echo(table(runs, requirements or [], missing))
    typer.echo(
        f"\n{len(runs)} runs of {len(wanted)} strangers in {time.monotonic() - began:.0f} s; their reports: {FOLDER}"
    )
    raise typer.Exit(1 if missing or any(one.differences(requirements or []) for one in runs) else 0)


def _run(wanted: Sequence[Stranger], requirements: Sequence[str]) -> tuple[list[Run], list[str]]:
    """The runs, in the order of the strangers, and why others could not be made."""
    jobs = [(stranger, stage) for stranger in wanted for stage in stranger.truths]
    arguments = [f"--requirement={id}" for id in requirements]
    runs: list[Run] = []
    missing: list[str] = []
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        begun = [
            threads.submit(run, stranger, _folder(stranger, stage), *arguments, stage=stage) for stranger, stage in jobs
        ]
        for one in begun:
            try:
                ended = one.result()
            except (NotStarted, NotInstalled) as error:
                missing.append(str(error))
                continue
            runs.append(ended)
            typer.echo(
                f"{ended.title}: {len(ended.differences(requirements))} differences, {ended.seconds:.0f} s", err=True
            )
    return runs, missing


def _folder(stranger: Stranger, stage: str) -> Path:
    return FOLDER / f"{stranger.name}-{stage}"


if __name__ == "__main__":
    typer.run(main)
