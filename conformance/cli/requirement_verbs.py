"""The verbs about the requirements: `explain` one of them, and list the `requirements`."""

from __future__ import annotations

import os
import textwrap
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from conformance.cli.stopping import stop
from conformance.machine.files import complaints, did_you_mean
from conformance.machine.places import COMMAND
from conformance.settings.conformance_toml import CONFIG_VARIABLE, SettingsError, settings_of
from conformance.verdict.attestations import Attestation, AttestationsError, add
from conformance.verdict.catalogue import Api, Catalogue, CatalogueError, read
from conformance.verdict.features import read_features, source_of
from conformance.verdict.terms import in_words_of

Generation = Annotated[Api | None, typer.Option(help="PortOne's generation: only what applies to it, in its words")]


def explain(requirement_id: Annotated[str, typer.Argument(metavar="ID")], api: Generation = None) -> None:
    """Show what a requirement asks for, its source, and what to do when it fails."""
    catalogue = _catalogue().told(api or Api.V1)
    wanted = requirement_id.upper()
    if wanted not in catalogue:
        meant = did_you_mean(wanted, catalogue.by_id)
        hint = f"; {meant}" if meant else "."
        stop(f"There is no requirement {requirement_id}{hint} `{COMMAND} requirements` lists all.")
    requirement = catalogue[wanted]
    if api and requirement.api not in (None, api):
        stop(f"{wanted} applies to PortOne {requirement.api.upper()} only: leave --api {api} out to read it.")
    source = catalogue.source_of(requirement)
    typer.echo(f"{requirement.id}  {requirement.level}\n{requirement.title}\n")
    facts = {
        "Why": requirement.why,
        "Area": f"{requirement.area}: {catalogue.areas[requirement.area].title}",
        "Needs": "; ".join(probe.meaning for probe in requirement.probes),
        "Only for": "; ".join(f"a merchant who {profile.meaning}" for profile in sorted(requirement.profile)),
        "Stage": requirement.stage,
        "PortOne": f"{requirement.api.upper()} only" if requirement.api else "",
        "Since": f"the set of {requirement.since}",
        "If not met": requirement.remedy,
        "On V2": "" if api or requirement.remedy == requirement.remedy_v2 else requirement.remedy_v2,
        "Look at": requirement.look,
        "Source": f"{source.title}, {source.url} (read {source.read}; {requirement.provenance})",
    }
    for name, fact in facts.items():
        if fact:
            typer.echo(f"{name + ':':<12}{fact}")
    typer.echo(f"\nHow it is checked: {f'by `{COMMAND} storm`' if requirement.by_storm else ''}".rstrip())
    for scenario in read_features():
        apis = scenario.tags.intersection(Api)
        if wanted in scenario.tags and not (api and apis and api not in apis):
            typer.echo("\n" + textwrap.indent(in_words_of(api or Api.V1, source_of(scenario)), "  "))
    _tell_proof(wanted, api)


def _tell_proof(requirement: str, api: Api | None) -> None:
    """Say which defects turn the requirement red on this generation, or on either, and how to see it."""
    from conformance.target.rows import by_tests, proving  # it imports the whole shop, which no other verb needs

    rows = proving(requirement, api)
    typer.echo("\nThat it can fail is proved by:" if rows else f"\n{by_tests(_catalogue()[requirement])}")
    for defect, of_each in groupby(rows, lambda row: row.defect):
        own = list(of_each)
        typer.echo("\n    ".join([f"\n  {defect}: {own[0].sentence}", *(row.command for row in own)]))


def requirements(
    area: Annotated[str | None, typer.Argument(help="only this area, for example CANCEL")] = None,
    api: Generation = None,
) -> None:
    """List the requirements, area by area."""
    catalogue = _catalogue().told(api or Api.V1)
    chosen = [area.upper()] if area else list(catalogue.areas)
    if area and chosen[0] not in catalogue.areas:
        stop(f"There is no area {area}; the areas are {', '.join(catalogue.areas)}.")
    for name in chosen:
        typer.echo(f"{name}  {catalogue.areas[name].title}")
        for requirement in catalogue.requirement:
            if requirement.area == name and not (api and requirement.api not in (None, api)):
                only = f" ({requirement.api.upper()} only)" if requirement.api and not api else ""
                typer.echo(f"  {requirement.id:<13}{requirement.level:<8}{requirement.title}{only}")


def attest(
    requirement_id: Annotated[str, typer.Argument(metavar="ID")],
    who: Annotated[str, typer.Option(help="who has seen it", metavar="NAME")],
    evidence: Annotated[Path, typer.Option(help="a file that shows it: a picture, an e-mail", metavar="FILE")],
    expires: Annotated[
        datetime | None,
        typer.Option(help="its last day (default: in a year)", formats=["%Y-%m-%d"], metavar="DAY", show_default=False),
    ] = None,
    config: Annotated[str | None, typer.Option(help="the run's settings", metavar="FILE")] = None,
) -> None:
    """Attest that a person has seen in a console what a requirement asks for."""
    today = datetime.now(UTC).date()
    last = expires.date() if expires else today + timedelta(days=365)
    try:
        settings = settings_of(config or os.environ.get(CONFIG_VARIABLE), Path.cwd())
        seen = Path(os.path.relpath(evidence.expanduser().resolve(), settings.folder))
        given = Attestation(requirement=requirement_id.upper(), who=who, when=today, evidence=seen, expires=last)
        path = add(settings.folder, given, settings.attestations)
    except ValidationError as error:
        stop(f"attest: {complaints(error, Attestation)}")
    except (SettingsError, AttestationsError) as reason:
        stop(str(reason))
    typer.echo(f"{path}: {who} has seen {given.requirement}, until {last}: {_catalogue()[given.requirement].look}")


def _catalogue() -> Catalogue:
    try:
        return read()
    except CatalogueError as reason:
        stop(str(reason))
