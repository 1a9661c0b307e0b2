"""What a page asks of `IMP.request_pay`, and why it may be refused before the widget opens. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from emulator.portone.console import Channel, Console

LONGEST_MERCHANT_UID = 40  # characters (docs)
INVALID = "F400"  # inferred: the SDK's codes for refused requests are not documented


@dataclass(frozen=True, slots=True)
class Refusal:
    """The callback gets this with `success: false` and no imp_uid."""

    error_code: str
    error_msg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request that may go on to the widget; `amount` in major currency units."""

    channel: Channel
    merchant_uid: str
    name: str
    amount: Decimal
    currency: str
    pay_method: str
    buyer_name: str | None
    buyer_email: str | None
    buyer_tel: str | None
    buyer_addr: str | None
    buyer_postcode: str | None
    custom_data: str | None
    customer_uid: str | None
    m_redirect_url: str | None
    notice_urls: tuple[str, ...]
    use_test_method: bool
    widget_code: str
    ps: str | None
    country_code: str | None
    language: str | None


def checked(params: Mapping[str, Any], console: Console) -> Attempt | Refusal:
    """The attempt that `params` describe. What is required is documented, how refusals read is inferred.

    An amount written as a text is taken where it is a number: the documentation wants a number, pages send
    both.
    """
    for name in ("merchant_uid", "name", "buyer_name", "buyer_email"):
        if not _text(params.get(name)):
            return Refusal(INVALID, f"필수 파라미터가 누락되었습니다: {name}")
    merchant_uid = str(params["merchant_uid"])
    if len(merchant_uid) > LONGEST_MERCHANT_UID:
        return Refusal(INVALID, f"merchant_uid는 {LONGEST_MERCHANT_UID}자를 초과할 수 없습니다.")
    amount = money(params.get("amount"))
    if amount is None or amount <= 0:
        return Refusal(INVALID, "결제금액(amount)은 0보다 큰 숫자여야 합니다.")
    currency = params.get("currency") or "KRW"
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        return Refusal(INVALID, f"지원되지 않는 통화(currency)입니다: {currency}")
    channel = console.channel(
        channel_key=_text(params.get("channelKey") or params.get("channel_key")), pg=_text(params.get("pg"))
    )
    if channel is None:
        return Refusal(INVALID, "등록된 PG 설정 정보가 없습니다. channelKey 또는 pg를 확인해주세요.")
    if channel.pg_provider != "paymentwall":
        return Refusal(INVALID, f"The emulator has no payment window of {channel.pg_provider}, only Paymentwall's.")
    bypass = params.get("bypass")
    extra: Mapping[str, Any] = bypass if isinstance(bypass, dict) else {}
    return Attempt(
        channel=channel,
        merchant_uid=merchant_uid,
        name=str(params["name"]),
        amount=amount,
        currency=currency,
        pay_method=_text(params.get("pay_method")) or "card",
        buyer_name=_text(params.get("buyer_name")),
        buyer_email=_text(params.get("buyer_email")),
        buyer_tel=_text(params.get("buyer_tel")),
        buyer_addr=_text(params.get("buyer_addr")),
        buyer_postcode=_text(params.get("buyer_postcode")),
        custom_data=_json_text(params.get("custom_data")),
        customer_uid=_text(params.get("customer_uid")),
        m_redirect_url=_text(params.get("m_redirect_url")),
        notice_urls=_texts(params.get("notice_url")),
        use_test_method=params.get("use_test_method") is True,
        widget_code=_text(extra.get("widget_code")) or "pw_1",
        ps=_text(extra.get("ps")),
        country_code=_text(extra.get("country_code")),
        language=_text(params.get("language")),
    )


def money(value: Any) -> Decimal | None:
    """An amount from a number or a text ("3.00"); None where it is neither, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list | bool):
        return None
    return str(value).strip() or None


def _texts(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    return tuple(text for text in map(_text, found) if text)


def _json_text(value: Any) -> str | None:
    """`custom_data` comes back from look-ups as the JSON text of what the page gave."""
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
