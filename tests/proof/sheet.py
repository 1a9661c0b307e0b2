"""The matrix as it was found, requirement by defect, as a page among the reports: `reports/proof.html`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conformance.machine.places import REPORTS
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import catalogue
from tests.proof.matrix import Proved

SHEET = REPORTS / "proof.html"
HERE = Path(__file__).parent
SIGNS: Mapping[Verdict, str] = {
    Verdict.FAIL: "●",
    Verdict.WARN: "○",
    Verdict.INCONCLUSIVE: "▫",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.ERROR: "!",
}


def write(proved: Sequence[Proved], path: Path = SHEET) -> None:
    """Write the page of these rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sheet(proved), "utf-8")


def sheet(proved: Sequence[Proved]) -> str:
    """The page as HTML that needs nothing else."""
    known = catalogue()
    requirements = {name: [r for r in known.requirement if r.area == name] for name in known.areas}
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("sheet.html").render(
        proved=proved, areas=known.areas.items(), requirements=requirements, sign=sign, touches=touches
    )


def sign(proved: Proved, id: str) -> tuple[str, str]:
    """What stands in a field, and the verdict that colours it: what the defect changed, or that it was not run."""
    shown = proved.shown.get(id)
    if shown is None:
        return "·", ""
    blocked = shown.verdict is Verdict.INCONCLUSIVE and shown.blocked_by
    named = id in proved.row.expected
    return (SIGNS.get(shown.verdict, ""), shown.verdict) if named or blocked or shown.errors else ("", "")


def touches(proved: Proved, area: str) -> bool:
    """Whether the defect turns a requirement of the area red."""
    return any(id.startswith(f"{area}-") for id in proved.row.expected)
