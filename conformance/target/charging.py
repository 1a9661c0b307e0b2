"""What a run that charges real cards is asked before each payment, and told after it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

TEST_METHOD = "test"
"""Paymentwall's Test Payment method by its short code: it moves no money (docs)."""


@dataclass(frozen=True)
class Attempt:
    """A payment that may be made: its merchant_uid, price (major units, ISO 4217), method (`ps`) and scenario."""

    merchant_uid: str
    amount: Decimal
    currency: str
    method: str
    scenario: str

    @property
    def charges(self) -> bool:
        """Whether it takes real money."""
        return self.method != TEST_METHOD


class Charges(Protocol):
    """The permission to charge, and the record of what was."""

    def begun(self, attempt: Attempt) -> None:
        """A widget is about to open in which this attempt could be paid; returns when that is written down."""
        ...

    def permit(self, attempt: Attempt) -> None:
        """The buyer is about to pay. Raises NotObservable where they may not."""
        ...

    def seen(self, merchant_uid: str) -> None:
        """The page was told what became of an attempt."""
        ...

    def setting_changed(self, name: str, before: str, after: str) -> None:
        """A setting of the merchant's was changed for this run, and must be as before afterwards (RUN-03)."""
        ...
