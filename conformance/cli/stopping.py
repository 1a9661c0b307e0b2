"""How a verb of the command ends that cannot do what it was asked for."""

from __future__ import annotations

from typing import NoReturn

import typer


def stop(reason: str) -> NoReturn:
    """Ends with one line for a person and exit code 2."""
    typer.echo(reason, err=True)
    raise typer.Exit(2)
