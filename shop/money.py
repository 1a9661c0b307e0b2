"""Amounts: exact in the shop, formatted for people, numbers for PortOne."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision

LOCALE = "en_US"
# ISO 4217 where it has not two digits. Babel's are the digits that people write, which are fewer for some (IQD, RSD).
MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
         "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip


def shown(amount: Decimal, currency: str) -> str:
    """An amount as a buyer reads it, e.g. `$10.50` or `₩12,000`."""
    return format_currency(amount, currency, locale=LOCALE)


def plain(amount: Decimal, currency: str) -> str:
    """An amount as a machine reads it: major units, the currency's own decimals, e.g. `10.50`, `12000`."""
    return f"{amount:.{get_currency_precision(currency)}f}"


def number(amount: Decimal) -> int | float:
    """An amount as a JSON number, as PortOne's SDK and API ask for it (docs: a number, not a string)."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as PortOne V2 counts it: 10.50 USD is 1050, 12000 KRW is 12000 (docs)."""
    return int(amount.scaleb(MINOR_DIGITS.get(currency, 2)).to_integral_value())


def major(count: int, currency: str) -> Decimal:
    """So many minor units as an amount in major ones."""
    return Decimal(count).scaleb(-MINOR_DIGITS.get(currency, 2))


def parse(text: str, currency: str) -> Decimal:
    """A positive amount in major units, or ValueError with one sentence for the person who typed it."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is not an amount.") from None
    if not amount.is_finite() or amount <= 0 or amount >= Decimal("1e12"):
        raise ValueError("The amount must be more than zero, and reasonable.")
    precision = get_currency_precision(currency)
    if amount != round(amount, precision):
        raise ValueError(f"{currency} has {precision or 'no'} decimals.")
    return amount
