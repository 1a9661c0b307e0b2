"""Minor units: how many of them a currency's unit has, and amounts in them. Source: ISO 4217, as PortOne V2 counts."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

# Those that have not two digits; funds and metals, which nobody pays in, are left out.
_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
         "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip


def digits(currency: str) -> int:
    """How many decimals an amount of this currency has in major units."""
    return _DIGITS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as a number of minor ones; what is less than one is rounded half up (inferred)."""
    return int(amount.scaleb(digits(currency)).to_integral_value(ROUND_HALF_UP))


def to_major(minor: int, currency: str) -> Decimal:
    """A number of minor units as an amount in major ones."""
    return Decimal(minor).scaleb(-digits(currency))
