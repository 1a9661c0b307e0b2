"""`python -m tests.proof.mutation`: changes the rules of the emulator and the suite, and lists what no test notices.

With `--shop` it changes what decides about money in the shop, and lists what a run of the suite does not notice.

The changes are cosmic-ray's. It would write each into the work tree and start the tests anew, 4 s apiece; here they
stay in memory, and the tests run in forked processes.
"""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer

from tests.proof import figures
from tests.proof.accepted import Accepted, accepted, as_toml
from tests.proof.figures import Figures
from tests.proof.mutants import Mutant, mutants, path_of
from tests.proof.mutating import HUNG, PASSED, QUICK, NothingShown, run
from tests.proof.rule_code import RULES, SHOP, THE_SUITE

MINUTES = 45.0

Say = Callable[[str], object]


@dataclass
class Count:
    """What became of one module's mutants; the accepted ones survived too, but are written down with a reason."""

    module: str
    killed: int = 0
    hung: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    survivors: list[Mutant] = field(default_factory=list)
    untried: int = 0

    @property
    def figures(self) -> Figures:
        """The same as it is kept, once all were tried."""
        return Figures(killed=self.killed + self.hung, accepted=len(self.accepted), survive=len(self.survivors))

    def __str__(self) -> str:
        total = self.killed + self.hung + len(self.accepted) + len(self.survivors) + self.untried
        living = f"{len(self.accepted)} accepted, {len(self.survivors)} survive, {self.untried} not tried"
        return f"{self.module}: {total} mutants, {self.killed} killed, {self.hung} hung, {living}"


def report(
    rules: Mapping[str, Sequence[str]], *, minutes: float, say: Say = typer.echo, options: Sequence[str] = QUICK
) -> list[Count]:
    """Try every mutant of these modules and say what became of them. Begins none after so many minutes.

    Raises NothingShown where the tests do not pass without a mutation.
    """
    until = time.monotonic() + minutes * 60
    known = accepted()
    counts = []
    for module, tests in rules.items():
        counts.append(tried(module, tests, known, until=until, options=options))
        say(str(counts[-1]))
        for mutant in counts[-1].survivors:
            say(f"SURVIVES  {mutant}")
    return counts


def tried(
    module: str,
    tests: Sequence[str],
    known: Sequence[Accepted],
    *,
    until: float,
    options: Sequence[str] = QUICK,
) -> Count:
    """What becomes of each mutant of one module. Raises NothingShown."""
    every, count = list(mutants(module)), Count(module)
    original, sources = path_of(module).read_text("utf-8"), [mutant.source for mutant in every]
    begin = time.monotonic() < until
    ended = dict(run(module, tests, original, sources, until=until, options=options)) if begin else {}
    count.untried = len(every) - len(ended)
    for number, status in sorted(ended.items()):
        mutant = every[number]
        allowed = next((one for one in known if one.covers(mutant)), None)
        if status == HUNG:
            count.hung += 1
        elif status != PASSED:
            count.killed += 1
        elif allowed:
            count.accepted.append(allowed)
        else:
            count.survivors.append(mutant)
    return count


def judged(counts: Sequence[Count], known: Sequence[Accepted], say: Say = typer.echo) -> None:
    """Say what is written down for nothing. Raises SystemExit with the survivors where there are any."""
    whole = {count.module for count in counts if not count.untried}
    survived = [one for count in counts for one in count.accepted]
    for one in known:
        if one.module in whole and one not in survived:
            say(f"accepted_mutants.toml: {one} is killed now, or is no mutant any more; take it out")
    untried = sum(count.untried for count in counts)
    if untried:
        say(f"{untried} mutants were not tried: --minutes gives more.")
    survivors = [mutant for count in counts for mutant in count.survivors]
    if survivors:
        say("\n\n".join(map(as_toml, survivors)))
        raise SystemExit(f"{len(survivors)} mutants survive: write a test that fails on each, or why none is needed")
    say(f"No mutant of {len(counts)} modules survives that is not accepted.")


def prove(
    rules: Mapping[str, Sequence[str]] = RULES,
    *,
    minutes: float = MINUTES,
    options: Sequence[str] = QUICK,
    record: bool = False,
) -> None:
    """Try the mutants of these modules. Raises SystemExit where one survives, or where the tests fail without any."""
    try:
        counts = report(rules, minutes=minutes, options=options)
    except NothingShown as reason:
        raise SystemExit(str(reason)) from None
    if record:
        figures.keep({count.module: count.figures for count in counts if not count.untried})
    judged(counts, accepted())


def main(
    modules: Annotated[
        list[str] | None, typer.Option("--module", help="only this one, may be repeated", metavar="MODULE")
    ] = None,
    minutes: Annotated[float, typer.Option(help="begin no further mutant after so long")] = MINUTES,
    shop: Annotated[bool, typer.Option("--shop", help="the shop's modules, by whole runs of the suite")] = False,
    record: Annotated[bool, typer.Option("--record", help="with --shop: keep the figures for docs/proof.md")] = False,
) -> None:
    """Change the rules one by one, and fail on a change that no test notices."""
    known = SHOP if shop else RULES
    unknown = [module for module in modules or () if module not in known]
    if unknown:
        typer.echo(f"--module {unknown[0]}: no rules of it are mutated; choose of {', '.join(known)}", err=True)
        raise SystemExit(2)
    chosen = {module: known[module] for module in modules or known}
    prove(chosen, minutes=minutes, options=THE_SUITE if shop else QUICK, record=shop and record)


if __name__ == "__main__":
    typer.run(main)
