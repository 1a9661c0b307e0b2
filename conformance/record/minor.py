"""Minor units, in which PortOne V2 counts every amount (docs), and major ones, in which the suite does. ISO 4217."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

_NONE = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
)  # fmt: skip
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DIGITS: Mapping[str, int] = {**dict.fromkeys(_NONE, 0), **dict.fromkeys(_THREE, 3), "CLF": 4, "UYW": 4}
"""Of those currencies that have not two; other sources, as CLDR, count what is used rather than what there is."""


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as a number of minor ones. Raises ValueError for what is no whole number of them."""
    minor = amount.scaleb(_digits(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} {currency} is no whole number of minor units")
    return int(minor)


def to_major(minor: Decimal | int, currency: str) -> Decimal:
    """A number of minor units as an amount in major ones."""
    return Decimal(minor).scaleb(-_digits(currency))


def _digits(currency: str) -> int:
    return _DIGITS.get(currency, 2)
