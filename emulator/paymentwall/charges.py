"""Charges: money that a project took from buyers, from the risk review to what was given back of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from emulator.paymentwall.project import Review

ChargeState = Literal["under_review", "accepted", "declined", "voided"]


@dataclass(frozen=True, slots=True)
class Charge:
    """Money taken from a buyer. `goods_id` is the caller's `ag_external_id`, amounts are in major units, times are
    virtual unix seconds.

    `test` says that it was the Test Payment method, which moves no money. `review` is how a review ends by itself,
    at `review_due_at`. `reversals` counts what was given back, in how many parts. `called_with` are the parameters of
    the widget call, `ip` the buyer's address.
    """

    ref: str
    uid: str
    goods_id: str
    amount: Decimal
    currency: str
    method: str
    country: str
    charged_at: float
    test: bool = False
    state: ChargeState = "accepted"
    review: Review = "none"
    review_due_at: float | None = None
    given_back: Decimal = Decimal(0)
    reversals: int = 0
    called_with: Mapping[str, str] = field(default_factory=dict, repr=False)
    ip: str = ""

    @property
    def left(self) -> Decimal:
        """What can still be given back; nothing of a charge that does not count."""
        return self.amount - self.given_back if self.state == "accepted" else Decimal(0)

    def giving_back(self, amount: Decimal) -> "Charge":
        """The charge after `amount` more was given back."""
        return replace(self, given_back=self.given_back + amount, reversals=self.reversals + 1)

    def as_json(self) -> dict[str, Any]:
        return {
            "ref": self.ref,
            "imp_uid": self.goods_id,
            "uid": self.uid,
            "amount": str(self.amount),
            "currency": self.currency,
            "method": self.method,
            "country": self.country,
            "state": self.state,
            "charged_at": self.charged_at,
            "review_due_at": self.review_due_at,
            "given_back": str(self.given_back),
            "test": self.test,
        }


@dataclass(frozen=True, slots=True)
class DeliveryNotice:
    """What a merchant said about the goods of the charge `ref`; `told_at` in virtual unix seconds."""

    ref: str
    goods_id: str
    told_at: float
    fields: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        return {"ref": self.ref, "imp_uid": self.goods_id, "told_at": self.told_at, "fields": dict(self.fields)}
