"""The conformance document (`conformance.json`): its shape, and how it is made from a run's results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from conformance.books.costs import CostOfFaults
from conformance.books.findings import BooksRead, of_text
from conformance.verdict.algebra import Conclusion, Level, RequirementResult, ScenarioResult, Verdict
from conformance.verdict.catalogue import Catalogue
from conformance.verdict.reasons import Cause, Causes

SCHEMA = "https://json-schema.org/draft/2020-12/schema"
VERSION: Literal["1"] = "1"

Seconds = Annotated[float, Field(ge=0, description="wall-clock seconds")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class SuiteFacts(_Strict):
    """The suite that made the run."""

    name: str
    version: str


class SourceFacts(_Strict):
    """The page that a requirement comes from."""

    title: str
    title_ko: str = ""
    url: str
    provenance: Annotated[str, Field(description="guide, docs, seen, or inferred: this project chose")]


class ScenarioFacts(_Strict):
    """One scenario, or one row of an outline."""

    title: str
    feature: str
    outcome: Verdict
    reason: str
    failed_step: str
    seconds: Seconds
    nodeid: Annotated[str, Field(description="run it alone: conformance run '<nodeid>'")]
    blocked_by: Annotated[list[str], Field(description="requirements that its Given depends on, and that failed")] = []
    obstacle: Annotated[str, Field(description="what the merchant could not do, where the scenario was blocked")] = ""
    obstacle_cause: Annotated[list[Cause], Field(description="the same as data; empty where a step said it")] = []
    attempts: Annotated[int, Field(ge=1, description="how often it was run; the worst run counts")] = 1
    evidence: Annotated[str, Field(description="its evidence: a file beside this one; empty when none was kept")] = ""
    cause: Annotated[list[Cause], Field(description="the reason as data; empty where a step said it in its words")] = []
    row: Annotated[dict[str, str], Field(description="the row of an outline that it is made of, by column")] = {}
    since: Annotated[str, Field(description="the month of the first set with it; empty: its requirement's")] = ""
    counts: Annotated[bool, Field(description="false: newer than the set of this run, so it decides nothing")] = True
    books: Annotated[BooksRead | None, Field(description="what both books say after it; null where none were read")] = (
        None
    )


class RequirementFacts(_Strict):
    """One requirement with its verdict; null when no scenario of it was selected."""

    id: str
    area: str
    title: str
    level: Level
    source: SourceFacts
    verdict: Verdict | None
    reason: str
    remedy: str
    scenarios: list[ScenarioFacts]
    title_ko: str = ""
    why: str = ""
    why_ko: str = ""
    remedy_ko: str = ""
    look: Annotated[str, Field(description="where a person sees it who attests it; empty where no console does")] = ""
    look_ko: str = ""
    stage: Annotated[str | None, Field(description="the only stage in which it applies, null for both")] = None
    api: Annotated[str | None, Field(description="the only generation of PortOne that has it, null for both")] = None
    profile: Annotated[list[str], Field(description="it applies to merchants of all these profiles")] = []
    shown_by: Annotated[list[str], Field(description="what a target must offer so that it can be checked")] = []
    since: Annotated[str, Field(description="the month (YYYY-MM) of the first set that has it")] = ""
    counts: Annotated[bool, Field(description="false: newer than the set of this run, so it decides nothing")] = True

    @property
    def passed(self) -> int:
        """How many of its scenarios passed, whatever became of the others."""
        return sum(scenario.outcome is Verdict.PASS for scenario in self.scenarios)


class DeviationFacts(_Strict):
    """A known failure that somebody accepted until a day."""

    requirement: str
    reason: str
    owner: str
    expires: date
    state: Annotated[
        Literal["accepted", "expired", "unneeded", "not run"],
        Field(description="unneeded: the requirement did not fail, so the deviation can be removed"),
    ]


class AttestationFacts(_Strict):
    """What a person saw where no API shows it, and stands for until a day."""

    requirement: str
    who: str
    when: date
    evidence: Annotated[str, Field(description="a file beside the attestations")]
    sha256: Annotated[str, Field(description="of the evidence, as it was when the run read it")]
    expires: date
    state: Annotated[
        Literal["taken", "not valid", "unneeded", "not run"],
        Field(description="unneeded: the run itself, or what it inferred, decided the requirement"),
    ]


class AreaFacts(_Strict):
    """A part of the catalogue; its requirements carry its name."""

    title: str
    title_ko: str = ""


class MerchantFacts(_Strict):
    """Whose integration was tested."""

    name: str = ""
    revision: Annotated[str, Field(description="as given with --revision: a commit, a tag, a version")] = ""


class ProviderFacts(_Strict):
    """Who played PortOne and Paymentwall, and what was charged there."""

    kind: Annotated[
        Literal["emulator", "stand-in", "portone"],
        Field(description="the suite's own emulator, a stand-in at another address than PortOne's, or PortOne itself"),
    ] = "emulator"
    charged: Annotated[int, Field(ge=0, description="payments of this run that moved real money")] = 0
    returned: Annotated[int, Field(ge=0, description="of these, that were cancelled in full")] = 0

    @property
    def charges_cards(self) -> bool:
        """Whether a payment there is one with a real card."""
        return self.kind == "portone"


class ScopeFacts(_Strict):
    """How much of what there is was run; one scenario for each row of an outline."""

    known: Annotated[int, Field(ge=0, description="scenarios that the features have")] = 0
    ran: Annotated[int, Field(ge=0, description="scenarios that this run reports")] = 0
    interrupted: bool = False


class ConformanceDocument(_Strict):
    """What a run found, requirement by requirement. A newer `schema` may add fields; it renames none."""

    schema_version: Annotated[Literal["1"], Field(alias="schema")] = VERSION
    suite: SuiteFacts
    target: str
    stage: str
    api: Annotated[str, Field(description="PortOne's generation that the merchant speaks: v1 or v2")] = "v1"
    started: Annotated[datetime, Field(description="ISO 8601, UTC")]
    seconds: Seconds
    complete: Annotated[bool, Field(description="whether every scenario of every requirement was run to its end")]
    summary: Annotated[dict[Level, dict[Verdict, int]], Field(description="requirements per level and verdict")]
    conclusion: Conclusion
    errors: Annotated[list[str], Field(description="what broke outside any scenario")]
    errors_ko: Annotated[list[str], Field(description="the same in Korean, one by one; empty where unknown")] = []
    deviations: Annotated[list[DeviationFacts], Field(description="as the configuration lists them")]
    requirements: list[RequirementFacts]
    areas: Annotated[dict[str, AreaFacts], Field(description="by name, in the catalogue's order")] = {}
    merchant: MerchantFacts = MerchantFacts()
    profile: Annotated[list[str], Field(description="what the merchant does; outside it nothing applies")] = []
    addresses: Annotated[
        dict[str, str],
        Field(description="as they were used: the merchant's pages, where webhooks were sent, PortOne, Paymentwall"),
    ] = {}
    versions: Annotated[dict[str, str], Field(description="of what took part, by name")] = {}
    scope: ScopeFacts = ScopeFacts()
    attestations: Annotated[list[AttestationFacts], Field(description="as attestations.toml lists them")] = []
    real_money: Annotated[bool, Field(description="whether real cards were charged")] = False
    provider: ProviderFacts = ProviderFacts()
    options: Annotated[
        list[str], Field(description="with which the run was started, without what selects scenarios")
    ] = []
    money: Annotated[CostOfFaults, Field(description="what both books of all scenarios say")] = CostOfFaults()
    headline: Annotated[str, Field(description="the same in one sentence; empty where no books were read")] = ""
    run: Annotated[str, Field(description="its name in the ledger and among what waits; empty without them")] = ""
    language: Annotated[Literal["en", "ko"], Field(description="in which the page opens")] = "en"
    requirements_of: Annotated[
        str, Field(description="the month (YYYY-MM) whose set of requirements decides; empty: all do")
    ] = ""

    @property
    def shipped_shop(self) -> bool:
        """Whether the shop that comes with the suite was tested, and not a merchant's own."""
        return self.target in ("embedded", "sandbox")

    def as_json(self) -> str:
        """The document as it stands in `conformance.json`."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


def json_schema() -> Mapping[str, Any]:
    """The JSON Schema (2020-12) of the document, as it stands in `docs/conformance.schema.json`."""
    schema = ConformanceDocument.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": SCHEMA, **schema}


@dataclass(frozen=True)
class Kept:
    """What a run keeps beside its results, by nodeid: what blocked a scenario, and the file with its evidence."""

    obstacles: Mapping[str, tuple[str, Causes]] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)


def requirement_facts(
    catalogue: Catalogue, results: Sequence[RequirementResult], kept: Kept | None = None
) -> list[RequirementFacts]:
    """The results together with what the catalogue says of each requirement, in the catalogue's order."""
    return [_requirement(catalogue, result, kept or Kept()) for result in results]


