"""The table of the proof as a page: requirement by defect, as the rows say it; `docs/proof.md` is this page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from conformance.target.rows import Row, by_tests, every_row, of_the_run, proving, storm_rows
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Requirement, catalogue
from shop.variants import VARIANTS
from tests.proof import exploring, figures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
SIGNS: Mapping[Verdict, str] = {Verdict.FAIL: "●", Verdict.WARN: "○", Verdict.NOT_APPLICABLE: "–"}

_HEAD = """# The proof: every check fails, for its own reason and alone

`make proof` runs every row of this page in full, and writes the page once all of them are as they say. A row is a
defect: a fault that a merchant or an account could have, switched on from outside. With it exactly the requirements of
its row turn red; all others keep their verdict, or are INCONCLUSIVE because a requirement of the row blocks them. Where
a row turns several red, it says why.

Requirements on load are decided by `conformance storm`: no run of the scenarios finds the defects of their rows, and a
storm does. `make proof ARGS=storm` runs both for each.

● FAIL (a MUST) · ○ WARN (a SHOULD, or mere advice) · – NOT_APPLICABLE (a MAY that is not shown)
"""


def page() -> str:
    """The whole page, as Markdown."""
    areas = "\n".join(_area(name) for name in catalogue().areas)
    parts = [_HEAD, _counts(), areas, _defects(every_row().values()), _variants(), _mutants(), explored()]
    return "\n".join(parts)


def _counts() -> str:
    every = every_row()
    proved = {id for row in every.values() for id in row.expected}
    others = sum(of_the_run(requirement) for requirement in catalogue().requirement)
    told = f"{len(every)} defects, {len(storm_rows())} of them found by a storm alone, turn {len(proved)} of "
    told += f"{len(catalogue().requirement)} requirements red"
    return f"{told}; {others} more are on runs with real money.\n"


def _area(name: str) -> str:
    own = [requirement for requirement in catalogue().requirement if requirement.area == name]
    touching = [row for row in every_row().values() if any(requirement.id in row.expected for requirement in own)]
    numbers = [requirement.id.removeprefix(f"{name}-") for requirement in own]
    header = [f"| {name} | {' | '.join(numbers)} |", f"|---|{':-:|' * len(own)}"]
    body = [f"| [{row.name}](#{row.name}) | {' | '.join(_signs(row, own))} |" for row in touching]
    named = [_requirement(requirement) for requirement in own]
    return "\n".join([f"## {name}: {catalogue().areas[name].title}\n", *header, *body, "", *named, ""])


def _signs(row: Row, requirements: Iterable[Requirement]) -> Iterator[str]:
    for requirement in requirements:
        verdict = row.expected.get(requirement.id)
        yield SIGNS[verdict] if verdict else " "


def _requirement(requirement: Requirement) -> str:
    unproved = "" if proving(requirement.id) else f" *{by_tests(requirement)}*"
    return f"- **{requirement.id}** {requirement.level}. {requirement.title}{unproved}"


def _defects(listed: Iterable[Row]) -> str:
    told = [_defect(row) for row in listed]
    return "\n".join(["## The defects\n", *told])


def _defect(row: Row) -> str:
    red = ", ".join(f"{id} {verdict}" for id, verdict in row.expected.items())
    why = f"\nTurns several red because {row.why}.\n" if row.why else ""
    return f"### {row.name}\n\n{row.sentence}\n\nRed: {red}.\n{why}\n    {row.command}\n"


def _variants() -> str:
    told = [f"| `{one.name}` | {one.sentence} |" for one in VARIANTS.values()]
    lines = [
        "## What must stay green\n",
        "Merchants who work in another way are as good. With each of these nothing turns red:",
        '`make conformance ARGS="--shop-variant NAME"`.\n',
        "| variant | how it works |",
        "|---|---|",
        *told,
    ]
    return "\n".join(lines) + "\n"


def _mutants() -> str:
    """What became of changes that nobody chose."""
    known = figures.read()
    counted = [one for one in known.values() if one.mutants]
    killed, accepted, survive = (
        sum(getattr(one, name) for one in counted) for name in ("killed", "accepted", "survive")
    )
    share = killed / max(killed + survive, 1)
    lines = [
        "## Changes that nobody chose\n",
        "A program changes what decides about money in the shop, one operator, constant or statement at a time, and",
        "runs the suite as a user does. Killed is what does not end READY; accepted what makes no difference in a run,",
        "or none that any source asks for, each with its reason (`tests/proof/accepted_mutants.toml`).",
        "`make proof ARGS=mutants` tries them all.\n",
        f"Of {killed + survive} changes that count {killed} are killed ({share:.1%}); {accepted} are accepted.\n",
        "| module | changes | killed | accepted | survive |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| `{name}` | {one.mutants} | {one.killed} | {one.accepted} | {one.survive} |"
            for name, one in known.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def explored() -> str:
    """How soon explore found each defect that is about the order of events, as it was measured last."""
    found, stood = exploring.measured()
    lines = [
        "## Found by explore, blind\n",
        "Defects that show only in an order of events or at one moment. Nothing told explore which one was switched",
        f"on; the median story has {exploring.median_length(found):g} sentences. Other work ran beside it.\n",
        "| defect | shows when | found as | seconds | steps | sentences |",
        "|---|---|---|--:|--:|--:|",
        *(_found(one) for one in found),
        "",
        "What is right stands without an alarm:\n",
        "| merchant | steps | distinct states |",
        "|---|--:|--:|",
        *(f"| {one.merchant} | {one.steps:,} | {one.states} |" for one in stood),
    ]
    return "\n".join(lines) + "\n"


def _found(one: exploring.Found) -> str:
    shows = exploring.INTERLEAVING[one.defect]
    figures = f"{one.seconds:g} | {one.steps:,} | {one.length}"
    return f"| [{one.defect}](#{one.defect}) | {shows} | {one.requirement} | {figures} |"
