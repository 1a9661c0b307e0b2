"""A run that has begun to charge at the stub account, and what was agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from conformance.merchant.protocol import Merchant, Order
from conformance.real.charges import KeptCharges
from conformance.real.ledger import Ledger
from conformance.settings.real import ChargesSettings
from conformance.target.charging import Attempt
from tests.charges.stub_account import ACCOUNT, SHOP, StubAccount, StubMerchant

SETTINGS = ChargesSettings(allow_real_charges=True, max_amount={"USD": Decimal(10)}, max_charges=2, wait_seconds=0)
ORDER = Order("A", "A-1", Decimal(5), "USD")
CARD = Attempt("A-1", Decimal(5), "USD", "cc", "A buyer pays")


def begun(folder: Path, account: StubAccount, merchant: StubMerchant, said: list[str]) -> Iterator[KeptCharges]:
    """Its charges, until the ledger is closed; what a person is told goes to `said`."""
    ledger = Ledger(folder / "charges.sqlite", account.clock)
    kept = KeptCharges(SETTINGS, ledger, cast(Any, account), ACCOUNT, "run-1", said.append)
    kept.begin(cast(Merchant, merchant), SHOP)
    yield kept
    ledger.close()


def charged(charges: KeptCharges, account: StubAccount) -> KeptCharges:
    """The same run after it charged 5 USD."""
    charges.about(ORDER)
    charges.begun(CARD)
    charges.permit(CARD)
    account.pay("A-1")
    return charges
