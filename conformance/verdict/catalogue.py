"""The catalogue of requirements: `features/requirements.toml`, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from conformance.machine.files import NotReadable, Strict, complaints, toml_of
from conformance.machine.places import FEATURES
from conformance.verdict import reasons
from conformance.verdict.algebra import Level
from conformance.verdict.terms import in_words_of

CATALOGUE = FEATURES / "requirements.toml"

RequirementId = Annotated[str, StringConstraints(pattern=r"^[A-Z]+-\d{2}$")]
MONTH = r"\d{4}-(0[1-9]|1[0-2])"
"""A month as YYYY-MM, by which sets of requirements are named."""
Sentence = Annotated[str, StringConstraints(min_length=10)]


class Probe(StrEnum):
    """A way to observe or to act, that a target offers or lacks (its capabilities)."""

    API = "api"
    JOURNAL = "journal"
    ORDER = "order"
    FULFILMENT = "fulfilment"
    REFUND = "refund"
    BROWSER = "browser"
    WEBHOOK = "webhook"
    CONSOLE = "console"
    CLOCK = "clock"
    METHODS = "methods"
    OPEN_ORDERS = "open-orders"
    SHIP = "ship"
    MERCHANT_CLOCK = "merchant-clock"
    ATTENTION = "attention"
    DELIVERIES = "deliveries"
    FAULTS = "faults"
    TICKETS = "tickets"
    LATER = "later"
    LEDGER = "ledger"
    ACCOUNT = "account"
    LOAD = "load"
    TOKENS = "tokens"

    @property
    def meaning(self) -> str:
        """What a target must offer, in words for the report."""
        return _MEANINGS[self]


_MEANINGS: Mapping[Probe, str] = {
    Probe.API: "PortOne's API with the account's keys",
    Probe.JOURNAL: "a record of the calls that the merchant makes to PortOne",
    Probe.ORDER: "the order as the merchant stores it",
    Probe.FULFILMENT: "how often the merchant fulfilled an order",
    Probe.REFUND: "the merchant's own refund action",
    Probe.BROWSER: "a browser on the merchant's checkout page",
    Probe.WEBHOOK: "posting to the merchant's webhook address",
    Probe.CONSOLE: "the settings in PortOne's and Paymentwall's consoles",
    Probe.CLOCK: "a provider's clock that can be advanced",
    Probe.METHODS: "payments without a browser, by any method",
    Probe.OPEN_ORDERS: "how the merchant reconciles open orders: by opening one, or by a job",
    Probe.SHIP: "the merchant's own shipping action",
    Probe.MERCHANT_CLOCK: "a merchant's clock that can be advanced too",
    Probe.ATTENTION: "what the merchant brings to a person's attention",
    Probe.DELIVERIES: "a place on the way of PortOne's webhooks to the merchant",
    Probe.FAULTS: "a provider that can be made to fail",
    Probe.TICKETS: "the tickets that Paymentwall has",
    Probe.LATER: "results that come days later: by advancing the clock, or by waiting for them",
    Probe.LEDGER: "this suite's list of charges",
    Probe.ACCOUNT: "the merchant's own accounts at PortOne and Paymentwall",
    Probe.TOKENS: "access tokens that expire",
    Probe.LOAD: "a storm of orders: `conformance storm`",
}


class Profile(StrEnum):
    """What a merchant does; outside its profile a requirement does not apply."""

    COUNTRY = "country"
    PHYSICAL = "physical"
    REFUNDS = "refunds"
    OWN_PROJECT = "own-project"

    @property
    def meaning(self) -> str:
        """What such a merchant does, in words for the report."""
        return reasons.name("profile", self)


class Stage(StrEnum):
    """Which of the account's stages a run is about."""

    TEST = "test"
    LIVE = "live"


class Api(StrEnum):
    """Which generation of PortOne the merchant speaks."""

    V1 = "v1"
    V2 = "v2"


class Provenance(StrEnum):
    """Where a rule comes from; `inferred`: nobody documents it, this project chose."""

    GUIDE = "guide"
    DOCS = "docs"
    SEEN = "seen"
    INFERRED = "inferred"


class DocsPage(Strict):
    """A page of the providers' documentation and the day it was read (ISO 8601); `v2` is the one that says it of V2."""

    title: str
    title_ko: str = ""
    url: Annotated[str, StringConstraints(pattern=r"^https://")]
    read: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    v2: str = ""


