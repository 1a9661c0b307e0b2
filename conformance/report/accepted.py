"""What became in a run of what people stand for: deviations and attestations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from conformance.report.document import AttestationFacts, ConformanceDocument, DeviationFacts
from conformance.verdict.algebra import RequirementResult, Verdict
from conformance.verdict.attestations import Attestation
from conformance.verdict.deviations import Deviation
from conformance.verdict.reasons import Why


def deviation_facts(
    deviations: Iterable[Deviation], results: Sequence[RequirementResult], today: date
) -> list[DeviationFacts]:
    """The deviations together with what became of them in this run."""
    verdicts = {result.id: result.verdict for result in results}
    return [
        DeviationFacts(**one.model_dump(), state=_state_of(one, verdicts[one.requirement], today)) for one in deviations
    ]


def states_of(
    deviations: Iterable[DeviationFacts], results: Sequence[RequirementResult], today: date
) -> list[DeviationFacts]:
    """The same deviations, by what became of them in other results."""
    given = [Deviation(**one.model_dump(exclude={"state"})) for one in deviations]
    return deviation_facts(given, results, today)


def _state_of(
    deviation: Deviation, verdict: Verdict | None, today: date
) -> Literal["accepted", "expired", "unneeded", "not run"]:
    if verdict is None:
        return "not run"
    if verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        return "unneeded"
    return "accepted" if deviation.holds(today) else "expired"


def attestation_facts(
    attestations: Iterable[Attestation], results: Sequence[RequirementResult], today: date
) -> list[AttestationFacts]:
    """The attestations together with what became of them in this run."""
    by_id = {result.id: result for result in results}
    return [
        AttestationFacts(
            **{**one.model_dump(), "evidence": one.evidence.as_posix()},
            sha256=one.sha256,
            state=_taken(one, by_id[one.requirement], today),
        )
        for one in attestations
    ]


def _taken(
    one: Attestation, result: RequirementResult, today: date
) -> Literal["taken", "not valid", "unneeded", "not run"]:
    if result.verdict is None:
        return "not run"
    attested = [cause for scenario in result.scenarios for cause in scenario.cause if cause.kind is Why.ATTESTED]
    if any(one.requirement in cause.about for cause in attested):
        return "taken"
    return "unneeded" if one.holds(today) else "not valid"


def attestations_of(shards: Sequence[ConformanceDocument]) -> list[AttestationFacts]:
    """Each attestation as the shard has it that ran its requirement, else as the last one read it."""
    told = {one.requirement: one for shard in shards for one in shard.attestations}
    ran = {one.requirement: one for shard in shards for one in shard.attestations if one.state != "not run"}
    return list({**told, **ran}.values())
