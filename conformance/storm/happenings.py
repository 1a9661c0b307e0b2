"""What the buyers of a storm did and met, as their processes tell it: one line of JSON each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from conformance.machine.files import Strict
from conformance.merchant.protocol import Order


class Doing(StrEnum):
    """What a buyer, the operator, or PortOne's second sender did."""

    PLACE = "place"
    PAY = "pay"
    REFUND = "refund"
    READ = "read"
    DELIVER = "deliver"
    DONE = "done"
    """A process of the load has done its share."""


class Happening(Strict):
    """One act: whose order, when it began (unix seconds), how long it took, and how it ended.

    `status` is the HTTP status of a delivery, None without an answer. `said` is why the act failed; empty where it
    did not. `accepted` says that a refund was taken. `late_seconds` is how much later than planned it began.
    """

    act: Doing
    number: int = -1
    at: float = 0.0
    seconds: float = 0.0
    reference: str = ""
    merchant_uid: str = ""
    amount: Decimal = Decimal(0)
    currency: str = ""
    buyer_email: str | None = None
    imp_uid: str = ""
    status: int | None = None
    accepted: bool = False
    said: str = ""
    late_seconds: float = 0.0

    @property
    def order(self) -> Order:
        """The order as it was placed."""
        return Order(self.reference, self.merchant_uid, self.amount, self.currency, self.buyer_email)

    def of(self, order: Order) -> Happening:
        """The same, about this order."""
        return self.model_copy(
            update={
                "reference": order.reference,
                "merchant_uid": order.merchant_uid,
                "amount": order.amount,
                "currency": order.currency,
                "buyer_email": order.buyer_email,
            }
        )


@dataclass
class Told:
    """What is written to a file while it grows: each line is read once."""

    file: Path
    happened: list[Happening] = field(default_factory=list)
    _read: int = 0

    def read(self) -> Sequence[Happening]:
        """All that was written so far; a last line that is not whole yet is left for the next time."""
        if self.file.exists():
            with self.file.open("rb") as told:
                told.seek(self._read)
                whole, newline, _ = told.read().rpartition(b"\n")
            self._read += len(whole) + len(newline)
            self.happened += map(Happening.model_validate_json, whole.splitlines())
        return self.happened