class Requirement(Strict):
    """One rule that a merchant's integration or an account must meet.

    `since` is the month of the first set that has it: a merchant judged by an earlier set is shown it all the same.
    `stage` and `api` are the only ones in which it applies, None for both. `remedy_v2` is what to do where the merchant
    speaks V2, where `remedy` names what only V1 has. `look` says where a person sees it who must attest it, and what
    they must see; empty where no console shows it.
    """

    id: RequirementId
    level: Level
    title: Sentence
    title_ko: str = ""
    why: str = ""
    why_ko: str = ""
    remedy: Sentence
    remedy_ko: str = ""
    remedy_v2: str = ""
    remedy_v2_ko: str = ""
    look: str = ""
    look_ko: str = ""
    source: str
    provenance: Provenance
    since: Annotated[str, StringConstraints(pattern=f"^{MONTH}$")]
    probes: Annotated[tuple[Probe, ...], Field(min_length=1)]
    profile: frozenset[Profile] = frozenset()
    stage: Stage | None = None
    api: Api | None = None

    @property
    def area(self) -> str:
        """The part of the guide it belongs to: the ID without its number."""
        return self.id.rpartition("-")[0]

    @property
    def by_storm(self) -> bool:
        """Whether `conformance storm` decides it, and no scenario: an ordinary run has no verdict on it."""
        return Probe.LOAD in self.probes


class Area(Strict):
    """A part of the guide; its requirements carry its name."""

    title: Annotated[str, StringConstraints(min_length=3)]
    title_ko: str = ""


class Catalogue(Strict):
    """Every requirement and the sources they cite."""

    areas: Mapping[str, Area]
    sources: Mapping[str, DocsPage]
    requirement: Annotated[tuple[Requirement, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        seen: set[str] = set()
        for requirement in self.requirement:
            if requirement.id in seen:
                raise ValueError(f"{requirement.id} is listed twice")
            seen.add(requirement.id)
            if requirement.source not in self.sources:
                raise ValueError(f"{requirement.id} cites the unknown source {requirement.source!r}")
            if requirement.remedy_v2 and not requirement.remedy_v2_ko:
                raise ValueError(f"{requirement.id} has a remedy for V2 that is not told in Korean")
            if requirement.area not in self.areas:
                raise ValueError(f"{requirement.id} is of the unknown area {requirement.area!r}")
        if unknown := sorted(one.v2 for one in self.sources.values() if one.v2 and one.v2 not in self.sources):
            raise ValueError(f"the sources name the unknown source {unknown[0]!r} for V2")
        return self

    def told(self, api: Api) -> Catalogue:
        """The catalogue as it is told to a merchant of this generation: in its words, with its remedies and pages."""
        if api is Api.V1:
            return self
        told = tuple(self._of_v2(one) for one in self.requirement)
        return Catalogue.model_construct(areas=self.areas, sources=self.sources, requirement=told)  # it is good already

    def _of_v2(self, requirement: Requirement) -> Requirement:
        told = ("title", "title_ko", "why", "why_ko", "look", "look_ko")
        own = {name: in_words_of(Api.V2, getattr(requirement, name)) for name in told}
        own["source"] = self.source_of(requirement).v2 or requirement.source
        if requirement.remedy_v2:
            own |= {"remedy": requirement.remedy_v2, "remedy_ko": requirement.remedy_v2_ko}
        return requirement.model_copy(update=own)

    def __contains__(self, id: object) -> bool:
        return id in self.by_id

    def __getitem__(self, id: str) -> Requirement:
        return self.by_id[id]

    @cached_property
    def by_id(self) -> Mapping[str, Requirement]:
        """The requirements by their ID, in the order of the file."""
        return {requirement.id: requirement for requirement in self.requirement}

    @cached_property
    def first_set(self) -> str:
        """The month of the oldest requirement."""
        return min(requirement.since for requirement in self.requirement)

    def newer_than(self, month: str | None) -> frozenset[str]:
        """The requirements that the set of this month lacks; without one, none."""
        return frozenset(one.id for one in self.requirement if month and one.since > month)

    def source_of(self, requirement: Requirement) -> DocsPage:
        """The page that the requirement comes from."""
        return self.sources[requirement.source]


@dataclass(eq=False)  # not frozen: contextlib sets the traceback of what passes through
class CatalogueError(Exception):
    """The catalogue cannot be used; `str()` says where and why in one line."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def read(path: Path = CATALOGUE) -> Catalogue:
    """The catalogue at `path`. Raises CatalogueError when it is missing, no TOML, or not consistent."""
    try:
        return Catalogue.model_validate(toml_of(path))
    except NotReadable as reason:
        raise CatalogueError(path, reason.reason) from reason
    except ValidationError as error:
        raise CatalogueError(path, complaints(error, Catalogue)) from error


def catalogue(api: Api = Api.V1) -> Catalogue:
    """The project's own catalogue, read once, as it is told to a merchant that speaks this generation."""
    return _told(api)


@cache
def _told(api: Api) -> Catalogue:
    return read() if api is Api.V1 else _told(Api.V1).told(api)


def known_set(month: str) -> str:
    """The month itself, where it names a set of requirements. Raises ValueError with one sentence."""
    if not re.fullmatch(MONTH, month):
        raise ValueError(f"{month!r} is no month; write it as YYYY-MM, for example {catalogue().first_set}")
    if month < catalogue().first_set:
        raise ValueError(f"there were no requirements in {month}; the first set is {catalogue().first_set}")
    return month
