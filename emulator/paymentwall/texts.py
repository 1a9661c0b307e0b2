"""What the payment window says, in English and Korean, and how it writes amounts and countries."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.numbers import format_currency, format_decimal, get_currency_precision

Language = Literal["en", "ko"]

# By key and language. That a call is not authorised is said in Paymentwall's own words (its client libraries'
# tests look for them), so in English only.
TEXTS: dict[str, dict[Language, str]] = json.loads(
    (Path(__file__).parent / "templates" / "texts.json").read_text("utf-8")
)

DEFAULT_COUNTRY = "KR"

# Codes in Unicode's list of territories that are no country a buyer could live in.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def language(wanted: str | None, accept_language: str) -> Language:
    """The `lang` parameter where it names one we have, else the first such language that the browser
    lists; English otherwise.
    """
    listed = [part.split(";")[0] for part in accept_language.split(",")]
    for tag in [wanted or "", *listed]:
        match tag.strip().lower()[:2]:
            case "ko" | "kr":
                return "ko"
            case "en":
                return "en"
    return "en"


def text(key: str, language: Language, detail: str = "") -> str:
    """A message; `detail` takes the place of its braces."""
    return TEXTS[key][language].format(detail)


def with_code(amount: Decimal, currency: str) -> str:
    """`10.50 USD`, `12,000 KRW`: as many decimals as the currency has, alike in both languages."""
    pattern = "#,##0" + ("." + "0" * digits if (digits := get_currency_precision(currency)) else "")
    return f"{format_decimal(amount, pattern, locale='en')} {currency}"


def with_symbol(amount: Decimal, currency: str, language: Language) -> str:
    """`$10.50`, `₩12,000`, as people of this language write it."""
    return format_currency(amount, currency, locale=language)


@cache
def countries(language: Language) -> dict[str, str]:
    """Countries by alpha-2 code with their names, in the order of the names."""
    names = {str(code): str(name) for code, name in Locale(language).territories.items()}
    real = [code for code in names if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES]
    return {code: names[code] for code in sorted(real, key=lambda code: names[code])}
