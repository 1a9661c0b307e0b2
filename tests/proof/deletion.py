"""`python -m tests.proof.deletion`: leaves out one assertion after the other, and lists which no row would miss.

Of the steps each is tried, and of the Givens each that blocks a scenario.
"""

from __future__ import annotations

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

# isort: split
import shutil
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Annotated

import typer

from conformance.target.rows import LIMITS, Row, rows
from tests.forks import ROOT
from tests.proof.coverage import reached
from tests.proof.forking import Ended, Job, run
from tests.proof.judging import Ending, NoVerdicts, found
from tests.proof.leaving_out import Assertion, assertions

FOLDER = ROOT / ".cache" / "deletion"
LIST = Path(__file__).with_name("accepted_assertions.toml")
MINUTES = 60.0
AT_MOST = 16
"""Rows that are tried for one assertion."""
SCENARIOS = 4
"""Of those that run through an assertion, in one row."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Trial:
    """A row that should miss an assertion, and scenarios of its stage that run through it."""

    row: Row
    scenarios: tuple[str, ...]

    def job(self, folder: Path, without: Assertion | None = None) -> Job:
        """The run of these scenarios in the row, with the assertion or without it."""
        left_out = (without.module, without.line) if without else None
        return Job(folder.name, (*self.row.options, *self.scenarios), str(folder), left_out)


@dataclass(frozen=True)
class Reaching:
    """The scenarios of a stage and a generation by the functions that they run through, and what each is about."""

    account: tuple[str, ...]
    through: Mapping[tuple[str, str], set[str]]
    requirement: Mapping[str, str]

    def about(self, assertion: Assertion) -> Mapping[str, list[str]]:
        """The scenarios that run through its function, by requirement, in the suite's order."""
        scenarios: dict[str, list[str]] = defaultdict(list)
        through = self.through.get((assertion.module, assertion.function), set())
        for scenario, requirement in self.requirement.items():
            if scenario in through:
                scenarios[requirement].append(scenario)
        return scenarios


@dataclass(frozen=True)
class Accepted:
    """An assertion that no row misses, in any line of its function; `reason` is a sentence."""

    module: str
    function: str
    text: str
    reason: str

    def covers(self, assertion: Assertion) -> bool:
        """Whether this is that assertion."""
        return (self.module, self.function, self.text) == (assertion.module, assertion.function, assertion.text)


def accepted(path: Path = LIST) -> list[Accepted]:
    """Every one that is written down. Raises TypeError where a key is missing, or is none of them."""
    return [Accepted(**told) for told in tomllib.loads(path.read_text("utf-8")).get("accepted", [])]


def prove(
    known: Sequence[Accepted] | None = None,
    *,
    names: Sequence[str] = (),
    minutes: float = MINUTES,
    say: Say = typer.echo,
) -> None:
    """Leave out each assertion, or those whose file and line begin with a name.

    Raises SystemExit with those that no row misses and that nobody accepted; begins no row after so many minutes.
    """
    shutil.rmtree(FOLDER, ignore_errors=True)
    known = accepted() if known is None else known
    every = [one for one in assertions() if not names or str(one).startswith(tuple(names))]
    until = time.monotonic() + minutes * 60
    left = list(every)
    for one, row in missed(every, FOLDER, until=until):
        left.remove(one)
        say(f"{len(every) - len(left):>3} of {len(every)}  {one}: missed by {row}")
    untried = time.monotonic() > until
    if untried:
        say(f"After {minutes:g} minutes not every row was tried: --minutes gives more.")
    for allowed in known:
        if not names and not untried and not any(allowed.covers(one) for one in left):
            say(f"{LIST.name}: {allowed.module}, {allowed.text} is missed now, or is not there any more; take it out")
    survivors = [one for one in left if not any(allowed.covers(one) for allowed in known)]
    for one in survivors:
        say(f"SURVIVES  {one}")
    if survivors:
        raise SystemExit(f"{len(survivors)} assertions are missed by no row: write a defect that each alone can see")
    say(f"{len(every)} assertions were left out; a row misses each of them, but for {len(left)} that are accepted.")


