"""What a storm found (`storm.json`): its shape, verdicts, percentiles and seconds, and the orders that are owed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from conformance.machine.places import NAME
from conformance.report.document import RequirementFacts, SuiteFacts, requirement_facts
from conformance.storm.judging import owed
from conformance.storm.limits import Limit
from conformance.storm.plan import LATE_EVERY, PAIR_EVERY, REFUND_EVERY
from conformance.storm.running import Storm
from conformance.target.target import Target
from conformance.verdict.algebra import of_requirements
from conformance.verdict.catalogue import Api, catalogue
from conformance.verdict.reasons import masked

Seconds = Annotated[float, Field(ge=0, description="wall-clock seconds")]


class _StormFacts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class ShapeFacts(_StormFacts):
    """What was asked for. One in `…_every`; 0 of `workers`: one process."""

    rate: Annotated[float, Field(description="orders a second")]
    orders: int
    look_up_seconds: Seconds
    recover_seconds: Seconds
    limit_scale: float
    workers: int
    late_every: int = LATE_EVERY
    pair_every: int = PAIR_EVERY
    refund_every: int = REFUND_EVERY


class AnswerFacts(_StormFacts):
    """How long the merchant took to answer, and how many answers failed or did not come."""

    what: str
    number: int
    failed: int
    p50: Seconds
    p95: Seconds
    p99: Seconds
    longest: Seconds


class SecondFacts(_StormFacts):
    """One second of the storm."""

    second: int
    placed: int
    paid: int
    webhooks: int
    unanswered: int
    slowest: Seconds


class WrongOrder(_StormFacts):
    """An order whose books do not agree."""

    order: str
    told: list[str]


class TriedFacts(_StormFacts):
    """A rate that the search for the limit tried."""

    rate: float
    reached: float
    held: bool
    slowest_seconds: Seconds
    why: str


class StormDocument(_StormFacts):
    """What a storm found. A newer `schema` may add fields; it renames none."""

    schema_version: Annotated[Literal["1"], Field(alias="schema")] = "1"
    suite: SuiteFacts
    target: str
    api: Annotated[Api, Field(description="PortOne's generation that the merchant speaks")] = Api.V1
    stage: str
    merchant: str
    started: Annotated[datetime, Field(description="ISO 8601, UTC")]
    seconds: Seconds
    held: Annotated[bool, Field(description="whether every requirement that could be seen is met")]
    unmet: Annotated[list[str], Field(description="the requirements that are not met, by ID")]
    shape: ShapeFacts
    requirements: list[RequirementFacts]
    answers: list[AnswerFacts]
    by_second: list[SecondFacts]
    placed: int
    paid: int
    reached_rate: Annotated[float, Field(description="orders a second that were in fact placed")]
    calm_seconds: Annotated[float, Field(description="what one order took at a quiet moment")]
    recovered_seconds: Annotated[float, Field(description="after the last webhook, until all was worked off")]
    look_ups: Annotated[float, Field(description="for each webhook")]
    calm_look_ups: float
    reconciled: Annotated[int, Field(description="orders for which the merchant's own reconciliation was used")]
    silent: Annotated[bool, Field(description="whether the merchant stopped answering")]
    owed: Annotated[list[str], Field(description="orders that are paid and have neither goods nor money")]
    wrong: list[WrongOrder]
    tried: Annotated[list[TriedFacts], Field(description="rates that the search for the limit tried")] = []
    holds_at: float | None = None
    breaks_at: float | None = None
    language: Literal["en", "ko"] = "en"

    def as_json(self) -> str:
        """The document as it stands in `storm.json`."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


def document_of(
    storm: Storm, target: Target, mask: Callable[[str], str], limit: Limit | None, language: Literal["en", "ko"]
) -> StormDocument:
    """The document of a storm; `mask` takes secrets out of what others said."""
    judged = storm.verdicts.judged
    levels = {one.id: catalogue()[one.id].level for one in judged}
    results = of_requirements(levels, [one.result for one in judged])
    shape = storm.shape
    return StormDocument(
        suite=SuiteFacts(name=NAME, version=version(NAME)),
        target=target.name,
        api=target.api,
        stage=target.stage.value,
        merchant=target.merchant.name,
        started=storm.started,
        seconds=round(storm.seconds, 3),
        held=storm.held,
        unmet=[one.id for one in judged if not one.met],
        shape=ShapeFacts(
            rate=shape.rate,
            orders=shape.number,
            look_up_seconds=shape.look_up_seconds,
            recover_seconds=shape.recover_seconds,
            limit_scale=shape.limit_scale,
            workers=shape.workers,
        ),
        requirements=[_masked(one, mask) for one in requirement_facts(catalogue(target.api), results)],
        answers=[AnswerFacts(**asdict(one)) for one in storm.answers],
        by_second=[SecondFacts(**asdict(one)) for one in storm.by_second],
        placed=len(storm.accounts),
        paid=sum(bool(one.payments) for one in storm.accounts),
        reached_rate=round(storm.rate, 2),
        calm_seconds=round(storm.calm.seconds, 3),
        recovered_seconds=round(storm.recovered_seconds, 3),
        look_ups=storm.look_ups,
        calm_look_ups=storm.calm.look_ups,
        reconciled=storm.reconciled,
        silent=storm.silent,
        owed=[mask(one) for one in owed(storm.accounts)],
        wrong=[
            WrongOrder(order=mask(one.order.reference), told=[mask(finding.told) for finding in one.wrong])
            for one in storm.accounts
            if one.wrong
        ],
        tried=[
            TriedFacts(
                rate=one.rate,
                reached=one.reached,
                held=one.held,
                slowest_seconds=one.slowest_seconds,
                why=mask(one.why),
            )
            for one in (limit.tried if limit else ())
        ],
        holds_at=limit.held if limit else None,
        breaks_at=limit.broke if limit else None,
        language=language,
    )


def _masked(requirement: RequirementFacts, mask: Callable[[str], str]) -> RequirementFacts:
    scenarios = [
        one.model_copy(
            update={
                "reason": mask(one.reason),
                "cause": [*masked(tuple(one.cause), mask)],
            }
        )
        for one in requirement.scenarios
    ]
    return requirement.model_copy(update={"reason": mask(requirement.reason), "scenarios": scenarios})
