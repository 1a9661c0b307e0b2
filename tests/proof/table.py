"""The table of the proof as a page: requirement by defect, as the rows say it; `docs/proof.md` is this page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from conformance.target.rows import Row, by_tests, every_row, of_the_run, proving, storm_rows
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Api, Requirement, catalogue
from shop.variants import VARIANTS
from tests.proof import exploring, figures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
SIGNS: Mapping[Verdict, str] = {Verdict.FAIL: "●", Verdict.WARN: "○", Verdict.NOT_APPLICABLE: "–"}

ON: Mapping[tuple[Api, ...], str] = {(Api.V1, Api.V2): "V1 V2", (Api.V1,): "V1", (Api.V2,): "V2"}
"""The generations of PortOne on which there is a defect, in the column that says so."""

_HEAD = """# The proof: every check fails, for its own reason and alone

`make proof` runs every row of this page in full, and writes the page once all of them are as they say. A row is a
defect: a fault that a merchant or an account could have, switched on from outside. With it exactly the requirements of
its row turn red; all others keep their verdict, or are INCONCLUSIVE because a requirement of the row blocks them. Where
a row turns several red, it says why.

Requirements on load are decided by `conformance storm`: no run of the scenarios finds the defects of their rows, and a
storm does. `make proof ARGS=storm` runs both for each.

● FAIL (a MUST) · ○ WARN (a SHOULD, or mere advice) · – NOT_APPLICABLE (a MAY that is not shown)

The column "on" says for which generation of PortOne a defect is a row: V1, V2, or both. Where a defect of both does not
turn the same red on both, the field names the generation on which it does.
"""


def page() -> str:
    """The whole page, as Markdown."""
    areas = "\n".join(_area(name) for name in catalogue().areas)
    parts = [_HEAD, _counts(), areas, _defects(every_row().values()), _variants(), _mutants(), explored()]
    return "\n".join(parts)


def _counts() -> str:
    every = every_row().values()
    defects = len({row.defect for row in every})
    on = {api: [row for row in every if row.api is api] for api in Api}
    red = {api: _red(api) for api in Api}
    by_storm = len(storm_rows())
    others = sum(of_the_run(requirement) for requirement in catalogue().requirement)
    both = len(on[Api.V1]) + len(on[Api.V2]) - defects
    told = f"{len(on[Api.V1])} defects on V1, {len(on[Api.V2])} on V2 ({defects} in all, {both} of them on both), turn "
    told += f"{red[Api.V1]} requirements red on V1, {red[Api.V2]} on V2.\n"
    told += f"A storm alone finds {by_storm} of them; {others} requirements more are on runs with real money.\n"
    return told


def _red(api: Api) -> str:
    """How many of the requirements of a generation one of its rows turns red, of how many."""
    applying = [one.id for one in catalogue().requirement if one.api in (None, api)]
    return f"{sum(bool(proving(id, api)) for id in applying)} of {len(applying)}"


def _area(name: str) -> str:
    own = [requirement for requirement in catalogue().requirement if requirement.area == name]
    touching = [
        rows
        for rows in _by_defect(every_row().values())
        if any(requirement.id in row.expected for requirement in own for row in rows)
    ]
    numbers = [requirement.id.removeprefix(f"{name}-") for requirement in own]
    header = [f"| {name} | on | {' | '.join(numbers)} |", f"|---|---|{':-:|' * len(own)}"]
    body = [
        f"| [{rows[0].defect}](#{rows[0].defect}) | {_on(rows)} | {' | '.join(_signs(rows, own))} |"
        for rows in touching
    ]
    named = [_requirement(requirement) for requirement in own]
    return "\n".join([f"## {name}: {catalogue().areas[name].title}\n", *header, *body, "", *named, ""])


def _by_defect(every: Iterable[Row]) -> Iterable[Sequence[Row]]:
    """The rows of each defect, V1's first."""
    rows: dict[str, list[Row]] = {}
    for row in every:
        rows.setdefault(row.defect, []).append(row)
    return rows.values()


def _link(rows: Sequence[Row]) -> str:
    return f"[{rows[0].defect}](#{rows[0].defect})"


def _on(rows: Sequence[Row]) -> str:
    return ON[tuple(row.api for row in rows)]


def _signs(rows: Sequence[Row], requirements: Iterable[Requirement]) -> Iterator[str]:
    for requirement in requirements:
        red = [row for row in rows if requirement.id in row.expected]
        sign = SIGNS[red[0].expected[requirement.id]] if red else " "
        yield sign if len(red) in (0, len(rows)) else f"{sign} {_on(red)}"


def _requirement(requirement: Requirement) -> str:
    unproved = "" if proving(requirement.id) else f" *{by_tests(requirement)}*"
    return f"- **{requirement.id}** {requirement.level}. {requirement.title}{unproved}"


def _defects(listed: Iterable[Row]) -> str:
    told = [_defect(rows) for rows in _by_defect(listed)]
    return "\n".join(["## The defects\n", *told])


def _defect(rows: Sequence[Row]) -> str:
    first, last = rows[0], rows[-1]
    alike = first.expected == last.expected
    if alike:
        told = [f"On {' and '.join(row.api.upper() for row in rows)}. Red: {_reds(first)}."]
    else:
        told = [f"On {row.api.upper()}. Red: {_reds(row)}." for row in rows]
    if first.why:
        told.append(f"Turns several red because {first.why}.")
    if len(rows) == 1 and first.differs:
        told.append(f"Not on V2: {first.differs}.")
    elif not alike and last.differs:
        told.append(f"Otherwise on V2: {last.differs}.")
    commands = "\n".join(f"    {row.command}" for row in rows)
    return "\n\n".join([f"### {first.defect}", first.sentence, *told, f"{commands}\n"])


def _reds(row: Row) -> str:
    return ", ".join(f"{id} {verdict}" for id, verdict in row.expected.items())


def _variants() -> str:
    told = [f"| `{one.name}` | {ON[tuple(map(Api, one.apis))]} | {one.sentence} |" for one in VARIANTS.values()]
    lines = [
        "## What must stay green\n",
        "Merchants who work in another way are as good. With each of these nothing turns red:",
        '`make conformance ARGS="--shop-variant NAME"`, on V2 with `--api v2`.\n',
        "| variant | on | how it works |",
        "|---|---|---|",
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
