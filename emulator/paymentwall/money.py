"""Amounts as Paymentwall's calls write them: decimal text in major units, with no more digits than the currency has."""

from decimal import Decimal, InvalidOperation

from babel.numbers import get_currency_precision


def exact(text: str, currency: str) -> Decimal | None:
    """The positive amount in `text` with the currency's decimals; None where it is no such amount."""
    try:
        amount = Decimal(text)
        if not amount.is_finite() or amount <= 0:
            return None
        rounded = amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)))
    except InvalidOperation:  # also of an amount with too many digits to be one
        return None
    return rounded if rounded == amount else None
