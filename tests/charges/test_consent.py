"""Nothing is charged that was not agreed to, and what was agreed to is shown first."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conformance.real.charges import KeptCharges
from conformance.real.charging import NotPermitted
from conformance.record.orders import OrderState
from conformance.target.charging import Attempt
from tests.charges.begun import CARD, SETTINGS, begun, charged
from tests.charges.stub_account import StubAccount, StubMerchant


@pytest.fixture
def account() -> StubAccount:
    return StubAccount()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def charges(tmp_path: Path, account: StubAccount, said: list[str]) -> Iterator[KeptCharges]:
    """A run that has begun."""
    yield from begun(tmp_path, account, StubMerchant({"A": OrderState.PAID}), said)


def test_the_consent_is_shown_before_the_first_charge(
    charges: KeptCharges, account: StubAccount, said: list[str]
) -> None:
    charged(charges, account)
    assert said == [
        "REAL CHARGES: at most 2 in this run, each of at most 10 USD (charges.max_amount).",
        "Each is written down before it is made, and refunded at the end.",
    ]


@pytest.mark.parametrize(
    ("changed", "attempt", "words"),
    [
        ({"allow_real_charges": False}, CARD, "no consent to charge 5 USD: charges.allow_real_charges is false"),
        ({"max_amount": {"KRW": Decimal(9)}}, CARD, "charges.max_amount has no USD"),
        ({"max_amount": {"USD": Decimal(4)}}, CARD, "5 USD are more than charges.max_amount allows, 4 USD"),
        ({}, Attempt("A", Decimal(5), "USD", "mint", "S"), "5 USD by mint could not be refunded"),
        ({"max_charges": 0}, CARD, "this run has made its 0 charges"),
    ],
)
def test_nothing_is_charged_that_was_not_agreed_to(
    charges: KeptCharges, changed: dict[str, Any], attempt: Attempt, words: str
) -> None:
    charges.permission.settings = SETTINGS.model_copy(update=changed)
    charges.begun(attempt)
    with pytest.raises(NotPermitted, match=words):
        charges.permit(attempt)
    assert all(one.permitted is None for one in charges.ledger.books().attempts.values())
