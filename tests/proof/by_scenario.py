"""`python -m tests.proof.by_scenario`: which rows turn each scenario (each row of an outline) red, and which none does.

Each generation of PortOne has its own rows, and a scenario that runs on both is turned red on both.

It reads the reports of rows that it ran in this state of the project, or runs rows first: those of some requirements,
on these alone, or with `--run` all that have none yet, each on what it turns red.
"""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from conformance.report.document import ConformanceDocument
from conformance.target.rows import Row, rows
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Api
from tests.proof import kept
from tests.proof.forking import Job, run
from tests.proof.matrix import unbroken

ACCEPTED = Path(__file__).with_name("accepted_scenarios.toml")
WITHOUT: Mapping[Api, Sequence[str]] = {
    api: sorted({unbroken(row) for row in rows().values() if row.api is api}) for api in Api
}
"""The folders of the runs without any defect, by generation."""

Ends = Mapping[str, Verdict]
"""How each scenario of a run ended, by its title with its row."""


def ends_of(document: ConformanceDocument, requirements: Iterable[str] = ()) -> Ends:
    """How the scenarios of these requirements ended, of all where none is named."""
    named = set(requirements)
    chosen = [one for one in document.requirements if not named or one.id in named]
    return {scenario.title: scenario.outcome for one in chosen for scenario in one.scenarios}


def turned_red(row: Row, ends: Ends, without: Ends) -> set[str]:
    """The scenarios that are red with the defect (FAIL, WARN, or a MAY that is not shown), and are not without it.

    One that does not apply without it may apply by what the defect does.
    """
    red = {Verdict.FAIL, Verdict.WARN}
    if Verdict.NOT_APPLICABLE in row.expected.values():
        red.add(Verdict.NOT_APPLICABLE)
    before = {title for title, outcome in without.items() if outcome in (Verdict.PASS, Verdict.NOT_APPLICABLE)}
    return {title for title, now in ends.items() if now in red and title in before and now is not without[title]}


def table(proved: Mapping[str, Iterable[str]], scenarios: Iterable[str]) -> Mapping[str, list[str]]:
    """The rows that turn each scenario red; `proved` are the scenarios of each row."""
    return {title: sorted(name for name, red in proved.items() if title in red) for title in scenarios}


def accepted(api: Api, path: Path = ACCEPTED) -> Mapping[str, str]:
    """Why no defect can turn a scenario red on this generation, by its title; what names none is said of both."""
    every = tomllib.loads(path.read_text("utf-8"))["scenario"]
    return {one["title"]: one["why"] for one in every if one.get("api", api) == api}


def main(
    requirements: Annotated[list[str] | None, typer.Argument(help="run the rows of these first", metavar="ID")] = None,
    folder: Annotated[Path | None, typer.Option(help="where the reports of the rows are")] = None,
    every: Annotated[bool, typer.Option("--run", help="run first what has no report, on what it turns red")] = False,
) -> None:
    """Print each scenario with the rows that turn it red; exit with 1 where one has none and is not accepted."""
    folder = folder or kept.folder() / kept.SCENARIOS
    wanted = [row for row in rows().values() if not requirements or set(requirements) & row.expected.keys()]
    if requirements or every:
        _run(wanted, requirements or (), folder)
    documents = {row: document for row in wanted if (document := _read(folder / row.name))}
    if not documents:
        raise SystemExit(f"No reports in {folder}: name requirements, or run all rows with --run.")
    unproved = [title for api in Api for title in _shown(api, documents, requirements or (), folder)]
    raise SystemExit(1 if unproved else 0)


def _shown(
    api: Api, documents: Mapping[Row, ConformanceDocument], requirements: Sequence[str], folder: Path
) -> Sequence[str]:
    """Print each scenario of a generation with the rows that turn it red; those that none does."""
    without: dict[str, Verdict] = {}
    for name in WITHOUT[api]:
        if document := _read(folder / name):
            without.update(
                (title, end)
                for title, end in ends_of(document, requirements).items()
                if end is Verdict.PASS or title not in without
            )
    own = {row: one for row, one in documents.items() if row.api is api}
    proved = {row.name: turned_red(row, ends_of(one, row.expected), without) for row, one in own.items()}
    shown = [title for title, end in without.items() if end is Verdict.PASS]
    unproved, excused = [], accepted(api)
    for title, names in table(proved, shown).items():
        why = excused.get(title, "")
        typer.echo(f"{'●' if names else '·' if why else '✗'} {title}: {', '.join(names) or why or 'no row'}")
        unproved += [title] if not names and not why else []
    of_all = sum(row.api is api for row in rows().values())
    typer.echo(f"{api.upper()}: {len(shown)} scenarios by {len(own)} of {of_all} rows; red in none: {len(unproved)}")
    return unproved


def _run(wanted: Sequence[Row], requirements: Sequence[str], folder: Path) -> None:
    of_each = {unbroken(row): row for row in wanted}
    jobs = [
        Job(name, (*row.account, *_only(requirements)), str(folder / name)) for name, row in sorted(of_each.items())
    ]
    jobs += [
        Job(row.name, (*row.options, *_only(requirements or sorted(row.expected))), str(folder / row.name))
        for row in wanted
    ]
    left = [job for job in jobs if requirements or not _report(Path(job.folder)).exists()]
    for ended in run(left):
        typer.echo(f"{ended.name}: ended with {ended.status} after {ended.seconds:.0f} s", err=True)


def _only(requirements: Iterable[str]) -> Iterable[str]:
    return (f"--requirement={id}" for id in requirements)


def _read(folder: Path) -> ConformanceDocument | None:
    path = _report(folder)
    return ConformanceDocument.model_validate_json(path.read_bytes()) if path.exists() else None


def _report(folder: Path) -> Path:
    return folder / "conformance.json"


if __name__ == "__main__":
    typer.run(main)
