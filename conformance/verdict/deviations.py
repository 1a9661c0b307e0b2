"""Deviations: known failures that somebody accepted for a while."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from conformance.machine.files import Strict
from conformance.verdict.catalogue import RequirementId, catalogue

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]


class Deviation(Strict):
    """A known failure of one requirement, accepted by somebody until a day (its last, in UTC)."""

    requirement: RequirementId
    reason: Words
    owner: Words
    expires: date

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.requirement not in catalogue():
            raise ValueError(f"{self.requirement} is no requirement of the catalogue")
        return self

    def holds(self, today: date) -> bool:
        """Whether it is still accepted on that day."""
        return today <= self.expires
