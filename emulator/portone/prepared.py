"""Amounts that were registered before payment, and the refusal of an attempt that asks for another one. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from emulator.portone.amounts import number
from emulator.portone.attempts import INVALID, Attempt, Refusal
from emulator.portone.minor import to_minor


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `POST /payments/prepare` registered; `amount` in major units; without a `currency` any will do (docs).

    `in_minor`: `amount` counts minor units of whatever is paid in, as V2 gives it without a currency.
    """

    merchant_uid: str
    amount: Decimal
    currency: str | None
    in_minor: bool = False

    def fits(self, amount: Decimal, currency: str) -> bool:
        """Whether this is the amount (major units) that was registered."""
        return self.amount == (to_minor(amount, currency) if self.in_minor else amount)

    def as_json(self) -> dict[str, Any]:
        """`PaymentPrepareAnnotation` in PortOne's V1 OpenAPI."""
        return {"merchant_uid": self.merchant_uid, "amount": number(self.amount), "currency": self.currency}


def mismatch(prepared: Prepared | None, attempt: Attempt) -> Refusal | None:
    """Why the payment window stays closed: the amount is another one than registered (docs; the words are inferred)."""
    if prepared is None:
        return None
    if not prepared.fits(attempt.amount, attempt.currency):
        return Refusal(INVALID, "결제금액이 사전등록된 결제금액과 일치하지 않습니다.")
    if prepared.currency not in (None, attempt.currency):
        return Refusal(INVALID, "결제통화가 사전등록된 결제통화와 일치하지 않습니다.")
    return None
