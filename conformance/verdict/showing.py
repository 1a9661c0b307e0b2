"""What a target can show of a scenario: what the scenario needs, and how it ends where that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from conformance.verdict.catalogue import Api, Probe, Profile, Stage, catalogue
from conformance.verdict.endings import Attestable, NeedsReview, NotApplicable, NotObservable
from conformance.verdict.reasons import Cause, Why, term

NEEDS, WHERE = "needs-", "where-"
"""Tags before a probe: without it the scenario cannot be shown, or is one way of several that does not apply."""
OWN_ACTIONS: Mapping[Probe, Profile] = {Probe.REFUND: Profile.REFUNDS, Probe.SHIP: Profile.PHYSICAL}
"""What a merchant does by itself, and the profile without which it does not."""
ASKED_LAST = frozenset({Probe.FULFILMENT})
"""What only the last Then of a scenario asks for: what comes before it is judged without."""


@dataclass(frozen=True)
class Needs:
    """What a scenario is about, what it needs of the target, and the `ways` without which it does not apply there."""

    requirements: tuple[str, ...]
    probes: frozenset[Probe]
    ways: frozenset[Probe] = frozenset()
    apis: frozenset[Api] = frozenset()
    """The generations of PortOne that have what the scenario is about; all where none is named."""


class Offering(Protocol):
    """What is known of a target, or can be known before it is started, that decides what it can show."""

    @property
    def name(self) -> str:
        """As --target says it."""
        ...

    @property
    def stage(self) -> Stage:
        """The account's."""
        ...

    @property
    def api(self) -> Api:
        """Which generation of PortOne the merchant speaks."""
        ...

    @property
    def profile(self) -> frozenset[Profile]:
        """What the merchant does."""
        ...

    @property
    def capabilities(self) -> frozenset[Probe]:
        """What can be observed and controlled."""
        ...

    @property
    def not_done(self) -> Mapping[str, str]:
        """What the merchant does not do, with its reason."""
        ...


def can_be_shown(needs: Needs, target: Offering) -> None:
    """Raises NotApplicable, NeedsReview or NotObservable where this target cannot show what the scenario is about.

    Attestable where only the accounts are somebody else's, and a person can see the merchant's own in a console.
    """
    cited = [catalogue()[id] for id in needs.requirements]
    stages = {requirement.stage for requirement in cited if requirement.stage}
    if stages and target.stage not in stages:
        raise NotApplicable(Cause(Why.STAGE, tuple(sorted(stages)), term("stage", target.stage)))
    apis = needs.apis or frozenset(requirement.api for requirement in cited if requirement.api)
    if apis and target.api not in apis:
        raise NotApplicable(Cause(Why.API, facts={"api": " ".join(sorted(apis)).upper(), "run": target.api.upper()}))
    if absent := sorted(needs.ways - target.capabilities):
        raise NotApplicable(Cause(Why.NO_WAY, tuple(absent), {"target": target.name}))
    missing = sorted(needs.probes - target.capabilities - ASKED_LAST)
    profiles = frozenset[Profile]().union(*(requirement.profile for requirement in cited))
    profiles |= {OWN_ACTIONS[probe] for probe in missing if probe in OWN_ACTIONS}
    if outside := sorted(profiles - target.profile):
        if reasons := [reason for profile in outside if (reason := target.not_done.get(profile))]:
            facts = {"target": target.name, "said": "; ".join(reasons)}
            raise NotApplicable(Cause(Why.NOT_DONE, tuple(outside), facts))
        raise NotApplicable(Cause(Why.PROFILE, tuple(outside)))
    looks = [Cause(Why.LOOK, (one.id,), {"look": one.look, "look_ko": one.look_ko}) for one in cited if one.look]
    attested_by_looking = [*looks, Cause(Why.ATTEST)]
    if missing == [Probe.ACCOUNT]:
        if len(looks) < len(cited):
            raise NotObservable(Cause(Why.NOT_OWN))
        raise Attestable(Cause(Why.NOT_OWN_ATTEST), *attested_by_looking)
    if missing == [Probe.CONSOLE] and len(looks) == len(cited):
        raise NeedsReview(*attested_by_looking)
    if missing:
        why: Mapping[Probe, str] = getattr(target, "lacking", {})  # where the driver knows it
        raise NotObservable(lacking(target.name, *missing, why=why))


def lacking(target: str, *missing: Probe, why: Mapping[Probe, str] | None = None) -> Cause:
    """That the target, by its name, cannot show something; `why` is what the merchant's driver says of it."""
    known = why or {}
    return Cause(Why.LACKING, missing, {"target": target, **{p: known[p] for p in missing if p in known}})
