"""Cards are judged as Paymentwall documents its test cards, and no others are taken."""

import pytest

from emulator.paymentwall.cards import CODES, DECLINING_CODES, REVIEW_CODES, Card, Declined, Invalid, judged
from emulator.paymentwall.texts import TEXTS
from tests.emulator.stage import CARD


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ({}, None),
        ({"number": "4242-4242-4242-4242", "expiry": "06/25"}, None),
        ({"expiry": "1/2030"}, None),
        ({"number": "4242 4242 4242 4243"}, Invalid("number", "number_invalid")),
        ({"number": "5555 5555 5555 4444"}, Invalid("number", "number_not_test")),
        ({"number": "card"}, Invalid("number", "number_invalid")),
        ({"expiry": "05/25"}, Invalid("expiry", "expiry_past")),
        ({"expiry": "13/29"}, Invalid("expiry", "expiry_invalid")),
        ({"expiry": "12/99"}, Invalid("expiry", "expiry_invalid")),
        ({"expiry": "12/45"}, None),
        ({"expiry": "01/46"}, Invalid("expiry", "expiry_invalid")),
        ({"cvv": "1234"}, None),
        ({"cvv": "12"}, Invalid("cvv", "cvv_invalid")),
        ({"cvv": "12345"}, Invalid("cvv", "cvv_invalid")),
        ({"holder": "  "}, Invalid("holder", "holder_missing")),
        ({"cvv": "111"}, Declined("wrong_code")),
        ({"cvv": "222"}, Declined("insufficient_balance")),
        ({"cvv": "333"}, Declined("issuer_must_approve")),
        ({"number": "4000000000000002"}, Declined("declined")),
    ],
)
def test_a_card_is_judged_as_documented(typed: dict[str, str], verdict: Invalid | Declined | None) -> None:
    assert judged(Card(**{**CARD, **typed}), year=2025, month=6) == verdict


@pytest.mark.parametrize("code", REVIEW_CODES)
def test_a_code_for_review_is_no_reason_to_decline(code: str) -> None:
    assert judged(Card(**{**CARD, "cvv": code}), year=2025, month=6) is None


def test_every_code_is_explained_and_every_refusal_has_its_words() -> None:
    assert len(CODES) == 5
    assert {f"test_code_{code}" for code in CODES} | set(DECLINING_CODES.values()) <= TEXTS.keys()