def wanting(document: ConformanceDocument, *, worst_last: bool = False) -> list[RequirementFacts]:
    """What is not PASS, the worst verdict first (or last), and as in the catalogue among equals."""
    found = [(one.verdict.severity, one) for one in document.requirements if one.verdict not in (Verdict.PASS, None)]
    return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=worst_last)]


def area_facts(catalogue: Catalogue) -> dict[str, AreaFacts]:
    """The areas with their titles."""
    return {name: AreaFacts(title=area.title, title_ko=area.title_ko) for name, area in catalogue.areas.items()}


def _requirement(catalogue: Catalogue, result: RequirementResult, kept: Kept) -> RequirementFacts:
    requirement = catalogue[result.id]
    source = catalogue.source_of(requirement)
    return RequirementFacts(
        id=requirement.id,
        area=requirement.area,
        title=requirement.title,
        level=requirement.level,
        source=SourceFacts(
            title=source.title, title_ko=source.title_ko, url=source.url, provenance=requirement.provenance
        ),
        verdict=result.verdict,
        reason=result.reason,
        remedy=requirement.remedy,
        scenarios=[scenario_facts(scenario, kept) for scenario in result.scenarios],
        title_ko=requirement.title_ko,
        why=requirement.why,
        why_ko=requirement.why_ko,
        remedy_ko=requirement.remedy_ko,
        look=requirement.look,
        look_ko=requirement.look_ko,
        stage=requirement.stage,
        api=requirement.api,
        profile=sorted(requirement.profile),
        shown_by=list(requirement.probes),
        since=requirement.since,
        counts=result.counts,
    )


def scenario_facts(result: ScenarioResult, kept: Kept | None = None) -> ScenarioFacts:
    """A scenario's result together with what is kept beside it."""
    kept = kept or Kept()
    obstacle, causes = kept.obstacles.get(result.nodeid, ("", ()))
    return ScenarioFacts(
        title=result.title,
        feature=result.feature,
        outcome=result.verdict,
        reason=result.reason,
        failed_step=result.failed_step,
        seconds=round(result.seconds, 3),
        nodeid=result.nodeid,
        blocked_by=list(result.blocked_by),
        attempts=result.attempts,
        obstacle=obstacle,
        obstacle_cause=list(causes),
        evidence=kept.evidence.get(result.nodeid, ""),
        cause=list(result.cause),
        row=dict(result.row),
        since=result.since,
        counts=result.counts,
        books=of_text(result.books),
    )
