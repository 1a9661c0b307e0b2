"""`python -m tests.proof.mutation`: changes the rules of the emulator and the suite, and lists what no test notices.

With `--shop` it changes what decides about money in the shop, and lists what a run of the suite does not notice. Of
the scenarios those are run that reach the change; the others end as they do without it.

The changes are cosmic-ray's. It would write each into the work tree and start the tests anew, 4 s apiece; here they
stay in memory, and the tests run in forked processes.
"""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from tests.proof import figures, reach
from tests.proof.accepted import Accepted, accepted, as_toml
from tests.proof.figures import Change, Figures
from tests.proof.mutants import ROOT, Mutant, mutants, path_of
from tests.proof.mutating import HUNG, PASSED, QUICK, NothingShown, Reached, run
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
        survivors = tuple(map(Change.of, self.survivors))
        return Figures(killed=self.killed + self.hung, accepted=len(self.accepted), survivors=survivors)

    def survived(self, mutant: Mutant, known: Sequence[Accepted]) -> None:
        """Count one that no test notices."""
        allowed = next((one for one in known if one.covers(mutant)), None)
        if allowed:
            self.accepted.append(allowed)
        else:
            self.survivors.append(mutant)

    def __str__(self) -> str:
        total = self.killed + self.hung + len(self.accepted) + len(self.survivors) + self.untried
        living = f"{len(self.accepted)} accepted, {len(self.survivors)} survive, {self.untried} not tried"
        return f"{self.module}: {total} mutants, {self.killed} killed, {self.hung} hung, {living}"


def report(
    rules: Mapping[str, Sequence[str]],
    *,
    minutes: float,
    say: Say = typer.echo,
    options: Sequence[str] = QUICK,
    reached: reach.Reach | None = None,
    again: bool = False,
    brief: bool = False,
) -> list[Count]:
    """Try every mutant of these modules and say what became of them. Begins none after so many minutes.

    With `reached` a mutant is tried on the scenarios that reach it, or a few of them where that is to be `brief`; with
    `again` those alone that survived the last time. Raises NothingShown where the tests do not pass without a mutation.
    """
    until = time.monotonic() + minutes * 60
    known = accepted()
    counts = []
    for module, tests in rules.items():
        only = figures.read()[module].survivors if again else None
        counts.append(
            tried(module, tests, known, until=until, options=options, reached=reached, only=only, brief=brief)
        )
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
    reached: reach.Reach | None = None,
    only: Sequence[Change] | None = None,
    brief: bool = False,
) -> Count:
    """What becomes of each mutant of one module, or of `only` these. Raises NothingShown."""
    every, count = list(mutants(module)), Count(module)
    original = path_of(module).read_text("utf-8")
    if only is not None:
        every = [mutant for mutant in every if Change.of(mutant) in only]
    where = []
    if reached:
        for mutant in [*every]:
            scenarios = reached.scenarios(module, original, mutant.line)
            scenarios = reached.brief(scenarios) if brief else scenarios
            known_to_survive = only is not None and any(one.covers(mutant) for one in known)
            if scenarios and not known_to_survive:
                where.append(Reached(scenarios, reached.seconds(scenarios)))
            else:  # whatever stands there, no scenario comes to it, or it survived and is accepted by now
                every.remove(mutant)
                count.survived(mutant, known)
    sources = [mutant.source for mutant in every]
    begin = every and time.monotonic() < until
    ended = dict(run(module, tests, original, sources, until=until, options=options, reached=where)) if begin else {}
    count.untried = len(every) - len(ended)
    for number, status in sorted(ended.items()):
        if status == HUNG:
            count.hung += 1
        elif status != PASSED:
            count.killed += 1
        else:
            count.survived(every[number], known)
    return count


def reached_in(modules: Sequence[str], options: Sequence[str], folder: Path) -> reach.Reach:
    """Which scenarios reach what of these modules, by a whole run. Raises NothingShown where it is not READY."""
    file = folder / "reach.json"
    noting = ("-p", "tests.proof.reach", f"--note-reach={file}", f"--reach-of={','.join(modules)}")
    command = [sys.executable, "-m", "pytest", *(one.format(folder=folder / "whole") for one in options), *noting]
    ended = subprocess.run([*command, "features"], cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise NothingShown(f"The suite ended with {ended.returncode} without a mutation:\n{ended.stdout}{ended.stderr}")
    return reach.read(file)


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
) -> None:
    """Try the mutants of these modules. Raises SystemExit where one survives, or where the tests fail without any."""
    try:
        counts = report(rules, minutes=minutes, options=options)
    except NothingShown as reason:
        raise SystemExit(str(reason)) from None
    judged(counts, accepted())


def prove_shop(
    modules: Sequence[str], *, minutes: float = MINUTES, record: bool = False, again: bool = False, brief: bool = False
) -> None:
    """The same of the shop's modules, by runs of the suite; `record` keeps the figures for docs/proof.md."""
    try:
        counts = of_shop(modules, minutes=minutes, again=again, record=record, brief=brief)
    except NothingShown as reason:
        raise SystemExit(str(reason)) from None
    judged(counts, accepted())


def of_shop(
    modules: Sequence[str],
    *,
    minutes: float = MINUTES,
    say: Say = typer.echo,
    again: bool = False,
    record: bool = False,
    brief: bool = False,
) -> list[Count]:
    """Report on these modules of the shop. Raises NothingShown."""
    before, counts = figures.read(), list[Count]()
    with tempfile.TemporaryDirectory(prefix="reach-") as folder:
        reached = reached_in(modules, THE_SUITE, Path(folder))
        selecting = ("-p", "tests.proof.reach", f"--reach={folder}/reach.json", "--scenarios={folder}.json")
        until = time.monotonic() + minutes * 60
        for module in modules:
            left = max(until - time.monotonic(), 0.0) / 60
            counts += report(
                {module: SHOP[module]},
                minutes=left,
                say=say,
                options=(*THE_SUITE, *selecting),
                reached=reached,
                again=again,
                brief=brief,
            )
            if record and not counts[-1].untried:
                found = counts[-1].figures
                figures.keep({module: found.after(before[module]) if again else found})
    return counts


def main(
    modules: Annotated[
        list[str] | None, typer.Option("--module", help="only this one, may be repeated", metavar="MODULE")
    ] = None,
    minutes: Annotated[float, typer.Option(help="begin no further mutant after so long")] = MINUTES,
    shop: Annotated[bool, typer.Option("--shop", help="the shop's modules, by whole runs of the suite")] = False,
    record: Annotated[bool, typer.Option("--record", help="with --shop: keep the figures for docs/proof.md")] = False,
    again: Annotated[bool, typer.Option("--again", help="with --shop: only what survived the last time")] = False,
    brief: Annotated[bool, typer.Option("--brief", help="with --shop: on a few scenarios; more may survive")] = False,
) -> None:
    """Change the rules one by one, and fail on a change that no test notices."""
    known = SHOP if shop else RULES
    unknown = [module for module in modules or () if module not in known]
    if unknown:
        typer.echo(f"--module {unknown[0]}: no rules of it are mutated; choose of {', '.join(known)}", err=True)
        raise SystemExit(2)
    chosen = {module: known[module] for module in modules or known}
    if shop:
        prove_shop(list(chosen), minutes=minutes, record=record, again=again, brief=brief)
    else:
        prove(chosen, minutes=minutes)


if __name__ == "__main__":
    typer.run(main)
