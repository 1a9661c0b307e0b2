"""What a target can show of a scenario: what the scenario needs, and how it ends where that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from conformance.verdict.catalogue import Probe, Profile, Stage, catalogue
from conformance.verdict.endings import Attestable, NeedsReview, NotApplicable, NotObservable

NEEDS = "needs-"
OWN_ACTIONS: Mapping[Probe, Profile] = {Probe.REFUND: Profile.REFUNDS, Probe.SHIP: Profile.PHYSICAL}
"""What a merchant does by itself, and the profile without which it does not."""
ASKED_LAST = frozenset({Probe.FULFILMENT})
"""What only the last Then of a scenario asks for: what comes before it is judged without."""
THEN_ATTEST = "Then attest it in attestations.toml."
NOT_OWN = "The accounts are the emulator's, not the merchant's: check them on target golive"


@dataclass(frozen=True)
class Needs:
    """What a scenario is about, and what it needs of the target."""

    requirements: tuple[str, ...]
    probes: frozenset[Probe]


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
        raise NotApplicable(f"Applies to the {' and '.join(sorted(stages))} stage only (this run: {target.stage})")
    missing = sorted(needs.probes - target.capabilities - ASKED_LAST)
    profiles = frozenset[Profile]().union(*(requirement.profile for requirement in cited))
    profiles |= {OWN_ACTIONS[probe] for probe in missing if probe in OWN_ACTIONS}
    if outside := sorted(profiles - target.profile):
        if reasons := [reason for profile in outside if (reason := target.not_done.get(profile))]:
            raise NotApplicable(f"{target.name}: {'; '.join(reasons)}")
        told = " and ".join(f"{profile.meaning} (profile {profile})" for profile in outside)
        raise NotApplicable(f"Applies only to a merchant who {told}")
    looks = {requirement.id: requirement.look for requirement in cited}
    if missing == [Probe.ACCOUNT]:
        if not all(looks.values()):
            raise NotObservable(f"{NOT_OWN}.")
        raise Attestable(" ".join([f"{NOT_OWN}, or attest them.", *map(str, looks.values()), THEN_ATTEST]))
    if missing == [Probe.CONSOLE] and all(looks.values()):
        raise NeedsReview(" ".join([*map(str, looks.values()), THEN_ATTEST]))
    if missing:
        why: Mapping[Probe, str] = getattr(target, "lacking", {})  # where the driver knows it
        told = "; ".join(f"{p.unavailable} ({why[p]})" if p in why else p.unavailable for p in missing)
        raise NotObservable(f"Not observable on target {target.name}: {told}")
