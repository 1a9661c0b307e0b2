"""What is found in the books of a scenario: what they do not agree about, why, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from babel.numbers import get_currency_precision
from pydantic import BaseModel, ConfigDict, Field

from conformance.verdict.reasons import Causes, masked, told

NOTHING = Decimal(0)


class Fate(StrEnum):
    """What became of the money."""

    NOT_PAID_FOR = "goods not paid for"
    GIVEN_AGAIN = "goods given more than once"
    SENT_BACK = "money sent back after the goods"
    PAID_BACK_AGAIN = "more paid back than asked for"
    NO_GOODS = "paid for without goods"
    PAID_TWICE = "paid twice"
    DIFFERENT = "books that differ"


@dataclass(frozen=True)
class Finding:
    """A requirement that the books do not meet: which, for which order, in words, and what it costs (major units).

    `shop` is what the shop lost, `buyer` what it kept of its buyer's money; `why` is what was told, as data.
    """

    requirement: str
    order: str
    told: str
    currency: str
    cause: Fate = Fate.DIFFERENT
    shop: Decimal = NOTHING
    buyer: Decimal = NOTHING
    why: Causes = ()

    @property
    def korean(self) -> str:
        """The same in Korean; empty where it is known in words only."""
        return told(self.why, "ko")


class BooksRead(BaseModel):
    """What was found in a scenario's books, or why they could not be read; neither where they agree."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    found: Annotated[list[Finding], Field(description="what the books do not agree about")] = []
    trouble: Annotated[str, Field(description="why they could not be read; empty where they were")] = ""

    def masked(self, mask: Callable[[str], str]) -> BooksRead:
        """As it may be written, without secrets."""
        found = [
            replace(one, order=mask(one.order), told=mask(one.told), why=masked(one.why, mask)) for one in self.found
        ]
        return BooksRead(found=found, trouble=mask(self.trouble))

    def as_text(self) -> str:
        """As a worker reports it."""
        return self.model_dump_json(exclude_defaults=True)


def of_text(text: str) -> BooksRead | None:
    """What a worker reported; None where no books were read, as no order was placed."""
    return BooksRead.model_validate_json(text) if text else None


def of_attempts(before: str, now: BooksRead) -> BooksRead:
    """What a scenario reports that was run before: an attempt whose books agree makes up for none that was wrong."""
    earlier = of_text(before)
    return earlier if earlier and (earlier.found or (earlier.trouble and not now.found)) else now


def written(amount: Decimal, currency: str) -> str:
    """With the decimals of its currency, and with more where it has more: "63.00", "9000", "1.500"."""
    decimals = max(get_currency_precision(currency), -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{decimals}f}"
