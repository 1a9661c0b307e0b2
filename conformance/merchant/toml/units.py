"""Amounts in the unit that a merchant counts in: 10.50, or 1050 cents."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import get_currency_precision

from conformance.settings.merchant_acts import Unit


def decimals_left_out(unit: Unit, currency: str) -> int:
    """How many decimals a merchant leaves out who counts in this unit (CLDR: 2 of USD, 0 of KRW, 3 of KWD)."""
    return get_currency_precision(currency) if unit == "minor" else 0


def in_unit(amount: Decimal, currency: str, unit: Unit) -> str:
    """An amount of major units as it is written in this unit."""
    counted = amount.scaleb(decimals_left_out(unit, currency))
    if unit == "minor" and counted == counted.to_integral_value():
        counted = counted.to_integral_value()
    return str(amount) if unit == "major" else f"{counted:f}"