def missed(every: Sequence[Assertion], folder: Path, *, until: float) -> Iterator[tuple[Assertion, str]]:
    """The assertions without which a row shows something else, each with the first such row.

    A row shows something else when a scenario ends in another way than with the assertion. All are tried on their first
    row, then those that nobody missed on their second, and so on. `until` (time.monotonic()) ends it before everything
    was tried. Raises judging.NoVerdicts where a row cannot be run.
    """
    reaching = _reaching(folder)
    waiting = {one: trials(one, reaching, rows().values())[:AT_MOST] for one in every}
    for turn in range(AT_MOST):
        tried = {one: own[turn] for one, own in waiting.items() if turn < len(own)}
        numbered, run_of = enumerate(dict.fromkeys(tried.values())), f"{turn:02}"
        whole = {trial: trial.job(folder / f"{run_of}-{number:03}-with") for number, trial in numbered}
        without = {
            one: trial.job(folder / f"{run_of}-{number:03}-without", one)
            for number, (one, trial) in enumerate(tried.items())
        }
        for one, differs in _compared(tried, whole, without, until):
            if differs:
                del waiting[one]
                yield one, tried[one].row.name
        if time.monotonic() > until:
            return


def _compared(
    tried: Mapping[Assertion, Trial], whole: Mapping[Trial, Job], without: Mapping[Assertion, Job], until: float
) -> Iterator[tuple[Assertion, bool]]:
    """Each assertion as soon as its scenarios were run with and without it, and whether they ended differently."""
    ended: dict[str, Ended] = {}
    left = dict(tried)
    jobs = chain.from_iterable(dict.fromkeys((whole[trial], without[one])) for one, trial in tried.items())
    for end in run(list(dict.fromkeys(jobs))):
        ended[end.name] = end
        for one, trial in list(left.items()):
            jobs_of_it = whole[trial], without[one]
            if all(job.name in ended for job in jobs_of_it):
                del left[one]
                yield one, _differ(*((job, ended[job.name]) for job in jobs_of_it))
        if time.monotonic() > until:
            return


def _differ(whole: tuple[Job, Ended], without: tuple[Job, Ended]) -> bool:
    try:
        return _endings(*without) != _endings(*whole)
    except NoVerdicts:
        _endings(*whole)
        return True


def _endings(job: Job, ended: Ended) -> Mapping[str, Ending]:
    return {id: ending for shown in found(job, ended).values() for id, ending in shown.scenarios.items()}


def _reaching(folder: Path) -> list[Reaching]:
    watched = ("-p", "tests.proof.coverage", *LIMITS)
    accounts = sorted({row.account for row in rows().values()})
    jobs = {
        account: Job(" ".join(account), (*watched, *account), str(folder / f"coverage-{number}"))
        for number, account in enumerate(accounts)
    }
    ended = {one.name: one for one in run(list(jobs.values()))}
    every = []
    for account, job in jobs.items():
        requirement = {id: name for name, shown in found(job, ended[job.name]).items() for id in shown.scenarios}
        every.append(Reaching(account, reached(Path(job.folder)), requirement))
    return every


def trials(assertion: Assertion, reaching: Iterable[Reaching], every: Iterable[Row]) -> list[Trial]:
    """The rows in which the assertion should not hold, those that turn least red first.

    Where it blocks a scenario, a row turns red what blocks it, and the scenarios are about something else; where it is
    a Then's, the row turns its scenarios' requirement red.
    """
    by_account = {one.account: one.about(assertion) for one in reaching}
    ranked = sorted(every, key=lambda row: len(row.expected))
    by_requirement: dict[str, list[Trial]] = defaultdict(list)
    for row in ranked:
        about = by_account.get(row.account, {})
        for broken in row.expected:
            if broken in assertion.blocked_by:
                stopped = [ids for id, ids in about.items() if id not in row.expected] or list(about.values())
                scenarios = _some(list(dict.fromkeys(id for ids in stopped for id in (ids[0], ids[-1]))))
            elif assertion.blocked_by:
                continue
            else:
                scenarios = _some(about.get(broken, []))
            if scenarios:
                by_requirement[broken].append(Trial(row, scenarios))
    in_turn = chain.from_iterable(zip_longest(*by_requirement.values()))
    return list(dict.fromkeys(trial for trial in in_turn if trial))


def _some(scenarios: Sequence[str]) -> tuple[str, ...]:
    """At most so many of them, from the first to the last."""
    if len(scenarios) <= SCENARIOS:
        return tuple(scenarios)
    step = (len(scenarios) - 1) / (SCENARIOS - 1)
    return tuple(scenarios[round(number * step)] for number in range(SCENARIOS))


def main(
    names: Annotated[list[str] | None, typer.Argument(help="only these", metavar="FILE[:LINE]")] = None,
    minutes: Annotated[float, typer.Option(help="begin no further row after so long")] = MINUTES,
) -> None:
    """Leave out the assertions of the steps and of the Givens, one by one, and fail on one that no row misses."""
    try:
        prove(names=names or (), minutes=minutes)
    except NoVerdicts as reason:
        raise SystemExit(str(reason)) from None


if __name__ == "__main__":
    typer.run(main)
