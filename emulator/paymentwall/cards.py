"""Cards that may be used here: Paymentwall's documented test cards and codes, and what comes of each.

Source: Paymentwall's documentation, "Testing cards" (Brick). A card number that is not one of them is
refused: nobody should type a real one into an emulator.
"""

import re
from dataclasses import dataclass
from typing import Literal

from emulator.paymentwall.project import Review

Field = Literal["number", "expiry", "cvv", "holder"]

LATEST_EXPIRY_YEARS = 20

TEST_CARDS = {"4242424242424242": "approved", "4000000000000002": "declined"}

DECLINING_CODES = {"111": "wrong_code", "222": "insufficient_balance", "333": "issuer_must_approve"}

# The payment is held for review, which ends so by itself after two minutes.
REVIEW_CODES: dict[str, Review] = {"555": "accept", "556": "decline"}


# Every documented code, for those who look one up.
CODES = (*DECLINING_CODES, *REVIEW_CODES)


@dataclass(frozen=True, slots=True)
class Card:
    """What a buyer typed: `expiry` as MM/YY."""

    number: str
    expiry: str
    cvv: str
    holder: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """A field that must be corrected; `text` is the key of a message in `texts`."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The issuer said no; `text` is the key of a message in `texts`."""

    text: str


def judged(card: Card, year: int, month: int) -> Invalid | Declined | None:
    """What stands against charging `card` in this month; None when it can be charged."""
    number = re.sub(r"[\s-]", "", card.number)
    if not re.fullmatch(r"[0-9]{12,19}", number) or not _luhn(number):
        return Invalid("number", "number_invalid")
    if number not in TEST_CARDS:
        return Invalid("number", "number_not_test")
    if problem := _expiry_problem(card.expiry, year, month):
        return Invalid("expiry", problem)
    if not re.fullmatch(r"[0-9]{3,4}", card.cvv.strip()):
        return Invalid("cvv", "cvv_invalid")
    if not card.holder.strip():
        return Invalid("holder", "holder_missing")
    if TEST_CARDS[number] == "declined":
        return Declined("declined")
    code = DECLINING_CODES.get(card.cvv.strip())
    return Declined(code) if code else None


def _expiry_problem(expiry: str, year: int, month: int) -> str | None:
    match = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})\s*", expiry)
    if match is None:
        return "expiry_invalid"
    ends = 2000 + int(match[2]), int(match[1])
    if ends < (year, month):
        return "expiry_past"
    return "expiry_invalid" if ends[0] > year + LATEST_EXPIRY_YEARS else None


def _luhn(number: str) -> bool:
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in number[::-2])) % 10 == 0
