"""The verbs about the requirements: `explain` one of them, and list the `requirements`."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer

from conformance.cli.stopping import stop
from conformance.machine.nearest import did_you_mean
from conformance.machine.places import COMMAND
from conformance.verdict.catalogue import Catalogue, CatalogueError, read
from conformance.verdict.features import read_features, source_of


def explain(requirement_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Show what a requirement asks for, its source, and what to do when it fails."""
    catalogue = _catalogue()
    wanted = requirement_id.upper()
    if wanted not in catalogue:
        meant = did_you_mean(wanted, catalogue.by_id)
        hint = f"; {meant}" if meant else "."
        stop(f"There is no requirement {requirement_id}{hint} `{COMMAND} requirements` lists all.")
    requirement = catalogue[wanted]
    source = catalogue.source_of(requirement)
    typer.echo(f"{requirement.id}  {requirement.level}\n{requirement.title}\n")
    facts = {
        "Why": requirement.why,
        "Area": f"{requirement.area}: {catalogue.areas[requirement.area].title}",
        "Needs": "; ".join(probe.meaning for probe in requirement.probes),
        "Only for": "; ".join(f"a merchant who {profile.meaning}" for profile in sorted(requirement.profile)),
        "Stage": requirement.stage,
        "If not met": requirement.remedy,
        "Look at": requirement.look,
        "Source": f"{source.title}, {source.url} (read {source.read}; {requirement.provenance})",
    }
    for name, fact in facts.items():
        if fact:
            typer.echo(f"{name + ':':<12}{fact}")
    typer.echo(f"\nHow it is checked: {f'by `{COMMAND} storm`' if requirement.by_storm else ''}".rstrip())
    for scenario in read_features():
        if wanted in scenario.tags:
            typer.echo("\n" + textwrap.indent(source_of(scenario), "  "))
    _tell_proof(wanted)


def _tell_proof(requirement: str) -> None:
    """Say which defects turn the requirement red, and how to see it."""
    from conformance.target.rows import by_tests, proving  # it imports the whole shop, which no other verb needs

    rows = proving(requirement)
    typer.echo("\nThat it can fail is proved by:" if rows else f"\n{by_tests(_catalogue()[requirement])}")
    for row in rows:
        typer.echo(f"\n  {row.name}: {row.sentence}\n    {row.command}")


def requirements(
    area: Annotated[str | None, typer.Argument(help="only this one, for example CANCEL")] = None,
) -> None:
    """List the requirements, area by area."""
    catalogue = _catalogue()
    chosen = [area.upper()] if area else list(catalogue.areas)
    if area and chosen[0] not in catalogue.areas:
        stop(f"There is no area {area}; the areas are {', '.join(catalogue.areas)}.")
    for name in chosen:
        typer.echo(f"{name}  {catalogue.areas[name].title}")
        for requirement in catalogue.requirement:
            if requirement.area == name:
                typer.echo(f"  {requirement.id:<13}{requirement.level:<8}{requirement.title}")


def _catalogue() -> Catalogue:
    try:
        return read()
    except CatalogueError as reason:
        stop(str(reason))
