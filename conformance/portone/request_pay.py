"""What a page's request_pay says, by PortOne's documentation of its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pycountry

from conformance.portone.api import Channel

_TEST_METHOD = re.compile(r"\btest (?:payment|method)|테스트 결제", re.IGNORECASE)


def channels_named(request: Mapping[str, Any], channels: Sequence[Channel]) -> list[Channel]:
    """Those of the channels that a request_pay can mean: by channelKey, or by pg "paymentwall[.MID]"."""
    if request.get("channelKey"):
        return [channel for channel in channels if channel.channel_key == request["channelKey"]]
    provider, _, mid = str(request.get("pg") or "").partition(".")
    return [channel for channel in channels if provider == "paymentwall" and mid in ("", channel.pg_id)]


def asks_for_test_method(request: Mapping[str, Any]) -> list[str]:
    """The parameters of a request_pay that ask for Paymentwall's test payment method."""
    asks = ["use_test_method"] if request.get("use_test_method") else []
    only = str((request.get("bypass") or {}).get("ps") or "").lower()
    return [*asks, "bypass.ps 'test'"] if only == "test" else asks


def offered_test_methods(widget_text: str) -> list[str]:
    """The names under which a widget offers Paymentwall's test payment method (the Korean one is inferred)."""
    return _TEST_METHOD.findall(widget_text)


def addresses_of_notices(request: Mapping[str, Any]) -> list[str]:
    """The addresses that a request_pay sends this payment's webhooks to, instead of the one in the console."""
    given = request.get("notice_url") or []
    return [str(one) for one in (given if isinstance(given, list) else [given])]


def amount_of(request: Mapping[str, Any]) -> Decimal | None:
    """The amount that a request_pay asks for, in major units; None when it is no number."""
    try:
        return Decimal(str(request.get("amount")))
    except InvalidOperation:
        return None


def odd_codes(request: Mapping[str, Any]) -> list[str]:
    """Codes of a request_pay that are not written as documented: ps in lower case, country_code ISO 3166-1 alpha-2."""
    bypass = request.get("bypass") or {}
    odd = []
    if (ps := bypass.get("ps")) and ps != str(ps).lower():
        odd.append(f"ps {ps!r}")
    country = bypass.get("country_code")
    if country and pycountry.countries.get(alpha_2=country) is None:
        odd.append(f"country_code {country!r}")
    return odd
