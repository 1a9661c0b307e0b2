"""Joins reports: of shards into those of one run, and of a run with what it finished, or was found, later."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from conformance.books.costs import costs_of, headline
from conformance.books.judging import of_all_books, with_books
from conformance.machine import interrupts, whole
from conformance.report import allure_results, evidence, junit, markdown, page, telling
from conformance.report.accepted import attestations_of, states_of
from conformance.report.comparing import DocumentNotReadable, read_document
from conformance.report.document import (
    ConformanceDocument,
    ProviderFacts,
    RequirementFacts,
    ScenarioFacts,
    ScopeFacts,
    scenario_facts,
)
from conformance.report.pictures import FILMS
from conformance.verdict import reasons
from conformance.verdict.across import inferred
from conformance.verdict.algebra import (
    THE_RUN,
    Judgement,
    RequirementResult,
    ScenarioResult,
    Verdict,
    among_those_that_count,
    conclude,
    count,
    exit_code,
    of_requirements,
    settle_blocked,
)

ALLURE = "allure-results"


class NotMergeable(Exception):
    """The reports are not shards of one run; `str()` says why in one line."""


def merge(folders: Sequence[Path], into: Path, *, require_ready: bool = False) -> tuple[ConformanceDocument, int]:
    """Write the joined reports into a folder, which may hold an older merge's.

    Returns the document and the code with which the whole run would have ended. Raises NotMergeable.
    """
    shards = _read(folders)
    if into.resolve() in [folder.resolve() for folder in folders]:
        raise NotMergeable(f"{into} is one of the shards: name another folder with --out.")
    _agree(shards, folders)
    return _written(shards, folders, into, require_ready=require_ready)


def finish(run: Path, later: Path, into: Path) -> tuple[ConformanceDocument, int]:
    """Write a run's reports anew, with those scenarios as they ended that were finished later, into a folder.

    Returns the document and the code with which the whole run would have ended. Raises NotMergeable.
    """
    first, second = _judged_later(*_read((run, later)))
    done = {scenario.nodeid for scenario in _scenarios(second)}
    left = [
        requirement.model_copy(update={"scenarios": [s for s in requirement.scenarios if s.nodeid not in done]})
        for requirement in first.requirements
    ]
    shards = [first.model_copy(update={"requirements": left}), second]
    seconds = round(first.seconds + second.seconds, 3)
    return _written(shards, [run, later], into, superseded=done, seconds=seconds)


def judge_anew(folder: Path, judgements: Mapping[str, Judgement]) -> tuple[ConformanceDocument, int]:
    """Write a run's reports anew, in their folder, with other verdicts on the run itself, by requirement.

    Returns the document and the code with which the run would have ended. Raises NotMergeable.
    """
    document, settled, requirements = joined([_judged(told, judgements) for told in _read((folder,))])
    _report(document, settled, folder)
    return document, _code(document, requirements)


def _read(folders: Sequence[Path]) -> list[ConformanceDocument]:
    try:
        return [read_document(folder) for folder in folders]
    except DocumentNotReadable as reason:
        raise NotMergeable(str(reason)) from reason


def _judged_later(
    first: ConformanceDocument, second: ConformanceDocument
) -> tuple[ConformanceDocument, ConformanceDocument]:
    """The first with what the second says of the run itself, and the second without that."""
    known = {requirement.id for requirement in first.requirements if requirement.scenarios}
    of_the_run = {id: said for id in known for said in _of_the_run(second, id)}
    left = [
        requirement.model_copy(update={"scenarios": []}) if requirement.id in of_the_run else requirement
        for requirement in second.requirements
    ]
    judgements = {id: (one.outcome, reasons.said(one.reason, tuple(one.cause))) for id, one in of_the_run.items()}
    return _judged(first, judgements), second.model_copy(update={"requirements": left})


def _of_the_run(shard: ConformanceDocument, id: str) -> list[ScenarioFacts]:
    """What it says of a requirement without any scenario: its verdict on the run itself."""
    told = [one for requirement in shard.requirements if requirement.id == id for one in requirement.scenarios]
    return [one for one in told if one.feature == THE_RUN]


def _judged(told: ConformanceDocument, judgements: Mapping[str, Judgement]) -> ConformanceDocument:
    def scenarios(requirement: RequirementFacts) -> list[ScenarioFacts]:
        if requirement.id not in judgements:
            return requirement.scenarios
        verdict, causes = judgements[requirement.id]
        judged = {"outcome": verdict, "reason": reasons.told(causes), "cause": list(causes)}
        return [one.model_copy(update=judged) for one in requirement.scenarios]

    changed = [one.model_copy(update={"scenarios": scenarios(one)}) for one in told.requirements]
    return told.model_copy(update={"requirements": changed})


@interrupts.deferred()
def _written(
    shards: Sequence[ConformanceDocument],
    folders: Sequence[Path],
    into: Path,
    *,
    require_ready: bool = False,
    superseded: Collection[str] = (),
    seconds: float | None = None,
) -> tuple[ConformanceDocument, int]:
    document, settled, requirements = joined(shards)
    if seconds is not None:
        document = document.model_copy(update={"seconds": seconds})
    _copy(folders, into)
    junit.join([folder / "junit.xml" for folder in folders], into / "junit.xml", superseded=superseded)
    _report(document, settled, into)
    return document, _code(document, requirements, require_ready=require_ready)


@interrupts.deferred()
def _report(document: ConformanceDocument, settled: Sequence[ScenarioResult], into: Path) -> None:
    """Write what is made of the document, and bring what is there already in line with it."""
    kept = evidence.read_all(into / evidence.FOLDER)
    whole.write(into / "conformance.json", document.as_json())
    whole.write(into / "conformance.md", markdown.render(document))
    whole.write(into / "conformance.html", page.render(document, kept, into / evidence.FOLDER))
    junit.settle(into / "junit.xml", settled, document.api)
    allure_results.settle(into / ALLURE, settled, document.api)
    allure_results.describe(into / ALLURE, document, os.environ)
    allure_results.attach(into / ALLURE, into / "conformance.html")


def _code(
    document: ConformanceDocument, requirements: Sequence[RequirementResult], *, require_ready: bool = False
) -> int:
    accepted = {one.requirement for one in document.deviations if one.state == "accepted"}
    return exit_code(requirements, document.conclusion, require_ready=require_ready, accepted=accepted)


def joined(
    shards: Sequence[ConformanceDocument],
) -> tuple[ConformanceDocument, list[ScenarioResult], list[RequirementResult]]:
    """The document of the whole run, with its scenarios and requirements as they were settled."""
    facts = {scenario.nodeid: scenario for shard in shards for scenario in _scenarios(shard)}
    settled = among_those_that_count(lambda of: with_books(inferred(of)), settle_blocked(list(_results(shards))))
    facts |= {one.nodeid: scenario_facts(one) for one in settled if of_all_books(one.nodeid)}
    money = costs_of(settled)
    levels = {requirement.id: requirement.level for requirement in shards[0].requirements}
    month = shards[0].requirements_of
    newer = {requirement.id for requirement in shards[0].requirements if month and requirement.since > month}
    requirements = of_requirements(levels, settled, newer=newer)
    broken = [pair for shard in shards for pair in telling.broken(shard)]
    errors = [english for english, _ in broken]
    scope = ScopeFacts(
        known=shards[0].scope.known,
        ran=sum(1 for one in settled if one.feature != THE_RUN),
        interrupted=any(shard.scope.interrupted for shard in shards),
    )
    complete = not scope.interrupted and not errors and scope.ran == scope.known
    started = min(shard.started for shard in shards)
    ended = max(shard.started + timedelta(seconds=shard.seconds) for shard in shards)
    told = {requirement.id: requirement for requirement in shards[0].requirements}
    document = shards[0].model_copy(
        update={
            "started": started,
            "seconds": round((ended - started).total_seconds(), 3),
            "complete": complete,
            "conclusion": conclude(requirements, complete=complete),
            "summary": count(requirements),
            "errors": errors,
            "errors_ko": [korean for _, korean in broken] if any(korean for _, korean in broken) else [],
            "scope": scope,
            "money": money,
            "headline": headline(money),
            "attestations": attestations_of(shards),
            "provider": _provider(shards),
            "real_money": any(shard.real_money for shard in shards),
            "versions": {name: version for shard in shards for name, version in shard.versions.items()},
            "requirements": [_requirement(told[result.id], result, facts) for result in requirements],
            "deviations": states_of(shards[0].deviations, requirements, started.date()),
        }
    )
    return document, settled, requirements


def _provider(shards: Sequence[ConformanceDocument]) -> ProviderFacts:
    """Who played PortOne, and what all shards charged there; what finished a run tells of all of it."""
    runs = {shard.run for shard in shards if shard.run}
    told = [shard.provider for shard in (shards[-1:] if len(runs) == 1 else shards)]
    sums = {name: sum(getattr(one, name) for one in told) for name in ("charged", "returned")}
    return told[0].model_copy(update=sums)


def _agree(shards: Sequence[ConformanceDocument], folders: Sequence[Path]) -> None:
    def what(shard: ConformanceDocument) -> dict[str, object]:
        requirements = [requirement.id for requirement in shard.requirements]
        return {
            "suite": shard.suite, "target": shard.target, "stage": shard.stage, "api": shard.api,
            "profile": shard.profile, "merchant": shard.merchant, "requirements": requirements,
            "number of scenarios": shard.scope.known, "set of requirements": shard.requirements_of,
        }  # fmt: skip

    first = what(shards[0])
    for shard, folder in zip(shards, folders, strict=True):
        for name, value in what(shard).items():
            if value != first[name]:
                raise NotMergeable(f"{folder} has another {name} than {folders[0]}: they are not shards of one run.")
    seen: dict[str, Path] = {}
    for shard, folder in zip(shards, folders, strict=True):
        own = (scenario.nodeid for scenario in _scenarios(shard) if not of_all_books(scenario.nodeid))
        for nodeid in dict.fromkeys(own):
            if nodeid in seen:
                raise NotMergeable(f"{nodeid} was run in {seen[nodeid]} and in {folder}: shards share no scenario.")
            seen[nodeid] = folder


def _scenarios(shard: ConformanceDocument) -> Iterator[ScenarioFacts]:
    for requirement in shard.requirements:
        yield from requirement.scenarios


def _results(shards: Sequence[ConformanceDocument]) -> Iterator[ScenarioResult]:
    """Every scenario as its worker reported it: where it was blocked, not decided yet."""
    cited: dict[str, list[str]] = {}
    facts: dict[str, ScenarioFacts] = {}
    for shard in shards:
        for requirement in shard.requirements:
            for scenario in requirement.scenarios:
                facts[scenario.nodeid] = scenario
                cited.setdefault(scenario.nodeid, []).append(requirement.id)
    for nodeid, scenario in facts.items():
        blocked = bool(scenario.blocked_by)
        yield ScenarioResult(
            nodeid=nodeid,
            feature=scenario.feature,
            title=scenario.title,
            requirements=tuple(cited[nodeid]),
            verdict=Verdict.INCONCLUSIVE if blocked else scenario.outcome,
            reason=(blocked and scenario.obstacle) or scenario.reason,
            seconds=scenario.seconds,
            blocked_by=tuple(scenario.blocked_by),
            failed_step=scenario.failed_step,
            books=scenario.books.as_text() if scenario.books else "",
            attempts=scenario.attempts,
            cause=tuple(scenario.obstacle_cause if blocked else scenario.cause),
            row=scenario.row,
            since=scenario.since,
            counts=scenario.counts,
        )


def _requirement(
    told: RequirementFacts, result: RequirementResult, facts: dict[str, ScenarioFacts]
) -> RequirementFacts:
    scenarios = [
        facts[one.nodeid].model_copy(update={"outcome": one.verdict, "reason": one.reason, "cause": list(one.cause)})
        for one in result.scenarios
    ]
    judged = {"verdict": result.verdict, "reason": result.reason, "counts": result.counts, "scenarios": scenarios}
    return told.model_copy(update=judged)


def _copy(folders: Sequence[Path], into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    for name in (evidence.FOLDER, FILMS, ALLURE):
        shutil.rmtree(into / name, ignore_errors=True)
        for folder in folders:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, into / name, dirs_exist_ok=True)
