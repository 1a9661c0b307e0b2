"""`python -m tests.proof`, which is `make proof`: what a change proves beside `make test`, part by part.

What has passed in this state of the project is not run again, so a proof that was stopped goes on where it was.
"""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from conformance.target.rows import rows
from tests.forks import ROOT
from tests.proof import kept, sheet
from tests.proof.matrix import kept_in, unbroken, without_defects
from tests.proof.resuming import VARIABLE
from tests.proof.table import PAGE, page

MINUTES = 55.0
PARTS: Mapping[str, Sequence[str]] = {
    "rows": ("tests/proof/test_rows.py",),
    "storm": ("tests/proof/test_storm.py",),
    "together": ("tests/proof/test_together.py",),
    "scenarios": ("tests/proof/test_by_scenario.py",),
    "merchants": ("tests/proof/test_variants.py", "tests/proof/test_strangers.py"),
    "strangers": ("tests/strangers",),
    "alone": ("tests/proof/test_alone.py",),
    "assertions": ("tests/proof/test_assertions.py",),
    "rules": ("tests/proof/test_rules.py",),
    "mutants": ("tests/proof/test_mutated_shop.py",),
    "explore": ("tests/proof/test_exploring.py",),
    "clients": ("tests/emulator/clients", "tests/examples"),
    "deep": ("tests",),
}
"""The parts and where their tests are; the last takes what is in no other."""


@dataclass(frozen=True)
class Shown:
    """How far a part is: how many of its tests there are in this shard, and how many have passed."""

    part: str
    number: int
    passed: int

    def __str__(self) -> str:
        return f"{self.part}: {self.passed} of {self.number} proved"


def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"of {', '.join(PARTS)}", metavar="PART")] = None,
    shard: Annotated[str, typer.Option(help="the Kth of N shares of each part", metavar="K/N")] = "1/1",
    minutes: Annotated[float, typer.Option(help="begin nothing more after so long")] = MINUTES,
    anew: Annotated[bool, typer.Option("--anew", help="also what has passed already")] = False,
    page_only: Annotated[bool, typer.Option("--page", help="prove nothing, write docs/proof.md anew")] = False,
) -> None:
    """Prove each part, and say how far it is; ends with 1 unless all of them are proved."""
    if page_only:
        return _write_page()
    for name in parts or ():
        if name not in PARTS:
            raise typer.BadParameter(f"{name}: there is no such part; choose of {', '.join(PARTS)}")
    if anew:
        kept.forget()
    until = time.time() + minutes * 60
    shown = [_prove(name, shard, until) for name in parts or PARTS]
    typer.echo("")
    for one in shown:
        typer.echo(str(one))
    if "rows" in (parts or PARTS):
        of_each = {unbroken(row): row for row in rows().values()}
        without = {name: without_defects(row, kept.folder() / kept.FIRST_WORKER) for name, row in of_each.items()}
        sheet.write(list(kept_in(kept.folder() / kept.ROWS, without)))
        typer.echo(f"What was found of the rows: {sheet.SHEET}")
    if any(one.passed < one.number or not one.number for one in shown):
        raise SystemExit("Not all of it is proved. What failed is told above; run it again for what was not begun.")
    if not parts and shard == "1/1":
        _write_page()
    return None


def _prove(part: str, shard: str, until: float) -> Shown:
    typer.echo(f"\n== {part}")
    others = [place for name, places in PARTS.items() if name != part for place in places]
    left_out = [f"--ignore={place}" for place in others] if PARTS[part] == ("tests",) else []
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder) / "counted.json"
        own, shards = map(int, shard.split("/"))
        told = json.dumps({"until": until, "shard": own, "shards": shards, "counted": str(counted)})
        command = [sys.executable, "-m", "pytest", "-p", "tests.proof.resuming", "-m", "proof or deeper"]
        command += ["-n", str(os.cpu_count() or 1), "--dist", "worksteal", f"--alluredir={folder}/allure-results"]
        command += [f"--junit-xml={kept.folder()}/{part}.xml", *left_out, *PARTS[part]]
        environ = {**os.environ, VARIABLE: told, "CONFORMANCE_WHOLE": "1"}
        subprocess.call(command, cwd=ROOT, env=environ)
        nodes = json.loads(counted.read_text("utf-8")) if counted.exists() else []
    return Shown(part, len(nodes), len(kept.passed().intersection(nodes)))


def _write_page() -> None:
    PAGE.write_text(page(), "utf-8")
    typer.echo(f"Written: {PAGE}")


if __name__ == "__main__":
    typer.run(main)
