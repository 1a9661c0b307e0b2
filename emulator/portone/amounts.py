"""Texts and amounts as strangers write them: taken where they mean something, never trusted to be well formed."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

# Longer numbers than any amount has are refused: written out they would fill the memory.
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,8})?")


def money(value: Any) -> Decimal | None:
    """An amount in major currency units from a number or a text ("3.00"); None where it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, int) and abs(value) >= 10**15:  # before it is written out: the longest are refused by Python
        return None
    text = str(value).strip()
    return Decimal(text) + 0 if text.isascii() and _NUMBER.fullmatch(text) else None  # no negative zero


def number(amount: Decimal) -> int | float:
    """Money as PortOne writes it in JSON: 12000, 10.5."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def text(value: Any) -> str | None:
    """What a field says, None where it says nothing or is no simple value; half a character becomes `?`."""
    if value is None or isinstance(value, dict | list | bool):
        return None
    return str(value).strip().encode("utf-8", "replace").decode() or None


def is_web_address(url: str) -> bool:
    """Whether a webhook can be sent there; a path is not needed."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def truth(value: Any) -> bool:
    """Whether a flag is set, in JSON (true) or in a form ("true", "1")."""
    return value is True or str(value).lower() in ("true", "1")
