"""`python -m tests.proof`, which is `make proof`: every row in full, and then the page that says so."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from shop.switches import UnknownSwitch, chosen
from tests.proof import deletion, mutation, sheet
from tests.proof.judging import NoVerdicts
from tests.proof.matrix import Proved, prove
from tests.proof.rows import Row, Scope, rows
from tests.proof.table import PAGE, page

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "proof"


def main(
    names: Annotated[list[str] | None, typer.Argument(help="only the rows of these defects", metavar="NAME")] = None,
    touched: Annotated[bool, typer.Option("--touched", help="on what a row may touch, as make test does it")] = False,
    page_only: Annotated[bool, typer.Option("--page", help="prove nothing, write docs/proof.md anew")] = False,
    assertions: Annotated[
        bool, typer.Option(help="leave out every assertion of the steps and Givens, one by one")
    ] = True,
    minutes: Annotated[float, typer.Option(help="begin no assertion's runs after so long")] = deletion.MINUTES,
    mutants: Annotated[
        bool, typer.Option(help="change the rules of the emulator and of the suite, one by one; after every row only")
    ] = True,
) -> None:
    """Prove that every check can fail, and fails alone; then write docs/proof.md."""
    if page_only:
        return _write_page()
    try:
        wanted = chosen("NAME", names or list(rows()), rows())
        shutil.rmtree(FOLDER, ignore_errors=True)
        proved = list(_proved(wanted, Scope.TOUCHED if touched else Scope.WHOLE))
    except (UnknownSwitch, NoVerdicts) as reason:
        raise SystemExit(str(reason)) from None
    sheet.write(proved)
    typer.echo(f"What was found: {sheet.SHEET}")
    wrong = [one.row.name for one in proved if one.strays]
    if wrong:
        raise SystemExit(f"{len(wrong)} of {len(proved)} rows are not as they say: {', '.join(wrong)}")
    typer.echo(f"{len(proved)} rows are as they say.")
    if names is None:
        _write_page()
    if assertions:
        deletion.prove(minutes=minutes)
    if mutants and names is None:
        mutation.prove()
    return None


def _proved(wanted: Sequence[Row], scope: Scope) -> list[Proved]:
    began, every = time.monotonic(), []
    for proved in prove(wanted, scope, FOLDER):
        every.append(proved)
        minutes = (time.monotonic() - began) / 60
        mark = "as it says" if not proved.strays else "NOT as it says"
        typer.echo(f"{len(every):>3} of {len(wanted)}  {minutes:5.1f} min  {proved.row.name}: {mark}")
        for stray in proved.strays:
            typer.echo(f"        {stray}")
    return every


def _write_page() -> None:
    PAGE.write_text(page(), "utf-8")
    typer.echo(f"Written: {PAGE}")


if __name__ == "__main__":
    typer.run(main)
